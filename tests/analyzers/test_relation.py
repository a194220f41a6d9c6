"""The line through points: closed forms, two other programs, invariances, and coverage."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression

from topograph.analyzers.relation import Relation, relation
from topograph.errors import BudgetError, ShapeError

PUBLISHED_T = {1: 12.706, 2: 4.303, 10: 2.228, 30: 2.042}  # two-sided 95 %, any table of t


@st.composite
def clouds(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Draw 3 to 30 points with different x > 0 and y that vary."""
    n = draw(st.integers(3, 30))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return np.exp(rng.normal(size=n)), rng.normal(size=n)


def numbers(line: Relation) -> np.ndarray:
    return np.array([line.r_squared, line.pearson, line.spearman])


def test_exact_line_is_recovered_in_the_logarithm() -> None:
    x = np.array([1.0, np.e, np.e**2, np.e**4])
    line = relation(x, 3 - 2 * np.log(x))
    assert line.slope == pytest.approx(-2)
    assert line.intercept == pytest.approx(3)
    assert line.r_squared == pytest.approx(1)
    assert line.pearson == pytest.approx(-1)
    assert line.spearman == pytest.approx(-1)
    assert line.residual_error == pytest.approx(0, abs=1e-14)


def test_right_angle_has_the_sums_worked_by_hand() -> None:
    # offsets (-1, 0, 1) and (-2, 1, 1): slope 3/2, squares about the line 1.5, about the mean 6
    line = relation([0, 1, 2], [0, 3, 3], log=False)
    assert line.slope == pytest.approx(1.5)
    assert line.intercept == pytest.approx(0.5)
    assert line.r_squared == pytest.approx(0.75)
    assert line.residual_error == pytest.approx(np.sqrt(1.5))
    assert line.slope_error == pytest.approx(np.sqrt(1.5 / 2))
    assert line.spearman == pytest.approx(np.sqrt(3) / 2)  # ranks (1, 2, 3) and (1, 2.5, 2.5)


@pytest.mark.parametrize(("freedom", "quantile"), PUBLISHED_T.items())
def test_band_at_the_mean_is_the_tabulated_t_times_the_standard_error(
    freedom: int, quantile: float
) -> None:
    rng = np.random.default_rng(freedom)
    x, y = rng.normal(size=freedom + 2), rng.normal(size=freedom + 2)
    line = relation(x, y, log=False)
    low, high = line.band(x.mean())
    expected = quantile * line.residual_error / np.sqrt(line.n)
    assert (high - low) / 2 == pytest.approx(expected, rel=3e-4)
    assert (high + low) / 2 == pytest.approx(y.mean())


@given(clouds())
def test_numpy_and_scikit_learn_fit_the_same_line(cloud: tuple[np.ndarray, np.ndarray]) -> None:
    x, y = cloud
    line = relation(x, y)
    np.testing.assert_allclose(
        np.polyfit(np.log(x), y, 1), (line.slope, line.intercept), 1e-6, 1e-9
    )
    other = LinearRegression().fit(np.log(x)[:, None], y)
    np.testing.assert_allclose(other.score(np.log(x)[:, None], y), line.r_squared, 1e-6, 1e-9)
    np.testing.assert_allclose(line.predict(x), other.predict(np.log(x)[:, None]), 1e-6, 1e-9)


@given(clouds())
def test_covariance_of_polyfit_gives_the_same_errors(cloud: tuple[np.ndarray, np.ndarray]) -> None:
    x, y = cloud
    assume(x.size > 3)  # polyfit scales its covariance from four points on
    line = relation(x, y)
    _, covariance = np.polyfit(np.log(x), y, 1, cov=True)
    assert line.slope_error == pytest.approx(np.sqrt(covariance[0, 0]), rel=1e-5)
    low, high = line.band(1.0)  # at ln x = 0 the line's error is the intercept's
    ratio = (high - low) / 2 / np.sqrt(covariance[1, 1])
    low, high = line.band(np.exp(np.log(x).mean()))
    at_mean = (high - low) / 2 / (line.residual_error / np.sqrt(line.n))
    assert ratio == pytest.approx(at_mean, rel=1e-5)


@given(clouds())
def test_r_squared_is_the_square_of_the_correlation(cloud: tuple[np.ndarray, np.ndarray]) -> None:
    line = relation(*cloud)
    assert line.r_squared == pytest.approx(line.pearson**2, abs=1e-9)
    expected = np.corrcoef(np.log(cloud[0]), cloud[1])[0, 1]
    assert line.pearson == pytest.approx(expected, abs=1e-9)


@given(clouds(), st.floats(0.1, 10), st.floats(-5, 5))
def test_units_of_x_and_y_do_not_change_the_fit(
    cloud: tuple[np.ndarray, np.ndarray], factor: float, shift: float
) -> None:
    x, y = cloud
    line, other = relation(x, y), relation(factor * x, factor * y + shift)
    np.testing.assert_allclose(numbers(other), numbers(line), rtol=0, atol=1e-7)
    np.testing.assert_allclose(other.slope, factor * line.slope, 1e-6, 1e-9)
    np.testing.assert_allclose(
        other.band(factor * x), factor * np.array(line.band(x)) + shift, 1e-6, 1e-7
    )


@given(clouds(), st.randoms(use_true_random=False))
def test_order_of_the_points_does_not_matter(
    cloud: tuple[np.ndarray, np.ndarray], shuffler: object
) -> None:
    order = list(range(cloud[0].size))
    shuffler.shuffle(order)  # type: ignore[attr-defined]
    line, other = relation(*cloud), relation(cloud[0][order], cloud[1][order])
    np.testing.assert_allclose(numbers(other), numbers(line), rtol=0, atol=1e-9)


