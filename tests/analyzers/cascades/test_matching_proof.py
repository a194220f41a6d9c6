from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analyzers.cascades.samples import (
    hall_deficit,
    have_path,
    masks_and_constants,
    quietly,
    rectangles,
)
from topograph.analyzers import matching
from topograph.analyzers.cascades import matching_proof
from topograph.generators.cascades import butterfly, clos, from_masks


@given(masks_and_constants(layers=3, width=4), st.data())
def test_altered_matchings_pass_only_where_they_are_matchings(drawn, data):
    masks, constant = drawn
    if not have_path(masks):
        return
    found = matching(quietly(masks, constant), rng=0)
    if not found.size:
        return
    part = data.draw(st.sampled_from(["weight", "input", "output"]))
    values = getattr(found, part).copy()
    at = data.draw(st.integers(0, found.size - 1))
    values[at] = data.draw(st.integers(-1, 16))
    altered = replace(found, **{part: values})
    sets = rectangles(masks, constant)
    triples = list(zip(altered.weight, altered.input, altered.output, strict=True))
    honest = (
        len({weight for weight, _, _ in triples}) == found.size
        and len({(i, o) for _, i, o in triples}) == found.size
        and all(0 <= weight < len(sets) and (i, o) in sets[weight] for weight, i, o in triples)
    )
    assert altered.is_matching == honest


@given(masks_and_constants(layers=3, width=4), st.data())
def test_altered_covers_pass_only_where_they_cover(drawn, data):
    masks, constant = drawn
    if not have_path(masks):
        return
    found = matching(quietly(masks, constant), rng=0)
    sides = np.array(data.draw(st.lists(st.booleans(), min_size=found.size, max_size=found.size)))
    altered = replace(found, by_weight=sides.astype(bool))
    chosen = {int(weight) for weight in found.weight[altered.by_weight]}
    rest = ~altered.by_weight
    pairs = set(zip(found.input[rest].tolist(), found.output[rest].tolist(), strict=True))
    sets = rectangles(masks, constant)
    covers = all(weight in chosen or members <= pairs for weight, members in enumerate(sets))
    assert altered.is_maximum == covers


@pytest.mark.parametrize(
    "network",
    [from_masks(hall_deficit()), butterfly(8, 3), butterfly(8, 9), clos(16, routers=(4, 6, 4))],
)
def test_a_smaller_matching_is_no_maximum(network):
    found = matching(network, rng=0)
    assert found.is_maximum
    kept = np.arange(found.size) > 0
    parts = {part: getattr(found, part)[kept] for part in ("weight", "input", "output")}
    for sides in (found.by_weight[kept], ~found.by_weight[kept], np.ones(kept.sum(), dtype=bool)):
        smaller = replace(found, size=found.size - 1, **parts, by_weight=sides)
        assert smaller.is_matching
        assert not smaller.is_maximum


def test_a_wide_layer_is_checked_in_parts(monkeypatch):
    monkeypatch.setattr(matching_proof, "CHUNK", 64)
    found = matching(from_masks([np.ones((9, 9), dtype=bool)] * 2), rng=0)
    assert found.size == 81
    assert found.is_maximum
