from __future__ import annotations

from fractions import Fraction

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.analyzers import dag_paths
from topograph.analyzers.dag_paths import BATCH, _batched, _powers, _single
from topograph.arrays import to_host
from topograph.errors import ShapeError


def random_types(shape, *, density=0.7, seed=0):
    """Draw upper triangles of 0, 1 and 2."""
    chances = [1 - density, density / 2, density / 2]
    drawn = np.random.default_rng(seed).choice([0, 1, 2], p=chances, size=shape)
    return np.triu(drawn.astype(np.int8), 1)


def exact(types, starts=(0,), ends=(-1,)):
    """P, S and Z of one graph in Python's integers."""
    n = len(types)
    paths, operations, shallow = [0] * n, [0] * n, [0] * n
    for t in range(n):
        if t in {start % n for start in starts}:
            paths[t] = shallow[t] = 1
        for s in np.flatnonzero(types[:t, t]):
            paths[t] += paths[s]
            operations[t] += operations[s] + (paths[s] if types[s, t] == 2 else 0)
            shallow[t] += shallow[s] if types[s, t] == 1 else 0
    chosen = {end % n for end in ends}
    return tuple(sum(part[end] for end in chosen) for part in (paths, operations, shallow))


def expected(types, **where):
    """Depth and width as correctly rounded fractions."""
    paths, operations, shallow = exact(types, **where)
    depth = Fraction(operations, paths) if paths else Fraction(0)
    return float(depth), float((paths - shallow) / depth) if depth else 0.0


def check(types, **where):
    """Compare a batch with exact integers, graph by graph."""
    found = dag_paths(types, **where)
    graphs = types.reshape(-1, *types.shape[-2:])
    truth = np.array([expected(graph, **where) for graph in graphs])
    depth, width = truth.reshape(*types.shape[:-2], 2).transpose(-1, *range(types.ndim - 2))
    np.testing.assert_allclose(found.effective_depth, depth, rtol=1e-12)
    np.testing.assert_allclose(found.effective_width, width, rtol=1e-12)
    paths = np.array([exact(graph, **where)[0] for graph in graphs]).reshape(depth.shape)
    assert np.array_equal(found.is_connected, paths > 0)


@given(st.integers(1, 9), st.sampled_from([0.2, 0.5, 0.9]), st.integers(0, 10**6))
def test_batches_agree_with_exact_integers(n, density, seed):
    check(random_types((2, 3, n, n), density=density, seed=seed))
    check(random_types((n, n), density=density, seed=seed))


@given(st.integers(3, 8), st.integers(0, 10**6))
def test_several_starts_and_ends(n, seed):
    check(random_types((4, n, n), seed=seed), starts=(0, 1), ends=(n - 2, -1, n - 1))


@given(st.integers(1, 7), st.sampled_from(["int8", "uint8", "int32", "uint64"]))
def test_batches_of_every_type_and_order_agree_with_exact_integers(n, dtype):
    types = random_types((6, n, n), seed=n).astype(dtype)
    check(types)
    check(np.moveaxis(np.ascontiguousarray(np.moveaxis(types, 0, -1)), -1, 0))


def test_a_batch_of_several_parts_keeps_its_order():
    types = random_types((2 * BATCH + 3, 4, 4), seed=4)
    check(types)


def test_reversing_all_edges_changes_nothing():
    types = random_types((40, 12, 12), density=0.5, seed=9)
    turned = np.swapaxes(types, 1, 2)[:, ::-1, ::-1]
    found, other = dag_paths(types), dag_paths(turned)
    np.testing.assert_allclose(found.effective_depth, other.effective_depth, rtol=1e-14)
    np.testing.assert_allclose(found.effective_width, other.effective_width, rtol=1e-14)


def test_every_simple_path_counts():
    types = random_types((9, 9), seed=3)
    graph = networkx.DiGraph(zip(*types.nonzero(), strict=True))
    ways = [networkx.utils.pairwise(path) for path in networkx.all_simple_paths(graph, 0, 8)]
    depths = [sum(types[s, t] == 2 for s, t in way) for way in ways]
    found = dag_paths(types)
    assert found.effective_depth == pytest.approx(np.mean(depths), rel=1e-14)
    assert 2**found.log2_paths == pytest.approx(len(depths), rel=1e-14)
    width = np.count_nonzero(depths) / np.mean(depths)
    assert found.effective_width == pytest.approx(width, rel=1e-14)


