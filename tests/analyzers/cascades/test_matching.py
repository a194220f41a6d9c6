import igraph
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analyzers.cascades.samples import (
    figure_7,
    figure_8,
    hall_deficit,
    have_path,
    masks_and_constants,
    quietly,
    rectangles,
)
from topograph.analyzers import matching
from topograph.analyzers.cascades import memory
from topograph.analyzers.cascades.matching import Matching
from topograph.errors import ArchitectureError, BudgetError
from topograph.generators import dense_mlp
from topograph.generators.cascades import (
    bernoulli,
    butterfly,
    clos,
    from_masks,
    hypercube,
    low_rank,
    parallel_butterfly,
    radix,
    torus,
)


def size_by_igraph(masks, constant):
    """Maximum matching of the explicit graph of weights and pairs."""
    outputs = len(masks[-1])
    sets = rectangles(masks, constant)
    links = [
        (weight, len(sets) + i * outputs + o) for weight, pairs in enumerate(sets) for i, o in pairs
    ]
    pairs = masks[0].shape[1] * outputs
    types = [False] * len(sets) + [True] * pairs
    return len(igraph.Graph(n=len(types), edges=links).maximum_bipartite_matching(types=types))


@settings(max_examples=500)
@given(masks_and_constants(), st.booleans(), st.integers(0, 9))
def test_500_random_cascades_agree_with_the_explicit_graph(drawn, trainable_only, seed):
    masks, constant = drawn
    counted = constant if trainable_only else [np.zeros_like(mask) for mask in masks]
    expected = size_by_igraph(masks, counted)
    network = quietly(masks, constant)
    if not have_path(masks):
        with pytest.raises(ArchitectureError, match="no input reaches an output. Add links"):
            matching(network)
        return
    found = matching(network, trainable_only=trainable_only, rng=seed)
    assert found.size == expected
    assert found.is_maximum
    sets = rectangles(masks, counted)
    assert all(pair in sets[weight] for weight, pair in found.pairs.items())
    assert len(set(found.pairs.values())) == len(found.pairs) == found.size
    assert found.live == sum(map(bool, sets))


@pytest.mark.parametrize(
    ("network", "weights", "all_links", "trainable"),
    [
        (butterfly(32, 5, skip=True), 320, 320, 160),
        (butterfly(32, 18, skip=True), 1152, 1024, 576),
        (hypercube(32, 6, skip=True), 1152, 1024, 960),
        (torus(8, 4, layers=7, skip=True), 1120, 1024, 896),
        (clos(32, routers=(8, 9, 8), skip=True), 1152, 1024, 976),
        (clos(32, routers=(8, 2, 8), skip=True), 256, 256, 192),
        (low_rank(32, 18, skip=True), 1152, 1024, 1024),
        (radix([4, 4, 2], skip=True), 320, 320, 224),
        (parallel_butterfly(32, 3, layers=5, skip=True), 960, 960, 544),
    ],
)
def test_structured_topologies_match_all_that_they_have(network, weights, all_links, trainable):
    # Structured topologies waste nothing: the smaller of weights and pairs.
    every = matching(network, trainable_only=False, rng=0)
    some = matching(network, rng=0)
    assert (every.weights, every.size, some.size) == (weights, all_links, trainable)
    assert every.is_maximum
    assert some.is_maximum


@given(st.integers(1, 5), st.integers(1, 9), st.integers(0, 9))
def test_topologies_with_one_orbit_of_pairs_have_a_closed_form(logarithm, extra, seed):
    n, layers = 2**logarithm, logarithm + extra - 1
    found = matching(butterfly(n, layers), rng=seed)
    assert found.size == min(2 * n * layers, n * n)
    assert found.is_maximum


@given(st.sampled_from([(2, 2), (2, 4), (4, 2), (4, 4)]), st.integers(1, 9), st.integers(0, 9))
def test_clos_networks_have_a_closed_form(outer, middle, seed):
    first, last = outer
    found = matching(clos(16, routers=(first, middle, last)), rng=seed)
    assert found.size == min(middle * (16 + first * last + 16), 256)
    assert found.is_maximum


def test_the_bottleneck_of_two_inputs_and_two_outputs():
    masks, constant = figure_7()
    network = from_masks(masks, constant=constant)
    assert matching(network, trainable_only=False).size == 4
    assert matching(network).size == 3


def test_the_bottleneck_of_three_inputs():
    masks, constant = figure_8()
    network = from_masks(masks, constant=constant)
    assert matching(network, trainable_only=False).size == 5


def test_a_part_with_more_weights_than_pairs_keeps_the_matching_below_both():
    found = matching(from_masks(hall_deficit()))
    assert (found.live, found.size) == (10, 9)
    assert found.is_maximum
    assert not found.by_weight.all()


def test_a_chain_of_identities_matches_its_pairs():
    assert matching(from_masks([np.eye(2, dtype=bool)] * 3)).size == 2


@given(masks_and_constants(), st.integers(0, 99))
def test_renaming_neurons_changes_nothing(drawn, seed):
    masks, constant = drawn
    if not have_path(masks):
        return
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(width) for width in (masks[0].shape[1], *map(len, masks))]

    def renamed(matrices):
        return [m[orders[at + 1]][:, orders[at]] for at, m in enumerate(matrices)]

    found = matching(quietly(masks, constant))
    assert found.size == matching(quietly(renamed(masks), renamed(constant))).size


def test_one_seed_gives_one_matching():
    network = bernoulli(16, 0.5, layers=3, rng=0)
    first, again = matching(network, rng=5), matching(network, rng=5)
    assert first.pairs == again.pairs


def test_only_constant_links_match_nothing():
    eye = np.eye(3, dtype=bool)
    found = matching(from_masks([eye, eye], constant=[eye, eye]))
    assert (found.size, found.weights, found.live) == (0, 0, 0)
    assert found.is_maximum


def test_the_table_has_one_row_per_match():
    found = matching(from_masks([np.ones((1, 2), dtype=bool)]), rng=0)
    assert isinstance(found, Matching)
    table = found.to_frame()
    assert table.weight.tolist() == [0, 1] == sorted(table.input)
    assert found.pairs == {0: (0, 0), 1: (1, 0)}


def test_what_is_no_cascade_is_refused():
    with pytest.raises(ArchitectureError, match="chain of linear layers.*Received.*Make one with"):
        matching(dense_mlp(4, 4, candidates=2, rng=0))


def test_what_does_not_fit_into_memory_is_refused(monkeypatch):
    monkeypatch.setattr(memory, "free_memory", lambda device: 1000)
    with pytest.raises(BudgetError, match="stay in memory.*GiB are free. Choose fewer layers"):
        matching(butterfly(16, 4))


@pytest.mark.slow
def test_a_hypercube_of_2048_is_solved_exactly():
    network = hypercube(2048, 12, skip=True)
    found = matching(network, rng=0)
    assert found.size == found.weights == 12 * 11 * 2048
    assert found.is_maximum


@pytest.mark.slow
def test_as_many_weights_as_pairs_are_matched_exactly():
    found = matching(clos(128, routers=(16, 32, 16)), rng=0)
    assert found.size == 128**2 == found.weights
    assert found.is_maximum
