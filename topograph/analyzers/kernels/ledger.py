"""Kernels as symbols, so that equal ones are recognised before anything is computed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import gcd, isqrt
from typing import NamedTuple, TypeAlias

from topograph.analyzers.kernels.nonlinearity import Nonlinearity
from topograph.analyzers.kernels.reading import Program, Step
from topograph.errors import ArchitectureError

__all__ = [
    "INPUT",
    "MODES",
    "Class",
    "Feature",
    "Ledger",
    "Mixture",
    "Term",
    "common_factor",
    "divided",
    "paths_by_depth",
]

MODES = ("exact", "paper")
INPUT = 0
"""Class of the input."""


class Term(NamedTuple):
    r"""A class of atoms in a sum: :math:`\sum_a n_a^2` and :math:`\sum_a n_a` over its atoms."""

    kind: int
    squares: int
    total: float


Mixture: TypeAlias = tuple[Term, ...]
r"""A sum of independent atoms, sorted by class: all that its kernel depends on.

With :math:`q_c, s_c` the squares and the total of class :math:`c`, which has the second moments
:math:`M_c` and the mean :math:`\mu_c`,

.. math:: K = \sum_c q_c M_c + \sum_c (s_c^2 - q_c) \mu_c \mu_c^\top
          + \sum_{c \ne d} s_c s_d \, \mu_c \mu_d^\top .
"""


Feature: TypeAlias = dict[int, int]
"""How often each atom is in a feature; in the paper's mode, the weight of its kernel."""


class Class(NamedTuple):
    """Atoms with one kernel: a linear map of a sum (activation None), or an activation of it.

    With `parts` instead of a source, the product of sums, or their concatenation with shares.
    """

    activation: Nonlinearity | None
    source: Mixture
    merge: str = "sum"
    parts: tuple[tuple[float, Mixture], ...] = ()

    @property
    def terms(self) -> list[Term]:
        """All that it is computed from."""
        return [*self.source, *(term for _, mixture in self.parts for term in mixture)]


class _Atom(NamedTuple):
    """An independent part of a feature: its class, its squared scale, the Gaussians it is made of.

    `gaussians` is None for the input and for linear maps, which are what others are made of. A
    concatenation is joined: its neurons have different laws.
    """

    kind: int
    scale: int
    gaussians: frozenset[int] | None
    has_mean: bool
    is_joined: bool = False


