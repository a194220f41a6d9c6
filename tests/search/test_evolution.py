from __future__ import annotations

import numpy as np
import pytest

from topograph.errors import BudgetError
from topograph.search import Budget, CellSpace, connectivity_filter, regularised_evolution
from topograph.search.evolution import _mutated

SPACE = CellSpace.nasbench201()
KEEP = connectivity_filter(SPACE).mask
CONVOLUTIONS = SPACE.count("nor_conv_3x3") + 0.1 * SPACE.count("nor_conv_1x1")


def test_it_finds_what_chance_seldom_finds():
    found = regularised_evolution(SPACE, CONVOLUTIONS.__getitem__, budget=400, rng=0)
    assert CONVOLUTIONS[found.best] == CONVOLUTIONS.max()
    assert found.scored <= 400


def test_only_what_is_kept_is_scored():
    found = regularised_evolution(
        SPACE, CONVOLUTIONS.__getitem__, budget=100, population=20, tournament=5, keep=KEEP, rng=1
    )
    assert KEEP[found.indices].all()
    assert found.skipped > 0


def test_a_seed_repeats():
    one, two = (
        regularised_evolution(SPACE, CONVOLUTIONS.__getitem__, budget=80, rng=5) for _ in range(2)
    )
    assert one.indices.tolist() == two.indices.tolist()


def test_a_space_without_neighbours_ends_by_draws():
    apart = CellSpace.nasbench201()[[0, 1]]
    assert (apart.cells[0] != apart.cells[1]).sum() > 1
    budget = Budget(scored=2, drawn=30)
    found = regularised_evolution(apart, float, budget=budget, population=1, tournament=1, rng=0)
    assert (found.scored, found.drawn, found.skipped) == (1, 30, 29)


def test_a_mutation_changes_one_edge():
    rng = np.random.default_rng(0)
    for parent in range(50):
        child = np.frombuffer(_mutated(SPACE, parent, rng), dtype=np.int8)
        assert (child != SPACE.cells[parent]).sum() == 1
        assert 0 <= child.min() <= child.max() < 5


def test_a_tournament_larger_than_the_population_is_refused():
    with pytest.raises(BudgetError, match="tournament"):
        regularised_evolution(SPACE, float, budget=9, population=3, tournament=4)
