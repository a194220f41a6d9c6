from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analyzers.kernels.dags import (
    KINDS,
    MIXED,
    PAIRS,
    PARALLEL,
    PUBLISHED,
    SEQUENTIAL,
    TWICE,
    naive_kernels,
    network,
    sphere,
)
from topograph.analyzers import nngp, ntk
from topograph.arrays import to_host
from topograph.errors import ArchitectureError

# Row sets A-D of the reference: examples, dimension, seed.
SETS = ((8, 6, 101), (16, 10, 102), (32, 12, 103), (64, 20, 104))
SMALLEST = {
    ("paper", SEQUENTIAL): (0.082431, 0.102871, 0.084333, 0.100101),
    ("paper", PARALLEL): (0.226277, 0.249222, 0.161446, 0.191142),
    ("paper", MIXED): (0.272989, 0.291705, 0.209733, 0.250615),
    ("exact", SEQUENTIAL): (0.082431, 0.102871, 0.084333, 0.100101),
    ("exact", PARALLEL): (0.226370, 0.249270, 0.161447, 0.191144),
    ("exact", MIXED): (0.268802, 0.285547, 0.202819, 0.242035),
}
TANGENT = {
    ("exact", SEQUENTIAL): 1.12138, ("exact", PARALLEL): 0.96082, ("exact", MIXED): 1.76029,
    ("paper", SEQUENTIAL): 1.12138, ("paper", PARALLEL): 0.96034, ("paper", MIXED): 1.75759,
}  # fmt: skip
MODES = st.sampled_from(["exact", "paper"])
CELLS = st.tuples(*[st.sampled_from(KINDS)] * 6)


def cell(kinds):
    return [(*pair, kind) for pair, kind in zip(PAIRS, kinds, strict=True)]


@pytest.mark.parametrize(
    ("edges", "exact", "paper"),
    [
        (SEQUENTIAL, 1, 1),
        (PARALLEL, 3 + 6 / np.pi, 3),
        (MIXED, 4 + 2 / np.pi + 2 * np.sqrt((2 + 2 / np.pi) / np.pi / np.pi), 4),
        (TWICE, 5 + 4 / np.pi, 3),
    ],
)
def test_diagonals(edges, exact, paper):
    rows = sphere(5, 4, 0)
    assert nngp(network(edges), rows).diagonal == pytest.approx(exact, rel=1e-14)
    assert nngp(network(edges), rows, mode="paper").diagonal == pytest.approx(paper, rel=1e-14)


def test_the_mixed_diagonal_is_the_published_number():
    assert nngp(network(MIXED), np.eye(2)).diagonal[0] == pytest.approx(5.670342, abs=5e-7)
    stemmed = network(MIXED, inputs=2)
    assert nngp(stemmed, np.eye(2)).diagonal[0] == pytest.approx(7.340684, abs=5e-7)


@pytest.mark.parametrize(("mode", "edges"), SMALLEST)
def test_smallest_eigenvalues_of_the_reference(mode, edges):
    found = [nngp(network(edges), sphere(*rows), mode=mode).lambda_min for rows in SETS]
    assert found == pytest.approx(SMALLEST[mode, edges], abs=5e-7)
    tangent = ntk(network(edges), sphere(*SETS[0]), mode=mode).lambda_min
    assert tangent == pytest.approx(TANGENT[mode, edges], abs=5e-6)


def test_smallest_eigenvalues_behind_a_stem():
    found = [nngp(network(edges, inputs=6), sphere(*SETS[0])).lambda_min for edges in PUBLISHED]
    assert found == pytest.approx([0.077689, 0.253500, 0.328712], abs=5e-7)


def test_odd_activations_and_the_order_of_the_graphs():
    rows = sphere(*SETS[0])
    for name, expected in (("tanh", (0.095780, 0.093678)), ("erf", (0.120736, 0.117480))):
        found = [
            nngp(network(edges), rows, mode="paper", activation=name).lambda_min
            for edges in (SEQUENTIAL, PARALLEL)
        ]
        assert found == pytest.approx(expected, abs=5e-7)


@pytest.mark.parametrize(
    ("name", "diagonal"),
    [("tanh", 3.318750), ("erf", 3.270742), ("gelu", 4.168477), ("elu", 3.860800)],
)
def test_the_diagonal_is_no_path_count_where_f_is_not_homogeneous(name, diagonal):
    found = nngp(network(MIXED), np.eye(2), mode="paper", activation=name)
    assert found.diagonal == pytest.approx(diagonal, abs=5e-7)
    assert found.paths == 4


def test_tangent_diagonals():
    exact = [ntk(network(edges), np.eye(2)).diagonal[0] for edges in PUBLISHED]
    assert exact == pytest.approx([4, 7.909859, 11.306962], abs=5e-7)
    paper = [ntk(network(edges), np.eye(2), mode="paper").diagonal[0] for edges in PUBLISHED]
    assert paper == pytest.approx([4, 6, 9], rel=1e-14)