class Ledger:
    """A table of the classes met so far; equal ones are one entry.

    Parameters
    ----------
    mode : {"exact", "paper"}
        Whether sums of features are taken exactly, or by adding kernels edge by edge.
    is_centred : bool
        True if the input has mean 0.
    """

    def __init__(self, mode: str, *, is_centred: bool = True) -> None:
        if mode not in MODES:
            raise ArchitectureError(
                f"A kernel is propagated in one of these modes: {', '.join(MODES)}. "
                f"Received {mode!r:.80}. Choose one of these."
            )
        self.mode, self._is_exact = mode, mode == "exact"
        self.classes: list[Class] = [Class(None, ())]
        self._number: dict[Class, int] = {}
        self._atoms = [_Atom(INPUT, 1, None, self._is_exact and not is_centred)]

    @property
    def steps(self) -> int:
        """How often an activation has to be evaluated."""
        return sum(entry.activation is not None for entry in self.classes)

    def output(self, program: Program) -> Mixture:
        """Enter all that a program computes, and return its output."""
        features = [self.input]
        for step in program:
            linear = [self.linear(features[source]) for source in step.mixed]
            features.append(self._step(step, [*(features[k] for k in step.kept), *linear]))
        return self.mixture(features[-1])

    def _step(self, step: Step, parts: list[Feature]) -> Feature:
        """Merge features and activate the result; neuron by neuron, so parts of a concatenation."""
        sigma = step.activation
        if step.merge == "concat":
            active = parts if sigma is None else [self.active(sigma, part) for part in parts]
            return self._merged("concat", active, step.shares)
        merged = step.merge == "product"
        found = self._merged("product", parts, (1.0,) * len(parts)) if merged else self.add(parts)
        return found if sigma is None else self.active(sigma, found)

    @property
    def input(self) -> Feature:
        """The input."""
        return {0: 1}

    def linear(self, feature: Feature) -> Feature:
        """A linear map of a feature, with weights of its own."""
        return self._made(None, feature, None)

    def active(self, activation: Nonlinearity, feature: Feature) -> Feature:
        """Activate a feature, which makes one new atom of its Gaussians."""
        if self._is_exact and not all(self._is_gaussian(atom) for atom in feature):
            raise ArchitectureError(
                "An activation has an exact kernel where it reads Gaussians, that is sums of "
                f"linear maps. Received {activation.name} of a sum with an activated or an input "
                "feature. Put a linear map between them, or choose mode='paper'."
            )
        return self._made(activation, feature, frozenset(feature))

    def add(self, features: Sequence[Feature]) -> Feature:
        """Add features."""
        if len(features) == 1:
            return features[0]
        found: Feature = {}
        for feature in features:
            add_counts(found, feature)
        if self._is_exact:
            if len(found) > 1:
                self._check_alignment(found)
            self._check_independence([{atom: 1} for atom in found])
        return found

    def _merged(self, merge: str, features: list[Feature], shares: tuple[float, ...]) -> Feature:
        """Make one atom of the product or the concatenation of features."""
        is_product = merge == "product"
        if not (all(features) if is_product else any(features)):
            return {}
        atoms = [atom for feature in features for atom in feature]
        if is_product and self._is_exact:
            self._check_alignment(atoms)
            self._check_independence(features)
        mixtures = tuple(zip(shares, map(self.mixture, features), strict=True))
        has_mean = is_product and all(
            any(self._atoms[atom].has_mean for atom in feature) for feature in features
        )
        number = self._entered(Class(None, (), merge, mixtures))
        gaussians = frozenset().union(*map(self._gaussians, atoms))
        self._atoms.append(_Atom(number, 1, gaussians, has_mean, is_joined=not is_product))
        return {len(self._atoms) - 1: 1}

    def mixture(self, feature: Feature) -> Mixture:
        """Collect the atoms of a feature by class."""
        squares: dict[int, int] = {}
        totals: dict[int, float] = {}
        for atom, count in feature.items():
            kind, scale, _, has_mean, _ = self._atoms[atom]
            weight = count * count if self._is_exact else count
            squares[kind] = squares.get(kind, 0) + weight * scale
            if has_mean:
                totals[kind] = totals.get(kind, 0) + count * _root(scale)
        return tuple([Term(c, squares[c], totals.get(c, 0)) for c in sorted(squares)])

    def _made(
        self, activation: Nonlinearity | None, source: Feature, gaussians: frozenset[int] | None
    ) -> Feature:
        """Make a feature of one new atom; what is 0 has none."""
        mixture = self.mixture(source)
        is_homogeneous = activation is None or activation.is_homogeneous
        if not mixture and (activation is None or activation.vanishes):
            return {}
        scale = common_factor(mixture) if is_homogeneous else 1
        number = self._entered(Class(activation, divided(mixture, scale)))
        has_mean = self._is_exact and activation is not None and not activation.is_odd
        self._atoms.append(_Atom(number, scale, gaussians, has_mean))
        return {len(self._atoms) - 1: 1}

    def _entered(self, entry: Class) -> int:
        """Return the number of a class, which is entered if it is new."""
        if entry not in self._number:
            self._number[entry] = len(self.classes)
            self.classes.append(entry)
        return self._number[entry]

    def _is_gaussian(self, atom: int) -> bool:
        """True for linear maps: neither the input nor what an activation made."""
        return self._atoms[atom].kind != INPUT and self._atoms[atom].gaussians is None

    def _gaussians(self, atom: int) -> frozenset[int]:
        """Return what an atom is made of, itself if it is a linear map or the input."""
        found = self._atoms[atom].gaussians
        return frozenset({atom}) if found is None else found

    def _check_alignment(self, atoms: Iterable[int]) -> None:
        """Refuse a concatenation beside other features: its neurons have different kernels."""
        if any(self._atoms[atom].is_joined for atom in atoms):
            raise ArchitectureError(
                "A concatenation has an exact kernel where linear maps read it, since its neurons "
                "have different laws. Received a sum or a product of one with another feature. "
                "Put a linear map between them."
            )

    def _check_independence(self, features: Sequence[Feature]) -> None:
        """Refuse features that share a Gaussian: their cross term is no product of means."""
        used: set[int] = set()
        for feature in features:
            parts = frozenset().union(*(self._gaussians(atom) for atom in feature))
            if not used.isdisjoint(parts):
                raise ArchitectureError(
                    "Features that are merged have an exact kernel here where each has linear maps "
                    "of its own, so that they are independent. Received two features that "
                    "are activated from one linear map, or a linear map and its activation. "
                    "Put a linear map between them, or choose mode='paper'."
                )
            used |= parts


def common_factor(mixture: Mixture) -> int:
    """Largest number by which a kernel can be divided so that its symbol stays whole."""
    factor = gcd(*(term.squares for term in mixture))
    totals = [term.total for term in mixture if term.total]
    if not totals:
        return factor or 1
    if any(total != int(total) for total in totals):
        return 1
    common = gcd(*map(int, totals))
    roots = (root for root in range(common, 0, -1) if common % root == 0)
    return next(root * root for root in roots if factor % (root * root) == 0)


def divided(mixture: Mixture, factor: int) -> Mixture:
    """Divide a kernel by a common factor."""
    if factor == 1:
        return mixture
    root = isqrt(factor)
    return tuple(Term(c, squares // factor, total / root) for c, squares, total in mixture)


def paths_by_depth(program: Program) -> dict[int, int]:
    """Count the paths from input to output by how many activations lie on them.

    Examples
    --------
    >>> from topograph.analyzers.kernels.reading import Step
    >>> paths_by_depth((Step((), (0,)), Step((0, 1, 1))))
    {0: 3}
    """
    features: list[dict[int, int]] = [{0: 1}]
    for step in program:
        found: dict[int, int] = {}
        for source in (*step.kept, *step.mixed):
            add_counts(found, features[source])
        if step.activation is not None:
            found = {depth + 1: paths for depth, paths in found.items()}
        features.append(found)
    return dict(sorted(features[-1].items()))


def add_counts(counts: dict[int, int], more: dict[int, int]) -> None:
    """Add counts in place."""
    for key, count in more.items():
        counts[key] = counts.get(key, 0) + count


def _root(scale: int) -> float:
    """Square root, whole where it can be."""
    root = isqrt(scale)
    return root if root * root == scale else scale**0.5
