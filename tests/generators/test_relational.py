from random import Random

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy

from topograph.analyzers import cost
from topograph.errors import ArchitectureError
from topograph.exporter import to_module
from topograph.generators import relational, watts_strogatz_flex
from topograph.generators.relational import _first_connected

RING = [(0, 1), (1, 2), (2, 3), (3, 0)]


def blocks(channels, nodes):
    """Channels of each node, from the wiring of a network without edges."""
    wiring = relational(
        np.zeros((nodes, nodes)), layers=1, width=channels, inputs=1
    ).in_edges("round_0")[0].wiring  # fmt: skip
    sizes = []
    while sum(sizes) < channels:
        sizes.append(int(np.diff(wiring.indptr)[sum(sizes)]))
    return sizes


@given(st.integers(1, 9), st.integers(0, 40))
def test_channels_are_divided_as_equally_as_possible(nodes, more):
    sizes = blocks(nodes + more, nodes)
    assert (len(sizes), sum(sizes)) == (nodes, nodes + more)
    assert max(sizes) - min(sizes) <= 1


@given(st.integers(2, 6), st.integers(1, 4), st.integers(1, 3), st.integers(0, 99))
def test_parameters_have_a_closed_form(nodes, share, layers, seed):
    graph = nx.gnp_random_graph(nodes, 0.5, seed=seed)
    network = relational(graph, layers=layers, width=nodes * share, inputs=7, classes=3)
    links = (2 * graph.number_of_edges() + nodes) * share**2
    width = nodes * share
    expected = 7 * width + layers * links + 2 * width * (layers + 1) + 3 * width + 3
    assert cost(network).parameters == expected
    module = to_module(network, rng=0)
    assert sum(p.numel() for p in module.parameters()) == expected


def test_the_complete_graph_is_a_plain_network():
    network = relational(nx.complete_graph(64), layers=3, width=512, inputs=3072)
    # You et al. (2020): 2.369 million parameters.
    assert cost(network).parameters == 2_368_522
    # No link passes over a layer.
    assert network.channel_graph().skips(network).links == 0


@pytest.mark.parametrize("inputs", [5, (2, 4, 4)])
def test_a_change_travels_one_step_per_round(inputs):
    path = [(i, i + 1) for i in range(5)]
    network = relational(path, layers=2, width=6, inputs=inputs, activation="sigmoid")
    module = to_module(network, rng=0).double().eval()
    shape = (6,) if isinstance(inputs, int) else (6, *inputs[1:])
    x = torch.rand(1, *shape, dtype=torch.float64, requires_grad=True)
    value = x
    for number in range(2):
        layer = module.get_submodule(f"round_{number}")
        value = module.get_submodule(f"round_{number}_norm")(layer(value)).sigmoid()
    (gradient,) = torch.autograd.grad(value[0, 0].sum(), x)
    reached = gradient.view(6, -1).abs().sum(1) > 0
    assert reached.tolist() == [True, True, True, False, False, False]


