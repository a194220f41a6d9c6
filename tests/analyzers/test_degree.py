import math

import igraph
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import architectures
from topograph.analyzers import degree_distribution, fit_degrees, selection_counts
from topograph.analyzers.degree_laws import FEWEST_EXPECTED
from topograph.errors import ArchitectureError
from topograph.generators import dense_cnn, dense_mlp
from topograph.graph import Builder
from topograph.graph.places import places

degrees = st.lists(st.integers(0, 30), min_size=1, max_size=80)


@given(architectures())
def test_degrees_agree_with_igraph(architecture):
    inside = [node.name for node in architecture.nodes if node.cell is not None]
    graph = architecture.channel_graph()
    graph = (
        graph.within(set(inside) & set(graph.nodes)) if set(inside) & set(graph.nodes) else graph
    )
    rows = graph.adjacency.tocoo()
    pairs = np.repeat(np.stack([rows.row, rows.col], axis=1), rows.data, axis=0).tolist()
    peer = igraph.Graph(n=graph.channels, edges=pairs, directed=True)
    for direction, mode in (("in", "in"), ("out", "out"), ("total", "all")):
        found = degree_distribution(architecture, direction=direction)
        np.testing.assert_array_equal(found.counts, np.bincount(peer.degree(mode=mode)))


@given(degrees)
def test_moments_agree_with_numpy(values):
    found = fit_degrees(values)
    assert found.mean == pytest.approx(np.mean(values))
    assert found.variance == pytest.approx(np.var(values))
    assert found.counts.sum() == len(values)


@given(degrees)
def test_fits_are_of_largest_likelihood(values):
    found = fit_degrees(values)
    mean, success = found.poisson.parameter, found.geometric.parameter

    def poisson(rate):
        return sum(k * math.log(rate) - rate for k in values)

    def geometric(p):
        return sum(k * math.log1p(-p) + math.log(p) for k in values)

    if sum(values):
        assert all(poisson(mean) >= poisson(mean * f) for f in (0.9, 1.1))
        assert all(geometric(success) >= geometric(success * f) for f in (0.9, 0.99))


@given(degrees)
def test_laws_agree_with_their_definitions(values):
    found = fit_degrees(values)
    rate, p = found.poisson.parameter, found.geometric.parameter
    for k in found.degrees.tolist():
        law = math.exp(-rate) * rate**k / math.factorial(k)
        assert found.poisson.pmf[k] == pytest.approx(law, rel=1e-10, abs=1e-300)
        assert found.geometric.pmf[k] == pytest.approx(p * (1 - p) ** k, rel=1e-10)


@given(degrees)
def test_total_variation_is_the_largest_difference_of_probabilities(values):
    found = fit_degrees(values)
    for fit in (found.poisson, found.geometric):
        share = found.counts / found.counts.sum()
        # The event on which the two laws differ most is where the degrees are the likelier.
        more = share > fit.pmf
        assert fit.total_variation == pytest.approx((share - fit.pmf)[more].sum(), abs=1e-12)


@pytest.mark.parametrize(("law", "other"), [("poisson", "geometric"), ("geometric", "poisson")])
def test_the_law_that_drew_the_degrees_fits_best(law, other):
    rng = np.random.default_rng(0)
    draws = {"poisson": rng.poisson(4, 5000), "geometric": rng.geometric(0.2, 5000) - 1}[law]
    found = fit_degrees(draws)
    assert getattr(found, law).total_variation < 0.03 < getattr(found, other).total_variation
    assert getattr(found, law).p_value > 1e-3
    assert getattr(found, other).p_value < 1e-10


def test_p_values_of_a_true_law_are_uniform():
    rng = np.random.default_rng(1)
    found = [fit_degrees(rng.poisson(3, 2000)).poisson.p_value for _ in range(400)]
    # Kolmogorov's statistic of 400 uniform numbers is below 1.63 / 20 with probability 0.99.
    ranks = np.arange(1, 401) / 400
    assert np.abs(np.sort(found) - ranks).max() < 1.63 / 20


def test_pooled_classes_by_hand():
    # Expected 8 exp(-1) (1, 1, 1/2, ...) = 2.94, 2.94, 1.47, ...: one class, no freedom left.
    found = fit_degrees([0, 0, 0, 1, 1, 1, 2, 3])
    assert math.isnan(found.poisson.p_value)
    assert FEWEST_EXPECTED == 5


