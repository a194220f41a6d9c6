from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.graph.chains import chain, chains
from tests.strategies import architectures
from topograph.analyzers import nn_density, nn_mass
from topograph.errors import ArchitectureError
from topograph.generators import dense_cnn, dense_mlp, mobilenet_v2, resnet, vgg
from topograph.graph import Builder, Conv2d, Link


def stripped(architecture):
    """The same architecture without cells."""
    nodes = (replace(node, cell=None, layer=None) for node in architecture.nodes)
    return replace(architecture, nodes=tuple(nodes))


@pytest.mark.parametrize("depth", [18, 50])
def test_a_residual_network_keeps_its_mass(depth):
    network = resnet(depth)
    found = stripped(network).assign_cells(by="resolution")
    for rule in ("text", "counted", "strict"):
        assert nn_mass(found, additions=rule) == pytest.approx(nn_mass(network, additions=rule))
    expected = nn_mass(network, projections="ignored")
    assert nn_mass(found, projections="ignored") == pytest.approx(expected)


def test_a_mobile_network_keeps_its_mass():
    network = mobilenet_v2(blocks=(2, 3, 4, 5, 4, 3, 1))
    assert nn_mass(stripped(network).assign_cells()) == pytest.approx(1654)


@given(st.integers(1, 4), st.integers(3, 5), st.integers(0, 9), st.integers(0, 5))
def test_dense_networks_keep_their_mass_and_density(width, depth, candidates, seed):
    for network in (
        dense_mlp(width, depth, candidates=candidates, inputs=3, rng=seed),
        dense_cnn((width, 3), depth, candidates=candidates, rng=seed),
    ):
        found = stripped(network).assign_cells()
        assert [*map(len, found.cells.values())] == [*map(len, network.cells.values())]
        assert nn_mass(found) == nn_mass(network)
        assert nn_density(found) == nn_density(network)


@given(chains())
def test_chains_keep_their_mass(widths):
    assume(any(len(block) > 1 for block in widths))
    found = chain(widths, celled=False).assign_cells()
    assert len(found.cells) == 1
    assert nn_mass(found) == pytest.approx(nn_mass(chain(widths)))


def test_cells_are_runs_of_one_size_and_layers_are_numbered_along_them():
    found = stripped(resnet(50)).assign_cells()
    assert [len(layers) for layers in found.cells.values()] == [1, 10, 12, 18, 8]
    assert [layers[0].size[0] for layers in found.cells.values()] == [112, 56, 28, 14, 7]
    for layers in found.cells.values():
        assert [node.layer for node in layers] == list(range(len(layers)))
        assert len({node.size for node in layers}) == 1
    # Projections lie between the layers, the sum behind them; the head is in no cell.
    assert (found.node("block_2_1_projection").cell, found.node("block_2_1_projection").layer) == (
        "cell_3",
        None,
    )
    assert found.node("block_1_3_sum").cell == "cell_2"
    assert found.node("image").cell is None
    assert found.node("classifier").cell is None


def test_only_the_places_change():
    network = resnet(18)
    found = network.assign_cells()
    assert stripped(found) == stripped(network)
    assert found.name == network.name
    assert found.assign_cells() == found


def test_a_size_that_comes_back_is_a_new_cell():
    b = Builder()
    x = b.conv(b.input(3, size=8), 4)
    y = b.conv(x, 4, stride=2)
    padded = b.node([Link(y, Conv2d(1, padding=2))], width=4)
    b.conv(padded, 4, name="last")
    found = b.build().assign_cells()
    assert [node.size for layers in found.cells.values() for node in layers] == [
        (8, 8),
        (4, 4),
        (8, 8),
        (8, 8),
    ]
    assert found.node("last").cell == "cell_3"


@given(architectures())
def test_any_architecture_gets_numbered_cells_or_is_refused(architecture):
    try:
        found = architecture.assign_cells()
    except ArchitectureError:
        return
    assert stripped(found) == stripped(architecture)
    layers = [node for layers in found.cells.values() for node in layers]
    assert layers
    for node in layers:
        assert any(edge.op.mixes for edge in architecture.in_edges(node.name))
    for cell in found.cells.values():
        assert [node.layer for node in cell] == list(range(len(cell)))


def test_plain_networks_have_a_cell_for_each_size():
    assert [len(layers) for layers in vgg(16).assign_cells().cells.values()] == [2, 2, 3, 3, 3]


def test_layers_side_by_side_are_refused():
    b = Builder()
    x = b.input(3, size=8)
    b.concat([b.conv(x, 2, name="left"), b.conv(x, 2, name="right")])
    with pytest.raises(ArchitectureError, match="Received 'left' and 'right' side by side. Give"):
        b.build().assign_cells()


def test_an_architecture_without_layers_is_refused():
    b = Builder()
    b.activation(b.input(3), "relu")
    with pytest.raises(ArchitectureError, match="Received an architecture without any"):
        b.build().assign_cells()


def test_unknown_ways_are_refused():
    with pytest.raises(ArchitectureError, match="resolution.*Received 'depth'"):
        resnet(18).assign_cells(by="depth")
