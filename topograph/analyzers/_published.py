"""Bounds by NN-Mass as they were published: their formulas, and what each lacks."""

from __future__ import annotations

from math import e, log, nan, pi, sqrt

from topograph.analyzers.mass import MassProfile
from topograph.analyzers.poisson import poisson_entropy
from topograph.analyzers.quantity import Quantity
from topograph.graph.architecture import Architecture
from topograph.graph.places import layer_links

__all__ = [
    "entropy_divergence",
    "largest_degree",
    "paper_divergence",
    "paper_gap",
    "paper_root",
    "total_mass",
]

UPPER_BOUNDS = "The difference of two upper bounds is no bound on a difference."


def largest_degree(
    architecture: Architecture, profile: MassProfile, reading: str
) -> tuple[int, int]:
    """Return sigma, and the width of the cell that has it."""
    widths = profile.width.tolist()
    if reading == "out":
        degrees = (profile.width * (profile.depth - 1)).tolist()
    else:
        taken = layer_links(architecture)
        most = [max(taken[layer.name] for layer in cell) for cell in architecture.cells.values()]
        degrees = [width + links for width, links in zip(widths, most, strict=True)]
    return max(zip(degrees, widths, strict=True))


def total_mass(mean: float, width: int, largest: int) -> float:
    """Sum the published posterior over the degrees from the lattice's, w, to sigma: Eq. (10)."""
    from scipy.special import pdtr, pdtrc

    if largest < mean:
        inside = pdtr(largest, mean) - pdtr(width - 1, mean)
    else:
        inside = pdtrc(width - 1, mean) - pdtrc(largest, mean)
    return float(inside) / (2 * largest)


def paper_divergence(mass: float, largest: int, total: float) -> Quantity:
    """Return Eq. (14)."""
    if mass == 0:
        return Quantity(
            nan,
            False,
            "The formula divides by the mass and takes its logarithm, undefined at mass 0. "
            "The posterior is the prior there, and the divergence 0.",
        )
    value = (1 / (6 * mass) - log(pi * e * mass) / 2) / (2 * largest)  # Eq. (14)
    reason = f"The posterior adds up to {total:.2g} instead of 1."
    if value < 0:
        reason += f" A KL divergence is never negative, and this is {value:.2g}."
    if mass < 6:
        reason += f" The entropy is expanded for large means, and the mean is {mass / 2:.2g}."
    return Quantity(value, False, reason)


def entropy_divergence(mass: float, largest: int, total: float) -> Quantity:
    """Return Eq. (12) with the exact entropy."""
    if mass == 0:
        return Quantity(0.0, True, "Valid: without skip connections the posterior is the prior.")
    value = -poisson_entropy(mass / 2) / (2 * largest)  # Eq. (12)
    return Quantity(
        value,
        False,
        f"The posterior adds up to {total:.2g} instead of 1: exactly evaluated, the expression is "
        f"negative at every mass, here {value:.2g}, as no KL divergence is.",
    )


def paper_gap(divergence: Quantity, price: float, samples: int) -> Quantity:
    """Return the root of Theorem 2."""
    radicand = (divergence.value + price) / (2 * samples)  # Theorem 2
    if radicand < 0:
        reason = f"The published divergence, {divergence.value:.2g}, makes the radicand negative."
        return Quantity(nan, False, reason)
    reason = f"No bound on the error, as it rests on no KL divergence. {divergence.reason}"
    return Quantity(sqrt(radicand), False, reason)


def paper_root(
    first: float, second: float, *, largest: int, samples: int, delta: float
) -> tuple[float, str]:
    """Return the root of Corollary 1, and what is wrong with it."""
    if not first or not second:
        return nan, f"{UPPER_BOUNDS} Besides, the formula divides by both masses, and one is 0."
    bracket = (second - first) / (6 * first * second) - log(first / second) / 2
    radicand = bracket / (2 * largest) + log(4 * samples) - 2 * log(delta)  # Corollary 1
    reason = UPPER_BOUNDS
    if first > second:
        reason += " Besides, it is stated for a first mass that is at most the second."
    if radicand < 0:
        return nan, f"{reason} The radicand is negative."
    return sqrt(radicand / (2 * samples)), reason
