import numpy as np
from hypothesis import given

from tests.analyzers.cascades.samples import masks_and_constants, quietly
from topograph.analyzers.cascades.links import cascade_links
from topograph.graph import Builder, Grouped, Linear, OneToOne
from topograph.graph.builder import Link


def chain(*wirings, widths=(6, 6), **fields):
    """Linear maps in a row."""
    b = Builder()
    source = b.input(widths[0])
    for wiring, width in zip(wirings, widths[1:], strict=True):
        source = b.node([Link(source, Linear(bias=False), wiring)], width=width, **fields)
    return b.build()


@given(masks_and_constants())
def test_masks_come_back(drawn):
    masks, constant = drawn
    links = cascade_links(quietly(masks, constant))
    assert links.widths == (masks[0].shape[1], *map(len, masks))
    assert links.links == sum(mask.sum() for mask in masks)
    for layer, mask, fixed in zip(links.layers, masks, constant, strict=True):
        np.testing.assert_array_equal(np.argwhere(mask), np.c_[layer.targets, layer.sources])
        np.testing.assert_array_equal(layer.constant, fixed[mask])


def test_every_wiring_has_the_links_of_the_channel_graph():
    network = chain(OneToOne(), Grouped(3), Grouped(1), Grouped(2), None, widths=(6, 6, 3, 4, 6, 5))
    links = cascade_links(network)
    offsets = np.cumsum([0, *links.widths])
    ours = {
        (int(here + source), int(there + target))
        for layer, here, there in zip(links.layers, offsets, offsets[1:], strict=False)
        for source, target in zip(layer.sources, layer.targets, strict=True)
    }
    assert ours == set(zip(*network.channel_graph().adjacency.nonzero(), strict=True))
    assert links.sizes.tolist() == [6, 6, 12, 12, 30]
    assert links.links == 66
    assert all(np.all(np.diff(layer.targets) >= 0) for layer in links.layers)


def test_constant_links_compete_only_where_all_do():
    mask = np.ones((2, 2), dtype=bool)
    links = cascade_links(quietly([mask], [np.eye(2, dtype=bool)]))
    assert links.competing(True)[0].tolist() == [False, True, True, False]
    assert links.competing(False)[0].all()
