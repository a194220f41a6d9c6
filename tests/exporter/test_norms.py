from __future__ import annotations

import copy
import pickle

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from topograph.exporter.norms import EPSILON, Normalise, SharedNorm2d, moments, share

SHAPES = st.tuples(st.integers(2, 9), st.integers(1, 20), st.integers(1, 9), st.integers(1, 9))


def pair(channels, *, dtype=torch.float64, seed=0, **options):
    """Torch's layer and ours, with the same scales, shifts and running statistics."""
    torch.manual_seed(seed)
    plain = nn.BatchNorm2d(channels, **options).to(dtype)
    for tensor in [*plain.parameters(), *plain.buffers()]:
        if tensor.is_floating_point():
            tensor.data.uniform_(0.5, 1.5)
    return plain, share(copy.deepcopy(plain))


def batch(*shape, dtype=torch.float64, seed=0):
    """A batch whose channels have different means and variances."""
    generator = torch.Generator().manual_seed(seed)
    spread, mean = torch.randn(2, shape[1], 1, 1, generator=generator, dtype=dtype)
    return (torch.randn(shape, generator=generator, dtype=dtype) * spread + mean).requires_grad_()


def refuse(*_):
    raise AssertionError


@settings(max_examples=60, deadline=None)
@given(SHAPES, st.sampled_from([torch.float32, torch.float64]), st.integers(0, 99))
def test_it_is_the_batch_normalisation_of_torch(shape, dtype, seed):
    plain, shared = pair(shape[1], dtype=dtype, seed=seed)
    found = []
    for layer in (plain, shared):
        x = batch(*shape, dtype=dtype, seed=seed)
        y = layer(x) if layer is plain else layer(x, moments(x))
        weights = [x, layer.weight, layer.bias]
        found.append([y, *torch.autograd.grad((y**3).sum(), weights)])
    assert all(torch.equal(own, expected) for expected, own in zip(*found, strict=True))
    close = 1e-5 if dtype == torch.float32 else 1e-12
    for own, expected in zip(shared.buffers(), plain.buffers(), strict=True):
        torch.testing.assert_close(own, expected, rtol=close, atol=close)


def test_moments_are_those_of_each_channel():
    x = batch(5, 3, 4, 6).detach()
    channels = x.transpose(0, 1).flatten(1)
    mean, scale, variance = moments(x)
    torch.testing.assert_close(mean, channels.mean(1))
    torch.testing.assert_close(scale, (channels.var(1, correction=0) + EPSILON) ** -0.5)
    torch.testing.assert_close(variance, channels.var(1))


def normalised(x, weight, bias):
    return Normalise.apply(x, weight, bias, *moments(x)[:2])


def test_derivatives_know_that_the_moments_change_with_the_batch():
    x, weight, bias = batch(3, 2, 2, 3), *torch.randn(2, 2, dtype=torch.float64)
    given_tensors = (x, weight.requires_grad_(), bias.requires_grad_())
    assert torch.autograd.gradcheck(normalised, given_tensors)
    assert torch.autograd.gradgradcheck(normalised, given_tensors)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("moving", [(0,), (1,), (2,), (0, 1, 2)])
def test_derivatives_along_directions(moving):
    point = [batch(4, 3, 2, 2).detach(), *torch.randn(2, 3, dtype=torch.float64)]
    along = [torch.randn_like(tensor) for tensor in point]

    def road(function):
        def moved(*parts):
            given_parts = list(point)
            for place, part in zip(moving, parts, strict=True):
                given_parts[place] = part
            return function(*given_parts)

        start, directions = ([tensors[i] for i in moving] for tensors in (point, along))
        return torch.func.jvp(moved, tuple(start), tuple(directions))

    def plain(x, weight, bias):
        return nn.functional.batch_norm(x, None, None, weight, bias, training=True, eps=EPSILON)

    for own, expected in zip(road(normalised), road(plain), strict=True):
        torch.testing.assert_close(own, expected)


def test_many_batches_at_once():
    batches = torch.randn(3, 4, 2, 3, 3, dtype=torch.float64)
    weights, biases = torch.randn(2, 3, 2, dtype=torch.float64)
    found = torch.func.vmap(normalised)(batches, weights, biases)
    for own, x, weight, bias in zip(found, batches, weights, biases, strict=True):
        torch.testing.assert_close(own, normalised(x, weight, bias))


@pytest.mark.parametrize("options", [{"momentum": None}, {"momentum": 0.3}])
def test_running_statistics_over_several_batches(options):
    plain, shared = pair(4, **options)
    for seed in range(3):
        x = batch(6, 4, 3, 3, seed=seed)
        plain(x)
        shared(x, moments(x))
    assert shared.num_batches_tracked == plain.num_batches_tracked
    torch.testing.assert_close(shared.running_mean, plain.running_mean)
    torch.testing.assert_close(shared.running_var, plain.running_var)


def test_statistics_that_are_not_tracked_stay_away():
    plain, shared = pair(4, track_running_stats=False)
    x = batch(6, 4, 3, 3)
    assert torch.equal(shared(x, moments(x)), plain(x))
    assert shared.running_mean is None


@pytest.mark.parametrize("case", ["frozen", "another epsilon", "no scales"])
def test_other_normalisations_take_no_moments(case, monkeypatch):
    plain, shared = pair(4, affine=case != "no scales")
    for layer in (plain, shared):
        layer.train(case != "frozen")
        layer.eps = 0.1 if case == "another epsilon" else layer.eps
    x = batch(6, 4, 3, 3)
    given_moments = moments(x)
    monkeypatch.setattr(Normalise, "apply", refuse)
    assert torch.equal(shared(x, given_moments), plain(x))


def test_one_value_per_channel_is_refused_as_torch_refuses_it():
    plain, shared = pair(4)
    x = batch(1, 4, 1, 1)
    for call in (lambda: plain(x), lambda: shared(x, moments(x))):
        with pytest.raises(ValueError, match="more than 1 value per channel"):
            call()


def test_only_batch_normalisations_of_images_are_told_moments():
    for layer in (nn.BatchNorm1d(2), nn.GroupNorm(1, 2), nn.SyncBatchNorm(2)):
        assert type(share(layer)) is type(layer)
    shared = share(nn.BatchNorm2d(2))
    assert type(shared) is SharedNorm2d
    assert type(pickle.loads(pickle.dumps(shared))) is SharedNorm2d
