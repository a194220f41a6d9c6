from __future__ import annotations

import numpy as np
import pytest

from tests.generators.conformance import agrees_with_torch, learns
from topograph.analyzers import effective_depth, path_profile
from topograph.errors import ArchitectureError, BudgetError
from topograph.generators import darts, darts_network
from topograph.generators._genotypes import OPERATIONS
from topograph.search import (
    CELL_FORMS,
    cell_classes,
    genotype,
    number_of_cells,
    random_cells,
)

FORMS = sorted(CELL_FORMS)
LARGE = ["nasnet", "amoebanet", "pnas", "enas"]

PUBLISHED = {
    "nasnet": 71_465_842,
    "amoebanet": 556_628,
    "pnas": 556_628,
    "enas": 5_063,
    "darts": 242,
}
"""Thousands of millions of cells."""


@pytest.mark.parametrize("form", FORMS)
def test_there_are_as_many_cells_as_published(form):
    assert abs(number_of_cells(form) / 1e9 - PUBLISHED[form]) <= 0.5


@pytest.mark.parametrize("form", FORMS)
def test_every_sum_has_two_branches(form):
    space = random_cells(form, 300, rng=1)
    present = space.kinds != 0
    targets = np.array([target for _, target in space.edges])
    for node in range(2, 2 + CELL_FORMS[form].sums):
        found = present[:, targets == node].sum(axis=1)
        assert found.max() == 2
        assert (found == 2).all() or form == "darts"
    assert len(space.edges) == len(targets)
    assert np.array_equal(space.cells, random_cells(form, 300, rng=1).cells)


@pytest.mark.parametrize("form", FORMS)
def test_the_output_joins_all_sums_or_those_that_nothing_reads(form):
    space = random_cells(form, 300, rng=2)
    sums = range(2, 2 + CELL_FORMS[form].sums)
    for cell in space:
        present = [edge for edge, name in zip(space.edges, cell, strict=True) if name != "none"]
        joined = {s for s, t in present if t == space.outputs[0]}
        read = {s for s, t in present if t != space.outputs[0]}
        assert joined == (set(sums) - read if CELL_FORMS[form].is_loose else set(sums))


def test_operations_and_sources_are_equally_likely():
    count = 20_000
    space = random_cells("enas", count, rng=0)
    columns = [n for n, (_, target) in enumerate(space.edges) if target == 4][:4]
    for number in range(1, 6):
        found = (space.cells[:, columns] == number).sum(axis=0)
        deviation = np.sqrt(count * (1 / 20) * (19 / 20))
        assert np.abs(found - count / 20).max() < 5 * deviation


@pytest.mark.parametrize("form", LARGE)
def test_paths_are_those_of_the_architectures(form):
    space = random_cells(form, 20, rng=3)
    paths = path_profile(space).paths
    for place in range(len(space)):
        cell = darts(genotype(space, place, place), channels=2, size=4)
        assert path_profile(cell).paths == paths[place]


def test_depths_are_those_of_the_architectures():
    """Each operation is one in the space, so its plain convolution stands for it in the graph."""
    space = random_cells("nasnet", 12, rng=4)
    for place in range(len(space)):
        known = genotype(space, place, place)
        plain = [("conv_3x3" if "conv" in name else name, source) for name, source in known.normal]
        cell = darts(known._replace(normal=plain), channels=2, size=4)
        assert path_profile(cell).effective_depth == pytest.approx(effective_depth(space)[place])


@pytest.mark.parametrize("form", LARGE)
def test_cells_become_networks(form):
    space = random_cells(form, 2, rng=5)
    network = darts_network(genotype(space, 0, 1), channels=4, layers=3, classes=3, image=(3, 8, 8))
    assert agrees_with_torch(network)
    assert learns(network, classes=3)


def test_all_operations_can_be_built():
    offered = {name for form in CELL_FORMS.values() for name in form.operations} - {"none"}
    assert offered == set(OPERATIONS)


def test_equal_cells_are_one_class():
    """The branches of a sum have no order."""
    space = random_cells("enas", 2, rng=6)
    edges = list(space.edges)
    swapped = [n for t in range(2, 7) for n in _swapped(edges, t)]
    order = swapped + [n for n, (_, t) in enumerate(edges) if t == 7]
    both = space[[0, 0, 1]]
    cells = both.cells.copy()
    cells[1] = cells[1][order]
    again = type(space)(cells, space.operations, space.edges, space.inputs, space.outputs)
    assert cell_classes(again, by="function").tolist() == [0, 0, 1]


def _swapped(edges, target):
    """Columns of a sum with its branches exchanged."""
    columns = [n for n, (_, t) in enumerate(edges) if t == target]
    return columns[target:] + columns[:target]


def test_what_is_no_genotype_is_refused():
    space = random_cells("darts", 400, rng=0)
    missing = int(np.flatnonzero((space.kinds != 0).sum(axis=1) < 12)[0])
    with pytest.raises(ArchitectureError, match=f"the cell {missing} of"):
        genotype(space, missing, missing)
    with pytest.raises(BudgetError, match="Received 'resnet'"):
        random_cells("resnet", 3)
    with pytest.raises(BudgetError, match="count"):
        random_cells("enas", 0)
