"""Maximum matching of weights and input-output pairs, against SciPy on the explicit graph.

SciPy gets the best of both worlds: the graph built by whole arrays, links of a weight as one row
(the other way round its routine takes up to a thousand times as long).
"""

from __future__ import annotations

import resource
import time
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from harness import arguments, compare, conditions, show, write
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from topograph.analyzers import matching
from topograph.generators.cascades import butterfly, clos, hypercube, torus
from topograph.graph import Architecture

Ints = np.ndarray


def explicit_graph(cascade: Architecture) -> csr_array:
    """Write down which weight may take which pair; the cascade is regular, so rows are equal."""
    wirings = [edge.wiring for edge in cascade.edges]
    inputs, outputs = wirings[0].sources, wirings[-1].targets
    before = [np.arange(inputs)[:, None]]
    for wiring in wirings:
        before.append(merged(before[-1], wiring.rows(), wiring.indices, wiring.targets))
    behind = [np.arange(outputs)[:, None]]
    for wiring in reversed(wirings):
        behind.append(merged(behind[-1], wiring.indices, wiring.rows(), wiring.sources))
    columns, sizes = [], []
    for wiring, (comes, _), (_, goes) in zip(
        wirings, pairwise(before), pairwise(behind[::-1]), strict=True
    ):
        rows = (comes * outputs).astype(np.int32)[wiring.indices]
        pairs = rows[:, :, None] + goes.astype(np.int32)[wiring.rows()][:, None, :]
        columns.append(pairs.ravel())
        sizes.append(np.full(wiring.links, pairs[0].size))
    indices = np.concatenate(columns)
    indptr = np.concatenate([[0], np.cumsum(np.concatenate(sizes))]).astype(np.int32)
    shape = (len(indptr) - 1, inputs * outputs)
    return csr_array((np.ones(len(indices), dtype=bool), indices, indptr), shape=shape)


def merged(sets: Ints, owners: Ints, members: Ints, count: int) -> Ints:
    """Unite the sets of the members of each owner, all of one size."""
    order = np.argsort(owners, kind="stable")
    united = np.sort(sets[members[order]].reshape(count, -1), axis=1)
    first = np.ones(united.shape, dtype=bool)
    first[:, 1:] = united[:, 1:] != united[:, :-1]
    return united[first].reshape(count, -1)


def size_by_scipy(graph: csr_array) -> int:
    """Match the explicit graph."""
    return int((maximum_bipartite_matching(graph, perm_type="column") >= 0).sum())


def beside_scipy(cascade: Architecture, rounds: int, device: str) -> dict[str, Any]:
    """Measure a cascade whose explicit graph fits into memory."""
    graph = explicit_graph(cascade)
    found = matching(cascade, device=device, rng=0)
    assert found.size == size_by_scipy(graph)
    assert found.is_maximum
    return compare(
        {
            "topograph, certificate included": partial(matching, cascade, device=device, rng=0),
            "topograph, then certificate verified": lambda: (
                matching(cascade, device=device, rng=0).is_maximum
            ),
            "SciPy, graph built": lambda: size_by_scipy(explicit_graph(cascade)),
            "SciPy, graph given": partial(size_by_scipy, graph),
        },
        rounds=rounds,
        slowest=10.0,
    )


def alone(cascade: Architecture, rounds: int, device: str) -> dict[str, Any]:
    """Measure a cascade whose explicit graph no memory holds."""
    found = matching(cascade, device=device, rng=0)
    assert found.is_maximum
    assert found.size == found.weights
    return compare(
        {
            "topograph, certificate included": partial(matching, cascade, device=device, rng=0),
            "its verification": lambda: found.is_maximum,
        },
        rounds=rounds,
    )


def main() -> None:
    chosen = arguments(__doc__)
    start = time.perf_counter()
    small = {
        "butterfly 1024": butterfly(1024, 10),
        "Clos 256 (16, 16, 16)": clos(256, routers=(16, 16, 16)),
        "hypercube 128": hypercube(128, 8),
        "torus 8 x 8, E = 0.94 n^2": torus(8, 8, layers=12),
        "Clos 64 (8, 21, 8), E = n^2": clos(64, routers=(8, 21, 8)),
    }
    large = {
        "butterfly 4096": butterfly(4096, 12),
        "hypercube 1024": hypercube(1024, 11),
        "hypercube 2048": hypercube(2048, 12),
    }
    report: dict[str, Any] = {}
    for name, cascade in large.items():
        report[name] = alone(cascade, chosen.rounds, chosen.device)
        show(name, report[name])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak memory of the process so far, Python and libraries included: {peak:.0f} MiB")
    for name, cascade in small.items():
        report[name] = beside_scipy(cascade, chosen.rounds, chosen.device)
        show(name, report[name], peer="SciPy, graph built")
    print(f"\n{time.perf_counter() - start:.0f} s in all")
    write(
        chosen.output,
        {"conditions": conditions("numpy", "scipy"), "peak_mebibytes": peak, "figures": report},
    )


if __name__ == "__main__":
    main()
