from __future__ import annotations

import ast
import importlib.util
import shutil
import subprocess
import sys

import pytest
import torch
from hypothesis import given, settings

import topograph as tg
from tests.exporter.samples import inputs, outputs, skipping_cell, unsettled
from tests.strategies import architectures
from topograph.errors import ArchitectureError
from topograph.exporter import to_module, to_source
from topograph.graph import Activation, Builder, Conv2d, Identity, Link, Node, Select, Sparse


def imported(text, folder, *, class_name="Network"):
    """Write a program to a file, import it as a module and make its network."""
    file = folder / "written.py"
    file.write_text(text)
    spec = importlib.util.spec_from_file_location("written", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, class_name)()


def agrees(architecture, folder):
    """Assert that the program computes the same bits, forwards and backwards."""
    network = unsettled(to_module(architecture, rng=0).double())
    twin = imported(to_source(architecture), folder).double()
    assert list(twin.state_dict()) == list(network.state_dict())
    twin.load_state_dict(network.state_dict())
    given_inputs = inputs(architecture)
    for training in (False, True):
        pairs = [outputs(module.train(training), given_inputs) for module in (network, twin)]
        for own, other in zip(*pairs, strict=True):
            assert torch.equal(own.nan_to_num(), other.nan_to_num())
            assert own.shape == other.shape
    states = zip(network.state_dict().values(), twin.state_dict().values(), strict=True)
    assert all(torch.equal(own.nan_to_num(), other.nan_to_num()) for own, other in states)
    return network, twin


@settings(max_examples=100)
@given(architectures())
def test_programs_compute_the_same_bits(tmp_path_factory, architecture):
    agrees(architecture, tmp_path_factory.mktemp("program"))


def test_parts_that_one_statement_reads_in_another_order(tmp_path):
    b = Builder()
    x = b.input(8, name="x")
    early = b.node([Link(x, Identity(), Select([6, 0, 4, 2, 7, 5]))], name="early")
    late = Link(x, Identity(), Select([3, 1]))
    b.node([late, Link(early, Activation("tanh"), Select([4, 5]))], name="both")
    agrees(b.build(), tmp_path)


@pytest.mark.parametrize("size", [1, 8, 32])
def test_gradients_are_the_same_bits(tmp_path, size):
    architecture = skipping_cell(size=size)
    network, twin = agrees(architecture, tmp_path)
    for module in (network, twin):
        module.zero_grad()
        module(*inputs(architecture)).sum().backward()
    for own, other in zip(network.parameters(), twin.parameters(), strict=True):
        assert torch.equal(own.grad, other.grad)


@pytest.mark.parametrize(
    "architecture",
    [
        tg.generators.dense_mlp(8, 12, candidates=10, inputs=16, rng=0),
        tg.generators.dense_cnn((4, 6), 5, candidates=(9, 13), image=(3, 12, 12), rng=0),
    ],
    ids=["dense_mlp", "dense_cnn"],
)
def test_published_families(tmp_path, architecture):
    agrees(architecture, tmp_path)


def test_long_sparse_links_become_constants(tmp_path):
    b = Builder()
    x = b.input(30, size=4, name="x")
    generator = torch.Generator().manual_seed(0)
    mask, constant = (torch.rand(2, 20, 30, generator=generator) < 0.3).numpy()
    b.node([Link(x, Conv2d(3), Sparse.from_mask(mask, constant=constant))], width=20, name="y")
    text = to_source(b.build())
    assert "SparseConv2d(\n            30, 20, Y_LINKS, taps=(3, 3), constant=Y_CONSTANT" in text
    agrees(b.build(), tmp_path)


def test_nothing_but_torch_is_needed(tmp_path):
    (tmp_path / "written.py").write_text(to_source(skipping_cell()))
    program = "import sys, written; written.Network(); assert 'topograph' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)


def test_the_text_of_a_small_network():
    b = Builder("block")
    image = b.input(3, size=8, name="image")
    with b.cell("first"):
        stem = b.conv(image, 8, name="stem", normalisation="batch", activation="relu")
        both = b.add([stem, b.conv(stem, 8, name="inner")], name="both")
    b.linear(b.global_pool(both, name="pooled"), 10, name="logits")
    text = to_source(b.build(), class_name="Block")
    digest = b.build().digest
    assert (
        text
        == f'''"""block, as written by topograph; it needs torch alone."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class Block(nn.Module):
    """Take image (batch, 3, 8, 8); return logits (batch, 10)."""

    digest = "{digest}"

    def __init__(self) -> None:
        super().__init__()
        # first
        self.stem = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.stem_norm = nn.BatchNorm2d(8)
        self.inner = nn.Conv2d(8, 8, 3, padding=1, bias=False)

        self.logits = nn.Linear(8, 10)

    def forward(self, image: Tensor) -> Tensor:
        # first
        stem = F.relu(self.stem_norm(self.stem(image)), inplace=True)
        x = self.inner(stem)
        x = stem + x
        del stem

        x = x.mean((2, 3))
        logits = self.logits(x)
        return logits
'''
    )


@settings(max_examples=40)
@given(architectures())
def test_lines_are_short_and_names_are_bound(architecture):
    text = to_source(architecture)
    ast.parse(text)
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize(
    "architecture",
    [
        skipping_cell(size=32),
        tg.generators.dense_mlp(8, 16, candidates=14, rng=0),
        tg.generators.dense_cnn((4, 6), 8, candidates=12, rng=0),
    ],
    ids=["skipping_cell", "dense_mlp", "dense_cnn"],
)
def test_a_formatter_finds_nothing_to_change(architecture):
    ruff = shutil.which("ruff", path=f"{sys.prefix}/bin")
    command = [ruff, "format", "--line-length", "100", "--isolated", "-"]
    text = to_source(architecture)
    formatted = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    assert formatted.stdout == text


def test_long_docstrings_and_signatures_are_folded():
    b = Builder()
    names = [b.input(2, name=f"a_rather_long_name_{i}") for i in range(6)]
    text = to_source(b.build(outputs=tuple(names)))
    assert max(map(len, text.splitlines())) <= 100
    ast.parse(text)


@pytest.mark.parametrize("name", ["", "two words", "class", "1st", "Tensor", "SparseMap"])
def test_a_class_needs_a_name(name):
    with pytest.raises(ArchitectureError, match="a name that Python accepts"):
        to_source(skipping_cell(), class_name=name)


def test_hostile_labels_do_not_leave_their_comments(tmp_path):
    label = '"""\nraise SystemExit\n"""'
    nodes = (Node("x", 2, cell=label, activation="relu"),)
    text = to_source(tg.Architecture(nodes, (), (), label))
    assert "raise" not in {line.strip().split(" ")[0] for line in text.splitlines()}
    imported(text, tmp_path)
