import pytest
from hypothesis import given

from tests.strategies import architectures
from topograph.analyzers import cost
from topograph.analyzers.cost import links, multiplications, parameters
from topograph.generators import dense_cnn
from topograph.graph import (
    OPS,
    Builder,
    Conv2d,
    Grouped,
    Identity,
    Linear,
    Link,
    Norm,
    OneToOne,
    Op,
    Sparse,
    Wiring,
)
from topograph.graph.wiring import WIRINGS


@pytest.mark.parametrize("verb", [parameters, multiplications])
@pytest.mark.parametrize("op", OPS)
def test_every_op_has_the_verb(verb, op):
    assert verb.dispatch(op) is not verb.dispatch(Op)


@pytest.mark.parametrize("wiring", [kind for kind in WIRINGS if kind.__name__ != "Select"])
def test_every_pattern_has_a_number_of_links(wiring):
    assert links.dispatch(wiring) is not links.dispatch(Wiring)


@given(architectures())
def test_nodes_add_up_to_the_whole(architecture):
    found = cost(architecture)
    table = found.to_frame()
    assert len(table) == len(architecture.nodes)
    for name in ("parameters", "macs", "normalised", "flops"):
        assert table[name].sum() == getattr(found, name)
    assert found.flops == 2 * found.macs + 2 * found.normalised


def test_hand_counted_operations():
    b = Builder()
    x = b.input(4, size=(6, 5))
    depthwise = b.node([Link(x, Conv2d(3), OneToOne())], width=4)  # 4 * 9 taps, 30 pixels
    grouped = b.node([Link(depthwise, Conv2d(1, stride=2), Grouped(2))], width=6)  # 12, 3 x 3
    skipped = b.node([Link(grouped, Norm())])  # 2 * 6
    vector = b.global_pool(b.add([grouped, skipped]))
    pattern = Sparse([0, 2, 3], [0, 5, 5], 6, constant=[False, True, False])
    b.node([Link(vector, Linear(), pattern)], width=2)  # 2 trainable links of 3, 2 biases
    found = cost(b.build())
    assert found.parameters == 4 * 9 + 12 + 12 + 2 + 2
    assert found.macs == 4 * 9 * 30 + 12 * 9 + 3
    assert found.normalised == 6 * 9
    assert found.published_macs == found.macs + 2 * 6 * 9


def test_a_selection_pays_for_what_it_selects():
    b = Builder()
    part = b.concat([(b.input(9, size=4), [1, 4])])
    b.conv(part, 5, kernel=3)
    assert cost(b.build()).parameters == 2 * 5 * 9


def test_separable_blocks_by_hand():
    network = dense_cnn((2,), 2, candidates=0, image=(1, 4, 4), classes=3, separable=True, rng=0)
    first = (1 * 6 + 2 * 6) + (6 * 9 + 2 * 6) + 6 * 2
    second = 2 * 2 + (2 * 12 + 2 * 12) + (12 * 9 + 2 * 12) + 12 * 2
    assert cost(network).parameters == first + second + 2 * 2 + (2 * 3 + 3)


def test_skips_cost_nothing():
    b = Builder()
    x = b.input(8)
    b.node([Link(x, Identity()), Link(x, Identity())])
    assert cost(b.build()).to_dict()["flops"] == 0
