"""Every op has a word."""

from __future__ import annotations

import pytest

from topograph.graph import (
    OPS,
    Activation,
    Conv2d,
    Edge,
    Flatten,
    GlobalPool,
    Grouped,
    Identity,
    Linear,
    Norm,
    OneToOne,
    Op,
    Pool,
    Wiring,
    Zero,
)
from topograph.plots.wording import TIMES, op_label

CASES: list[tuple[Op, Wiring | None, str]] = [
    (Zero(), None, "zero"),
    (Identity(), None, "identity"),
    (Linear(), None, ""),
    (Conv2d((3, 5)), None, "3x5"),
    (Conv2d(3), OneToOne(), "3x3 dw"),
    (Conv2d(3), Grouped(8), "3x3 dw"),
    (Conv2d(3, dilation=2), Grouped(4), "3x3 g4 d2"),
    (Conv2d(1), Grouped(1), "1x1"),
    (Pool("average", 3), None, "avg 3x3"),
    (Pool("max", 2), None, "max 2x2"),
    (GlobalPool("max"), None, "global max"),
    (Flatten(), None, "flatten"),
    (Norm("layer"), None, "layer norm"),
    (Activation("gelu"), None, "gelu"),
]


@pytest.mark.parametrize(("op", "wiring", "expected"), CASES)
def test_ops_are_named(op: Op, wiring: Wiring | None, expected: str) -> None:
    edge = Edge("x", "y", op) if wiring is None else Edge("x", "y", op, wiring)
    assert op_label(op, edge, 8).replace(TIMES, "x") == expected


def test_every_op_is_named() -> None:
    assert {type(op) for op, _, _ in CASES} == set(OPS)
    with pytest.raises(TypeError, match="no word"):
        op_label(Op(), Edge("x", "y", Op()), 1)