@pytest.mark.parametrize("n", [64, 65, 150, 1000, 1100])
def test_complete_graphs_have_powers_of_two(n):
    found = dag_paths(2 * np.triu(np.ones((n, n), dtype=np.int8), 1))
    assert found.log2_paths == n - 2
    assert found.effective_depth == pytest.approx(n / 2, rel=1e-13)
    width = float(Fraction(2 ** (n - 1), n)) if n < 1025 else np.inf
    assert found.effective_width == pytest.approx(width, rel=1e-12)


def test_large_sparse_graphs_agree_with_exact_integers():
    check(random_types((300, 300), density=0.1, seed=5))
    check(random_types((1, 1010, 1010), density=0.01, seed=6))


def test_the_three_ways_to_count_agree():
    types = random_types((130, 130), density=0.3, seed=7)
    single = _single(types, {0, 3}, {129, 60})
    batched = _batched(np.repeat(types[:, :, None], 3, axis=-1), {0, 3}, {129, 60}, np)
    powers, exponent = _powers(types, {0, 3}, {129, 60})
    np.testing.assert_allclose(batched, np.repeat(single, 3, axis=-1), rtol=1e-13)
    np.testing.assert_allclose(np.ldexp(powers, exponent), single[:, 0], rtol=1e-13)


def test_a_dense_part_aside_does_not_drown_a_thin_one():
    # Two complete parts of 1,100 nodes in parallel with one edge: 2^1098 paths and 1.
    n = 2201
    types = np.zeros((n, n), dtype=np.int8)
    types[:1100, :1100] = np.triu(np.full((1100, 1100), 2), 1)
    types[0, 1100] = 1
    types[1100:2200, 1100:2200] = np.triu(np.full((1100, 1100), 2), 1)
    types[2199, 2200] = 1
    found = dag_paths(types)
    assert found.log2_paths == 1098
    assert found.effective_depth == pytest.approx(550, rel=1e-12)
    both = dag_paths(types, ends=(1099, 2200))
    assert both.log2_paths == 1099


def test_disconnected_graphs_are_flagged():
    found = dag_paths(np.zeros((2, 3, 3), dtype=int))
    assert found.to_dict() == {
        "log2_paths": [-np.inf] * 2,
        "effective_depth": [0.0, 0.0],
        "effective_width": [0.0, 0.0],
        "is_connected": [False, False],
    }
    assert not dag_paths(np.zeros((1100, 1100), dtype=int)).is_connected


def test_a_skip_alone_has_no_width():
    found = dag_paths(np.array([[0, 1], [0, 0]]))
    assert (found.log2_paths, found.effective_depth, found.effective_width) == (0, 0, 0)


def test_an_empty_batch_stays_empty():
    assert dag_paths(np.zeros((0, 3, 3), dtype=int)).effective_depth.shape == (0,)


def test_batches_on_every_backend(backend):
    types = random_types((2, 3, 7, 7), seed=8)
    found = dag_paths(backend.asarray(types))
    truth = dag_paths(types)
    for part in ("log2_paths", "effective_depth", "effective_width", "is_connected"):
        np.testing.assert_allclose(
            np.asarray(to_host(getattr(found, part)), dtype=float),
            np.asarray(getattr(truth, part), dtype=float),
            rtol=1e-14,
        )


@pytest.mark.parametrize(
    ("types", "where", "words"),
    [
        (np.zeros((2, 3), dtype=int), {}, "\\(..., n, n\\).*Received int64 of shape \\(2, 3\\)"),
        (np.zeros((2, 2)), {}, "array of integers.*float64"),
        (np.zeros(3, dtype=int), {}, "of shape \\(3,\\)"),
        (np.zeros((0, 0), dtype=int), {}, "of shape \\(0, 0\\)"),
        (np.array([[0, 3], [0, 0]]), {}, "Received values from 0 to 3"),
        (np.array([[0, -1], [0, 0]]), {}, "Received values from -1 to 0"),
        (np.array([[0, 1], [1, 0]]), {}, "lead from a node to a later one"),
        (np.array([[1, 1], [0, 0]]), {}, "on or below the diagonal"),
        (np.array([[0, 1], [0, 0]]), {"starts": (2,)}, "starts must be.*Received 2"),
        (np.array([[0, 1], [0, 0]]), {"ends": (-3,)}, "ends must be.*Received -3"),
    ],
)  # fmt: skip
def test_what_is_no_graph_is_refused(types, where, words):
    with pytest.raises(ShapeError, match=words):
        dag_paths(types, **where)
