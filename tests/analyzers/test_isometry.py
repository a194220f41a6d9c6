from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.analyzers import isometry
from topograph.arrays import to_host
from topograph.errors import BudgetError, ShapeError

SHAPES = st.lists(
    st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(1, 5)), min_size=1, max_size=6
)


def drawn(shapes, seed):
    rng = np.random.default_rng(seed)
    return {f"layer {place}": rng.normal(size=shape) for place, shape in enumerate(shapes)}


@given(SHAPES, st.integers(0, 99))
def test_numbers_are_those_of_one_svd_after_the_other(shapes, seed):
    jacobians = drawn(shapes, seed)
    found = isometry(jacobians)
    spectra = [
        np.array([np.linalg.svd(one, compute_uv=False) for one in batch])
        for batch in jacobians.values()
    ]
    assert list(found.singular_values) == list(jacobians)
    for values, expected in zip(found.singular_values.values(), spectra, strict=True):
        np.testing.assert_allclose(values, expected, rtol=1e-9, atol=1e-12)
    together = np.concatenate([values.ravel() for values in spectra])
    assert found.mean == pytest.approx(together.mean(), rel=1e-10)
    assert found.spread == pytest.approx(together.std(), rel=1e-8, abs=1e-9)
    assert found.deviation == pytest.approx(((together - 1) ** 2).mean() ** 0.5, rel=1e-9)
    np.testing.assert_allclose(found.by_layer.mean, [v.mean() for v in spectra], rtol=1e-10)
    np.testing.assert_allclose(found.by_layer.spread, [v.std() for v in spectra], atol=1e-9)
    np.testing.assert_allclose(found.by_layer.smallest, [v.min() for v in spectra], rtol=1e-9)
    np.testing.assert_allclose(found.by_layer.largest, [v.max() for v in spectra], rtol=1e-9)
    assert found.by_layer.values == tuple(v.shape[1] for v in spectra)
    weights = np.concatenate([np.full(v.size, 1 / v.size / len(spectra)) for v in spectra])
    assert found.layer_mean == pytest.approx(weights @ together, rel=1e-10)
    spread = (weights @ (together - found.layer_mean) ** 2) ** 0.5
    assert found.layer_spread == pytest.approx(spread, rel=1e-8, abs=1e-8)


def test_every_backend(backend):
    jacobians = drawn([(2, 3, 4), (2, 3, 3), (2, 3, 4), (1, 2, 5)], 0)
    found = isometry({name: backend.asarray(array) for name, array in jacobians.items()})
    expected = isometry(jacobians)
    assert found.mean == pytest.approx(expected.mean, rel=1e-12)
    assert found.worst == pytest.approx(expected.worst, rel=1e-12)
    for name, values in expected.singular_values.items():
        np.testing.assert_allclose(to_host(found.singular_values[name]), values, rtol=1e-9)


@given(st.integers(0, 99), st.floats(0.1, 5))
def test_multiples_of_orthogonal_matrices(seed, factor):
    rng = np.random.default_rng(seed)
    square, _ = np.linalg.qr(rng.normal(size=(4, 5, 5)))
    found = isometry([factor * square, factor * square[:, :3]])
    assert found.mean == pytest.approx(factor)
    assert found.spread == pytest.approx(0, abs=1e-7)
    assert found.deviation == pytest.approx(abs(factor - 1), abs=1e-7)
    assert found.worst == pytest.approx(abs(factor - 1), abs=1e-7)


def test_singular_values_do_not_depend_on_bases():
    rng = np.random.default_rng(0)
    matrices = rng.normal(size=(6, 4, 7))
    left, _ = np.linalg.qr(rng.normal(size=(6, 4, 4)))
    right, _ = np.linalg.qr(rng.normal(size=(6, 7, 7)))
    first, second = isometry([matrices]), isometry([left @ matrices @ right])
    assert first.mean == pytest.approx(second.mean, rel=1e-10)


def test_ill_conditioned_and_singular_matrices_keep_the_digits_of_the_mean():
    rng = np.random.default_rng(0)
    spectra = np.array([[1, 1e-3, 1e-6, 1e-9], [5, 4, 3, 2], [1, 1, 0, 0], [0, 0, 0, 0]])
    left, _ = np.linalg.qr(rng.normal(size=(4, 4, 4)))
    right, _ = np.linalg.qr(rng.normal(size=(4, 6, 6)))
    found = isometry([left * spectra[:, None, :] @ right[:, :4, :]])
    values = found.singular_values["0"]
    np.testing.assert_allclose(values, spectra, rtol=1e-6, atol=1e-15)
    for mean, expected in zip(values.mean(axis=1), spectra.mean(axis=1), strict=True):
        assert mean == pytest.approx(expected, rel=1e-10, abs=1e-15)


def test_dead_units_add_zeros():
    found = isometry([np.array([[[3.0, 4.0], [0.0, 0.0]]])])
    assert found.singular_values["0"].tolist() == [[5.0, 0.0]]
    assert found.mean == 2.5


def test_layers_weigh_by_values_or_alike():
    found = isometry({"wide": 2 * np.eye(3)[None], "narrow": np.array([[[4.0]], [[4.0]]])})
    assert found.mean == pytest.approx((3 * 2 + 2 * 4) / 5)
    assert found.layer_mean == pytest.approx(3)


def test_a_table_has_one_row_per_layer():
    table = isometry(drawn([(2, 3, 4), (2, 1, 4)], 0)).to_frame()
    assert table.layer.tolist() == ["layer 0", "layer 1"]
    assert table["values"].tolist() == [3, 1]


def test_factors_give_what_their_products_give():
    rng = np.random.default_rng(0)
    factors = {
        str(place): (rng.normal(size=(3, shape[0])), rng.normal(size=shape))
        for place, shape in enumerate([(4, 9), (4, 9), (6, 2)])
    }
    products = {name: slopes[:, :, None] * weights for name, (slopes, weights) in factors.items()}
    found, expected = isometry(factors), isometry(products)
    for name, values in expected.singular_values.items():
        np.testing.assert_allclose(found.singular_values[name], values, rtol=1e-10)
    assert found.mean == pytest.approx(expected.mean, rel=1e-12)
    assert found.by_layer.layer == expected.by_layer.layer


def test_factors_that_do_not_fit_are_refused():
    for shapes in (((3, 2), (4, 2)), ((3,), (3, 2)), ((0, 3), (3, 2)), ((1, 1), (1, 1), (1, 1))):
        with pytest.raises(ShapeError, match="factors have.*layer '0'"):
            isometry([tuple(np.ones(shape) for shape in shapes)])


def test_refusals():
    with pytest.raises(ShapeError, match="Received no Jacobians"):
        isometry({})
    for shape in ((2, 2), (0, 2, 2), (2, 0, 2), (1, 2, 3, 4)):
        with pytest.raises(ShapeError, match="one Jacobian per sample.*layer 'a'"):
            isometry({"a": np.zeros(shape)})
    good = np.ones((1, 2, 2))
    for entry in (np.nan, np.inf, -np.inf):
        bad = np.where(np.eye(2) == 1, entry, good)
        with pytest.raises(BudgetError, match=r"finite real numbers.*layers \['b'\]"):
            isometry({"a": good, "b": bad, "c": good})
    with pytest.raises(BudgetError, match="Received complex128"):
        isometry([good * 1j])
