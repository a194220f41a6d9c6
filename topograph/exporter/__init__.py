"""How an architecture becomes torch: a module that trains, and a program to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topograph._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "expression": ["module"],
        "factors": ["fold_factors"],
        "network": ["Network", "to_module"],
        "plan": ["Plan", "compile"],
        "population": ["Population", "population"],
        "probe": ["probe"],
        "source": ["to_source"],
        "variance": ["measured_variance"],
        "weights": ["load_weights", "save_weights"],
    },
)

if TYPE_CHECKING:
    from topograph.exporter.expression import module as module
    from topograph.exporter.factors import fold_factors as fold_factors
    from topograph.exporter.network import Network as Network
    from topograph.exporter.network import to_module as to_module
    from topograph.exporter.plan import Plan as Plan
    from topograph.exporter.plan import compile as compile
    from topograph.exporter.population import Population as Population
    from topograph.exporter.population import population as population
    from topograph.exporter.probe import probe as probe
    from topograph.exporter.source import to_source as to_source
    from topograph.exporter.variance import measured_variance as measured_variance
    from topograph.exporter.weights import load_weights as load_weights
    from topograph.exporter.weights import save_weights as save_weights