@given(CELLS, MODES, st.integers(0, 20))
def test_kernels_agree_with_plain_recursions(kinds, mode, seed):
    rows = sphere(6, 4, seed)
    gram = rows @ rows.T
    np.fill_diagonal(gram, 1)
    kernel, tangent = naive_kernels(cell(kinds), gram, mode)
    found = nngp(network(cell(kinds)), rows, mode=mode)
    np.testing.assert_allclose(found.values, kernel, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(found.diagonal, np.diag(kernel), rtol=1e-12)
    values = ntk(network(cell(kinds)), rows, mode=mode).values
    np.testing.assert_allclose(values, tangent, rtol=1e-7, atol=1e-12)


@given(CELLS, MODES)
def test_bounds_hold_and_the_tangent_kernel_is_larger(kinds, mode):
    rows = sphere(7, 5, 3)
    kernel, tangent = (kind(network(cell(kinds)), rows, mode=mode) for kind in (nngp, ntk))
    assert kernel.lambda_min <= kernel.pair_bound + 1e-12
    assert kernel.lambda_min <= tangent.lambda_min + 1e-12
    assert kernel.spectrum[0] == pytest.approx(kernel.lambda_min, abs=1e-12)
    assert np.sum(kernel.spectrum) == pytest.approx(np.sum(kernel.diagonal))


def test_the_two_modes_differ_in_many_cells():
    # Of the 662 connected cells of three kinds, 171 have another 2 x 2 eigenvalue somewhere.
    rows = sphere(4, 3, 0)
    differ = connected = 0
    for kinds in itertools.product(KINDS, repeat=6):
        found = [
            nngp(network(cell(kinds), width=2), rows, mode=mode) for mode in ("exact", "paper")
        ]
        connected += found[0].paths > 0
        differ += not np.allclose(found[0].values, found[1].values)
    assert connected == 662
    assert 171 <= differ < 662


def test_disconnected_graphs_have_no_path_and_the_kernel_zero():
    found = nngp(network([(0, 1, "linear"), (1, 2, "zero")]), np.eye(3))
    assert found.paths == 0
    assert found.lambda_min == found.pair_bound == 0
    assert np.isnan(found.tightness)
    assert np.isnan(found.normalised)
    assert not found.values.any()


def test_kernels_in_every_library(backend):
    rows = sphere(*SETS[0])
    for edges in PUBLISHED:
        for kind, name in itertools.product((nngp, ntk), (None, "tanh", "gelu")):
            found = kind(network(edges), backend.asarray(rows), activation=name)
            expected = kind(network(edges), rows, activation=name)
            assert type(found.values) is type(backend.asarray(rows))
            np.testing.assert_allclose(to_host(found.values), expected.values, rtol=1e-12)
            assert found.lambda_min == pytest.approx(expected.lambda_min, rel=1e-10)


def test_large_kernels_are_those_of_small_ones():
    rows = sphere(300, 12, 0)
    whole = nngp(network(MIXED), rows)
    part = nngp(network(MIXED), rows[:40])
    np.testing.assert_allclose(whole.values[:40, :40], part.values, rtol=1e-13)
    np.testing.assert_array_equal(whole.values, whole.values.T)
    assert whole.lambda_min == pytest.approx(np.linalg.eigvalsh(whole.values)[0], rel=1e-8)


def test_rows_of_other_lengths():
    rows = sphere(6, 4, 1) * np.arange(1, 7)[:, None]
    unit = nngp(network(MIXED), sphere(6, 4, 1))
    normalised = nngp(network(MIXED), rows, rows="normalise")
    np.testing.assert_allclose(normalised.values, unit.values, rtol=1e-12)
    # ReLU networks are homogeneous, so lengths come out of the kernel.
    given_ = nngp(network(MIXED), rows, rows="as given")
    scale = np.outer(np.arange(1, 7), np.arange(1, 7))
    np.testing.assert_allclose(given_.values, scale * unit.values, rtol=1e-12)
    with pytest.raises(ValueError, match="lengths from 1 to 6"):
        nngp(network(MIXED), rows)


def test_means_of_the_input_enter_its_sums():
    rows = np.full((1, 4), 0.5)
    single = [(0, 1, "linear"), (0, 1, "skip")]
    centred = nngp(network(single), rows).values[0, 0]
    from_rows = nngp(network(single), rows, input_mean="rows").values[0, 0]
    assert centred == pytest.approx(2)
    assert from_rows == pytest.approx(2 + 2 * 1 / np.sqrt(np.pi))
    by_array = nngp(network(single), rows, input_mean=np.array([1.0])).values[0, 0]
    assert by_array == from_rows == nngp(network(single), rows, input_mean=1.0).values[0, 0]


def test_kernel_is_a_result():
    found = nngp(network(MIXED), sphere(4, 3, 0))
    assert found.to_frame().shape == (4, 2)
    assert found.to_dict()["mode"] == "exact"
    assert 0 < found.tightness <= 1
    assert found.normalised == pytest.approx(found.lambda_min / found.diagonal[0])


def test_unknown_words_are_refused():
    with pytest.raises(ArchitectureError, match="Received 'NTK'"):
        nngp(network(MIXED), np.eye(2), mode="NTK")
    with pytest.raises(ArchitectureError, match="Received 'swoosh'"):
        nngp(network(MIXED), np.eye(2), activation="swoosh")
