"""Degrees layer by layer agree with one-layer distributions and add up to the whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from tests.strategies import architectures
from topograph.analyzers import (
    degree_distribution,
    degree_profile,
    degree_tests,
    fit_degrees,
    goodness_of_fit,
    selection_law,
)
from topograph.errors import ArchitectureError, BudgetError
from topograph.generators import dense_cnn, dense_mlp
from topograph.rng import streams

DIRECTIONS = ("in", "out", "total", "readers")


@given(architectures())
def test_rows_are_the_distributions_of_single_feature_maps(architecture):
    for direction in DIRECTIONS:
        profile = degree_profile(architecture, direction=direction)
        for row, node in enumerate(profile.node):
            one = degree_distribution(architecture, direction=direction, node=node)
            assert profile.channels[row] == one.counts.sum()
            assert profile.mean[row] == pytest.approx(one.mean)
            assert profile.variance[row] == pytest.approx(one.variance, abs=1e-9)
            np.testing.assert_allclose(profile.dispersion[row], one.dispersion, atol=1e-9)
            for law in ("poisson", "geometric"):
                distance = getattr(profile, f"{law}_total_variation")[row]
                assert distance == pytest.approx(getattr(one, law).total_variation, abs=1e-9)


@given(architectures())
def test_rows_add_up_to_the_whole(architecture):
    for links in ("all", "skip"):
        profile = degree_profile(architecture, direction="total", links=links)
        whole = degree_distribution(architecture, direction="total", links=links)
        share = profile.channels / profile.channels.sum()
        assert share @ profile.mean == pytest.approx(whole.mean)
        between = share @ (profile.mean - whole.mean) ** 2
        assert share @ profile.variance + between == pytest.approx(whole.variance, abs=1e-9)


def test_frame_has_one_row_for_each_layer():
    network = dense_cnn((4, 6), 5, candidates=7, rng=0)
    frame = degree_profile(network, links="skip").to_frame()
    assert len(frame) == 10
    assert frame.cell.tolist() == ["cell_1"] * 5 + ["cell_2"] * 5
    assert frame.layer.tolist() == [*range(5), *range(5)]
    # Layer i reads min(4 (i - 1), 7) and min(6 (i - 1), 7) channels over skips, for all channels.
    assert frame["mean"].tolist() == [0, 0, 4, 7, 7, 0, 0, 6, 7, 7]
    assert frame.variance.tolist() == [0] * 10


@pytest.mark.parametrize(
    ("layer", "mean", "dispersion"),
    [(0, 4.744, 0.588), (1, 3.744, 0.745), (16, 0.768, 0.943), (29, 0.042, 0.958)],
)
def test_readers_of_single_layers(layer, mean, dispersion):
    # Section 6 of the notes on the method, width 8, depth 32, at most 10 candidates.
    law = selection_law(8, 32, candidates=10)
    assert law.layer_mean[layer] == pytest.approx(mean, abs=5e-4)
    assert law.layer_variance[layer] / law.layer_mean[layer] == pytest.approx(dispersion, abs=5e-4)
    rng = np.random.default_rng(0)
    networks = [dense_mlp(8, 32, candidates=10, classes=8, rng=rng) for _ in range(20)]
    name = f"layer_{layer}"
    drawn = [
        degree_distribution(network, direction="readers", links="skip", node=name).mean
        for network in networks
    ]
    error = np.sqrt(law.layer_variance[layer] / (8 * 20))
    assert np.mean(drawn) == pytest.approx(mean, abs=4 * error)


def test_tests_are_those_of_the_parts():
    network = dense_mlp(4, 5, candidates=6, classes=4, rng=0)
    found = degree_tests(network, direction="readers", links="skip", samples=49, rng=1)
    assert found.part == ("overall", "layer_0", "layer_1", "layer_2", "layer_3", "classifier")
    assert found.channels.tolist() == [20, 4, 4, 4, 4, 4]
    whole = degree_distribution(network, direction="readers", links="skip")
    again = goodness_of_fit(whole, samples=49, rng=streams(1, 1)[0])
    assert found.poisson_statistic[0] == again.statistic
    assert found.poisson_p_value[0] == again.p_value
    assert len(found.to_frame()) == 6


def test_readers_are_nearer_to_geometric_draws_overall_but_not_in_a_layer():
    network = dense_mlp(8, 64, candidates=10, classes=8, rng=0)
    found = degree_tests(network, direction="readers", links="skip", samples=199, rng=0)
    assert found.poisson_p_value[0] == pytest.approx(1 / 200)
    assert found.geometric_statistic[0] < 0.5 * found.poisson_statistic[0]
    # Within a layer the law is nearly a Poisson, and 8 channels are too few to tell.
    assert np.mean(found.poisson_p_value[1:] <= 0.05) < 0.15


def test_layers_without_skips_follow_both_laws():
    network = dense_mlp(4, 5, candidates=0, classes=4)
    profile = degree_profile(network, links="skip")
    assert np.isnan(profile.dispersion).all()
    assert not profile.poisson_total_variation.any()
    tested = degree_tests(network, links="skip", samples=9, rng=0)
    assert (tested.poisson_p_value == 1).all()
    assert fit_degrees([0, 0]).poisson.parameter == 0


def test_unknown_words_and_no_samples_are_refused():
    network = dense_mlp(2, 4, candidates=1, rng=0)
    with pytest.raises(ArchitectureError, match="direction of a degree.*Received 'up'"):
        degree_profile(network, direction="up")
    with pytest.raises(ArchitectureError, match="links of a degree.*Received 'short'"):
        degree_tests(network, links="short")
    with pytest.raises(BudgetError, match="samples must be.*Received 0"):
        degree_tests(network, samples=0)
