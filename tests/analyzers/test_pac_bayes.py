import math
from itertools import pairwise

import pytest

from topograph.analyzers import (
    certified_error,
    nn_mass,
    pac_bayes,
    pac_bayes_difference,
    wiring_code_length,
)
from topograph.errors import ArchitectureError, BudgetError
from topograph.generators import dense_cnn, dense_mlp
from topograph.graph import Builder

# Section 5 of the notes on the method: layers per cell, candidates; then for both readings of the
# largest degree that degree and the published divergence; the posterior's Poisson mass on
# [128, largest in-degree]; the published gap; nats of the wiring.
TABLE = [
    (20, (90, 170, 300), 428, -0.005357, 1.57e-09, 2432, -0.000943, 0.0095383, 18846),
    (20, (50, 100, 150), 278, -0.007714, 2.96e-02, 2432, -0.000882, 0.0095383, 13730),
    (12, (60, 130, 170), 298, -0.007359, 1.21e-05, 1408, -0.001557, 0.0095379, 6244),
    (11, (70, 140, 180), 308, -0.007179, 1.98e-07, 1280, -0.001728, 0.0095378, 5396),
    (9, (70, 140, 200), 328, -0.006782, 2.46e-07, 1024, -0.002172, 0.0095376, 3565),
]


@pytest.fixture(scope="module", params=TABLE, ids=lambda row: f"{row[0]}-{row[1][0]}")
def row(request):
    depth, candidates, *rest = request.param
    return dense_cnn((32, 64, 128), depth, candidates=candidates, rng=0), rest


def test_the_in_degrees_of_table_1(row):
    network, (largest, divergence, inside, *_) = row
    found = pac_bayes(network, samples=50_000, max_degree="in")
    assert found.largest_degree == largest
    assert found.paper_divergence.value == pytest.approx(divergence, abs=5e-7)
    assert found.total_mass * 2 * largest == pytest.approx(inside, rel=5e-3)


def test_the_out_degrees_of_table_1(row):
    network, (*_, largest, divergence, gap, nats) = row
    found = pac_bayes(network, samples=50_000)
    assert found.largest_degree == largest
    assert found.paper_divergence.value == pytest.approx(divergence, abs=5e-7)
    assert found.paper_gap.value == pytest.approx(gap, abs=5e-8)
    assert found.prior_gap.value == pytest.approx(0.0095387, abs=5e-8)
    assert wiring_code_length(network) == pytest.approx(nats, abs=0.5)
    assert found.total_mass == pytest.approx(1 / (2 * largest))


@pytest.mark.parametrize("max_degree", ["in", "out"])
def test_eq_14_on_table_1_is_negative_and_says_so(row, max_degree):
    found = pac_bayes(row[0], samples=50_000, max_degree=max_degree)
    assert found.paper_divergence.value < 0
    for quantity in (found.paper_divergence, found.paper_gap, found.paper_bound):
        assert quantity.is_valid is False
        assert "A KL divergence is never negative" in quantity.reason
        assert "instead of 1" in quantity.reason
    assert found.entropy_divergence.is_valid is False
    assert found.paper_gap.value < found.prior_gap.value


def test_the_gap_of_a_wiring_of_the_notes():
    network = dense_cnn((32, 64, 128), 20, candidates=(90, 170, 300), rng=0)
    found = pac_bayes(network, samples=50_000, training_error=0.25)
    assert found.code_gap.value == pytest.approx(0.434, abs=5e-4)
    bound = certified_error(0.25, wiring_code_length(network), samples=50_000, method="mcallester")
    assert 0.25 + found.code_gap.value == pytest.approx(bound)
    assert found.paper_bound.value == 0.25 + found.paper_gap.value


def test_valid_quantities_say_under_which_conditions():
    found = pac_bayes(dense_mlp(4, 6, candidates=3, rng=0), samples=1000)
    for quantity in (found.prior_gap, found.code_gap):
        assert quantity.is_valid
        assert quantity.reason.startswith("Valid")
        assert "Trained weights add" in quantity.reason


