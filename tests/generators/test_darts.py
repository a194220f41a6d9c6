from __future__ import annotations

import pytest

from tests.generators.conformance import agrees_with_torch, learns
from topograph.analyzers import cost, path_profile
from topograph.errors import ArchitectureError
from topograph.generators import Genotype, darts, darts_network
from topograph.generators._genotypes import GENOTYPES
from topograph.search import CellSpace, effective

SMALL = {"channels": 4, "layers": 3, "classes": 3, "image": (3, 8, 8)}


def test_parameters_are_the_published_ones():
    assert cost(darts_network("DARTS_V2")).parameters == 3_349_342


def separable(kernel, source, target):
    """Two depthwise and two pointwise convolutions, each pair normalised."""
    first = kernel**2 * source + source * target + 2 * target
    return first + kernel**2 * target + target * target + 2 * target


def mixed(source, target):
    """A normalised 1 x 1 convolution."""
    return source * target + 2 * target


def operations(choices, widths, width, *, reduces=False):
    """Parameters of a cell; its two inputs have `widths`."""
    total = 0
    for name, source in choices:
        before = widths[source] if source < 2 else width
        if name.startswith("sep_conv"):
            total += separable(int(name[-1]), before, width)
        elif before != width or (name == "skip_connect" and reduces and source < 2):
            total += mixed(before, width)
    return total


def image_net(genotype, *, channels, cells, stem):
    """Parameters of a PNASNet for ImageNet, with two reductions as its stem."""
    quarter, half = channels // 4, channels // 2
    total = 27 * stem + 2 * stem + mixed(stem, quarter)  # the older input of the stem is not mixed
    total += operations(genotype.reduce, (stem, quarter), quarter, reduces=True)
    total += mixed(stem, half) + mixed(5 * quarter, half)
    total += operations(genotype.reduce, (half, half), half, reduces=True)
    before, last, width = 5 * quarter, 5 * half, channels
    for place in range(3 * cells):
        reduces = place in (cells, 2 * cells)
        width *= 2 if reduces else 1
        choices = genotype.reduce if reduces else genotype.normal
        total += mixed(before, width) + mixed(last, width)
        total += operations(choices, (width, width), width, reduces=reduces)
        before, last = last, 5 * width
    return total + 1000 * (last + 1)


def test_pnasnet_has_the_published_sizes():
    """86.1, 5.1 and 3.2 million; the large one is published as a module, to the last weight."""
    genotype = GENOTYPES["PNASNet"]
    assert image_net(genotype, channels=216, cells=4, stem=96) == 86_057_668
    assert round(image_net(genotype, channels=54, cells=3, stem=32) / 1e6, 1) == 5.1
    small = cost(darts_network("PNASNet", channels=48, layers=9)).parameters
    assert round(small / 1e6, 1) == 3.2


def test_enas_has_the_published_size():
    """4.6 million, with the further 1 x 1 convolution of its program in each of 20 cells."""
    network = darts_network("ENAS", channels=36, layers=20)
    further = sum(cells * mixed(width, width) for cells, width in ((6, 36), (7, 72), (7, 144)))
    assert round((cost(network).parameters + further) / 1e6, 1) == 4.6


def test_amoebanet_has_the_published_size():
    """3.2 million at 36 channels; the auxiliary classifier of training is not counted."""
    assert cost(darts_network("AmoebaNet")).parameters == pytest.approx(3.2e6, rel=0.02)


def test_enas_concatenates_what_nothing_reads():
    genotype = GENOTYPES["ENAS"]
    for choices, concat in (
        (genotype.normal, genotype.normal_concat),
        (genotype.reduce, genotype.reduce_concat),
    ):
        assert set(concat) == set(range(2, 7)) - {source for _, source in choices}


@pytest.mark.parametrize("name", GENOTYPES)
def test_costs_are_those_of_torch(name):
    assert agrees_with_torch(darts_network(name, **SMALL))


@pytest.mark.parametrize("name", GENOTYPES)
def test_networks_learn(name):
    assert learns(darts_network(name, **SMALL), classes=3)


@pytest.mark.parametrize("name", GENOTYPES)
def test_cells_have_the_shapes_of_their_kind(name):
    genotype = GENOTYPES[name]
    normal, reduced = (darts(name, cell=cell, channels=4, size=8) for cell in ("normal", "reduce"))
    assert normal.node(normal.outputs[0]).shape == (4 * len(genotype.normal_concat), 8, 8)
    assert reduced.node(reduced.outputs[0]).shape == (4 * len(genotype.reduce_concat), 4, 4)
    assert len(normal.cells["cell"]) == len(genotype.normal) // 2
    assert (normal.inputs, reduced.inputs) == (("cell_0", "cell_1"),) * 2


def test_reductions_stand_at_a_third_and_two_thirds():
    network = darts_network("DARTS_V2", channels=2, layers=6, image=(3, 16, 16))
    shapes = [network.node(f"cell_{n}_output").shape for n in range(1, 7)]
    assert shapes == [
        (8, 16, 16), (8, 16, 16), (16, 8, 8), (16, 8, 8), (32, 4, 4), (32, 4, 4)
    ]  # fmt: skip


def typed(genotype):
    """The cell of the space that a genotype is, by types of operations."""
    edges = CellSpace.darts().edges
    cell = [0] * len(edges)
    for position, (operation, source) in enumerate(genotype.normal):
        kind = 2 if "conv" in operation else 1
        cell[edges.index((source, position // 2 + 2))] = kind
    return cell


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_paths_are_those_of_the_space_of_cells(depth):
    """A dilated convolution is two convolutions in a row, a separable one four."""
    operation = {1: "skip_connect", 2: "dil_conv_3x3", 4: "sep_conv_3x3"}[depth]
    choices = [(operation if n % 3 else "skip_connect", n % 2) for n in range(6)]
    genotype = Genotype(
        [*choices, ("skip_connect", 3), (operation, 2)], (2, 3, 4, 5), choices, (2, 3)
    )
    space = CellSpace.darts()
    (place,) = (space.cells == typed(genotype)).all(axis=1).nonzero()[0]
    found, profile = effective(space), path_profile(darts(genotype, channels=2, size=4))
    assert profile.paths == found.paths[place]
    scale = depth if depth > 1 else 0
    assert profile.effective_depth == pytest.approx(scale * found.depth[place], rel=1e-12)


def test_parallel_operations_on_one_input_are_different_paths():
    pool = ("avg_pool_3x3", 0)
    genotype = Genotype([pool, pool], (2,), [pool, pool], (2,))
    assert path_profile(darts(genotype)).counts == (2,)


@pytest.mark.parametrize(
    ("make", "arguments", "words"),
    [
        (darts, {"cell": "both"}, "Received 'both'"),
        (darts, {"cell": "reduce", "size": 7}, "even height and width"),
        (darts, {"channels": 0}, "channels must be"),
        (darts_network, {"image": (3, 30, 32)}, "multiples of 4"),
        (darts_network, {"layers": 0}, "layers must be"),
    ],
)
def test_bad_networks_are_refused(make, arguments, words):
    with pytest.raises(ArchitectureError, match=words):
        make("DARTS_V2", **arguments)
