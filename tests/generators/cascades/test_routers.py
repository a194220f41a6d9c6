from __future__ import annotations

import numpy as np
import pytest

import topograph as tg
from tests.generators.cascades.samples import edges, masks, paths, wirings
from topograph.errors import ArchitectureError
from topograph.generators.cascades import clos, low_rank, monarch


def test_the_published_counts():
    network = clos(32, routers=(8, 9, 8))
    assert [w.links for w in wirings(network)] == [288, 576, 288]
    assert [node.width for node in network.nodes] == [32, 72, 72, 32]
    assert (paths(network) == 9).all()
    assert tg.analyzers.cost(clos(32, routers=(8, 9, 8), skip=True)).parameters == 976
    assert tg.analyzers.cost(low_rank(32, 18, skip=True)).parameters == 1102


@pytest.mark.parametrize(
    ("n", "routers"), [(12, (3, 5, 4)), ((12, 20), (4, 1, 5)), ((6, 4), (6, 3, 1))]
)
def test_routers_by_their_definition(n, routers):
    inputs, outputs = n if isinstance(n, tuple) else (n, n)
    r, m, s = routers
    network = clos(n, routers=routers)
    assert edges(network) == m * (inputs + r * s + outputs)
    assert (paths(network) == m).all()
    first, second, third = masks(network)
    np.testing.assert_array_equal(first, np.kron(np.eye(r), np.ones((m, inputs // r))))
    spread = [[x % m == y // s for x in range(m * r)] for y in range(m * s)]
    np.testing.assert_array_equal(second, spread)
    egress = [[x % s == o // (outputs // s) for x in range(m * s)] for o in range(outputs)]
    np.testing.assert_array_equal(third, egress)


def test_a_monarch_is_two_block_diagonal_factors():
    b = 4
    network = monarch(b * b)
    deal = np.eye(b * b)[np.arange(b * b).reshape(b, b).T.ravel()]
    blocks = np.kron(np.eye(b), np.ones((b, b)))
    first, second = masks(network)
    np.testing.assert_array_equal(first, blocks)
    np.testing.assert_array_equal(second, deal.T @ blocks @ deal)
    assert edges(network) == 2 * b**3
    assert (paths(network) == 1).all()


@pytest.mark.parametrize(("n", "blocks"), [(12, 2), (12, 6), ((8, 12), 2), ((9, 10), 3), (7, None)])
def test_monarchs_join_each_pair_once(n, blocks):
    assert (paths(monarch(n, blocks=blocks)) == 1).all()


def test_low_rank():
    assert edges(low_rank((6, 9), 4)) == 4 * 15
    assert (paths(low_rank((6, 9), 4)) == 4).all()
    first, second = wirings(low_rank((6, 9), 4, skip=True))
    assert first.indices[first.constant].tolist() == [0, 1, 2, 3]
    assert second.indices[second.constant].tolist() == [0, 1, 2, 3, 0, 1, 2, 3, 0]


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: clos(32, routers=(5, 9, 8)), r"routers\[0\] divides the inputs.* 5 for 32"),
        (lambda: clos(32, routers=(8, 9, 5)), r"routers\[2\] divides the outputs"),
        (lambda: clos(32, routers=(8, 9)), "three stages"),
        (lambda: clos((32, 16, 8), routers=(8, 9, 8)), "one number, or one for each"),
        (lambda: monarch(16, blocks=3), "blocks divides the inputs"),
        (lambda: low_rank(8, 9), "at most rank 8.*Received rank 9"),
        (lambda: low_rank((8, 4), 5), "Choose a rank up to 4"),
        (lambda: low_rank(8, 0), "rank must be"),
    ],
)
def test_refused(make, told):
    with pytest.raises(ArchitectureError, match=told):
        make()
