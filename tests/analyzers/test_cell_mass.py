import pytest

from topograph.analyzers._addition_mass import AdditionMass
from topograph.analyzers._cell_mass import CellMass, added, concatenated
from topograph.errors import ArchitectureError
from topograph.graph import Node


def layers(*widths):
    return tuple(Node(f"layer_{i}", width, cell="cell", layer=i) for i, width in enumerate(widths))


def taken(*links):
    return {f"layer_{i}": count for i, count in enumerate(links)}


def test_a_cell_of_concatenations_by_hand():
    # Layer 2 could read 3 channels, layer 3 could read 6: 9 of which 4 are there; m = 3 * 4 * 4/9.
    found = concatenated("cell", layers(3, 3, 3, 3), taken(0, 0, 1, 3), "layer", ends=())
    assert found == CellMass("concatenated", 4, 3, 12, 4, 9, pytest.approx(48 / 9))


def test_readings_of_the_classifier_by_hand():
    cell, links = layers(3, 3, 3, 5), taken(0, 0, 1, 3)
    as_layer = concatenated("cell", cell, links, "layer", ends=("layer_3",))
    assert as_layer == CellMass("concatenated", 4, 3, 12, 4, 9, pytest.approx(48 / 9))
    weighted = concatenated("cell", cell, links, "weighted", ends=("layer_3",))
    assert (weighted.links, weighted.possible) == (1 * 3 + 3 * 5, 3 * 3 + 6 * 5)
    excluded = concatenated("cell", cell, links, "excluded", ends=("layer_3",))
    assert excluded == CellMass("concatenated", 3, 3, 9, 1, 3, pytest.approx(3))


@pytest.mark.parametrize("widths", [(4,), (4, 4), (4, 5), (4, 5, 6)])
def test_without_links_the_mass_is_0(widths):
    found = concatenated("cell", layers(*widths), taken(*[0] * len(widths)), "layer", ends=())
    assert (found.skips, found.links, found.mass) == ("none", 0, 0)
    assert found.channels == sum(widths)
    assert found.possible == sum(widths[:1]) * (len(widths) == 3)


def test_blocks_of_a_cell_add_up():
    blocks = [AdditionMass(2, 10, 4, 4), AdditionMass(3, 12, 3, 9)]
    found = added("cell", layers(6, 4, 4), taken(0, 0, 0), blocks)
    assert found == CellMass("added", 5, 0, 22, 7, 13, pytest.approx(14))


def test_links_in_cells_of_several_widths_are_refused():
    words = r"one width.*Received widths \[4, 5\] in cell 'cell'. Divide"
    with pytest.raises(ArchitectureError, match=words):
        concatenated("cell", layers(4, 4, 5), taken(0, 0, 2), "layer", ends=())


def test_both_kinds_of_skip_connections_in_a_cell_are_refused():
    with pytest.raises(ArchitectureError, match="Received both in cell 'cell'"):
        added("cell", layers(4, 4, 4), taken(0, 0, 2), [AdditionMass(2, 8, 4, 4)])


def test_gaps_in_the_numbers_are_refused():
    gap = (*layers(4, 4), Node("late", 4, cell="cell", layer=3))
    for ask in (
        lambda: concatenated("cell", gap, {}, "layer", ends=()),
        lambda: added("cell", gap, {}, []),
    ):
        with pytest.raises(ArchitectureError, match=r"numbered 0, 1, 2.*Received \[0, 1, 3\]"):
            ask()
