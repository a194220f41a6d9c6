from __future__ import annotations

import numpy as np
import pytest

from tests.analyzers.kernels.dags import MIXED, PUBLISHED, TWICE, network, sphere
from topograph.analyzers.kernels.inputs import gram, pairs
from topograph.analyzers.kernels.ledger import Ledger
from topograph.analyzers.kernels.moments import Evaluation
from topograph.analyzers.kernels.reading import read


@pytest.mark.parametrize("name", ["relu", "gelu", "tanh", "identity", "cos"])
@pytest.mark.parametrize("edges", [*PUBLISHED, TWICE])
def test_diagonals_of_the_matrix_are_those_computed_alone(name, edges):
    ledger = Ledger("exact")
    output = ledger.output(read(network(edges), activation=name))
    found = Evaluation(ledger, gram(sphere(9, 4, 0))).of(output)
    np.testing.assert_array_equal(np.diag(found.cross), np.broadcast_to(found.left[:, 0], 9))
    np.testing.assert_array_equal(found.left, found.right.T)


@pytest.mark.parametrize("name", ["relu", "gelu", "tanh"])
@pytest.mark.parametrize("mode", ["exact", "paper"])
def test_pairs_of_inputs_agree_with_the_matrix(name, mode):
    rows = sphere(6, 4, 0)
    ledger = Ledger(mode)
    output = ledger.output(read(network(MIXED), activation=name))
    matrix = Evaluation(ledger, gram(rows)).of(output)
    one_by_one = Evaluation(ledger, pairs(np.clip(rows @ rows.T, -1, 1))).of(output)
    off = ~np.eye(6, dtype=bool)
    np.testing.assert_allclose(one_by_one.cross[off], matrix.cross[off], rtol=1e-12)


def test_means_of_sums_add_up():
    ledger = Ledger("exact", is_centred=False)
    output = ledger.output(read(network([(0, 1, "linear"), (0, 1, "linear"), (0, 1, "skip")])))
    found = Evaluation(ledger, gram(np.eye(2), input_mean=0.25)).of(output)
    mean = 2 / np.sqrt(np.pi) + 0.25
    assert found.mean_left == pytest.approx(mean)
    # Second moments are variances (1 - 1/pi each, 1 - 1/16) and the square of the mean.
    assert found.left == pytest.approx(2 * (1 - 1 / np.pi) + 1 - 0.25**2 + mean**2)
    # Inputs at right angles: f(0) = 1/pi twice, less the squares of their means.
    assert found.cross[0, 1] == pytest.approx(2 * (1 / np.pi - 1 / np.pi) - 0.25**2 + mean**2)


@pytest.mark.parametrize("mode", ["exact", "paper"])
@pytest.mark.parametrize("mean", [0.0, 0.25])
def test_many_sums_at_once_are_the_sums(mode, mean):
    ledger = Ledger(mode, is_centred=not mean)
    outputs = [ledger.output(read(network(edges))) for edges in (*PUBLISHED, TWICE)]
    evaluation = Evaluation(ledger, gram(sphere(5, 3, 7), input_mean=mean))
    found = evaluation.stacked([*outputs, ()])
    for place, output in enumerate([*outputs, ()]):
        alone = evaluation.of(output)
        for name in ("left", "right", "cross", "mean_left", "mean_right"):
            part = np.broadcast_to(getattr(alone, name), getattr(found, name)[place].shape)
            np.testing.assert_allclose(getattr(found, name)[place], part, rtol=1e-12, atol=1e-14)


def test_classes_are_evaluated_once(monkeypatch):
    ledger = Ledger("paper")
    outputs = [ledger.output(read(network(edges))) for edges in PUBLISHED]
    evaluation = Evaluation(ledger, gram(np.eye(3)))
    calls = []
    monkeypatch.setattr(
        Evaluation, "_class", lambda self, entry, known=Evaluation._class: (
            calls.append(entry), known(self, entry))[1]
    )  # fmt: skip
    for output in [*outputs, *outputs]:
        evaluation.of(output)
    assert len(calls) == len(set(calls)) == len(ledger.classes) - 1
