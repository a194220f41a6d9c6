"""The graphs of the tests: those of the paper and those that tell its two modes apart."""

from __future__ import annotations

import numpy as np

from topograph.generators import dag

# Chen et al. (2022), Fig. 3: sequential, parallel, mixed.
SEQUENTIAL = ((0, 1, "linear"), (0, 2, "zero"), (1, 2, "linear"),
              (0, 3, "zero"), (1, 3, "zero"), (2, 3, "linear"))  # fmt: skip
PARALLEL = ((0, 1, "skip"), (0, 2, "zero"), (1, 2, "skip"),
            (0, 3, "linear"), (1, 3, "linear"), (2, 3, "linear"))  # fmt: skip
MIXED = ((0, 1, "linear"), (0, 2, "linear"), (1, 2, "skip"),
         (0, 3, "skip"), (1, 3, "skip"), (2, 3, "linear"))  # fmt: skip
PUBLISHED = (SEQUENTIAL, PARALLEL, MIXED)
# One layer arrives twice: a feature added to itself.
TWICE = ((0, 1, "linear"), (0, 2, "linear"), (1, 2, "skip"), (1, 3, "skip"), (2, 3, "skip"))
# Paths of depth 1 and 3 merge in front of a linear edge.
UNEQUAL = ((0, 1, "linear"), (0, 2, "skip"), (1, 2, "linear"), (2, 3, "linear"))

KINDS = ("zero", "skip", "linear")
PAIRS = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))


def network(edges, **options):
    return dag(edges, **options)


def sphere(examples, dimension, seed):
    """Random rows of length 1."""
    rows = np.random.default_rng(seed).normal(size=(examples, dimension))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def arc_cosine(gram):
    """f of a ReLU, written straight."""
    root = np.sqrt(np.diag(gram))
    size = np.outer(root, root)
    with np.errstate(invalid="ignore"):
        r = np.clip(np.nan_to_num(gram / size), -1, 1)
    return size * (np.sqrt(1 - r**2) + r * (np.pi - np.arccos(r))) / np.pi


def arc_cosine_slope(gram):
    """f' of a ReLU, written straight."""
    root = np.sqrt(np.diag(gram))
    r = np.clip(gram / np.outer(root, root), -1, 1)
    np.fill_diagonal(r, 1.0)
    return 1 - np.arccos(r) / np.pi


def naive_kernels(edges, gram, mode):
    """K and Theta + K of a ReLU graph, edge by edge and atom by atom."""
    nodes = sorted({node for edge in edges for node in edge[:2]})
    none = np.zeros_like(gram)
    if mode == "paper":
        kernel = dict.fromkeys(nodes, none) | {nodes[0]: gram}
        tangent = dict.fromkeys(nodes, none)
        for node in nodes[1:]:
            for source, target, kind in edges:
                if target == node and kind == "skip":
                    kernel[node] = kernel[node] + kernel[source]
                    tangent[node] = tangent[node] + tangent[source]
                elif target == node and kind == "linear" and kernel[source].any():
                    before = kernel[source]
                    kernel[node] = kernel[node] + arc_cosine(before)
                    change = arc_cosine_slope(before) * (before + tangent[source])
                    tangent[node] = tangent[node] + change
        return kernel[nodes[-1]], kernel[nodes[-1]] + tangent[nodes[-1]]
    atoms = [(gram, none, np.zeros(len(gram)))]
    parts = {node: {} for node in nodes} | {nodes[0]: {0: 1}}
    for node in nodes[1:]:
        for source, target, kind in edges:
            if target != node or kind == "zero" or not parts[source]:
                continue
            if kind == "skip":
                for atom, count in parts[source].items():
                    parts[node][atom] = parts[node].get(atom, 0) + count
            else:
                before, change = _summed(parts[source], atoms)
                mean = np.sqrt(np.diag(before) / np.pi)
                slope = arc_cosine_slope(before) * (before + change)
                parts[node][len(atoms)] = 1
                atoms.append((arc_cosine(before), slope, mean))
    kernel, tangent = _summed(parts[nodes[-1]], atoms)
    return kernel, kernel + tangent


def _summed(parts, atoms):
    kernel = np.zeros_like(atoms[0][0])
    tangent = np.zeros_like(kernel)
    for a, n in parts.items():
        tangent = tangent + n * n * atoms[a][1]
        for b, k in parts.items():
            term = atoms[a][0] if a == b else np.outer(atoms[a][2], atoms[b][2])
            kernel = kernel + n * k * term
    return kernel, tangent
