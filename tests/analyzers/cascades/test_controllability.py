from __future__ import annotations

from math import isnan, nan

import numpy as np
import pytest
from scipy.optimize import linprog

from topograph.analyzers import ControlReading, ControlTraining, controllability
from topograph.analyzers.cascades.control_training import Flow
from topograph.errors import ArchitectureError, BudgetError, ShapeError
from topograph.generators import dense_mlp
from topograph.generators.cascades import (
    biregular,
    butterfly,
    clos,
    from_masks,
    hypercube,
    low_rank,
    parallel_butterfly,
    radix,
    torus,
)
from topograph.graph.cascade import cascade_wirings

FIGURE_5 = {
    "hypercube": (hypercube(32, 6, skip=True), 0.9375, 0.084940, 960, 32),
    "clos": (clos(32, routers=(8, 9, 8), skip=True), 0.953125, 0, 976, 8),
    "butterfly": (butterfly(32, 18, skip=True), 0.5625, 0, 576, 5408),
    "torus": (torus(8, 4, layers=7, skip=True), 0.875, 0.209145, 896, 288),
}
figure_5 = pytest.mark.parametrize("name", FIGURE_5)


@figure_5
def test_unbiased_routing_gives_the_published_networks(name):
    cascade, mean, std, total, loss = FIGURE_5[name]
    found = controllability(cascade)
    assert found.mean == pytest.approx(mean, abs=1e-12)
    assert found.std == pytest.approx(std, abs=1e-6)
    assert found.total == pytest.approx(total, abs=1e-9) == found.budget
    assert found.loss == pytest.approx(loss, abs=1e-9)
    assert found.lost == 0
    assert found.peak <= 1


def test_control_in_a_hypercube_depends_on_the_distance_alone():
    found = controllability(hypercube(32, 6))
    x = np.arange(32)
    distance = np.bitwise_count(x[:, None] ^ x)
    expected = [1.133562, 1.007599, 1.007599, 0.868983, 0.868983, 0.717712]
    np.testing.assert_allclose(found.K, np.array(expected)[distance], atol=1e-6)
    assert (found.minimum, found.maximum) == (found.K.min(), found.K.max())


def test_control_in_a_torus_spreads_between_the_published_bounds():
    found = controllability(torus(8, 4, layers=7))
    assert found.minimum == pytest.approx(0.523731, abs=1e-6)
    assert found.maximum == pytest.approx(1.179673, abs=1e-6)


@pytest.mark.parametrize("n", [64, 256])
def test_larger_hypercubes(n):
    found = controllability(hypercube(n, n.bit_length()))
    variation = {64: 0.1064, 256: 0.1324}[n]
    assert found.std / found.mean == pytest.approx(variation, abs=5e-5)


@pytest.mark.parametrize(
    "cascade",
    [
        butterfly(16, 4),
        clos(16, routers=(4, 3, 4)),
        radix([4, 4]),
        parallel_butterfly(16, 2, layers=4),
    ],
    ids=lambda cascade: cascade.name,
)
def test_where_all_pairs_are_alike_control_is_even(cascade):
    assert controllability(cascade).std < 1e-14


def test_constant_connections_change_no_budget_where_one_suffices():
    for skip in (False, True):
        assert controllability(hypercube(16, 5, skip=skip)).budget == 16 * 4 * 5
    assert controllability(biregular(16, 3, layers=4, skip=True, rng=0)).budget == 2 * 16 * 4


def test_a_diagonal_adds_no_control():
    with_diagonal = controllability(hypercube(16, 5, skip=True, diagonal=True))
    without = controllability(hypercube(16, 5, skip=True))
    np.testing.assert_allclose(with_diagonal.K, without.K)


def test_the_3_1_2_network_of_the_paper():
    masks = [np.ones((1, 3), dtype=bool), np.ones((2, 1), dtype=bool)]
    np.testing.assert_allclose(controllability(from_masks(masks)).K, 1 / 3)


def test_clipping_is_admitted_where_it_cannot_be_ruled_out():
    twice = from_masks([np.ones((2, 2), dtype=bool)] * 2)
    found = controllability(twice)
    assert isnan(found.lost)
    assert found.peak == 2
    start = ControlTraining(iterations=0)
    exact = controllability(
        twice, method="eq20", reading=ControlReading(budget="full"), training=start, progress=False
    )
    assert (exact.total, exact.lost, exact.loss, exact.iterations) == (2, 2, 0, 0)


