from __future__ import annotations

import ast

from hypothesis import given

from tests.exporter.samples import skipping_cell
from tests.strategies import architectures
from topograph.exporter import compile
from topograph.exporter.forward import Forward
from topograph.graph import Builder


def body(architecture, *, width=92):
    return [
        line for _, lines in Forward(compile(architecture), width=width).groups for line in lines
    ]


def chain(*names):
    b = Builder()
    x = b.input(2, name="x")
    for name in names:
        x = b.linear(x, 2, name=name)
    return b.build()


def test_passing_values_share_a_name_that_no_node_has():
    assert body(chain("a", "b")) == ["x_ = self.a(x)", "b = self.b(x_)"]


def test_a_residual_keeps_its_name_until_the_sum():
    b = Builder()
    image = b.input(2, name="image")
    stem = b.linear(image, 2, name="stem")
    branch = b.linear(b.linear(stem, 2, name="one"), 2, name="two")
    b.linear(b.add([stem, branch], name="both", activation="relu"), 1, name="logits")
    assert body(b.build()) == [
        "stem = self.stem(image)",
        "x = self.one(stem)",
        "x = self.two(x)",
        "x = F.relu(stem + x)",
        "del stem",
        "logits = self.logits(x)",
    ]


def test_dealt_channels_are_parts_that_go_when_all_are_used():
    lines = body(skipping_cell(size=64))
    assert lines[1] == "a_parts = x.index_select(1, self.a_channels).split([2, 2, 1], 1)"
    text = "\n".join(lines)
    assert all(text.count(f"a_parts[{part}]") == 1 for part in range(3))
    assert text.index("a_parts[2]") < text.index("del a_parts")


def test_long_lines_are_broken_behind_the_merge():
    b = Builder()
    image = b.input(2, name="image")
    parts = [b.linear(image, 2, name=f"part_{i}") for i in range(3)]
    b.concat(parts, name="joined", normalisation="batch", activation="relu")
    assert body(b.build(), width=44)[3:] == [
        "joined = torch.cat([part_0, part_1, x], 1)",
        "joined = F.relu(self.joined_norm(joined))",
    ]
    assert body(b.build(), width=32)[3:6] == [
        "joined = torch.cat(",
        "    [part_0, part_1, x], 1",
        ")",
    ]


@given(architectures())
def test_statements_read_only_what_is_there(architecture):
    forward = Forward(compile(architecture), width=92)
    known = set(forward.inputs) | {"self", "torch", "F"}
    for _, lines in forward.groups:
        for statement in ast.parse("\n".join(lines)).body:
            names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
            assert {node.id for node in names if isinstance(node.ctx, ast.Load)} <= known
            known |= {node.id for node in names if isinstance(node.ctx, ast.Store)}
            known -= {node.id for node in names if isinstance(node.ctx, ast.Del)}
    assert {output.partition("[")[0] for output in forward.outputs} <= known
