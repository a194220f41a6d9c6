import igraph
import numpy as np
import pytest
from hypothesis import given

from tests.analyzers.cascades.samples import masks_and_constants, quietly
from topograph.analyzers import bandwidth
from topograph.analyzers.cascades.links import cascade_links
from topograph.analyzers.cascades.prime_field import PRIME, product, rank
from topograph.errors import ArchitectureError
from topograph.generators import dense_mlp
from topograph.generators.cascades import butterfly, clos, hypercube, low_rank, torus


@pytest.mark.parametrize(("middle", "paths"), [(1, 8), (2, 16), (3, 24), (4, 32)])
def test_routers_in_the_middle_carry_eight_paths_each(middle, paths):
    found = bandwidth(clos(32, routers=(8, middle, 8)))
    assert (found.paths, found.narrowest) == (paths, min(32, 8 * middle))


@pytest.mark.parametrize(
    ("network", "paths"),
    [
        (butterfly(32, 18), 32),
        (hypercube(32, 6), 32),
        (torus(8, 4, layers=7), 32),
        (low_rank(32, 5), 5),
    ],
)
def test_topologies_of_known_bandwidth(network, paths):
    assert bandwidth(network).paths == paths


def paths_by_igraph(masks):
    """Vertex-disjoint paths between a source before all inputs and a sink behind all outputs."""
    widths = [masks[0].shape[1], *map(len, masks)]
    offsets = np.cumsum([0, *widths])
    links = [
        (offsets[layer] + source, offsets[layer + 1] + target)
        for layer, mask in enumerate(masks)
        for target, source in np.argwhere(mask)
    ]
    start, end = offsets[-1], offsets[-1] + 1
    links += [(start, i) for i in range(widths[0])]
    links += [(offsets[-2] + o, end) for o in range(widths[-1])]
    graph = igraph.Graph(n=end + 1, edges=links, directed=True)
    return graph.vertex_disjoint_paths(int(start), int(end))


@given(masks_and_constants())
def test_agrees_with_igraph_and_with_the_generic_rank(drawn):
    masks, constant = drawn
    network = quietly(masks, constant)
    found = bandwidth(network)
    assert found.paths == paths_by_igraph(masks)
    rng = np.random.default_rng(0)
    total = np.eye(masks[0].shape[1], dtype=np.int64)
    for mask in masks:
        total = product(mask * rng.integers(1, PRIME, size=mask.shape), total)
    assert found.paths == rank(total)
    assert found.paths <= found.narrowest == min(cascade_links(network).widths)


def test_what_is_no_cascade_is_refused():
    with pytest.raises(ArchitectureError, match="chain of linear layers"):
        bandwidth(dense_mlp(4, 4, candidates=2, rng=0))