def trained(cascade, method, *, iterations=300, reading=None, **training):
    return controllability(
        cascade,
        method=method,
        training=ControlTraining(iterations=iterations, **training),
        reading=reading,
        device="cpu",
        progress=False,
        rng=0,
    )


FULL = ControlReading(budget="full")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["hypercube", "torus"])
def test_hypercube_and_torus_can_be_fair(name):
    cascade, mean, _, total, _ = FIGURE_5[name]
    found = trained(cascade, "fair", reading=FULL)
    assert found.std < 0.001
    assert found.total == pytest.approx(total, abs=1e-6)
    assert found.mean == pytest.approx(mean, abs=1e-9)
    assert found.lost == 0


def test_a_small_hypercube_can_be_fair():
    before = controllability(hypercube(8, 4))
    found = trained(hypercube(8, 4), "fair", iterations=150)
    assert before.std > 0.05
    assert found.std < 0.001
    # 96 budgets, and no more than 7 ratios at each of 8 outputs: the optimum of the linear program.
    assert found.total == pytest.approx(min(before.budget, 7 * 8), abs=0.05)


@figure_5
@pytest.mark.slow
def test_training_as_published_reaches_the_totals_and_moves_no_spread(name):
    cascade, _, std, total, loss = FIGURE_5[name]
    found = trained(cascade, "eq20", reading=FULL, noise=0.1, iterations=200, learning_rate=0.05)
    assert found.total == pytest.approx(total, abs=1e-2)
    assert found.loss == pytest.approx(loss, rel=1e-3)
    assert found.std == pytest.approx(std, abs=0.02)


def test_the_spread_after_training_is_that_of_the_start():
    cascade = clos(16, routers=(4, 5, 4))
    calm, rough = (trained(cascade, "eq20", noise=noise, iterations=60) for noise in (0.0, 1.0))
    assert calm.std < 1e-3 < 0.02 < rough.std
    assert calm.loss == pytest.approx(rough.loss, rel=0.1, abs=0.5)


def test_a_slack_keeps_what_low_rank_has_too_much():
    # 2 * 7 * 8 - 8 - 2 budgets but 7 ratios at each of 8 outputs.
    cascade = low_rank(8, 7)
    slack, full = (
        trained(cascade, "eq20", reading=ControlReading(budget=word), iterations=200)
        for word in ("slack", "full")
    )
    assert slack.budget > 7 * 8
    assert slack.total == pytest.approx(7 * 8, abs=0.1)
    assert slack.loss < 0.01 < full.loss


def test_the_total_is_the_optimum_of_the_linear_program():
    cascade = biregular(5, 3, layers=2, rng=1)
    found = trained(cascade, "eq20", iterations=400)
    assert found.total == pytest.approx(largest_total(cascade), rel=0.01)


def largest_total(cascade):
    """Maximise the control at the outputs over all routings: a flow, by linear programming."""
    layers = cascade_wirings(cascade)
    reach = np.eye(layers[0].sources, dtype=bool)
    n = layers[0].sources
    pairs = list(zip(*np.triu_indices(n, 1), strict=True))
    names: dict[tuple, int] = {}
    balance: dict[tuple, list] = {}
    budget_rows, budgets = [], []
    for level, wiring in enumerate(layers):
        reach = np.array([reach[wiring.indices[a:b]].any(axis=0) for a, b in ends(wiring)])
        for v, (a, b) in enumerate(ends(wiring)):
            allowed = [p for p in pairs if reach[v, p[0]] and reach[v, p[1]]]
            row = [names.setdefault(("add", level, v, p), len(names)) for p in allowed]
            budget_rows.append(row)
            budgets.append(b - a - 1)
            for p in pairs:
                into = [names[("add", level, v, p)]] if p in allowed else []
                if level:
                    into += [
                        names.setdefault(("edge", level, u, v, p), len(names))
                        for u in wiring.indices[a:b]
                    ]
                balance[(level, v, p)] = into
    last = len(layers) - 1
    rows, bounds = [], []
    for row, budget in zip(budget_rows, budgets, strict=True):
        rows.append(row_of(names, row))
        bounds.append(budget)
    for (level, v, p), into in balance.items():
        rows.append(row_of(names, into))
        bounds.append(1)
        if level < last:
            out = [
                i for key, i in names.items() if key[:3] == ("edge", level + 1, v) and key[4] == p
            ]
            rows.append(row_of(names, out) - row_of(names, into))
            bounds.append(0)
    goal = sum(row_of(names, into) for (level, _, _), into in balance.items() if level == last)
    for v in range(layers[-1].targets):
        rows.append(sum(row_of(names, balance[(last, v, p)]) for p in pairs))
        bounds.append(n - 1)
    return -linprog(-goal, A_ub=np.array(rows), b_ub=bounds).fun


