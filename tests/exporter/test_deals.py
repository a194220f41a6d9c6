from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from topograph.exporter.deals import Deal, deal_rows

IN_ORDER, IN_TURN = np.arange(6).reshape(2, 3), np.arange(6).reshape(3, 2).T
OTHER, TWICE = np.array([[5, 0, 3], [1, 2, 4]]), np.array([[5, 0, 3], [1, 0, 4]])


@pytest.mark.parametrize("places", [IN_ORDER, IN_TURN, OTHER, TWICE, IN_ORDER[:, :1]])
@pytest.mark.parametrize("turned", [False, True])
def test_groups_get_their_rows(places, turned):
    x = torch.randn(6, 4, dtype=torch.float64)
    x = (x.t().contiguous().t() if turned else x).requires_grad_()
    deal = Deal(places, 6)
    assert torch.equal(deal(x), x[torch.as_tensor(places)])
    assert torch.autograd.gradcheck(deal, (x,))
    assert torch.autograd.gradgradcheck(deal, (x,))


@pytest.mark.parametrize(("places", "is_view"), [(IN_ORDER, True), (IN_TURN, True), (OTHER, False)])
def test_nothing_is_copied_that_a_view_shows(places, is_view):
    x = torch.randn(6, 4)
    assert (Deal(places, 6)(x).data_ptr() == x.data_ptr()) == is_view


@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 2**32))
def test_any_order(groups, rows, seed):
    places = np.random.default_rng(seed).permutation(groups * rows).reshape(groups, rows)
    x = torch.randn(groups * rows, 2)
    assert torch.equal(Deal(places, groups * rows)(x), x[torch.as_tensor(places)])


def test_rows_dealt_out_and_back():
    x, places = torch.randn(4, 2, requires_grad=True), np.array([2, 0, 3, 1])
    dealt = deal_rows(x, places, np.argsort(places))
    assert torch.equal(dealt, x[places])
    weights = torch.arange(8.0).view(4, 2)
    (dealt * weights).sum().backward()
    assert torch.equal(x.grad[places], weights)
