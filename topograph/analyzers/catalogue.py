"""The catalogue of measures, and one table of them for many architectures.

What needs examples, such as `nngp` and `convergence`, is no entry. Of kernels the bounds for two
inputs at right angles stand here: these depend on the architecture alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from topograph.analyzers.clustering import average_clustering
from topograph.analyzers.cost import cost
from topograph.analyzers.degree_average import average_degree
from topograph.analyzers.kernels.bounds import EigenBound, eigen_bound
from topograph.analyzers.mass import nn_density, nn_mass
from topograph.analyzers.path_length import average_path_length
from topograph.analyzers.paths import effective_depth, effective_width
from topograph.analyzers.wiring_code import wiring_code_length
from topograph.errors import ArchitectureError
from topograph.graph.architecture import Architecture
from topograph.graph.required import require_architecture

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CATALOGUE", "Measure", "measure"]

CHEN = "Chen, Huang, Gong, Hanin and Wang, NeurIPS 2022"
BHARDWAJ = "Bhardwaj, Li and Marculescu, CVPR 2021"
WATTS = "Watts and Strogatz, Nature 1998"


@dataclass(frozen=True, slots=True)
class Measure:
    """One number that an architecture has.

    Attributes
    ----------
    name : str
        Name of the column in a table.
    symbol : str
        As in the literature, in TeX.
    unit : str
        Empty for pure numbers.
    source : str
        Publication and equation.
    function : callable
        From an architecture to a float.
    applies_to : str
        Which architectures have it.
    """

    name: str
    symbol: str
    unit: str
    source: str
    function: Callable[[Architecture], float]
    applies_to: str = "every architecture"


CELLS = "architectures with cells, of one width where skip connections are concatenated"
CHANNELS = "every architecture; its cells, where it has any"
SUMS = (
    "networks of sums, skips, linear maps, products, concatenations and activations of these; "
    "convolutions count as linear maps, pooling as skips"
)


def _bound(architecture: Architecture) -> EigenBound:
    """Bound the kernel of two inputs at right angles."""
    return eigen_bound(architecture, 0.0, operations="connectivity")


CATALOGUE: dict[str, Measure] = {
    entry.name: entry
    for entry in (
        Measure("nn_mass", "m", "channels x layers", f"{BHARDWAJ}, Eqs. (2)-(3)", nn_mass, CELLS),
        Measure("nn_density", r"\rho_{avg}", "", f"{BHARDWAJ}, Eqs. (1), (3)", nn_density, CELLS),
        Measure(
            "average_degree",
            r"\bar k",
            "links per channel",
            f"{BHARDWAJ}, Proposition 1, exact",
            average_degree,
            CHANNELS,
        ),
        Measure(
            "average_skip_degree",
            r"\bar k_{skip}",
            "links per channel",
            f"{BHARDWAJ}, Proposition 1, exact",
            lambda architecture: average_degree(architecture, links="skip"),
            CHANNELS,
        ),
        Measure("average_clustering", "C", "", f"{WATTS}, exact", average_clustering, CHANNELS),
        Measure(
            "average_path_length",
            "L",
            "links",
            f"{WATTS}, exact, largest component",
            average_path_length,
            CHANNELS,
        ),
        Measure(
            "effective_depth",
            r"\bar d",
            "parameterised operations per path",
            f"{CHEN}, Definition 4.1",
            effective_depth,
        ),
        Measure(
            "effective_width",
            r"\bar m",
            "paths per effective depth",
            f"{CHEN}, Definition 4.1",
            effective_width,
        ),
        Measure(
            "eigen_bound",
            r"\lambda_{min}(0)",
            "squared norm of an input",
            f"{CHEN}, Section 3.3, exact, two orthogonal inputs",
            lambda architecture: float(_bound(architecture).bound),
            SUMS,
        ),
        Measure(
            "normalised_eigen_bound",
            r"2 \lambda_{min}(0) / \mathrm{tr} K",
            "",
            f"{CHEN}, Section 3.3, exact, two orthogonal inputs",
            lambda architecture: float(_bound(architecture).normalised),
            SUMS,
        ),
        Measure(
            "wiring_code_length",
            r"\ln W",
            "nats",
            "counted",
            wiring_code_length,
            "architectures with cells",
        ),
        Measure(
            "parameters",
            "P",
            "trainable numbers",
            "counted",
            lambda architecture: cost(architecture).parameters,
        ),
        Measure(
            "macs",
            "",
            "multiply-accumulates per example",
            "counted",
            lambda architecture: cost(architecture).macs,
        ),
        Measure(
            "flops",
            "",
            "operations per example",
            f"{BHARDWAJ}, Table 1",
            lambda architecture: cost(architecture).flops,
        ),
    )
}
"""Every measure by its name."""


def measure(
    architectures: Architecture | Iterable[Architecture], names: Iterable[str] | None = None
) -> pd.DataFrame:
    """Measure architectures and return one row for each.

    Parameters
    ----------
    architectures : Architecture or iterable of Architecture
    names : iterable of str, optional
        Measures of the `CATALOGUE`; by default all, with NaN where one does not apply.

    Returns
    -------
    DataFrame
        Columns ``architecture`` (the label), ``digest`` and one per measure.

    Raises
    ------
    ArchitectureError
        If something is no architecture, a name is unknown, or a measure asked for by name does not
        apply.

    Examples
    --------
    >>> import topograph as tg
    >>> network = tg.generators.dense_mlp(8, 24, candidates=2, rng=0)
    >>> table = measure(network, ["nn_mass", "parameters"])
    >>> round(float(table.nn_mass[0]), 4), int(table.parameters[0])
    (4.1739, 8310)
    """
    import pandas as pd

    many = list(architectures) if isinstance(architectures, Iterable) else [architectures]
    chosen = list(CATALOGUE) if names is None else list(names)
    unknown = [name for name in chosen if name not in CATALOGUE]
    if unknown:
        raise ArchitectureError(
            f"A measure has a name of the catalogue: {', '.join(CATALOGUE)}. "
            f"Received {unknown[0]!r}. Choose among these."
        )
    for one in many:
        require_architecture(one)
    rows = [
        {
            "architecture": one.name,
            "digest": one.digest,
            **{name: _value(CATALOGUE[name], one, strict=names is not None) for name in chosen},
        }
        for one in many
    ]
    return pd.DataFrame(rows, columns=["architecture", "digest", *chosen])


def _value(entry: Measure, architecture: Architecture, *, strict: bool) -> float:
    """Return a measure, or NaN where it does not apply and need not."""
    try:
        return entry.function(architecture)
    except ArchitectureError:
        if strict:
            raise
        return float("nan")
