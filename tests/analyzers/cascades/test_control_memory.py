from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from tests.analyzers.cascades.control_twin import flow_of
from topograph.analyzers.cascades.control_memory import needed
from topograph.analyzers.cascades.reach import reaches
from topograph.generators.cascades import butterfly, hypercube
from topograph.graph.cascade import cascade_wirings
from topograph.graph.wiring import Sparse


@pytest.mark.parametrize(("cascade", "side"), [(hypercube(32, 6), 16), (butterfly(32, 9), 32)])
def test_the_estimate_is_near_what_is_used(cascade, side):
    layers = cascade_wirings(cascade)
    estimate, trained = needed(layers, reaches(layers, strict=False), side=side, dtype="float64")
    tracemalloc.start()
    flow = flow_of(layers, side=side, noise=0)
    flow.descend(flow.evaluate(), rate=0.1, epsilon=1e-6)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 0.7 * estimate < peak < 1.3 * estimate
    assert trained == sum(
        sum(part.weight.size for part in (*block.routes, *block.added)) for block in flow.blocks
    )


def test_parameters_of_a_hypercube_are_those_of_existing_edges():
    layers = cascade_wirings(hypercube(32, 7))
    _, trained = needed(layers, reaches(layers, strict=False), side=32, dtype="float32")
    pairs = 32 * 31 // 2
    assert trained == pairs * (6 * 192 + 7 * 32)


def test_half_the_precision_takes_half_the_memory():
    layers = cascade_wirings(hypercube(32, 6))
    reach = reaches(layers, strict=False)
    full, _ = needed(layers, reach, side=32, dtype="float64")
    half, _ = needed(layers, reach, side=32, dtype="float32")
    assert half == pytest.approx(full / 2)


def test_one_layer_has_no_routes():
    layers = [Sparse.from_mask(np.ones((4, 4), dtype=bool))]
    _, trained = needed(layers, reaches(layers, strict=False), side=4, dtype="float64")
    assert trained == 4 * 6