def ends(wiring):
    return list(zip(wiring.indptr, wiring.indptr[1:], strict=False))


def row_of(names, columns):
    row = np.zeros(len(names))
    row[columns] = 1
    return row


def test_a_cap_counts_what_hidden_neurons_have_too_much():
    # Four inputs have three ratios, and six layers add more to what each neuron passes on.
    cascade = hypercube(4, 6)
    capped, free = (
        trained(cascade, "eq20", reading=ControlReading(cap=cap, budget="full"), iterations=0)
        for cap in ("neurons", "none")
    )
    assert capped.loss > free.loss > 0
    np.testing.assert_array_equal(capped.K, free.K)


def test_single_precision_gives_the_same_state():
    cascade = hypercube(8, 4)
    double = trained(cascade, "fair", iterations=20, epsilon=1e-3)
    single = trained(cascade, "fair", iterations=20, epsilon=1e-3, precision="float32", tile=5)
    np.testing.assert_allclose(single.K, double.K, atol=1e-4)


def test_training_ends_where_the_loss_stands_still():
    found = trained(clos(8, routers=(2, 3, 2)), "eq20", reading=FULL, iterations=400)
    assert found.has_converged
    assert found.iterations == 50
    assert not trained(hypercube(8, 4), "fair", iterations=5).has_converged


def test_an_interrupted_training_returns_what_it_has(monkeypatch):
    descend = Flow.descend

    def impatient(flow, state, **options):
        if flow.steps == 7:
            raise KeyboardInterrupt
        descend(flow, state, **options)

    monkeypatch.setattr(Flow, "descend", impatient)
    found = trained(hypercube(8, 4), "fair", iterations=50)
    assert found.iterations == 7
    assert not found.has_converged
    assert found.std < controllability(hypercube(8, 4)).std


def test_the_same_seed_gives_the_same_bits():
    one, two = (trained(hypercube(8, 4), "eq20", noise=1.0, iterations=5) for _ in range(2))
    np.testing.assert_array_equal(one.K, two.K)


def test_results_speak_in_tables():
    found = controllability(hypercube(4, 3))
    assert len(found.to_dict()["K"]) == 4
    assert "ratios" in found._repr_html_()


def test_bad_input_is_refused_by_name():
    with pytest.raises(BudgetError, match=r"one of uniform, eq20, fair.*Received 'best'"):
        controllability(hypercube(4, 3), method="best")
    with pytest.raises(ArchitectureError, match="A cascade is"):
        controllability(dense_mlp(4, 3, candidates=2, rng=0))
    with pytest.raises(ShapeError, match="ratios of two inputs"):
        controllability(from_masks([np.ones((2, 1), dtype=bool)]))
    with pytest.raises(BudgetError, match="method 'uniform', which needs no pairs"):
        controllability(hypercube(32, 6), method="fair", memory=2**20, progress=False)
    with pytest.raises(BudgetError, match="learning_rate is finite"):
        ControlTraining(learning_rate=nan)


@pytest.mark.gpu
def test_a_gpu_trains_the_same():
    options = {"method": "fair", "progress": False, "training": ControlTraining(iterations=30)}
    there = controllability(hypercube(16, 5), device="cuda", **options)
    here = controllability(hypercube(16, 5), device="cpu", **options)
    np.testing.assert_allclose(there.K, here.K, atol=1e-6)
