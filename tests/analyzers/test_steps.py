from __future__ import annotations

import pytest

from topograph.analyzers._steps import path_depth, step_graph
from topograph.errors import ArchitectureError
from topograph.generators import dense_mlp, nasbench201_network
from topograph.graph import Builder
from topograph.graph.ops import OPS, Conv2d, Linear, Op


@pytest.mark.parametrize("op", OPS)
def test_every_op_has_a_depth(op):
    assert path_depth.dispatch(op) is not path_depth.dispatch(Op)


def test_linear_maps_and_convolutions_alone_are_deep():
    deep = {op for op in OPS if path_depth.dispatch(op)(None)}
    assert deep == {Linear, Conv2d}


def test_an_unknown_op_has_no_depth():
    with pytest.raises(TypeError, match="no depth on a path is known for Op"):
        path_depth(Op())


def test_steps_lead_forwards_in_the_order_of_their_targets():
    graph = step_graph(dense_mlp(3, 6, candidates=4, rng=0), None)
    targets = [step.target for step in graph.steps]
    assert targets == sorted(targets)
    assert all(step.source < step.target for step in graph.steps)


def test_a_cell_begins_at_what_it_reads_and_ends_where_it_is_read():
    network = nasbench201_network(1, channels=2, repeats=2, image=(3, 4, 4))
    graph = step_graph(network, "cell_1_2")
    assert len(graph.starts) == len(graph.ends) == 1
    names = [n.name for n in network.nodes if n.cell == "cell_1_2" or n.name == "cell_1_1_3"]
    assert graph.nodes == len(names)
    assert names[graph.starts[0]] == "cell_1_1_3"
    assert names[graph.ends[0]] == "cell_1_2_3"


def test_inputs_and_outputs_inside_a_cell_count():
    b = Builder()
    with b.cell("all"):
        x = b.input(2)
        b.linear(b.linear(x, 2), 2)
    graph = step_graph(b.build(), "all")
    assert (graph.starts, graph.ends, len(graph.steps)) == ([0], [2], 2)


def test_an_unknown_cell_is_refused():
    with pytest.raises(ArchitectureError, match="Received 'cell_9'.*Choose among cell_1"):
        step_graph(nasbench201_network(1, repeats=1), "cell_9")
    b = Builder()
    b.linear(b.input(2), 2)
    with pytest.raises(ArchitectureError, match="none: there is none"):
        step_graph(b.build(), "cell")