@pytest.mark.parametrize("inputs", [10, (1, 6, 6)])
def test_they_train_and_absent_links_stay_absent(inputs):
    network = relational(RING, layers=2, width=9, stem=6, inputs=inputs, classes=3)
    module = to_module(network, rng=0)
    shape = (inputs,) if isinstance(inputs, int) else inputs
    x, y = torch.rand(6, *shape), torch.arange(6) % 3
    optimiser = torch.optim.SGD(module.parameters(), lr=0.1)
    losses = []
    for _ in range(8):
        loss = cross_entropy(module(x), y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    kernel = module.round_1.dense().detach().flatten(2).abs().sum(2) if shape[1:] else None
    kernel = module.round_1.dense().detach().abs() if kernel is None else kernel
    wiring = network.in_edges("round_1")[0].wiring
    assert ((kernel > 0).sum(1).numpy() == np.diff(wiring.indptr)).all()


def test_all_rounds_share_one_wiring():
    network = relational(RING, layers=3, width=8, inputs=4)
    wirings = [network.in_edges(f"round_{number}")[0].wiring for number in range(3)]
    assert wirings[0] is wirings[1] is wirings[2]
    wider = relational(RING, layers=2, width=8, stem=12, inputs=4)
    assert [w.in_edges("round_0")[0].wiring.sources for w in (network, wider)] == [8, 12]


def test_loops_make_no_difference():
    assert relational([*RING, (1, 1)], layers=1, width=4) == relational(RING, layers=1, width=4)


@given(st.integers(4, 14), st.floats(2.2, 3), st.floats(0, 1), st.integers(0, 99))
def test_flexible_graphs_are_connected_and_have_their_degree(nodes, degree, rewiring, seed):
    graph = watts_strogatz_flex(nodes, degree=degree, rewiring=rewiring, rng=seed)
    assert graph.number_of_edges() == round(nodes * degree / 2)
    assert sorted(graph) == list(range(nodes))
    assert nx.is_connected(graph)
    assert nx.number_of_selfloops(graph) == 0


@pytest.mark.parametrize("degree", [2, 4, 6])
def test_without_rewiring_a_whole_even_degree_gives_the_ring_lattice(degree):
    found = watts_strogatz_flex(9, degree=degree, rewiring=0)
    expected = nx.watts_strogatz_graph(9, degree, 0)
    assert {frozenset(e) for e in found.edges} == {frozenset(e) for e in expected.edges}


def test_a_seed_gives_one_graph():
    one, same, other = (
        watts_strogatz_flex(12, degree=3, rewiring=0.5, rng=seed) for seed in (1, 1, 2)
    )
    assert set(one.edges) == set(same.edges)
    assert set(one.edges) != set(other.edges)


def test_a_graph_that_is_not_connected_in_time_is_refused(monkeypatch):
    monkeypatch.setitem(_first_connected.__globals__, "TRIES", 1)
    with pytest.raises(ArchitectureError, match="1 unconnected draws.*400 nodes and 400 edges"):
        watts_strogatz_flex(400, degree=2, rewiring=1, rng=1)


def published(folder):
    """The adjacency matrices of 64 nodes, how they were drawn, and the networks' figures."""
    place = folder / "graph2nn_results"
    with np.load(place / "graphs.npz") as file:
        graphs = {name.removeprefix("n64_"): file[name] for name in file if name[:4] == "n64_"}
    return graphs, pd.read_csv(place / "mlp_cifar10.csv.gz").set_index("graph_id")


def adjacency(graphs, number):
    """Matrix of one published graph."""
    matrix = np.zeros((64, 64), dtype=bool)
    matrix[np.triu_indices(64, 1)] = np.unpackbits(graphs["bits"][number])[:2016]
    return matrix | matrix.T


@pytest.mark.data
def test_published_graphs_are_drawn_again(data_folder):
    graphs, _ = published(data_folder)
    for number in range(0, 3942, 100):
        degree = 64 * graphs["sparsity"][number]
        draw = Random(int(graphs["seed"][number]))
        found = _first_connected(64, round(degree * 32), graphs["p"][number], draw)
        matrix = nx.to_numpy_array(found, nodelist=range(64)) != 0
        np.testing.assert_array_equal(matrix, adjacency(graphs, number))


@pytest.mark.data
def test_published_networks_have_their_parameters(data_folder):
    graphs, table = published(data_folder)
    whole_blocks = table[(table.width % 64 == 0) & (table.index >= 0)].index[:20]
    for number in [*range(0, 3942, 200), *whole_blocks]:
        row = table.loc[number]
        network = relational(
            adjacency(graphs, number), layers=3, width=int(row.width), stem=512, inputs=3072
        )
        # Printed to three digits; where blocks differ in size, the authors draw which are larger.
        tolerance = 0.0005 if row.width % 64 == 0 else 0.002 * row.params_M
        assert cost(network).parameters / 1e6 == pytest.approx(row.params_M, abs=tolerance + 1e-9)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: relational(RING, layers=1, width=3), "Received 3 channels for 4 nodes"),
        (lambda: relational(RING, layers=1, width=8, stem=2), "Received 2 channels for 4 nodes"),
        (lambda: relational(RING, layers=1, width=8, stem=0), "stem must be"),
        (lambda: relational(RING, layers=0, width=8), "layers must be"),
        (lambda: relational(RING, layers=1, width=8, activation="rleu"), "Received 'rleu'"),
        (lambda: relational(nx.DiGraph(RING), layers=1, width=8), "directed graph"),
        (lambda: watts_strogatz_flex(8, degree=1.5, rewiring=0), "Received degree 1.5"),
        (lambda: watts_strogatz_flex(8, degree=8, rewiring=0), "Received degree 8"),
        (lambda: watts_strogatz_flex(8, degree=4, rewiring=2), "rewiring 2"),
        (lambda: watts_strogatz_flex(2, degree=2, rewiring=0), "nodes must be"),
    ],
)
def test_bad_graphs_are_refused(make, words):
    with pytest.raises(ArchitectureError, match=words):
        make()
