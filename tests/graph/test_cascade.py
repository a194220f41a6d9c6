from __future__ import annotations

import numpy as np
import pytest

from topograph.errors import ArchitectureError
from topograph.generators import resnet
from topograph.generators.cascades import butterfly, from_masks, low_rank
from topograph.graph import Architecture, Builder, Edge, Linear, Node
from topograph.graph.cascade import cascade_wirings
from topograph.graph.wiring import Full, Grouped, OneToOne, Select, Sparse


def chain(wiring, *, bias=False, **fields):
    nodes = Node("x", 3), Node("y", 3, **fields)
    return Architecture(nodes, (Edge("x", "y", Linear(bias=bias), wiring),))


def test_the_wirings_of_a_cascade_come_back():
    masks = [np.eye(3, dtype=bool), np.tri(4, 3, dtype=bool)]
    found = cascade_wirings(from_masks(masks, constant=[masks[0], None]))
    assert found == (
        Sparse.from_mask(masks[0], constant=masks[0]),
        Sparse.from_mask(masks[1]),
    )
    assert len(cascade_wirings(butterfly(8, 5))) == 5


@pytest.mark.parametrize(
    ("wiring", "mask"),
    [(Full(), np.ones((3, 3))), (Grouped(3), np.eye(3)), (OneToOne(), np.eye(3))],
    ids=["full", "grouped", "straight"],
)
def test_other_wirings_are_written_out(wiring, mask):
    (found,) = cascade_wirings(chain(wiring))
    assert found == Sparse.from_mask(mask.astype(bool))


def two_branches():
    b = Builder()
    x = b.input(2)
    b.add([b.linear(x, 2, bias=False), b.linear(x, 2, bias=False)])
    return b.build()


def two_outputs():
    b = Builder()
    hidden = b.linear(b.input(2), 2, bias=False, name="hidden")
    b.linear(hidden, 2, bias=False, name="last")
    return b.build(outputs=("hidden", "last"))


def alone():
    return Architecture((Node("x", 3),), ())


@pytest.mark.parametrize(
    "other",
    [
        "butterfly",
        alone(),
        resnet(18),
        two_branches(),
        two_outputs(),
        chain(Full(), bias=True),
        chain(Full(), activation="relu"),
        chain(Full(), normalisation="layer"),
        chain(Select([0, 2])),
    ],
    ids=[
        "name",
        "alone",
        "maps",
        "branches",
        "outputs",
        "bias",
        "activation",
        "normalisation",
        "select",
    ],
)
def test_what_is_no_cascade_is_refused(other):
    with pytest.raises(ArchitectureError, match=r"A cascade is .* Received .* Make one with"):
        cascade_wirings(other)


def test_a_bottleneck_is_a_cascade():
    assert [w.targets for w in cascade_wirings(low_rank(6, 2))] == [2, 6]
