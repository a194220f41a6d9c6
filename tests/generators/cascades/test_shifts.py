from __future__ import annotations

import numpy as np
import pytest

import topograph as tg
from tests.generators.cascades.samples import edges, masks, paths
from topograph.errors import ArchitectureError
from topograph.generators.cascades import butterfly, radix


def test_the_published_counts():
    assert edges(radix((4, 4, 2))) == 320
    assert tg.analyzers.cost(radix((4, 4, 2), skip=True)).parameters == 224


def test_shifts_by_their_definition():
    place, n = 1, 24
    for number, mask in zip((2, 3, 4), masks(radix((2, 3, 4))), strict=True):
        feeds = [
            [(y - x) % n in range(0, number * place, place) for x in range(n)] for y in range(n)
        ]
        np.testing.assert_array_equal(mask, feeds)
        place *= number


@pytest.mark.parametrize("systems", [1, 2, 3])
def test_each_system_joins_each_pair_once(systems):
    assert (paths(radix((2, 3), systems=systems)) == 6 ** (systems - 1)).all()


def test_neurons_are_multiplied():
    plain, multiplied = radix((2, 3)), radix((2, 3), multiples=(2, 3, 4))
    expected = [
        np.kron(mask, np.ones((after, before), dtype=bool))
        for mask, before, after in zip(masks(plain), (2, 3), (3, 4), strict=True)
    ]
    for found, mask in zip(masks(multiplied), expected, strict=True):
        np.testing.assert_array_equal(found, mask)
    assert [node.width for node in multiplied.nodes] == [12, 18, 24]


def test_radix_two_has_the_counts_of_a_butterfly():
    assert edges(radix((2, 2, 2))) == edges(butterfly(8, 3))


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: radix(()), "at least one radix"),
        (lambda: radix(8), "at least one radix"),
        (lambda: radix((4, 1)), "at least 2"),
        (lambda: radix((4, 2), systems=0), "systems must be"),
        (lambda: radix((4, 2), multiples=(1, 1)), "Received 2 for 2 layers. Give 3 numbers"),
    ],
)
def test_refused(make, told):
    with pytest.raises(ArchitectureError, match=told):
        make()
