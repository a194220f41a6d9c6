from __future__ import annotations

import numpy as np
import pytest

import topograph as tg
from tests.generators.cascades.samples import edges, masks
from topograph.errors import ArchitectureError, ShapeError
from topograph.generators.cascades import from_masks

JOIN = np.ones((1, 2), dtype=bool)
PART = np.ones((2, 1), dtype=bool)


def test_the_published_bottleneck():
    # Fig. 7: 2-1-2; one constant link leaves three that train.
    cascade = from_masks([JOIN, PART], constant=[np.array([[True, False]]), None])
    assert edges(cascade) == 4
    assert tg.analyzers.cost(cascade).parameters == 3
    assert [node.width for node in cascade.nodes] == [2, 1, 2]


def test_the_first_mask_is_the_first_layer():
    rng = np.random.default_rng(0)
    given = [rng.random((3, 4)) < 0.9, rng.random((5, 3)) < 0.9]
    for found, mask in zip(masks(from_masks(given)), given, strict=True):
        np.testing.assert_array_equal(found, mask)


def test_a_name():
    assert from_masks([JOIN], name="join").name == "join"
    assert from_masks([JOIN]).name == "cascade"


@pytest.mark.parametrize(
    ("given", "options", "error", "told"),
    [
        ([], {}, ArchitectureError, "at least one layer"),
        (JOIN, {}, ArchitectureError, "Received ndarray"),
        ([JOIN.astype(int)], {}, ArchitectureError, "boolean matrix"),
        ([JOIN, PART, PART], {}, ShapeError, "Received 1 columns in mask 2 after 2 rows"),
        ([JOIN, PART], {"constant": [None]}, ArchitectureError, "Received 1 for 2 masks"),
        ([JOIN], {"constant": [PART]}, ArchitectureError, r"Received \(2, 1\) for \(1, 2\)"),
        (
            [np.array([[True, False]])],
            {"constant": [JOIN]},
            ArchitectureError,
            "Received 2 constant links, of which 1 are in the mask",
        ),
    ],
)
def test_refused(given, options, error, told):
    with pytest.raises(error, match=told):
        from_masks(given, **options)