@given(clouds())
def test_spearman_sees_ranks_only_and_agrees_with_the_sum_of_squares(
    cloud: tuple[np.ndarray, np.ndarray],
) -> None:
    x, y = cloud
    line = relation(x, y)
    assert relation(x**3, np.exp(y)).spearman == pytest.approx(line.spearman)
    assert relation(x, -y).spearman == pytest.approx(-line.spearman)
    difference = x.argsort().argsort() - y.argsort().argsort()
    n = x.size
    closed = 1 - 6 * np.sum(difference**2) / (n * (n**2 - 1))  # without ties
    assert line.spearman == pytest.approx(closed)


def test_ties_share_the_average_rank_as_in_pandas() -> None:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"x": rng.integers(0, 6, 40), "y": rng.integers(0, 4, 40)})
    expected = frame.corr(method="spearman").loc["x", "y"]
    assert relation(frame["x"], frame["y"], log=False).spearman == pytest.approx(expected)


@pytest.mark.parametrize("level", [0.5, 0.95])
def test_band_covers_the_true_line_as_often_as_it_says(level: float) -> None:
    rng = np.random.default_rng(0)
    x, where, trials = np.array([1.0, 2, 3, 5, 8, 13]), np.array([0.5, 4.0, 20.0]), 4000
    hits = np.zeros(3)
    for noise in rng.normal(scale=0.3, size=(trials, x.size)):
        low, high = relation(x, 1 + 2 * np.log(x) + noise, level=level).band(where)
        truth = 1 + 2 * np.log(where)
        hits += (low <= truth) & (truth <= high)
    error = np.sqrt(level * (1 - level) / trials)
    np.testing.assert_allclose(hits / trials, level, atol=4 * error)


@settings(max_examples=25)
@given(clouds(), st.floats(0.05, 0.9), st.floats(0.01, 0.09))
def test_band_widens_with_the_level_and_away_from_the_mean(
    cloud: tuple[np.ndarray, np.ndarray], level: float, more: float
) -> None:
    x, y = cloud
    middle = np.exp(np.log(x).mean())
    near, far = middle * 2, middle * 4
    low, high = relation(x, y, level=level).band([middle, near, far])
    width = high - low
    assert width[0] <= width[1] <= width[2]
    low, high = relation(x, y, level=level + more).band([middle, near, far])
    assert np.all(high - low >= width)


def test_points_without_a_logarithm_are_counted_and_left_out() -> None:
    x, y = np.array([0.0, 1, -1, 2, 4, 8]), np.array([9.0, 1, 9, 2, 4, 3])
    line, clean = relation(x, y), relation(x[[1, 3, 4, 5]], y[[1, 3, 4, 5]])
    assert (line.n, line.dropped) == (4, 2)
    assert line.index.tolist() == [1, 3, 4, 5]
    assert (line.slope, line.r_squared) == (clean.slope, clean.r_squared)
    assert relation(x, y, log=False).dropped == 0


def test_result_is_frozen_and_makes_a_tidy_frame() -> None:
    x = np.array([0.0, 1, 2, 4])
    line = relation(x, [0.0, 1, 3, 2])
    x[:] = 7
    assert line.x.tolist() == [1, 2, 4]
    assert not line.x.flags.writeable
    frame = line.to_frame()
    assert frame["y"].tolist() == [1, 3, 2]
    assert set(frame["n"]) == {3}
    assert "r_squared" in line._repr_html_()


@pytest.mark.parametrize(
    ("x", "y", "options", "error", "words"),
    [
        ([1, 2], [1, 2], {}, ShapeError, "at least 3 points"),
        ([0, 0, 1, 2], [1, 2, 3, 4], {}, ShapeError, "2 have no logarithm"),
        ([], [], {}, ShapeError, "at least 3 points"),
        ([1, 2, 3], [1, 2], {}, ShapeError, r"\(3,\) and \(2,\)"),
        ([[1, 2, 3]], [[1, 2, 3]], {}, ShapeError, "two sequences"),
        ([1, 2, np.nan], [1, 2, 3], {}, BudgetError, "first at index 2"),
        ([1, 2, 3], [np.inf, 2, 3], {}, BudgetError, "1 of 3 points"),
        ([2, 2, 2], [1, 2, 3], {}, BudgetError, "ln x must vary"),
        ([0.1, 0.1, 0.3 / 3], [1, 2, 3], {"log": False}, BudgetError, "^x must vary"),
        ([1, 2, 3], [5, 5, 5], {}, BudgetError, "^y must vary"),
        ([1, 2, 3], [1e200, 0, 1], {}, BudgetError, "^y must vary over a range"),
        ([1, 2, 3], [1e-200, 0, 0], {}, BudgetError, "^y must vary over a range"),
        ([1, 2, 3], [1, 2, 4], {"level": 1}, BudgetError, "Received 1"),
        ([1, 2, 3], [1, 2, 4], {"level": float("nan")}, BudgetError, "Received nan"),
    ],
)
def test_degenerate_input_is_refused_in_words(
    x: object, y: object, options: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        relation(x, y, **options)  # type: ignore[arg-type]


def test_a_line_in_the_logarithm_has_no_value_at_zero() -> None:
    line = relation([1, 2, 4], [1, 2, 4])
    with pytest.raises(BudgetError, match=r"smallest x of 0\.0"):
        line.predict([0, 1])
    with pytest.raises(BudgetError, match="positive x only"):
        line.band(-1)
