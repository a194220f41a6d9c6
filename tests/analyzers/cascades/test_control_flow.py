from __future__ import annotations

import numpy as np
import pytest

from topograph.analyzers.cascades.control_flow import Section, adjoint, forward
from topograph.analyzers.cascades.groups import groups
from topograph.arrays import to_host


def section(sources, targets, sizes, asarray):
    """One section between layers of the given sizes; edges sorted by source."""
    options = {"place": asarray, "dtype": "float64"}
    leave = groups(np.array(sources), sizes[0], **options)
    arrive = groups(np.array(targets), sizes[1], **options)
    return Section(leave, arrive, asarray(np.array(targets)))


def test_control_is_split_and_added_by_hand(backend):
    # Neuron 0 sends 1/4 to target 0 and 3/4 to target 1; neuron 1 sends all to target 1.
    a = backend.asarray
    one = section([0, 0, 1], [0, 1, 1], (2, 2), a)
    weights, totals = [a(np.array([[1.0], [3.0], [7.0]]))], [a(np.array([[4.0], [7.0]]))]
    added = [a(np.array([[0.8], [0.3]])), a(np.array([[0.1], [0.5]]))]
    levels, lost = forward([one], weights, totals, iter(added))
    np.testing.assert_allclose(to_host(levels[1].control)[:, 0], [0.3, 1.0])
    assert [level.is_full for level in levels] == [False, True]
    assert lost == pytest.approx(0.4)  # 0.6 + 0.3 + 0.5 is clipped to 1


def test_slopes_are_those_of_finite_differences(backend):
    rng = np.random.default_rng(1)
    a = backend.asarray
    sections = [
        section([0, 0, 1, 2, 2], [0, 1, 1, 0, 2], (3, 3), a),
        section([0, 1, 1, 2, 2], [1, 0, 1, 0, 1], (3, 2), a),
    ]
    logits = [rng.normal(size=(5, 4)), rng.normal(size=(5, 4))]
    added = [rng.uniform(0, 0.2, size=(n, 4)) for n in (3, 3, 2)]
    slopes = [rng.normal(size=(n, 4)) for n in (3, 3, 2)]

    def run(logits, added):
        weights = [a(np.exp(part)) for part in logits]
        totals = [s.leave.total(w) for s, w in zip(sections, weights, strict=True)]
        levels, lost = forward(sections, weights, totals, iter(map(a, added)))
        assert lost == 0
        return weights, totals, levels

    def loss(logits, added):
        states = [to_host(level.control) for level in run(logits, added)[2]]
        return sum((slope * state).sum() for slope, state in zip(slopes, states, strict=True))

    found = list(adjoint(sections, *run(logits, added), list(map(a, slopes))))
    assert [layer for layer, _, _ in found] == [2, 1, 0]
    for layer, by_logits, by_added in found:
        for values, slope in ((logits, by_logits), (added, by_added)):
            if slope is None:
                continue
            for _ in range(4):
                move = rng.normal(size=values[layer].shape)
                ahead, behind = list(values), list(values)
                ahead[layer] = values[layer] + 1e-6 * move
                behind[layer] = values[layer] - 1e-6 * move
                pair = [
                    loss(side, added) if values is logits else loss(logits, side)
                    for side in (ahead, behind)
                ]
                expected = (pair[0] - pair[1]) / 2e-6
                assert (to_host(slope) * move).sum() == pytest.approx(expected, abs=1e-7)


def test_nothing_moves_what_is_clipped():
    one = section([0], [0], (1, 1), np.asarray)
    weights, totals = [np.ones((1, 1, 1))], [np.ones((1, 1))]
    levels, lost = forward([one], weights, totals, iter([np.ones((1, 1)) / 2, np.ones((1, 1))]))
    assert lost == 0.5
    found = list(adjoint([one], weights, totals, levels, [0.0, np.ones((1, 1))]))
    assert [float(by_added.sum()) for _, _, by_added in found] == [0.0, 0.0]
