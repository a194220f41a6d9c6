import pickle
from dataclasses import FrozenInstanceError, fields, replace

import pytest

from topograph.errors import ArchitectureError
from topograph.graph import OPS, Conv2d, Edge, Full, Identity, Linear, OneToOne, Pool, Select
from topograph.graph.edge import natural_wiring


@pytest.mark.parametrize("kind", OPS)
def test_the_natural_wiring_is_full_where_channels_mix(kind):
    op = kind("max") if kind is Pool else kind()
    natural = Full() if kind in (Linear, Conv2d) else OneToOne()
    assert natural_wiring(op) == Edge("x", "y", op).wiring == natural
    assert Edge("x", "y", op) == Edge("x", "y", op, natural, 0)


def test_a_selection_is_seen_by_the_op_as_its_channels():
    edge = Edge("x", "y", Linear(), Select([4, 1]))
    assert edge.reads(8) == 2
    assert edge.pattern == Full()
    assert replace(edge, op=Identity()).pattern == OneToOne()
    assert Edge("x", "y", Linear()).reads(8) == 8
    assert Edge("x", "y", Conv2d(), OneToOne()).pattern == OneToOne()


def test_edges_are_frozen_values():
    edge = Edge("x", "y", Conv2d(3), Select([0, 2]), 1)
    again = pickle.loads(pickle.dumps(edge))
    assert again == edge
    assert hash(again) == hash(edge)
    assert edge != replace(edge, wiring=Select([2, 0]))
    for field in fields(edge):
        with pytest.raises(FrozenInstanceError):
            setattr(edge, field.name, None)
    assert not hasattr(edge, "__dict__")


def test_an_edge_says_where_it_leads():
    assert str(Edge("x", "y", Linear(), position=2)) == "x -> y[2]"


@pytest.mark.parametrize("op", ["linear", None, Linear, 3])
def test_an_op_is_an_instance_of_its_class(op):
    with pytest.raises(ArchitectureError, match=r"such as `Linear\(\)`"):
        Edge("x", "y", op)
