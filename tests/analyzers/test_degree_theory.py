"""The exact law of selection counts, against brute force, drawn networks and the notes."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.analyzers import selection_counts, selection_law
from topograph.errors import ArchitectureError
from topograph.generators import dense_mlp


def test_law_agrees_with_all_wirings_of_a_small_network():
    # Width 2, depth 5, 2 candidates: layers 2, 3, 4 select from 2, 4, 6 channels.
    choices = [list(combinations(range(2 * (i - 1)), min(2 * (i - 1), 2))) for i in (2, 3, 4)]
    law = selection_law(2, 5, candidates=2)
    found = np.zeros((5, 4))
    wirings = list(product(*choices))
    for wiring in wirings:
        counts = np.bincount(np.concatenate(wiring).astype(int), minlength=10)
        for channel, count in enumerate(counts):
            found[channel // 2, count] += 1 / (2 * len(wirings))
    np.testing.assert_allclose(law.layers, found, atol=1e-12)
    np.testing.assert_allclose(law.pmf, found.mean(axis=0), atol=1e-12)


@given(st.integers(1, 9), st.integers(2, 40), st.integers(0, 60))
def test_moments_are_sums_over_the_layers_that_select(width, depth, candidates):
    law = selection_law(width, depth, candidates=candidates)
    np.testing.assert_allclose(law.layers.sum(axis=1), 1)
    chances = [min(width * (i - 1), candidates) / (width * (i - 1)) for i in range(2, depth)]
    for layer in range(depth):
        later = np.array(chances[layer:])
        assert law.layer_mean[layer] == pytest.approx(later.sum())
        assert law.layer_variance[layer] == pytest.approx((later * (1 - later)).sum())
        assert law.layer_variance[layer] <= law.layer_mean[layer] + 1e-12
    taken = sum(min(width * (i - 1), candidates) for i in range(2, depth))
    assert law.mean == pytest.approx(taken / depth / width)
    between = np.mean((law.layer_mean - law.mean) ** 2)
    assert law.variance == pytest.approx(law.layer_variance.mean() + between)


# depth, width, candidates: mean, variance, dispersion of the selection count; variance and
# dispersion of the out-degree. Section 6 of the notes on the method.
SINGLE = [
    (16, 8, 5, 0.547, 0.773, 1.41, 49.45, 11.3),
    (16, 8, 10, 1.078, 1.927, 1.79, 123.34, 14.3),
    (24, 8, 2, 0.229, 0.272, 1.19, 17.41, 9.5),
    (32, 8, 2, 0.234, 0.281, 1.20, 17.99, 9.6),
    (32, 8, 10, 1.164, 2.290, 1.97, 146.56, 15.7),
    (32, 8, 14, 1.617, 3.734, 2.31, 238.96, 18.5),
    (64, 8, 10, 1.207, 2.511, 2.08, 160.71, 16.6),
    (128, 8, 10, 1.229, 2.642, 2.15, 169.06, 17.2),
    (20, 32, 90, 2.400, 6.345, 2.64, 6497.42, 84.6),
    (20, 64, 170, 2.275, 5.855, 2.57, 23983.09, 164.7),
    (20, 128, 300, 2.025, 4.928, 2.43, 80747.09, 311.5),
    (9, 32, 70, 1.549, 2.797, 1.81, 2864.02, 57.8),
    (12, 64, 130, 1.604, 3.202, 2.00, 13115.95, 127.8),
]


@pytest.mark.parametrize("row", SINGLE, ids=str)
def test_moments_of_the_notes(row):
    depth, width, candidates, mean, variance, dispersion, out_variance, out_dispersion = row
    law = selection_law(width, depth, candidates=candidates)
    assert law.mean == pytest.approx(mean, abs=6e-4)
    assert law.variance == pytest.approx(variance, abs=6e-4)
    assert law.dispersion == pytest.approx(dispersion, abs=6e-3)
    assert width**2 * law.variance == pytest.approx(out_variance, abs=6e-3)
    assert width * law.dispersion == pytest.approx(out_dispersion, abs=0.06)


# depth, width, candidates: total variation to the Poisson law of the same mean and to the geometric
# of mean candidates / width, as printed (from drawn networks) and exact.
DISTANCES = [
    (32, 8, 2, 0.031, 0.009, 0.0297, 0.0084),
    (32, 8, 10, 0.206, 0.020, 0.2065, 0.0196),
    (32, 8, 14, 0.261, 0.027, 0.2604, 0.0255),
    (64, 8, 10, 0.213, 0.011, 0.2121, 0.0100),
    (128, 8, 10, 0.213, 0.005, 0.2139, 0.0051),
    (512, 8, 10, 0.216, 0.003, 0.2148, 0.0013),
    (20, 32, 90, 0.316, 0.061, 0.3145, 0.0603),
    (20, 128, 300, 0.298, 0.053, 0.2987, 0.0521),
]


@pytest.mark.parametrize("row", DISTANCES, ids=str)
def test_distances_of_the_notes(row):
    depth, width, candidates, poisson, geometric, exact_poisson, exact_geometric = row
    law = selection_law(width, depth, candidates=candidates)
    assert law.poisson_total_variation == pytest.approx(exact_poisson, abs=6e-5)
    assert law.limit_total_variation == pytest.approx(exact_geometric, abs=6e-5)
    assert law.poisson_total_variation == pytest.approx(poisson, abs=2e-3)
    assert law.limit_total_variation == pytest.approx(geometric, abs=2e-3)
    assert law.geometric_total_variation < law.poisson_total_variation


def test_drawn_networks_follow_the_law():
    rng = np.random.default_rng(0)
    law = selection_law(8, 128, candidates=10)
    networks = [dense_mlp(8, 128, candidates=10, classes=8, rng=rng) for _ in range(10)]
    drawn = np.concatenate([selection_counts(network) for network in networks])
    share = np.bincount(drawn, minlength=len(law.pmf)) / len(drawn)
    # Channels of one wiring are drawn without replacement, so their shares scatter less than this.
    error = np.sqrt(law.pmf / len(drawn))
    assert (np.abs(share - law.pmf) <= 4.5 * error + 1e-3).all()


def test_law_tends_to_the_geometric():
    distances = [
        selection_law(8, depth, candidates=10).limit_total_variation for depth in (64, 256, 1024)
    ]
    assert distances[0] > 3 * distances[1] > 9 * distances[2]
    deep = selection_law(8, 1024, candidates=10)
    assert deep.mean == pytest.approx(10 / 8, rel=0.005)
    assert deep.variance == pytest.approx(10 / 8 + (10 / 8) ** 2, rel=0.02)
    assert deep.poisson_total_variation > 0.21


def test_full_selection_is_certain():
    # All earlier channels are read: a channel of layer l by the d - 2 - l layers from l + 2 on.
    law = selection_law(3, 6, candidates=99)
    assert law.layer_mean.tolist() == [4, 3, 2, 1, 0, 0]
    assert not law.layer_variance.any()


def test_nothing_is_selected_without_candidates_or_layers():
    for law in (selection_law(3, 5, candidates=0), selection_law(3, 2, candidates=4)):
        assert law.pmf[0] == 1
        assert law.mean == law.poisson_total_variation == law.geometric_total_variation == 0
        assert np.isnan(law.dispersion)


def test_frame_has_one_row_for_each_layer_and_number():
    law = selection_law(2, 5, candidates=2)
    frame = law.to_frame()
    assert len(frame) == 5 * 4
    assert frame.groupby("layer").probability.sum().round(12).tolist() == [1] * 5
    expected = frame[frame.layer == 1].set_index("degree").probability
    np.testing.assert_array_equal(expected, law.layers[1])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 4, 1), "width must be.*Received 0"),
        ((2, 1, 1), "depth must be.*Received 1"),
        ((2, 4, -1), "candidates must be.*Received -1"),
        ((2.5, 4, 1), "width must be.*Received 2.5"),
    ],
)
def test_what_is_no_cell_is_refused(arguments, message):
    width, depth, candidates = arguments
    with pytest.raises(ArchitectureError, match=message):
        selection_law(width, depth, candidates=candidates)
