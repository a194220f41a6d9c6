from __future__ import annotations

import pytest
import torch

import topograph as tg
from topograph.errors import ArchitectureError, ShapeError
from topograph.generators.cascades import clos, low_rank, monarch, radix
from topograph.generators.cascades.sparsify import sparsify
from topograph.graph import Architecture, Builder, Conv2d, Link, OneToOne, Sparse

WIDTHS = (64, 128, 128, 256, 256, *[512] * 6, 1024, 1024)
STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)


def mobilenet_v1() -> Architecture:
    """The first MobileNet for images of 32 x 32 and ten classes: 13 separable blocks."""
    b = Builder("mobilenet_v1")
    fields = {"normalisation": "batch", "activation": "relu"}
    x = b.conv(b.input(3, size=32), 32, kernel=3, name="stem", **fields)
    width = 32
    for place, (wider, stride) in enumerate(zip(WIDTHS, STRIDES, strict=True)):
        each = Link(x, Conv2d(3, stride=stride), OneToOne())
        with b.cell(f"block_{place}"):
            x = b.node([each], width=width, name=f"filter_{place}", layer=0, **fields)
            x = b.conv(x, wider, kernel=1, name=f"point_{place}", layer=1, **fields)
        width = wider
    b.linear(b.global_pool(x), 10, name="classifier")
    return b.build()


def test_the_published_parts_of_a_mobilenet():
    found = tg.analyzers.cost(mobilenet_v1())
    assert found.parameters == 3_217_226
    assert found.parameters == 3_139_584 + 44_640 + 864 + (64 + 9_920 + 11_904) + 10_250


@pytest.mark.parametrize(
    ("middle", "weights"), [(62, 783.9), (41, 537.3), (19, 278.9), (11, 184.9)]
)
def test_the_parameter_formula(middle, weights):
    dense = mobilenet_v1()
    sparse = sparsify(dense, lambda c, k: clos((c, k), routers=(8, middle, 8)), keep=["classifier"])
    links = sum(middle * (c + k + 64) for c, k in zip((32, *WIDTHS), WIDTHS, strict=False))
    parameters = tg.analyzers.cost(sparse).parameters
    assert tg.analyzers.cost(dense).parameters - parameters == 3_139_584 - links
    norms = 64 + 9_920 + 11_904
    assert round((parameters - norms) / 1000, 1) == weights


def tower(size=(), stride=1) -> Architecture:
    """Two dense maps into one sum, the second of them with a bias."""
    b = Builder("tower")
    x = b.input(12, size=size, name="x")
    h = b.node([Link(x, Conv2d(1, bias=True))], width=12, name="h", activation="relu", cell="c")
    first = Link(x, Conv2d(1, stride=stride))
    b.node([first, Link(h, Conv2d(1, stride=stride, bias=True))], width=18, name="y", cell="c")
    return b.build()


@pytest.mark.parametrize("stride", [1, 2])
def test_a_sparse_network_computes_with_the_products_of_its_layers(stride):
    sparse = sparsify(tower((4, 4), stride), lambda c, k: monarch((c, k), blocks=3, skip=True))
    network = tg.to_module(sparse, rng=0).double()
    x = torch.randn(2, 12, 4, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))

    def product(x, first, second):
        maps = (
            getattr(network, second).dense()[..., 0, 0] @ getattr(network, first).dense()[..., 0, 0]
        )
        return torch.einsum("oi,bihw->bohw", maps, x)

    def bias(name):
        return getattr(network, name).bias[:, None, None]

    h = torch.relu(product(x, "h_cascade_0", "h") + bias("h"))
    thin = slice(None, None, stride)
    y = product(x[..., thin, thin], "y_cascade_0", "y_0")
    y = y + product(h[..., thin, thin], "y_1_cascade_0", "y_1") + bias("y_1")
    torch.testing.assert_close(network(x), y)


def test_where_things_go():
    sparse = sparsify(tower((4, 4), 2), lambda c, k: radix((2, 2, 3)) if c == k else None)
    assert [node.name for node in sparse.nodes] == ["x", "h_cascade_0", "h_cascade_1", "h", "y"]
    assert sparse.node("h").activation == "relu"
    assert sparse.node("h_cascade_0").cell == "c"
    assert sparse.node("h_cascade_0").layer is None
    assert [edge.op.bias for edge in sparse.edges[:3]] == [False, False, True]
    assert sparse.in_edges("y") == tower((4, 4), 2).in_edges("y")
    assert sparse.name == "sparse tower"


def test_other_maps_are_left_alone():
    b = Builder()
    x = b.input(8, size=6, name="x")
    h = b.conv(x, 8, kernel=3, name="wide")
    h = b.conv(h, 8, kernel=1, groups=2, name="grouped")
    h = b.node([Link(h, Conv2d(1), Sparse(range(9), range(8), 8))], width=8, name="sparse")
    b.conv(h, 8, kernel=1, name="kept")
    network = b.build()
    assert sparsify(network, lambda c, k: low_rank((c, k), 2), keep={"kept"}) == network


def test_names_that_are_taken():
    b = Builder()
    x = b.input(4, name="y_cascade_0")
    b.linear(x, 4, name="y")
    names = [node.name for node in sparsify(b.build(), lambda c, k: low_rank(c, 2)).nodes]
    assert names == ["y_cascade_0", "y_cascade_0_", "y"]


def test_a_sparse_perceptron_learns():
    network = tg.generators.dense_mlp(16, 3, candidates=0, inputs=64, rng=0)
    sparse = sparsify(network, lambda c, k: monarch((c, k)), keep=["classifier"])
    module = tg.to_module(sparse, init="sparse_xavier_normal", rng=0)
    x, labels = (
        torch.randn(32, 64, generator=torch.Generator().manual_seed(0)),
        torch.arange(32) % 10,
    )
    optimiser = torch.optim.Adam(module.parameters(), lr=1e-2)
    losses = []
    for _ in range(60):
        loss = torch.nn.functional.cross_entropy(module(x), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.3 * losses[0]


@pytest.mark.parametrize(
    ("cascade", "options", "error", "told"),
    [
        (lambda c, k: low_rank(4, 2), {}, ShapeError, "Received 4 to 4 for the 12 to 12"),
        (lambda c, k: tower((4, 4)), {}, ArchitectureError, "linear layers in a row"),
        (lambda c, k: [c, k], {}, ArchitectureError, "linear layers in a row"),
        (lambda c, k: None, {"keep": ["z"]}, ArchitectureError, "Received 'z'"),
    ],
)
def test_refused(cascade, options, error, told):
    with pytest.raises(error, match=told):
        sparsify(tower((2, 2)), cascade, **options)
