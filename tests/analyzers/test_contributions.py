import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import architectures
from topograph.analyzers import contributions
from topograph.errors import ArchitectureError
from topograph.generators import dense_cnn, dense_mlp
from topograph.graph import Builder, Grouped, Linear, Link


@settings(max_examples=100)
@given(architectures(), st.sampled_from(["random", "constant", "ones"]))
def test_shares_are_probabilities(architecture, mode):
    for values in contributions(architecture, mode=mode, rng=0).factors.values():
        assert (values > 0).all()
        assert (values <= 1).all()
        if mode == "ones":
            assert (values == 1).all()
        elif values.ndim == 2:
            np.testing.assert_allclose(values.sum(axis=1), 1, rtol=1e-14)


def test_they_are_the_softmax_of_the_weights():
    found = contributions(dense_mlp(4, 5, candidates=3, rng=0), rng=1)
    for name, values in found.factors.items():
        ratio = values / np.exp(found.weights[name])
        np.testing.assert_allclose(ratio, np.broadcast_to(ratio[:, :1], ratio.shape), rtol=1e-13)


def wide(inputs, outputs):
    """One linear map of many neurons."""
    b = Builder()
    b.linear(b.input(inputs), outputs, name="y")
    return b.build()


def test_weights_follow_the_law_of_kaiming():
    weights = contributions(wide(50, 8000), rng=0).weights["y"]
    # 400,000 draws: the mean has a standard error of 0.2 / 632, the variance one of 0.04 / 447.
    assert weights.mean() == pytest.approx(0, abs=4 * 0.2 / 632)
    assert weights.var() == pytest.approx(2 / 50, abs=4 * 0.04 / 447)


@pytest.mark.parametrize("inputs", [20, 200, 2000])
def test_random_shares_spread_as_a_log_normal_law(inputs):
    shares = contributions(wide(inputs, 400), rng=0).factors["y"]
    assert inputs * shares.std() == pytest.approx(np.sqrt(np.expm1(2 / inputs)), rel=0.05)


def test_constant_shares_are_one_over_the_channels_read():
    found = contributions(dense_cnn((4,), 6, candidates=5, rng=0), mode="constant").factors
    reads = [3, 4, 8, 9, 9, 9]
    for layer, read in enumerate(reads):
        assert (found[f"cell_1_layer_{layer}"] == 1 / read).all()


def test_groups_have_shares_of_their_own():
    b = Builder()
    b.node([Link(b.input(6), Linear(), Grouped(3))], width=9, name="y")
    found = contributions(b.build(), mode="constant").factors["y"]
    assert found.tolist() == [[0.5, 0.5]] * 9


def test_depthwise_layers_are_left_out():
    found = contributions(dense_cnn((4,), 3, candidates=2, separable=True, rng=0)).factors
    assert "cell_1_layer_1_expand" in found
    assert "cell_1_layer_1_filter" not in found


def test_the_same_seed_gives_the_same_shares_and_layers_draw_apart():
    short, long = (dense_mlp(4, depth, candidates=3, rng=0) for depth in (5, 6))
    first, second = (contributions(network, rng=7).factors for network in (short, long))
    for layer in range(4):
        np.testing.assert_array_equal(first[f"layer_{layer}"], second[f"layer_{layer}"])
    other = contributions(short, rng=8).factors
    assert not np.array_equal(first["layer_0"], other["layer_0"])


def test_some_layers_alone_have_the_shares_that_they_have_among_all():
    network = dense_mlp(4, 5, candidates=3, rng=0)
    every = contributions(network, rng=7).factors
    some = contributions(network, layers=["layer_1", "layer_3"], rng=7).factors
    assert list(some) == ["layer_1", "layer_3"]
    for name, values in some.items():
        np.testing.assert_array_equal(values, every[name])


def test_the_table_has_one_row_per_layer():
    found = contributions(dense_mlp(2, 4, candidates=1, inputs=8, rng=0), mode="constant")
    table = found.to_frame()
    assert table.layer.tolist() == ["layer_0", "layer_1", "layer_2", "classifier"]
    assert table["mean"].tolist() == pytest.approx([1 / 8, 1 / 2, 1 / 3, 1 / 3])
    assert table.deviation.tolist() == pytest.approx([0] * 4, abs=1e-15)
    assert "classifier" in found._repr_html_()
    document = found.to_dict()
    assert document["mode"] == "constant"
    assert document["factors"]["layer_1"] == [[0.5, 0.5], [0.5, 0.5]]


def test_shares_are_read_only():
    shares = contributions(wide(2, 2), rng=0).factors["y"]
    with pytest.raises(ValueError, match="read-only"):
        shares[0, 0] = 1


@pytest.mark.parametrize("name", ["nowhere", "cell_1_layer_1_filter"])
def test_layers_without_contributions_are_refused(name):
    network = dense_cnn((4,), 3, candidates=2, separable=True, rng=0)
    with pytest.raises(ArchitectureError, match=f"Received '{name}'"):
        contributions(network, layers=[name])


def test_an_unknown_mode_is_refused():
    with pytest.raises(ArchitectureError, match="Received 'uniform'"):
        contributions(wide(2, 2), mode="uniform")
