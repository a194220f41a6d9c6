from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from topograph.analyzers import cost
from topograph.errors import BudgetError
from topograph.generators import nasbench201_network
from topograph.search import CellSpace, cell_costs

SMALL = partial(nasbench201_network, channels=4, repeats=1)


def test_against_the_networks_themselves():
    space = CellSpace.nasbench201().sample(20, rng=0)
    found = cell_costs(space, network=SMALL)
    each = [cost(SMALL(cell)) for cell in space]
    assert found.parameters.tolist() == [one.parameters for one in each]
    assert found.macs.tolist() == [one.macs for one in each]


def test_published_parameters():
    space = CellSpace.nasbench201()
    three, one = space.count("nor_conv_3x3"), space.count("nor_conv_1x1")
    wanted = 0.073306 + 0.24304 * three + 0.028 * one
    np.testing.assert_allclose(cell_costs(space).parameters / 1e6, wanted, rtol=1e-12)


def test_costs_that_do_not_add_up_are_refused():
    def odd(cell):
        return SMALL(cell) if len(set(cell)) > 1 else SMALL(("nor_conv_1x1",) * 6)

    with pytest.raises(BudgetError, match="do not add up"):
        cell_costs(CellSpace.nasbench201()[:10], network=odd)
