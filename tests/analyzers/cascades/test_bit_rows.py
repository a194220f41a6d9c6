import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from topograph.analyzers.cascades.bit_rows import (
    favourite,
    from_sorted,
    pick,
    single_bits,
    union,
    words_for,
)
from topograph.arrays import to_host

SETS = st.lists(st.sets(st.integers(0, 150)), min_size=1, max_size=6)
per_backend = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def rows_of(sets, backend):
    """Pack sets of numbers below 192 into three words each."""
    numbers = sorted(192 * row + number for row, members in enumerate(sets) for number in members)
    return from_sorted(backend.asarray(np.array(numbers, dtype=np.int64)), (len(sets), 3))


def sets_of(rows):
    """Unpack rows of words."""
    bits = np.unpackbits(to_host(rows).view(np.uint8), axis=1, bitorder="little")
    return [set(np.flatnonzero(row).tolist()) for row in bits]


@per_backend
@given(SETS)
def test_sets_go_in_and_out(backend, sets):
    assert sets_of(rows_of(sets, backend)) == sets


def test_single_bits(backend):
    assert words_for(64) == 1
    like = backend.asarray(np.zeros(1, dtype=np.int64))
    assert sets_of(single_bits(130, like)) == [{number} for number in range(130)]


@per_backend
@given(SETS, st.integers(1, 4), st.integers(0, 99))
def test_unions(backend, sets, fan, seed):
    table = np.random.default_rng(seed).integers(0, len(sets), size=(5, fan))
    united = union(rows_of(sets, backend), backend.asarray(table))
    assert sets_of(united) == [set().union(*(sets[at] for at in row)) for row in table]


@per_backend
@given(st.lists(st.sets(st.integers(0, 150), min_size=1), min_size=1, max_size=6), st.integers(0))
def test_picks_are_members(backend, sets, seed):
    noise = np.random.default_rng(seed).integers(2**61, size=len(sets))
    chosen = to_host(pick(rows_of(sets, backend), backend.asarray(noise)))
    assert all(number in members for number, members in zip(chosen.tolist(), sets, strict=True))


def test_every_member_is_picked_by_some_noise(backend):
    members = {0, 3, 63, 64, 130}
    noise = np.random.default_rng(0).integers(2**61, size=500)
    rows = rows_of([members] * 500, backend)
    assert set(to_host(pick(rows, backend.asarray(noise))).tolist()) == members


def test_favourites_are_present():
    present = np.random.default_rng(0).random((200, 5)) < 0.5
    present[:, 2] = True
    chosen = favourite(present, np.arange(200))
    assert present[np.arange(200), chosen].all()
    assert set(chosen) == set(range(5))