def test_channels_without_links_follow_both_laws():
    found = degree_distribution(dense_cnn((3,), 4, candidates=0, rng=0), links="skip")
    assert found.counts.tolist() == [12]
    assert found.poisson.total_variation == found.geometric.total_variation == 0
    assert math.isnan(found.dispersion)


@given(architectures())
def test_readers_are_counted_link_by_link(architecture):
    # The second road: every link written down, each reader named by its place in its cell.
    graph = architecture.channel_graph()
    inside = [name for name in graph.nodes if architecture.node(name).cell is not None]
    graph = graph.within(inside) if inside else graph
    place = places(architecture)
    readers = [set() for _ in range(graph.channels)]
    rows = graph.adjacency.tocoo()
    for source, target in zip(rows.row.tolist(), rows.col.tolist(), strict=True):
        name = graph.nodes[graph.node_of[target]]
        readers[source].add(place.get(name, name))
    found = degree_distribution(architecture, direction="readers")
    np.testing.assert_array_equal(found.counts, np.bincount([len(one) for one in readers]))


@given(st.integers(1, 5), st.integers(3, 9), st.integers(0, 30), st.integers(0, 99))
def test_selection_counts_are_out_degrees_over_the_width(width, depth, candidates, seed):
    network = dense_mlp(width, depth, candidates=candidates, classes=width, rng=seed)
    counts = selection_counts(network)
    graph = network.channel_graph()
    inside = graph.within([name for name in graph.nodes if name != "input"])
    np.testing.assert_array_equal(width * counts, inside.skips(network).out_degree)
    found = degree_distribution(network, direction="readers", links="skip")
    np.testing.assert_array_equal(found.counts, np.bincount(counts))


def test_selection_counts_are_of_layers_alone():
    network = dense_cnn((2, 3), 4, candidates=9, separable=True, image=(3, 8, 8), rng=0)
    # All earlier channels are read, and what expansion blocks hold inside is not selected.
    assert (
        selection_counts(network).tolist()
        == [2] * 2 + [1] * 2 + [0] * 4 + [2] * 3 + [1] * 3 + [0] * 6
    )


def test_one_feature_map_has_degrees_of_its_own():
    network = dense_mlp(2, 4, candidates=0, classes=3)
    found = degree_distribution(network, direction="out", node="layer_2")
    assert found.counts.tolist() == [0, 0, 0, 2]
    assert degree_distribution(network, node="classifier").counts.sum() == 3


def test_unknown_feature_maps_and_missing_cells_are_refused():
    network = dense_mlp(2, 4, candidates=1, rng=0)
    for name in ("input", "concat_2", "nothing"):
        with pytest.raises(ArchitectureError, match=f"Received '{name}'. Choose among layer_0, "):
            degree_distribution(network, node=name)
    bare = Builder()
    bare.linear(bare.input(3), 2)
    with pytest.raises(ArchitectureError, match="needs cells.*without"):
        selection_counts(bare.build())


def test_selection_counts_are_nearer_to_geometric_than_to_poisson():
    # Section 6 of the notes on the method: out-degrees are width times a count that tends to the
    # geometric law of mean t / w; averaged over wirings the distances are 0.005 and 0.213.
    counts = []
    for seed in range(30):
        network = dense_mlp(8, 128, candidates=10, classes=8, rng=seed)
        graph = network.channel_graph().skips(network)
        counts.append(graph.out_degree[784:] // 8)
    found = fit_degrees(np.concatenate(counts))
    assert found.geometric.total_variation < 0.02
    assert found.poisson.total_variation == pytest.approx(0.213, abs=0.01)


@pytest.mark.parametrize("values", [[], [-1, 2], [0.5], [[1, 2]]])
def test_what_are_no_degrees_is_refused(values):
    with pytest.raises(ArchitectureError, match="whole numbers from 0"):
        fit_degrees(values)


def test_unknown_words_are_refused():
    network = dense_mlp(2, 4, candidates=1, rng=0)
    with pytest.raises(ArchitectureError, match="direction of a degree.*Received 'both'"):
        degree_distribution(network, direction="both")
    with pytest.raises(ArchitectureError, match="links of a degree.*Received 'short'"):
        degree_distribution(network, links="short")