def test_mass_0_is_undefined_in_words():
    found = pac_bayes(dense_mlp(4, 6, candidates=0, rng=0), samples=1000, training_error=0.1)
    assert found.mass == 0
    assert math.isnan(found.paper_divergence.value)
    for quantity in (found.paper_divergence, found.paper_gap, found.paper_bound):
        assert math.isnan(quantity.value)
        assert not quantity.is_valid
        assert "undefined at mass 0" in quantity.reason
    assert (found.entropy_divergence.value, found.entropy_divergence.is_valid) == (0, True)
    assert found.code_gap.value == found.prior_gap.value


def test_an_expansion_at_small_mass_says_so():
    network = dense_mlp(1, 24, candidates=1, rng=0)
    found = pac_bayes(network, samples=1000)
    assert nn_mass(network) < 6
    assert "expanded for large means" in found.paper_divergence.reason


def test_all_gaps_fall_with_samples_and_rise_with_confidence():
    network = dense_mlp(4, 6, candidates=3, rng=0)
    names = ("paper_gap", "prior_gap", "code_gap")
    base, more, surer = (
        pac_bayes(network, samples=samples, delta=delta)
        for samples, delta in ((1000, 0.05), (2000, 0.05), (1000, 0.01))
    )
    for name in names:
        assert getattr(more, name).value < getattr(base, name).value < getattr(surer, name).value


def test_results_become_one_row():
    table = pac_bayes(dense_mlp(4, 6, candidates=3, rng=0), samples=1000).to_frame()
    assert len(table) == 1
    assert table.paper_gap_is_valid.tolist() == [False]
    assert table.paper_gap_reason[0]


def towers(*depths):
    return [dense_mlp(8, depth, candidates=4, rng=0) for depth in depths]


def test_differences_of_published_networks():
    networks = [dense_cnn((32, 64, 128), d, candidates=t, rng=0) for d, t, *_ in TABLE]
    networks.sort(key=nn_mass)
    for first, second in pairwise(networks):
        found = pac_bayes_difference(first, second, samples=50_000)
        assert 0.01348965 < found.paper_difference.value < 0.01348995
        assert not found.paper_difference.is_valid
        assert "two upper bounds is no bound" in found.paper_difference.reason


def test_a_difference_stands_beside_one_that_holds():
    found = pac_bayes_difference(*towers(24, 16), samples=50_000, training_errors=(0.03, 0.03))
    assert found.first_mass < found.second_mass
    assert found.largest_degree == 8 * 23
    assert found.certified_difference.is_valid
    assert found.certified_difference.value == pytest.approx(0.006754, abs=5e-7)
    assert found.paper_difference.value > found.certified_difference.value


def test_differences_outside_their_conditions_say_so():
    wrong = pac_bayes_difference(*towers(16, 24), samples=1000).paper_difference
    assert "a first mass that is at most the second" in wrong.reason
    empty = dense_mlp(8, 16, candidates=0, rng=0)
    undefined = pac_bayes_difference(empty, towers(16)[0], samples=1000).paper_difference
    assert math.isnan(undefined.value)
    assert "one is 0" in undefined.reason
    wide = dense_mlp(9, 16, candidates=4, rng=0)
    assert (
        "one width" in pac_bayes_difference(wide, towers(8)[0], samples=9).paper_difference.reason
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"samples": 0}, "samples.*Received 0"),
        ({"delta": 0}, "delta.*Received 0"),
        ({"delta": math.nan}, "delta.*Received nan"),
        ({"max_degree": "all"}, "one of out, in.*Received 'all'"),
    ],
)
def test_bad_questions_are_refused(change, words):
    with pytest.raises(BudgetError, match=words):
        pac_bayes(towers(8)[0], **{"samples": 100, **change})
    with pytest.raises(BudgetError, match=words):
        pac_bayes_difference(*towers(8, 9), **{"samples": 100, **change})


@pytest.mark.parametrize("error", [-0.1, 1.1, math.nan])
def test_errors_that_are_none_are_refused(error):
    with pytest.raises(BudgetError, match="A training error is a share.*Received"):
        pac_bayes(towers(8)[0], samples=100, training_error=error)
    with pytest.raises(BudgetError, match="A training error is a share.*Received"):
        pac_bayes_difference(*towers(8, 9), samples=100, training_errors=(0.1, error))


def test_an_architecture_without_mass_is_refused():
    b = Builder()
    b.linear(b.input(2), 2)
    with pytest.raises(ArchitectureError, match="without cells"):
        pac_bayes(b.build(), samples=100)
