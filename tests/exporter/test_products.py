from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from topograph.exporter.products import BlockProduct, RowProduct, Rows, full_matrix

SHAPES = st.tuples(st.integers(1, 9), st.integers(1, 9))


def pattern(shape, seed):
    """Draw links, of which about a third are constant."""
    rng = np.random.default_rng(seed)
    rows, columns = np.nonzero(rng.random(shape) < rng.random())
    trained = np.flatnonzero(rng.random(len(rows)) < 0.7)
    return Rows(rows, columns, shape, trained), trained


@given(SHAPES, st.integers(0, 999), st.integers(1, 4))
def test_rows_multiply_as_the_full_matrix(shape, seed, batch):
    (found, trained), rng = pattern(shape, seed), np.random.default_rng(seed)
    sizes = len(found.rows), (shape[1], batch), (shape[0], batch)
    values, x, g = (torch.from_numpy(rng.standard_normal(size)) for size in sizes)
    full = torch.zeros(shape, dtype=torch.float64)
    full[found.rows, found.columns] = values
    torch.testing.assert_close(found.times(values, x), full @ x)
    torch.testing.assert_close(found.turned_times(values, g), full.T @ g)
    ends = (g @ x.T)[found.rows, found.columns]
    torch.testing.assert_close(found.products(g, x), ends[torch.from_numpy(trained)])
    torch.testing.assert_close(full_matrix(found, values), full)


@given(SHAPES, st.integers(0, 999))
def test_gradients_reach_trained_links_alone(shape, seed):
    found, trained = pattern(shape, seed)
    values = torch.randn(len(found.rows), dtype=torch.float64, requires_grad=True)
    x = torch.randn(shape[1], 3, dtype=torch.float64, requires_grad=True)
    RowProduct.apply(x, values, found, torch.from_numpy(trained)).square().sum().backward()
    twin, y = values.detach().requires_grad_(), x.detach().requires_grad_()
    (full_matrix(found, twin) @ y).square().sum().backward()
    torch.testing.assert_close(x.grad, y.grad)
    expected = torch.zeros_like(twin).index_copy(0, torch.from_numpy(trained), twin.grad[trained])
    torch.testing.assert_close(values.grad, expected)


def test_only_the_gradients_that_are_needed():
    found, trained = pattern((5, 4), 3)
    values, x = torch.randn(len(found.rows)), torch.randn(4, 2, requires_grad=True)
    RowProduct.apply(x, values, found, torch.from_numpy(trained)).sum().backward()
    torch.testing.assert_close(x.grad, full_matrix(found, values).sum(0)[:, None].expand(4, 2))


@pytest.mark.parametrize("sources", [[[0, 3], [1, 2]], [[0, 1], [1, 3]], [[0, 1], [0, 1]]])
def test_blocks_multiply_as_the_full_matrix(sources):
    targets = np.array([[4, 0, 2], [1, 5, 3]])
    product = BlockProduct(np.array(sources), targets, (6, 4))
    values = torch.randn(12, dtype=torch.float64, requires_grad=True)
    x = torch.randn(4, 5, dtype=torch.float64, requires_grad=True)
    full = torch.zeros(6, 4, dtype=torch.float64)
    for reads, makes in zip(sources, targets.tolist(), strict=True):
        for target in makes:
            full[target, reads] = values.detach().view(6, 2)[target]
    torch.testing.assert_close(product.times(values, x), full @ x)
    assert torch.autograd.gradcheck(product.times, (values, x))
    assert torch.autograd.gradgradcheck(product.times, (values, x))
