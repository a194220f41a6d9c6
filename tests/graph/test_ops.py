from dataclasses import FrozenInstanceError, fields
from functools import singledispatch

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from hypothesis import assume, given
from hypothesis import strategies as st

from topograph.errors import ArchitectureError, ShapeError
from topograph.graph import (
    ACTIVATIONS,
    NORMALISATIONS,
    OPS,
    Activation,
    Conv2d,
    Flatten,
    GlobalPool,
    Identity,
    Linear,
    Norm,
    Op,
    Pool,
    Zero,
)


def pairs(low, high):
    return st.tuples(st.integers(low, high), st.integers(low, high))


MAPS = st.tuples(st.integers(1, 4), st.integers(1, 9), st.integers(1, 9))
WINDOWS = {"kernel": pairs(1, 4), "stride": pairs(1, 3), "padding": pairs(0, 3)}


@singledispatch
def in_torch(op, x):
    """Apply an op as torch does, with as many targets as there are sources."""
    raise NotImplementedError(op)


@in_torch.register
def _(op: Conv2d, x):
    weight = torch.empty(x.shape[1], x.shape[1], *op.kernel, device="meta")
    return F.conv2d(x, weight, stride=op.stride, padding=op.padding, dilation=op.dilation)


@in_torch.register
def _(op: Pool, x):
    if op.kind == "max":
        return F.max_pool2d(x, op.kernel, op.stride, op.padding)
    return F.avg_pool2d(x, op.kernel, op.stride, op.padding)


@in_torch.register
def _(op: GlobalPool, x):
    return x.mean(dim=tuple(range(2, x.ndim)), keepdim=op.keep) if x.ndim > 2 else x


@in_torch.register
def _(op: Flatten, x):
    return x.flatten(1)


@in_torch.register
def _(op: Linear, x):
    return F.linear(x, torch.empty(x.shape[1], x.shape[1], device="meta"))


def shape_in_topograph(op, width, size):
    made = op.output_width(width, size)
    return (width if made is None else made, *op.output_size(size))


def assert_like_torch(op, width, size):
    """Both give the same shape, or both refuse."""
    x = torch.empty(2, width, *size, device="meta")
    try:
        expected = tuple(in_torch(op, x).shape[1:])
    except RuntimeError:
        with pytest.raises(ShapeError):
            op.output_size(size)
    else:
        assert shape_in_topograph(op, width, size) == expected


@given(st.builds(Conv2d, **WINDOWS, dilation=pairs(1, 3)), MAPS)
def test_convolutions_shape_as_in_torch(op, shape):
    assert_like_torch(op, shape[0], shape[1:])


@given(st.sampled_from(["max", "average"]), st.fixed_dictionaries(WINDOWS), MAPS)
def test_poolings_shape_as_in_torch(kind, window, shape):
    assume(all(2 * p <= k for p, k in zip(window["padding"], window["kernel"], strict=True)))
    assert_like_torch(Pool(kind, **window), shape[0], shape[1:])


@given(st.sampled_from([GlobalPool(), GlobalPool("max", True), Flatten()]), MAPS)
def test_collections_shape_as_in_torch(op, shape):
    assert_like_torch(op, shape[0], shape[1:])
    assert_like_torch(op, shape[0], ())


def test_linear_maps_read_vectors():
    assert_like_torch(Linear(), 5, ())
    with pytest.raises(ShapeError, match="Flatten or pool"):
        Linear().output_size((4, 4))


@given(st.integers(0, 4), st.integers(1, 3), st.integers(1, 20))
def test_the_default_padding_keeps_the_size_for_odd_kernels(half, dilation, size):
    op = Conv2d(2 * half + 1, dilation=dilation)
    assert op.output_size((size, size)) == (size, size)


@pytest.mark.parametrize("size", [(), (5,), (5, 5, 5)])
@pytest.mark.parametrize("op", [Conv2d(1), Pool("max", 1)])
def test_windows_slide_over_two_axes(op, size):
    with pytest.raises(ShapeError, match="two axes"):
        op.output_size(size)


def test_a_window_larger_than_its_map_is_refused():
    with pytest.raises(ShapeError, match="must fit"):
        Conv2d(7, padding=1).output_size((4, 9))
    assert Conv2d(6, padding=1).output_size((4, 9)) == (1, 6)


KEPT = [Zero(), Identity(), *map(Norm, NORMALISATIONS), *map(Activation, ACTIVATIONS)]


@pytest.mark.parametrize("op", KEPT, ids=str)
def test_the_other_ops_keep_the_shape(op):
    for size in ((), (3, 4)):
        assert shape_in_topograph(op, 7, size) == (7, *size)


def test_linear_maps_and_convolutions_mix_channels_and_no_other_op():
    assert [kind for kind in OPS if kind.mixes] == [Linear, Conv2d]
    assert Linear().output_width(3, ()) is Conv2d().output_width(3, (4, 4)) is None


def test_one_number_stands_for_two():
    assert Conv2d(3) == Conv2d((3, 3), stride=(1, 1), padding=(1, 1), dilation=(1, 1))
    assert Conv2d(3, stride=2, padding=0).stride == (2, 2)
    assert Conv2d([3, 5]).padding == (1, 2)
    assert Pool("max", (2, 3)).stride == (2, 3)


@pytest.mark.parametrize("kind", OPS)
def test_ops_are_final_frozen_values(kind):
    op = kind("max") if kind is Pool else kind()
    assert op == (kind("max") if kind is Pool else kind())
    assert hash(op) == hash(kind("max") if kind is Pool else kind())
    assert kind.__subclasses__() == []
    assert isinstance(op, Op)
    for field in fields(op):
        with pytest.raises(FrozenInstanceError):
            setattr(op, field.name, None)
    assert not hasattr(op, "__dict__")


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "3", None, (3,), (3, 3, 3), (3, 0), 2**31])
def test_kernels_are_counts(value):
    for make in (Conv2d, lambda kernel: Pool("max", kernel)):
        with pytest.raises(ShapeError, match="kernel"):
            make(value)


@pytest.mark.parametrize("field", ["stride", "dilation", "padding"])
@pytest.mark.parametrize("value", [-1, 0.5, True, "1", (1, 1, 1)])
def test_the_other_sides_of_a_window_are_counts(field, value):
    with pytest.raises(ShapeError, match=field):
        Conv2d(3, **{field: value})


def test_strides_and_dilations_are_at_least_one():
    for field in ("stride", "dilation"):
        with pytest.raises(ShapeError, match="at least 1"):
            Conv2d(3, **{field: 0})
    assert Conv2d(3, padding=0).padding == (0, 0)


def test_a_pooling_window_is_never_padding_alone():
    with pytest.raises(ShapeError, match="at most half"):
        Pool("average", 3, padding=(1, 2))
    with pytest.raises(RuntimeError, match="half"):
        F.avg_pool2d(torch.empty(1, 1, 9, 9), 3, padding=(1, 2))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Linear(1),
        lambda: Linear(None),
        lambda: Conv2d(bias=0),
        lambda: Pool("max", include_padding="yes"),
        lambda: GlobalPool(keep=1),
    ],
)
def test_flags_are_true_or_false(make):
    with pytest.raises(ArchitectureError, match="True or False"):
        make()


@pytest.mark.parametrize("kind", [Pool, GlobalPool, Norm, Activation])
@pytest.mark.parametrize("word", ["softmax", "", None, 3, "Max"])
def test_unknown_kinds_are_refused_with_the_known_ones(kind, word):
    with pytest.raises(ArchitectureError, match="Choose one of these") as caught:
        kind(word)
    assert repr(word) in str(caught.value)
