import pytest
from hypothesis import given

from tests.strategies import architectures
from topograph.analyzers import average_degree, lattice, random_part
from topograph.analyzers.degree import counted_graph
from topograph.generators import dense_cnn, dense_mlp


@given(architectures())
def test_lattice_and_random_part_are_the_whole(architecture):
    whole = counted_graph(architecture, "all")
    short, long = lattice(architecture), random_part(architecture)
    assert short.nodes == long.nodes == whole.nodes
    assert short.links + long.links == whole.links
    assert (short.adjacency + long.adjacency != whole.adjacency).nnz == 0
    assert short.adjacency.multiply(long.adjacency).nnz == 0


@given(architectures())
def test_the_random_part_of_cells_is_their_skips(architecture):
    if architecture.cells:
        expected = counted_graph(architecture, "skip")
        assert (random_part(architecture).adjacency != expected.adjacency).nnz == 0


@pytest.mark.parametrize(("width", "depth", "candidates"), [(3, 8, 5), (8, 32, 10)])
def test_degrees_of_equation_9(width, depth, candidates):
    network = dense_mlp(width, depth, candidates=candidates, classes=width, rng=0)
    short, long = lattice(network), random_part(network)
    assert short.links / short.channels == pytest.approx(width * (depth - 1) / depth)
    assert long.links / long.channels == pytest.approx(average_degree(network, links="skip"))


def test_the_lattice_is_the_network_without_candidates():
    network, bare = (dense_cnn((4, 6), 7, candidates=t, rng=0) for t in (9, 0))
    expected = counted_graph(bare, "all").adjacency
    assert (lattice(network).adjacency != expected).nnz == 0
