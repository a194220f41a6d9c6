import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.analyzers import wiring_code, wiring_code_length
from topograph.errors import ArchitectureError
from topograph.generators import dense_cnn, dense_mlp
from topograph.graph import Builder


@pytest.mark.parametrize(
    ("depth", "candidates", "wiring", "limit"),
    [
        (20, (90, 170, 300), 18846, 21.15),
        (20, (50, 100, 150), 13730, 21.15),
        (12, (60, 130, 170), 6244, 19.39),
        (11, (70, 140, 180), 5396, 19.07),
        (9, (70, 140, 200), 3565, 18.32),
    ],
)
def test_codes_of_published_networks(depth, candidates, wiring, limit):
    found = wiring_code(dense_cnn((32, 64, 128), depth, candidates=candidates, rng=0))
    assert found.wiring.sum() == pytest.approx(wiring, abs=0.5)
    assert found.limit.sum() == pytest.approx(limit, abs=5e-3)


@given(st.integers(1, 9), st.integers(2, 9), st.integers(0, 40))
def test_code_agrees_with_whole_numbers(width, depth, candidates):
    network = dense_mlp(width, depth, candidates=candidates, inputs=3, rng=0)
    wirings = math.prod(
        math.comb(width * (i - 1), min(width * (i - 1), candidates)) for i in range(2, depth)
    )
    assert wiring_code_length(network) == pytest.approx(math.log(wirings), rel=1e-12, abs=1e-9)


def test_code_agrees_with_all_wirings_written_down():
    # Layers 2 and 3 of width 2 read 2 of 2 and 2 of 4 channels.
    wirings = [(a, b) for a in combinations(range(2), 2) for b in combinations(range(4), 2)]
    network = dense_mlp(2, 4, candidates=2, inputs=3, rng=0)
    assert wiring_code_length(network) == pytest.approx(math.log(len(wirings)))


def test_code_depends_on_the_counts_and_not_on_the_draw():
    lengths = {wiring_code_length(dense_mlp(4, 8, candidates=5, rng=seed)) for seed in range(4)}
    assert len(lengths) == 1


def test_nothing_to_choose_costs_nothing():
    assert wiring_code_length(dense_mlp(3, 6, candidates=0, rng=0)) == 0
    assert wiring_code_length(dense_mlp(3, 6, candidates=99, rng=0)) == 0
    assert wiring_code(dense_mlp(3, 6, candidates=99, rng=0)).limit == pytest.approx([math.log(13)])


def tower(links):
    """A cell of widths 2, 3, 4, 2, whose last two layers read given layers over others."""
    b = Builder()
    with b.cell("block"):
        layers = [b.linear(b.input(3), 2, layer=0)]
        layers.append(b.linear(layers[0], 3, layer=1))
        for layer, width in ((2, 4), (3, 2)):
            sources = [layers[-1], *(layers[j] for j in links.get(layer, ()))]
            source = b.concat(sources) if len(sources) > 1 else sources[0]
            layers.append(b.linear(source, width, layer=layer))
    return b.build()


def test_cells_of_several_widths_have_a_code():
    found = wiring_code(tower({3: (0,)}))
    assert (found.links.tolist(), found.possible.tolist()) == ([2], [2 + 5])
    assert found.wiring.tolist() == pytest.approx([math.log(10)])
    assert np.isnan(found.limit[0])  # layer 2 could read 2 as well, and reads none


def test_the_table_has_one_row_per_cell():
    table = wiring_code(dense_cnn((2, 3), 4, candidates=2, rng=0)).to_frame()
    assert table.cell.tolist() == ["cell_1", "cell_2"]
    assert table.columns.tolist() == ["cell", "links", "possible", "wiring", "limit"]


def test_an_architecture_without_cells_is_refused():
    b = Builder()
    b.linear(b.input(2), 2)
    with pytest.raises(ArchitectureError, match="cell by cell.*without cells.*give"):
        wiring_code_length(b.build())
