from __future__ import annotations

import ast
import re

from hypothesis import given

from tests.exporter.samples import skipping_cell
from tests.strategies import architectures
from topograph.exporter import compile
from topograph.exporter.forward import Forward
from topograph.graph import Builder, Identity, Link, Select


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


def test_dealt_channels_are_popped_in_the_order_of_their_use():
    lines = body(skipping_cell(size=64))
    assert lines[1] == "a_parts = deal(x, self.a_channels, [2, 2, 1])"
    text = "\n".join(lines)
    assert text.count("a_parts.pop(0)") == 3
    assert "del a_parts" not in text


def test_dealt_channels_that_are_read_twice_stay_until_the_last_use():
    b = Builder()
    image = b.input(4, size=3, name="image")
    first = b.node([Link(image, Identity(), Select([2, 0]))], name="first")
    second = b.node([Link(image, Identity(), Select([3, 1]))], name="second")
    both = b.multiply([second, first, first], name="both")
    b.flatten(both, name="flat")
    assert body(b.build()) == [
        "image_parts = deal(image, self.image_channels, [2, 2])",
        "x = image_parts[1] * image_parts[0] * image_parts[0]",
        "del image_parts",
        "flat = x.flatten(1)",
    ]


def test_long_lines_are_broken_behind_the_merge():
    b = Builder()
    image = b.input(2, name="image")
    parts = [b.linear(image, 2, name=f"part_{i}") for i in range(3)]
    b.concat(parts, name="joined", normalisation="batch", activation="relu")
    assert body(b.build(), width=56)[3:] == [
        "joined = torch.cat([part_0, part_1, x], 1)",
        "joined = F.relu(self.joined_norm(joined), inplace=True)",
    ]
    assert body(b.build(), width=32)[3:6] == [
        "joined = torch.cat(",
        "    [part_0, part_1, x], 1",
        ")",
    ]


@given(architectures())
def test_statements_read_only_what_is_there(architecture):
    forward = Forward(compile(architecture), width=92)
    known = set(forward.inputs) | {"self", "torch", "F", "deal"}
    for _, lines in forward.groups:
        for statement in ast.parse("\n".join(lines)).body:
            names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
            assert {node.id for node in names if isinstance(node.ctx, ast.Load)} <= known
            known |= {node.id for node in names if isinstance(node.ctx, ast.Store)}
            known -= {node.id for node in names if isinstance(node.ctx, ast.Del)}
    assert {re.split(r"[\[.]", output)[0] for output in forward.outputs} <= known
