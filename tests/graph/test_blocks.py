from hypothesis import given

from tests.graph.chains import chain, chains
from tests.strategies import architectures
from topograph.generators import mobilenet_v2, resnet
from topograph.graph import Builder
from topograph.graph.blocks import Skip, blocks


@given(chains())
def test_blocks_of_a_chain_have_the_widths_that_their_layers_read(widths):
    found = blocks(chain(widths))
    before = [widths[0][0], *(part[-1] for part in widths)]
    expected = [
        (f"block_{number}", (start, *part))
        for number, (start, part) in enumerate(zip(before, widths, strict=False))
        if len(part) > 1
    ]
    assert [(block.cell, block.widths) for block in found] == expected
    for block in found:
        (skip,) = block.skips
        assert (skip.start, skip.stop, skip.channels) == (0, len(block.widths) - 1, block.widths[0])


@given(architectures())
def test_places_are_in_order(architecture):
    for block in blocks(architecture):
        assert len(block.widths) >= 3
        assert min(block.widths) >= 1
        for skip in block.skips:
            assert 0 <= skip.start <= skip.stop - 2 <= len(block.widths) - 3
        assert block.cell is None or block.cell in architecture.cells


def test_additions_that_share_a_layer_are_in_one_block():
    b = Builder()
    x = b.input(4, name="x")
    with b.cell("both"):
        first = b.linear(x, 6, layer=0)
        second = b.linear(first, 4, layer=1)
        inner = b.add([second, x], name="inner")
        third = b.linear(inner, 4, layer=2)
        outer = b.add([third, x], name="outer")
    b.linear(outer, 2)
    (block,) = blocks(b.build())
    assert (block.cell, block.widths) == ("both", (4, 6, 4, 4))
    assert block.skips == (Skip(0, 2, 4, projected=False), Skip(0, 3, 4, projected=False))
    assert block.route == ("inner", "outer")


def test_overlapping_additions_need_not_be_nested():
    b = Builder()
    h = [b.input(4, name="x")]
    for place in range(4):
        h.append(b.linear(h[-1], 4, activation="relu"))
        if place in (1, 2):
            h[-1] = b.add([h[-1], h[place - 1]], name=f"sum_{place}")
    (block,) = blocks(b.build())
    assert block.widths == (4, 4, 4, 4)
    assert [(skip.start, skip.stop) for skip in block.skips] == [(0, 2), (1, 3)]


def test_parallel_additions_of_one_map_count_once():
    b = Builder()
    x = b.input(4, name="x")
    b.add([b.linear(b.linear(x, 3), 4), x, b.activation(x, "tanh")])
    (block,) = blocks(b.build())
    assert block.skips == (Skip(0, 2, 4, projected=False),)


def test_parallel_layers_read_one_map():
    b = Builder()
    x = b.input(4, size=6, name="x")
    branches = [b.conv(x, 3), b.conv(b.conv(x, 2), 5)]
    b.add([b.conv(b.concat(branches), 4, kernel=1), x])
    (block,) = blocks(b.build())
    assert block.widths == (4, 2, 8, 4)


def test_projections_are_no_layers_of_a_block():
    b = Builder()
    x = b.input(4, size=6, name="x")
    kept = b.conv(b.pool(x, "average"), 8, kernel=1)
    b.add([b.conv(b.conv(x, 6, stride=2), 8), kept])
    (block,) = blocks(b.build())
    assert block.widths == (4, 6, 8)


def test_blocks_without_expansion_are_recognised():
    found = blocks(mobilenet_v2(blocks=(2, 2, 1, 1, 1, 1, 1)))
    assert [(block.cell, block.is_separable) for block in found] == [
        ("block_1_2", True),
        ("block_2_2", False),
    ]
    assert not any(block.is_separable for block in blocks(resnet(18)))


def test_a_block_outside_of_all_cells_has_none():
    assert [block.cell for block in blocks(chain([[3, 3]], celled=False))] == [None]


def test_a_block_whose_sum_has_no_cell_is_in_that_of_its_last_layer():
    b = Builder()
    x = b.input(4, name="x")
    with b.cell("layers"):
        h = b.linear(b.linear(x, 4, layer=0), 4, layer=1)
    b.add([h, x])
    assert [block.cell for block in blocks(b.build())] == ["layers"]
