"""Networks of the kinds that drawings must show."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from topograph.generators import dense_cnn, dense_mlp
from topograph.graph import Architecture, Builder, Conv2d, Identity, Link, Pool, Zero, parallel


def perceptron() -> Architecture:
    b = Builder("perceptron")
    x = b.input(4, name="x")
    b.linear(b.linear(b.linear(x, 6), 6), 3, name="y")
    return b.build()


def residual() -> Architecture:
    """Stages of residual blocks; the first block of the second stage has a projection."""
    b = Builder("residual")
    x = b.conv(b.input(3, size=32, name="image"), 64, kernel=7, stride=2)
    x = b.pool(x, "max")
    for stage, width in enumerate((64, 128)):
        for block in range(2):
            with b.cell(f"stage{stage}_{block}"):
                stride = 2 if stage and not block else 1
                h = b.conv(b.conv(x, width, stride=stride), width)
                x = b.conv(x, width, kernel=1, stride=2) if stride == 2 else x
                x = b.add([x, h], activation="relu")
    b.linear(b.global_pool(x), 1000, name="logits")
    return b.build()


def inception() -> Architecture:
    """Two modules of four branches."""
    b = Builder("inception")
    x = b.conv(b.input(3, size=16, name="image"), 64)
    for module in range(2):
        with b.cell(f"module_{module}"):
            pooled = b.node([Link(x, Pool("max", 3, stride=1, padding=1))])
            branches = [
                b.conv(x, 64, kernel=1),
                b.conv(b.conv(x, 96, kernel=1), 128),
                b.conv(b.conv(x, 16, kernel=1), 32, kernel=5),
                b.conv(pooled, 32, kernel=1),
            ]
            x = b.concat([*branches])
    b.linear(b.global_pool(x), 10, name="logits")
    return b.build()


def cell() -> Architecture:
    """A search-space cell with competing ops and parallel edges."""
    pool = Pool("average", 3, stride=1, padding=1)
    b = Builder("cell")
    x = b.input(16, size=8, name="x")
    with b.cell("cell"):
        n1 = b.node([Link(x, Conv2d(3)), Link(x, Zero()), Link(x, Identity())], width=16)
        n2 = b.node([Link(x, pool), Link(n1, Conv2d(1))], width=16)
        links = [Link(x, Identity()), Link(n1, Conv2d(3)), Link(n2, pool), Link(x, Conv2d(1))]
        b.node(links, width=16, name="y")
    return b.build()


def gated() -> Architecture:
    """Expansion blocks with squeeze-and-excite gates."""
    b = Builder("gated")
    x = b.conv(b.input(3, size=8, name="image"), 16)
    for block in range(3):
        with b.cell(f"block_{block}"):
            h = b.conv(b.conv(x, 96, kernel=1), 96, groups=96)
            gate = b.linear(b.linear(b.global_pool(h), 8), 96, activation="sigmoid")
            x = b.add([x, b.conv(b.multiply([h, gate]), 16, kernel=1)])
    b.linear(b.global_pool(x), 10, name="logits")
    return b.build()


def towers() -> Architecture:
    tower = dense_mlp(8, 8, candidates=5, inputs=16, classes=10, rng=0)
    return parallel(tower, tower)


def lone() -> Architecture:
    b = Builder("lone")
    b.input(3, name="x")
    return b.build()


NETWORKS: Mapping[str, Callable[[], Architecture]] = {
    "perceptron": perceptron,
    "mlp_3": lambda: dense_mlp(8, 3, candidates=4, rng=0),
    "mlp_16": lambda: dense_mlp(8, 16, candidates=6, rng=0),
    "mlp_32": lambda: dense_mlp(8, 32, candidates=10, rng=0),
    "cnn_12": lambda: dense_cnn((2, 3, 4), 4, candidates=(3, 4, 5), rng=0),
    "cnn_61": lambda: dense_cnn((32, 64, 128), 20, candidates=(30, 80, 117), rng=0),
    "residual": residual,
    "inception": inception,
    "cell": cell,
    "gated": gated,
    "towers": towers,
    "lone": lone,
}
