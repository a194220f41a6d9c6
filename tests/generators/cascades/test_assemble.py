from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.generators.cascades.samples import wirings
from topograph.generators.cascades import bernoulli, from_masks
from topograph.generators.cascades._assemble import cascade, dead_neurons, straight
from topograph.graph import Sparse


def test_straight_links():
    assert straight(3) == Sparse.from_mask(np.eye(3, dtype=bool))


def test_a_name():
    assert cascade([straight(2)], "one").name == "one"


@pytest.mark.filterwarnings("ignore:A neuron of a cascade")
@given(st.data())
def test_dead_neurons_are_those_without_a_path(data):
    widths = data.draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))
    layers = [
        np.array(data.draw(st.lists(st.booleans(), min_size=a * b, max_size=a * b))).reshape(b, a)
        for a, b in itertools.pairwise(widths)
    ]
    found = dead_neurons(wirings(from_masks(layers)))
    before = [np.eye(widths[0])]
    for layer in layers:
        before.append(layer @ before[-1])
    after = [np.eye(widths[-1])]
    for layer in reversed(layers):
        after.append(after[-1] @ layer)
    for dead, comes, goes in zip(found, before, reversed(after), strict=True):
        alive = comes.any(axis=1) & goes.any(axis=0)
        np.testing.assert_array_equal(dead, np.flatnonzero(~alive))


def test_dead_neurons_are_named():
    first = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 0]], dtype=bool)
    last = np.array([[1, 0, 1]], dtype=bool)
    told = r"Received 4 dead neurons \(input: 1, 2; layer 0: 1, 2\)"
    with pytest.warns(UserWarning, match=told):
        from_masks([first, last])


def test_warnings_point_at_the_caller():
    makers = [
        lambda: from_masks([np.zeros((1, 1), dtype=bool)]),
        lambda: bernoulli(9, 0.1, layers=2),
    ]
    for make in makers:
        with pytest.warns(UserWarning, match="dead|unreachable") as told:
            make()
        assert {warning.filename for warning in told} == {__file__}


def test_places_are_named_up_to_four():
    nothing = np.zeros((1, 1), dtype=bool)
    with pytest.warns(UserWarning, match=r"layer 2: 0; \.\.\.\)"):
        from_masks([nothing] * 5)


def test_many_dead_neurons_are_counted():
    with pytest.warns(UserWarning, match=r"input: 1, 2, 3, 4, 5, 6, \.\.\. 8 in all"):
        from_masks([np.arange(9)[None] == 0])
