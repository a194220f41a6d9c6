import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.analyzers.cascades.samples import have_path, masks_and_constants, quietly, rectangles
from topograph.analyzers.cascades.augmenting import Reach, augment, search
from topograph.analyzers.cascades.links import cascade_links
from topograph.analyzers.cascades.live_links import live_links
from topograph.analyzers.cascades.maximum_matching import nothing


def prepared(drawn):
    masks, constant = drawn
    links = cascade_links(quietly(masks, constant))
    live = live_links(links, links.competing(True))
    sets = rectangles(masks, constant)
    return live, [sets[link] for link in live.link]


def matched(live, found):
    """Return the pair of each matched weight in the numbers of the whole cascade."""
    stride = 64 * -(-len(live.outputs) // 64)
    ends = zip(live.inputs[found.pairs // stride], live.outputs[found.pairs % stride], strict=True)
    return dict(zip(found.weights.tolist(), ends, strict=True))


def shortest(sets, pair_of):
    """Return the free weights at the least distance from a free pair, by plain search."""
    owner = {pair: weight for weight, pair in pair_of.items()}
    level = set().union(*sets) - set(owner)
    seen = set()
    while level:
        reached = {w for w, pairs in enumerate(sets) if w not in seen and pairs & level}
        seen |= reached
        if reached - set(pair_of):
            return reached - set(pair_of), seen
        level = {pair_of[weight] for weight in reached}
    return set(), seen


@given(masks_and_constants(layers=4, width=5), st.integers(0, 99))
def test_searches_find_what_plain_search_finds_until_nothing_is_left(drawn, seed):
    if not have_path(drawn[0]):
        return
    live, sets = prepared(drawn)
    reach, found = Reach.of(live), nothing(live)
    free, rng = np.arange(live.weights), np.random.default_rng(seed)
    while len(free):
        trail = search(live, reach, found, free)
        starts, seen = shortest(sets, matched(live, found))
        assert set(trail.starts.tolist()) == starts
        if not starts:
            matched_ones = set(found.weights.tolist())
            assert set(trail.unseen.tolist()) == matched_ones - seen
            break
        before = len(found.codes)
        found, gone = augment(live, reach, found, trail, rng=rng)
        assert len(found.codes) == before + len(gone) > before
        assert set(gone.tolist()) <= starts
        free = np.setdiff1d(free, gone)
        pair_of = matched(live, found)
        assert all(tuple(pair) in sets[weight] for weight, pair in pair_of.items())
        assert len(set(pair_of.values())) == len(pair_of) == len(found.codes)


@given(masks_and_constants())
def test_reach_agrees_with_products(drawn):
    if not have_path(drawn[0]):
        return
    live, _ = prepared(drawn)
    reach, rows = Reach.of(live), live.begins
    behind = np.eye(live.widths[-1], dtype=bool)
    before = np.eye(live.widths[0], dtype=bool)
    for layer, table in enumerate(live.behind):
        np.testing.assert_array_equal(
            unpacked(reach.before[rows[layer] : rows[layer + 1]], live.widths[0]), before
        )
        before = np.stack([before[sources].any(axis=0) for sources in table])
    ends = np.subtract(rows, rows[1])
    for layer, table in reversed(list(enumerate(live.ahead))):
        np.testing.assert_array_equal(
            unpacked(reach.behind[ends[layer + 1] : ends[layer + 2]], live.widths[-1]), behind
        )
        behind = np.stack([behind[targets].any(axis=0) for targets in table])


def unpacked(rows, count):
    """Return sets of bits as a boolean matrix."""
    return np.unpackbits(rows.view(np.uint8), axis=1, bitorder="little", count=count).astype(bool)
