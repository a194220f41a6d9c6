from __future__ import annotations

from dataclasses import dataclass

import pytest

from topograph.errors import ArchitectureError, ShapeError
from topograph.exporter.expression import (
    ACTIVATION_FUNCTIONS,
    Call,
    Layer,
    activation,
    module,
    normalisation,
)
from topograph.graph import (
    ACTIVATIONS,
    OPS,
    Conv2d,
    Edge,
    Flatten,
    GlobalPool,
    Grouped,
    Linear,
    Node,
    OneToOne,
    Op,
    Pool,
    Select,
    Sparse,
)

MAP, HALF = Node("x", 4, (8, 8)), Node("y", 4, (4, 4))
VECTOR, OTHER = Node("x", 4), Node("y", 6)


def written(op, source=VECTOR, target=OTHER, wiring=None):
    return module(op, Edge(source.name, target.name, op, wiring), source, target)


@pytest.mark.parametrize("kind", OPS)
def test_every_op_has_the_verb(kind):
    assert module.dispatch(kind) is not module.dispatch(object)


def test_every_activation_has_a_function():
    assert set(ACTIVATION_FUNCTIONS) == set(ACTIVATIONS)


def test_only_rectifiers_write_over_what_they_read():
    in_place = (("inplace", True),)
    overwriting = {kind for kind in ACTIVATIONS if activation(kind, overwrites=True).options}
    assert overwriting == {"relu", "relu6"}
    assert activation("relu", overwrites=True).options == in_place
    assert activation("relu").options == ()


def test_an_unknown_op_is_refused():
    @dataclass(frozen=True)
    class Wavelet(Op):
        pass

    with pytest.raises(ArchitectureError, match="Received Wavelet"):
        module(Wavelet(), Edge("x", "y", Wavelet()), VECTOR, OTHER)


def test_an_unknown_wiring_is_refused():
    for op in (Linear(), Conv2d()):
        edge = Edge("x", "y", op)
        object.__setattr__(edge, "wiring", "spiral")
        with pytest.raises(ArchitectureError, match="spiral"):
            module(op, edge, MAP, HALF)


@pytest.mark.parametrize(
    ("wiring", "name", "arguments"),
    [
        (None, "nn.Linear", (4, 6)),
        (Grouped(2), "GroupedLinear", (4, 6, 2)),
        (OneToOne(), "DiagonalLinear", (6,)),
        (Select([0, 3, 0]), "nn.Linear", (3, 6)),
        (Sparse([0, 1, 1, 2, 2, 2, 2], [3, 0], 4), "SparseLinear", (4, 6, ((0, 2), (3, 0)))),
    ],
)
def test_linear_maps_by_wiring(wiring, name, arguments):
    assert written(Linear(), wiring=wiring) == Layer(name, arguments)
    assert written(Linear(bias=False), wiring=wiring).options == (("bias", False),)


def test_constant_links_are_listed_apart():
    wiring = Sparse([0, 2, 2, 3, 3, 3, 3], [0, 3, 1], 4, constant=[False, True, True], value=2.0)
    layer = written(Linear(), wiring=wiring)
    assert layer.arguments[2] == ((0,), (0,))
    assert layer.options == (("constant", ((0, 2), (3, 1))), ("value", 2.0))


def test_convolutions_mention_what_differs_from_the_defaults():
    assert written(Conv2d(1, bias=True), MAP, MAP) == Layer("PointwiseConv2d", (4, 4))
    assert written(Conv2d(1, stride=2, bias=True), MAP, HALF) == Layer(
        "nn.Conv2d", (4, 4, 1), (("stride", 2),)
    )
    op = Conv2d((3, 5), stride=(2, 2), padding=(1, 2), dilation=(1, 2))
    options = dict(written(op, MAP, HALF, OneToOne()).options)
    assert options == {
        "stride": 2,
        "padding": (1, 2),
        "dilation": (1, 2),
        "groups": 4,
        "bias": False,
    }


def test_poolings_mention_what_differs_from_the_defaults():
    assert written(Pool("max", 2), MAP, HALF) == Call("F.max_pool2d", (2,))
    op = Pool("average", 3, stride=2, padding=1, include_padding=False)
    options = (("stride", 2), ("padding", 1), ("count_include_pad", False))
    assert written(op, MAP, HALF) == Call("F.avg_pool2d", (3,), options)


def test_vectors_are_neither_pooled_nor_flattened():
    assert written(GlobalPool(keep=True)) is None
    assert written(Flatten()) is None


@pytest.mark.parametrize(
    ("kind", "size", "name"),
    [
        ("batch", (), "nn.BatchNorm1d"),
        ("batch", (7,), "nn.BatchNorm1d"),
        ("batch", (7, 7), "nn.BatchNorm2d"),
        ("batch", (7, 7, 7), "nn.BatchNorm3d"),
        ("layer", (), "nn.LayerNorm"),
        ("layer", (7, 7), "nn.GroupNorm"),
    ],
)
def test_normalisations_by_rank(kind, size, name):
    assert normalisation(kind, 3, size).name == name


def test_batch_normalisation_of_four_axes_is_refused():
    with pytest.raises(ShapeError, match="up to three axes"):
        normalisation("batch", 3, (2, 2, 2, 2))
