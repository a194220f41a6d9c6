from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given

from tests.exporter.families import families, uneven
from topograph.exporter.chain import read_chain
from topograph.exporter.rows import FIRST, MULTIPLE, ONES, ZEROS, lay_out
from topograph.graph import Architecture


def owners(widths: tuple[int, ...], members: int) -> list[tuple[int, int]]:
    """List network and number of the neuron of each row, layer by layer."""
    listed, start = [], 0
    for width in widths[:-1]:
        listed += [(m, start + place) for m in range(members) for place in range(width)]
        start += width
    return listed


@given(families())
def test_layers_read_the_rows_of_what_their_network_reads(networks: list[Architecture]) -> None:
    chains = [read_chain(network) for network in networks]
    layout, tables = lay_out(chains)
    owner = owners(layout.widths, len(chains))
    for layer, sources in enumerate(tables.sources):
        columns = layout.columns[layer]
        assert columns % MULTIPLE == 0
        rows = sources.reshape(len(chains), columns)
        for member, (chain, read) in enumerate(zip(chains, rows.tolist(), strict=True)):
            wanted = [(member, neuron) for neuron in chain.reads[layer].tolist()]
            assert read[0] == ONES
            assert [owner[row - FIRST] for row in read[1 : 1 + len(wanted)]] == wanted
            assert set(read[1 + len(wanted) :]) <= {ZEROS}


@given(families())
def test_readers_are_the_sources_turned_round(networks: list[Architecture]) -> None:
    layout, tables = lay_out([read_chain(network) for network in networks])
    sources = np.concatenate(tables.sources)
    row = FIRST
    for readers, ends in zip(tables.readers, tables.ends, strict=True):
        assert ends[0] == 0
        assert ends[-1] == len(readers)
        for low, high in pairwise(ends):
            assert readers[low:high].tolist() == np.flatnonzero(sources == row).tolist()
            row += 1
    assert row == FIRST + sum(layout.neurons)


@pytest.mark.parametrize("members", [1, 3])
def test_rows_are_counted_for_layers_of_different_widths(members: int) -> None:
    layout, tables = lay_out([read_chain(uneven(seed)) for seed in range(members)])
    assert layout.neurons == [5 * members, 2 * members, 4 * members]
    assert layout.columns == (8, 8, 12)
    assert [len(sources) for sources in tables.sources] == layout.copies
    # The derivative of gelu needs the values before it, which are kept apart.
    assert layout.sections == [FIRST + 11 * members, 11 * members, 28 * members]
