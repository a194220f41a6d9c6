"""Published bounds on the error of networks with skip connections, and whether they are bounds."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt

from topograph.analyzers._numbers import (
    checked_delta,
    checked_method,
    checked_numbers,
    checked_samples,
    sample_price,
)
from topograph.analyzers._published import (
    entropy_divergence,
    largest_degree,
    paper_divergence,
    paper_gap,
    paper_root,
    total_mass,
)
from topograph.analyzers.certificates import ERROR, certified_difference
from topograph.analyzers.mass import mass_profile
from topograph.analyzers.quantity import Quantity
from topograph.analyzers.wiring_code import wiring_code_length
from topograph.graph.architecture import Architecture
from topograph.result import Result

__all__ = ["PacBayes", "PacBayesDifference", "pac_bayes", "pac_bayes_difference"]

READINGS = ("out", "in")

PRIOR = (
    "Valid for networks whose wiring and weights were fixed before the examples were seen, so that "
    "posterior and prior agree. Trained weights add their divergence: use certified_error."
)
CODE = (
    "Valid where the examples chose the wiring, among all of the same link counts, and nothing "
    "else. Trained weights add their divergence: use certified_error."
)


@dataclass(frozen=True, slots=True)
class PacBayes(Result):
    r"""Generalisation bounds of an architecture; `pac_bayes` makes it.

    Attributes
    ----------
    mass : float
        NN-Mass :math:`m`.
    poisson_mean : float
        Mean :math:`m / 2` of the published Poisson law of skip degrees.
    largest_degree : int
        :math:`\sigma`, the most connections of a channel, in the reading that was asked for.
    total_mass : float
        What the probabilities of the published posterior add up to; 1 for a distribution.
    samples : int
    delta, training_error : float
    paper_divergence : Quantity
        Eq. (14), in nats.
    entropy_divergence : Quantity
        Eq. (12) with the exact entropy of the Poisson law, in nats.
    paper_gap, paper_bound : Quantity
        Theorem 2: the bound on the expected minus the training error, and on the expected error.
    prior_gap : Quantity
        The same for :math:`Q = P`: nothing is learnt.
    code_gap : Quantity
        The same for a wiring that the data chose, which costs its `wiring_code_length`.
    """

    mass: float = field(metadata={"unit": "channels x layers"})
    poisson_mean: float = field(metadata={"unit": "links"})
    largest_degree: int = field(metadata={"unit": "links"})
    total_mass: float
    samples: int = field(metadata={"unit": "examples"})
    delta: float
    training_error: float
    paper_divergence: Quantity = field(metadata={"unit": "nats"})
    entropy_divergence: Quantity = field(metadata={"unit": "nats"})
    paper_gap: Quantity
    paper_bound: Quantity
    prior_gap: Quantity
    code_gap: Quantity


@dataclass(frozen=True, slots=True)
class PacBayesDifference(Result):
    """Bounds on the difference of two expected errors; `pac_bayes_difference` makes it.

    Attributes
    ----------
    first_mass, second_mass : float
        NN-Mass of both networks.
    largest_degree : int
        The larger one of both networks.
    paper_difference : Quantity
        Corollary 1: first expected error minus second, as published.
    certified_difference : Quantity
        Upper bound of the first minus lower bound of the second.
    """

    first_mass: float = field(metadata={"unit": "channels x layers"})
    second_mass: float = field(metadata={"unit": "channels x layers"})
    largest_degree: int = field(metadata={"unit": "links"})
    paper_difference: Quantity
    certified_difference: Quantity


def pac_bayes(
    architecture: Architecture,
    *,
    samples: int,
    delta: float = 0.05,
    training_error: float = 0.0,
    max_degree: str = "out",
) -> PacBayes:
    r"""Evaluate the published bound in terms of NN-Mass, and say whether it is one.

    The publication bounds the expected error by :math:`\hat L + g`,

    .. math:: g = \sqrt{\frac{\mathrm{KL} + \ln(2 \sqrt N / \delta)}{2 N}} , \qquad
              \mathrm{KL} = \frac{1}{2 \sigma}
              \Bigl( \frac{1}{6 m} - \frac 1 2 \ln(\pi e m) \Bigr) .

    Parameters
    ----------
    architecture : Architecture
        With NN-Mass :math:`m`; see `nn_mass`.
    samples : int
        Training examples, :math:`N \ge 1`.
    delta : float
        Probability with which a bound may fail, in (0, 1].
    training_error : float
        Share :math:`\hat L` of wrong training examples.
    max_degree : {"out", "in"}
        What :math:`\sigma` is, which the publication calls the most connections that a channel can
        have. ``"out"``: :math:`w (d - 1)`, every later channel of the cell. ``"in"``: the most that
        a channel does read, :math:`w + \min\{w (d - 2), t\}`. The largest over the cells.

    Returns
    -------
    PacBayes

    Raises
    ------
    ArchitectureError
        If the architecture has no NN-Mass.
    BudgetError
        If `samples`, `delta` or `training_error` is out of range, or `max_degree` another word.

    See Also
    --------
    certified_error, held_out_bound : bounds that hold.

    Notes
    -----
    The published quantities are never marked as valid:

    - the posterior multiplies a law on :math:`2 \sigma` degrees, :math:`1 / (2 \sigma)` each, by
      another law of the same degree, and so adds up to `total_mass`, at most
      :math:`1 / (2 \sigma)`. With the exact entropy :math:`\mathrm{KL} = -H / (2 \sigma) < 0`;
    - at small mass the entropy's expansion fails; at mass 0 the expression is undefined, though
      the posterior is the prior there, and the true divergence 0;
    - a divergence of degrees bounds that of the networks from below, and trained weights, which
      the bound is about, have no part in it.

    The theorem is for one cell. Of several cells the masses are added up, as in `nn_mass`.

    References
    ----------
    .. [1] K. Bhardwaj, G. Li and R. Marculescu, earlier version (arXiv:1910.00780) of "How does
           topology influence gradient propagation and model performance of deep networks with
           DenseNet-type skip connections?", CVPR 2021, Theorems 1-2 and Eqs. (10)-(14).

    Examples
    --------
    >>> import topograph as tg
    >>> tower = tg.generators.dense_mlp(8, 8, candidates=10, rng=0)  # mass 22.1, degree 8 * 7
    >>> found = pac_bayes(tower, samples=50_000)
    >>> round(found.paper_divergence.value, 6), found.paper_divergence.is_valid
    (-0.023326, False)
    >>> round(found.paper_gap.value, 5), round(found.code_gap.value, 5)
    (0.00953, 0.03061)
    """
    samples, delta = checked_samples(samples), checked_delta(delta)
    error = float(checked_numbers("A training error", training_error, top=1.0, rule=ERROR))
    checked_method(max_degree, READINGS)
    profile = mass_profile(architecture)
    mass = float(profile.mass.sum())
    largest, width = largest_degree(architecture, profile, max_degree)
    total = total_mass(mass / 2, width, largest)
    price = sample_price(samples, delta)
    divergence = paper_divergence(mass, largest, total)
    prior_gap = sqrt(price / (2 * samples))
    gap = paper_gap(divergence, price, samples)
    code = sqrt((wiring_code_length(architecture) + price) / (2 * samples))
    return PacBayes(
        mass=mass,
        poisson_mean=mass / 2,
        largest_degree=largest,
        total_mass=total,
        samples=samples,
        delta=delta,
        training_error=error,
        paper_divergence=divergence,
        entropy_divergence=entropy_divergence(mass, largest, total),
        paper_gap=gap,
        paper_bound=Quantity(error + gap.value, False, gap.reason),
        prior_gap=Quantity(prior_gap, True, PRIOR),
        code_gap=Quantity(code, True, CODE),
    )


def pac_bayes_difference(
    first: Architecture,
    second: Architecture,
    *,
    samples: int,
    delta: float = 0.05,
    training_errors: tuple[float, float] = (0.0, 0.0),
    max_degree: str = "out",
) -> PacBayesDifference:
    r"""Evaluate the published bound on a difference of errors, beside one that holds.

    .. math:: L_1 - L_2 \le \hat L_1 - \hat L_2 + \sqrt{\frac{1}{2 N} \biggl(
              \frac{1}{2 \sigma} \Bigl[ \frac{m_2 - m_1}{6 m_1 m_2}
              - \frac 1 2 \ln \frac{m_1}{m_2} \Bigr] + \ln \frac{4 N}{\delta^2} \biggr)}

    Parameters
    ----------
    first, second : Architecture
        Networks of one width and NN-Mass :math:`m_1 \le m_2`; the publication's deeper and
        shallower model.
    samples, delta, max_degree
        As in `pac_bayes`, of which errors are those here; :math:`\sigma` is the larger one of both.
    training_errors : tuple of float
        :math:`\hat L_1, \hat L_2`.

    Returns
    -------
    PacBayesDifference
        The published value is never marked as valid. The other one is
        :func:`~topograph.analyzers.certified_difference` without divergences.

    Notes
    -----
    The publication subtracts two upper bounds, which bounds no difference. At equal masses the
    root does not vanish: it is :math:`\sqrt{\ln(4 N / \delta^2) / 2 N}`.

    References
    ----------
    .. [1] K. Bhardwaj, G. Li and R. Marculescu, arXiv:1910.00780, Corollary 1 and Eqs. (15)-(16).

    Examples
    --------
    >>> import topograph as tg
    >>> first, second = (tg.generators.dense_mlp(8, d, candidates=4, rng=0) for d in (16, 12))
    >>> found = pac_bayes_difference(first, second, samples=50_000, training_errors=(0.03, 0.03))
    >>> round(found.paper_difference.value, 5), found.paper_difference.is_valid
    (0.01349, False)
    >>> round(found.certified_difference.value, 6), found.certified_difference.is_valid
    (0.006754, True)
    """
    samples, delta = checked_samples(samples), checked_delta(delta)
    checked_method(max_degree, READINGS)
    certified = certified_difference(*training_errors, samples=samples, delta=delta)
    both = [(each, mass_profile(each)) for each in (first, second)]
    masses = [float(profile.mass.sum()) for _, profile in both]
    largest = max(largest_degree(*each, max_degree)[0] for each in both)
    root, reason = paper_root(*masses, largest=largest, samples=samples, delta=delta)
    if len({tuple(profile.width.tolist()) for _, profile in both}) > 1:
        reason += " Besides, it is stated for networks of one width."
    published = training_errors[0] - training_errors[1] + root
    return PacBayesDifference(
        first_mass=masses[0],
        second_mass=masses[1],
        largest_degree=largest,
        paper_difference=Quantity(published, False, reason),
        certified_difference=Quantity(certified, True, PRIOR),
    )
