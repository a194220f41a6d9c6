"""The average degree and its limit: the table of the notes, and the formula at finite depth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.analyzers import average_degree, average_degree_limit, nn_mass
from topograph.errors import ArchitectureError
from topograph.generators import dense_cnn, dense_mlp
from topograph.graph import Builder

# depth, width, candidates: lattice, skip, exact, w + m / 2, error and skip error in per cent.
TABLE = [
    (4, 2, 3, 1.5000, 1.2500, 2.7500, 5.3333, 93.9, 166.7),
    (9, 32, 70, 28.4444, 49.5556, 78.0000, 103.6786, 32.9, 44.6),
    (9, 128, 200, 113.7778, 147.5556, 261.3333, 341.4286, 30.6, 44.6),
    (12, 64, 130, 58.6667, 102.6667, 161.3333, 198.4000, 23.0, 30.9),
    (16, 8, 2, 7.5000, 1.7500, 9.2500, 10.1333, 9.5, 21.9),
    (16, 8, 8, 7.5000, 7.0000, 14.5000, 16.5333, 14.0, 21.9),
    (16, 8, 14, 7.5000, 11.8750, 19.3750, 22.4762, 16.0, 21.9),
    (20, 8, 7, 7.6000, 6.3000, 13.9000, 15.3684, 10.6, 17.0),
    (20, 128, 300, 121.6000, 259.2000, 380.8000, 431.1579, 13.2, 17.0),
    (24, 8, 2, 7.6667, 1.8333, 9.5000, 10.0870, 6.2, 13.8),
    (28, 8, 10, 7.7143, 9.2143, 16.9286, 18.2906, 8.0, 11.7),
    (32, 8, 2, 7.7500, 1.8750, 9.6250, 10.0645, 4.6, 10.1),
    (32, 8, 10, 7.7500, 9.3125, 17.0625, 18.2538, 7.0, 10.1),
    (32, 8, 14, 7.7500, 12.9375, 20.6875, 22.2452, 7.5, 10.1),
    (64, 8, 10, 7.8750, 9.6562, 17.5312, 18.1260, 3.4, 4.9),
    (256, 8, 10, 7.9688, 9.9141, 17.8828, 18.0313, 0.8, 1.2),
]


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_table_of_the_notes(row):
    depth, width, candidates, *expected = row
    network = dense_mlp(width, depth, candidates=candidates, classes=width, rng=0)
    found = average_degree_limit(network)
    parts = [found.lattice, found.skip, found.exact, found.limit]
    parts += [100 * found.error, 100 * found.skip_error]
    decimals = [4, 4, 4, 4, 1, 1]
    for part, value, digits in zip(parts, expected, decimals, strict=True):
        assert part[0] == pytest.approx(value, abs=0.51 * 10**-digits)


@given(st.integers(1, 6), st.integers(3, 9), st.integers(0, 30))
def test_formula_at_finite_depth(width, depth, candidates):
    network = dense_mlp(width, depth, candidates=candidates, classes=width, rng=0)
    taken = sum(min(width * (i - 1), candidates) for i in range(2, depth))
    assert average_degree(network) == pytest.approx(width * (depth - 1) / depth + taken / depth)
    assert average_degree(network, links="skip") == pytest.approx(taken / depth)
    found = average_degree_limit(network)
    assert found.exact[0] == pytest.approx(average_degree(network))
    shrink = (depth - 1) * (depth - 2) / depth**2
    assert found.skip[0] == pytest.approx(nn_mass(network) / 2 * shrink)
    assert found.limit[0] > found.exact[0]


def test_cells_are_compared_one_by_one():
    found = average_degree_limit(dense_cnn((4, 6, 8), 5, candidates=(3, 9, 20), rng=0))
    assert found.cell == ("cell_1", "cell_2", "cell_3")
    assert len(found.to_frame()) == 3
    for place, (width, candidates) in enumerate([(4, 3), (6, 9), (8, 20)]):
        alone = dense_mlp(width, 5, candidates=candidates, classes=width, rng=0)
        for name in ("exact", "lattice", "skip", "limit", "error"):
            expected = getattr(average_degree_limit(alone), name)[0]
            assert getattr(found, name)[place] == pytest.approx(expected)


def test_without_skip_connections_the_limit_is_the_width():
    found = average_degree_limit(dense_mlp(4, 5, candidates=0, classes=4))
    assert found.limit.tolist() == [4]
    assert found.skip.tolist() == [0]
    assert np.isnan(found.skip_error).all()


@pytest.mark.parametrize(
    ("widths", "added", "given"),
    [((4, 5, 6, 7), False, "layers of several widths"), ((4, 4, 4, 4), True, "added skip")],
)
def test_other_cells_are_refused(widths, added, given):
    build = Builder()
    layers = [build.input(4)]
    for place, width in enumerate(widths):
        layers.append(build.linear(layers[-1], width, cell="cell", layer=place))
        if added and place == 2:
            layers.append(build.add([layers[1], layers[-1]], cell="cell"))
    with pytest.raises(ArchitectureError, match=rf"one width.*Received {given}.*'cell'"):
        average_degree_limit(build.build())
