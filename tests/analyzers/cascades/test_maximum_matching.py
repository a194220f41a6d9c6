from functools import partial

import numpy as np
import pytest

from tests.analyzers.cascades.samples import moved
from topograph.analyzers.cascades import maximum_matching as module
from topograph.analyzers.cascades.links import cascade_links
from topograph.analyzers.cascades.live_links import live_links
from topograph.analyzers.cascades.maximum_matching import maximum_matching, nothing
from topograph.analyzers.cascades.random_walks import walk
from topograph.arrays import to_host
from topograph.generators.cascades import butterfly, clos, from_masks, hypercube, low_rank

HALL = np.array([[1, 0, 0, 0, 0], [0, 1, 1, 1, 1]], dtype=bool)
CASES = {
    "much room": (butterfly(64, 6), 768),
    "few weights": (butterfly(16, 4), 128),
    "many weights": (butterfly(8, 12), 64),
    "as many weights as pairs": (clos(16, routers=(4, 5, 4)), 16 * 5 + 80 + 80),
    "a few weights too many": (hypercube(8, 3, skip=True), 64),
    "dense": (low_rank(9, 4), 72),
    "cover of both kinds": (from_masks([HALL, HALL.T]), 9),
}


@pytest.mark.parametrize("case", CASES)
def test_every_array_library_finds_the_same_matching(case, backend):
    links = cascade_links(CASES[case][0])
    live = live_links(links, links.competing(True))
    found, by_weight = maximum_matching(moved(live, backend), np.random.default_rng(0))
    here, cover = maximum_matching(live, np.random.default_rng(0))
    np.testing.assert_array_equal(to_host(found.codes), here.codes)
    np.testing.assert_array_equal(to_host(by_weight), cover)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("seed", range(5))
def test_sizes(case, seed):
    network, size = CASES[case]
    links = cascade_links(network)
    live = live_links(links, links.competing(True))
    found, by_weight = maximum_matching(live, np.random.default_rng(seed))
    assert len(found.codes) == len(by_weight) == size


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("listed", [True, False])
def test_walks_and_displacing_lead_to_the_same_size(case, listed, monkeypatch):
    monkeypatch.setattr(module, "can_be_listed", lambda live: listed)
    network, size = CASES[case]
    links = cascade_links(network)
    live = live_links(links, links.competing(True))
    found, _ = maximum_matching(live, np.random.default_rng(0))
    assert len(found.codes) == size


def test_walks_alone_leave_little_where_there_is_room():
    links = cascade_links(butterfly(64, 6))
    live = live_links(links, links.competing(True))
    draw = partial(walk, live, rng=np.random.default_rng(0))
    found, free = nothing(live).propose(np.arange(live.weights), draw, patience=4)
    assert len(found.codes) + len(free) == live.weights == 768
    assert len(free) <= 8
