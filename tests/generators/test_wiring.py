import networkx as nx
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.generators.wirings import wiring_of
from topograph.analyzers import cost
from topograph.errors import ArchitectureError
from topograph.exporter import to_module
from topograph.generators import wired


def graphs():
    """Random undirected graphs, connected or not."""
    return st.integers(1, 7).flatmap(
        lambda n: st.builds(
            lambda bits: nx.from_numpy_array(np.triu(np.reshape(bits, (n, n)), 1)),
            st.lists(st.booleans(), min_size=n * n, max_size=n * n),
        )
    )


@given(graphs())
def test_each_edge_leads_from_the_lower_to_the_higher_node(graph):
    pairs, sources, sinks = wiring_of(wired(graph, width=2, inputs=3))
    assert pairs == {(min(edge), max(edge)) for edge in graph.edges}
    assert sources == {j for j in graph if all(i >= j for i in graph[j])}
    assert sinks == {i for i in graph if all(j <= i for j in graph[i])}


@given(graphs(), st.integers(1, 4), st.booleans())
def test_parameters_depend_on_the_nodes_alone(graph, width, separable):
    network = wired(graph, width=width, inputs=(2, 4, 4), classes=3, separable=separable)
    node = 9 * width + width**2 if separable else 9 * width**2
    stem = 9 * 2 * width
    norms = 2 * width * (len(graph) + 2)
    assert cost(network).parameters == stem + len(graph) * node + norms + 3 * width + 3


@settings(max_examples=20)
@given(graphs())
def test_outputs_are_those_of_the_formula(graph):
    network = wired(graph, width=3, inputs=5, classes=2)
    module = to_module(network, rng=0).double().eval()
    x = torch.rand(4, 5, dtype=torch.float64)
    values = dict(enumerate([module.stem_norm(module.stem(x))] * len(graph)))
    for j in sorted(graph):
        before = [values[i] for i in graph[j] if i < j]
        read = sum(before) if before else module.stem_norm(module.stem(x))
        layer = module.get_submodule(f"node_{j}")
        values[j] = module.get_submodule(f"node_{j}_norm")(layer(read.relu()))
    sinks = sum(values[i] for i in graph if all(j <= i for j in graph[i]))
    expected = module.classifier(module.sinks_norm(sinks).relu())
    torch.testing.assert_close(module(x), expected, rtol=1e-10, atol=1e-12)


@given(graphs())
def test_edges_between_distant_numbers_are_long_range_links(graph):
    network = wired(graph, width=3, inputs=2)
    long = sum(abs(i - j) >= 2 for i, j in graph.edges)
    assert network.channel_graph().skips(network).links == 3 * long


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: wired([(0, 1), (1, 1)]), "Received a loop at node 1"),
        (lambda: wired([(0, 1)], width=0), "width must be"),
        (lambda: wired(nx.DiGraph([(0, 1)])), "Received a directed graph"),
    ],
)
def test_bad_graphs_are_refused(make, words):
    with pytest.raises(ArchitectureError, match=words):
        make()
