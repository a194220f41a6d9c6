import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topograph.analyzers.cascades.prime_field import PRIME, product, rank, reduce, residue


def by_python(left, right):
    """Multiply with integers of any size."""
    return (left.astype(object) @ right.astype(object) % PRIME).astype(np.int64)


@given(st.integers(0, 2**62 - 1))
def test_reduction(number):
    assert reduce(np.array([number]))[0] == number % PRIME


@given(st.integers(0, 9), st.integers(0, 200), st.integers(1, 9), st.integers(0, 99))
def test_products_are_exact(rows, inner, columns, seed):
    rng = np.random.default_rng(seed)
    left = rng.integers(PRIME - 5, PRIME, size=(rows, inner))
    right = rng.integers(PRIME, size=(inner, columns))
    np.testing.assert_array_equal(product(left, right), by_python(left, right))


@pytest.mark.parametrize("value", [1.0, -1.0, 0.5, 1 / 3, -2.75, 1e-9])
def test_residues_of_floats(value):
    numerator, denominator = value.as_integer_ratio()
    assert residue(value) * denominator % PRIME == numerator % PRIME


@settings(max_examples=40)
@given(st.integers(1, 150), st.integers(1, 90), st.integers(0, 150), st.integers(0, 99))
def test_rank_of_a_product(rows, columns, inner, seed):
    rng = np.random.default_rng(seed)
    left, right = (rng.integers(PRIME, size=size) for size in ((rows, inner), (inner, columns)))
    assert rank(by_python(left, right)) == min(rows, columns, inner)


@given(st.integers(1, 9), st.integers(1, 9), st.floats(0, 1), st.integers(0, 999))
def test_rank_of_small_sparse_matrices_is_that_of_the_rationals(rows, columns, density, seed):
    rng = np.random.default_rng(seed)
    matrix = (rng.random((rows, columns)) < density) * rng.integers(-2, 3, size=(rows, columns))
    assert rank(matrix % PRIME) == np.linalg.matrix_rank(matrix)


def test_rank_of_nothing():
    assert rank(np.zeros((0, 5), dtype=np.int64)) == 0
    assert rank(np.zeros((5, 70), dtype=np.int64)) == 0


def test_the_argument_is_not_changed():
    matrix = np.eye(70, dtype=np.int64)
    matrix.flags.writeable = False
    assert rank(matrix) == 70
