from __future__ import annotations

from math import isnan, nan, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.analyzers import multiple_correlation, relation
from topograph.errors import BudgetError, ShapeError


def sample(n=60, k=2, *, seed=0, signal=1.0):
    """Predictors that are correlated with one another, and a noisy response."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, k)) @ (np.eye(k) + 0.4)
    return x, signal * x.sum(axis=1) + rng.normal(size=n)


def plain(x, y, **options):
    return multiple_correlation(x, y, resamples=0, **options)


def test_two_predictors_follow_the_closed_form():
    x, y = sample()
    found = plain(x, y)
    r1, r2 = found.pearson
    r12 = np.corrcoef(x.T)[0, 1]
    assert found.r == pytest.approx(
        sqrt((r1**2 + r2**2 - 2 * r1 * r2 * r12) / (1 - r12**2)), rel=1e-12
    )


@given(st.integers(1, 4), st.integers(0, 10**6))
def test_the_square_is_that_of_least_squares(k, seed):
    x, y = sample(30, k, seed=seed)
    design = np.column_stack([np.ones(30), x])
    left = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    assert plain(x, y).r ** 2 == pytest.approx(
        1 - left @ left / (30 * y.var()), rel=1e-9, abs=1e-12
    )


def test_one_predictor_is_a_relation():
    x, y = sample(k=1, signal=-1)
    found, line = plain(x, y), relation(x[:, 0], y, log=False)
    assert found.r == pytest.approx(abs(line.pearson), rel=1e-12)
    assert found.pearson == pytest.approx((line.pearson,), rel=1e-12)
    assert found.spearman == pytest.approx((line.spearman,), rel=1e-12)


@given(st.floats(-100, 100), st.sampled_from([-1e6, -0.3, 1e-3, 2.0, 1e8]))
def test_units_do_not_matter(shift, scale):
    x, y = sample()
    first, second = plain(x, y, control=x[:, :1]), plain(shift + scale * x, y / 7)
    assert second.r == pytest.approx(first.r, rel=1e-6)
    assert second.rank_r == pytest.approx(first.rank_r if scale > 0 else second.rank_r, rel=1e-9)


def test_ranks_are_those_of_pandas():
    rng = np.random.default_rng(1)
    table = pd.DataFrame(rng.integers(0, 5, (80, 3)), columns=["d", "m", "y"])
    ranks = table.rank()
    found = plain(table[["d", "m"]], table.y)
    spearman = ranks.corr().y[["d", "m"]]
    assert found.spearman == pytest.approx(tuple(spearman), rel=1e-12)
    assert found.rank_r == pytest.approx(plain(ranks[["d", "m"]], ranks.y).r, rel=1e-12)


def test_partial_correlation_follows_the_closed_form():
    x, y = sample(200, 2, seed=3)
    found = plain(x[:, :1], y, control=x[:, 1])
    r = np.corrcoef(np.column_stack([x, y]).T)
    expected = (r[0, 2] - r[1, 2] * r[0, 1]) / sqrt((1 - r[1, 2] ** 2) * (1 - r[0, 1] ** 2))
    assert found.partial == pytest.approx((expected,), rel=1e-12)
    assert found.partial_r == pytest.approx(abs(expected), rel=1e-12)
    assert found.control_r == pytest.approx(abs(r[1, 2]), rel=1e-12)


def test_partial_and_control_make_up_the_whole():
    # 1 - R^2 of all variables = (1 - R^2 of the control) (1 - R^2 of the rest, given the control).
    x, y = sample(100, 4, seed=4)
    found = plain(x[:, :2], y, control=x[:, 2:])
    whole = plain(x, y)
    left = (1 - found.control_r**2) * (1 - found.partial_r**2)
    assert 1 - whole.r**2 == pytest.approx(left, rel=1e-10)


def test_a_predictor_that_the_control_knows_adds_nothing():
    x, y = sample(k=1)
    found = plain(x, y, control=3 * x[:, 0] + 1)
    assert isnan(found.partial[0])
    assert found.partial_r == 0
    assert isnan(plain(x, y).partial_r)


def test_groups_are_points_of_equal_predictors():
    grid = np.array([(d, m) for d in range(3) for m in range(3)], dtype=float)
    rng = np.random.default_rng(5)
    size = rng.integers(1, 30, len(grid))
    x = np.repeat(grid, size, axis=0)
    noise = rng.normal(size=len(x))
    y = x[:, 0] + noise
    found = plain(x, y)
    means = pd.DataFrame(x).assign(y=y).groupby([0, 1], as_index=False).y.mean()
    assert found.groups == 9
    assert found.r_groups == pytest.approx(plain(grid, means.y).r, rel=1e-12)
    assert found.chance_groups == pytest.approx(sqrt(2 / 8))


def test_few_groups_have_no_correlation():
    x = np.repeat([[0.0, 0], [1, 0], [0, 1]], 5, axis=0)
    found = plain(x, np.arange(15.0))
    assert isnan(found.r_groups)
    assert isnan(found.chance_groups)
    assert found.groups == 3


def test_chance_is_what_unrelated_numbers_reach():
    rng = np.random.default_rng(6)
    squares = [plain(rng.normal(size=(12, 2)), rng.normal(size=12)).r ** 2 for _ in range(600)]
    # R^2 is Beta(1, 4.5) distributed: standard deviation 0.151.
    assert np.mean(squares) == pytest.approx(2 / 11, abs=5 * 0.151 / sqrt(600))


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    truth = sqrt(1 - 1 / (1 + np.square(np.ones(2) @ (np.eye(2) + 0.4).T).sum()))
    hits = 0
    for seed in range(40):
        x, y = sample(150, 2, seed=seed)
        low, high = multiple_correlation(x, y, resamples=100, level=0.9, rng=seed).r_interval
        hits += low <= truth <= high
    assert 29 <= hits <= 40


def test_the_same_seed_gives_the_same_interval():
    x, y = sample()
    first, second = (multiple_correlation(x, y, resamples=50, rng=2) for _ in range(2))
    assert first.to_dict() == second.to_dict()
    assert first.r_interval[0] < first.r < first.r_interval[1]


def test_small_samples_have_intervals_too():
    x, y = sample(5, 2)
    low, high = multiple_correlation(x, y, resamples=100, rng=0).r_interval
    assert 0 <= low <= high <= 1


X, Y = sample(10)


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        ((X, Y[:9]), {}, "one row for each response"),
        ((X[:, 0], Y), {}, "one row for each response"),
        ((X[:, :0], Y), {}, "needs a predictor"),
        ((X[:3], Y[:3]), {}, "Received 3 points and 2 variables"),
        ((X, Y), {"control": np.ones(9)}, "one row for each response"),
        ((X, Y), {"control": np.ones(10)}, "control variables of which one is constant"),
        ((X, np.ones(10)), {}, "response of which one is constant"),
        ((X[:, [0, 0]], Y), {}, "predictors of which one is constant or depends"),
        ((np.full((10, 1), 3.0), Y), {}, "predictors of which one is constant"),
        ((X, np.where(Y > 1, nan, Y)), {}, "finite numbers"),
        ((X, Y), {"level": 1.0}, "between 0 and 1"),
        ((X, Y), {"resamples": -1}, "resamples must be"),
    ],
)
def test_what_has_no_correlation_is_refused(arguments, options, words):
    with pytest.raises((BudgetError, ShapeError), match=words):
        multiple_correlation(*arguments, **options)
