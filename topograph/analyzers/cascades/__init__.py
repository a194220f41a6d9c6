"""Sparse cascades: which matrices they can reach, how much passes through, who controls what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topograph._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "bandwidth": ["Bandwidth", "bandwidth"],
        "control_settings": ["ControlReading", "ControlTraining"],
        "controllability": ["Controllability", "controllability"],
        "freedom": ["degrees_of_freedom"],
        "matching": ["Matching", "matching"],
        "variance": ["VariancePropagation", "variance_propagation"],
    },
)

if TYPE_CHECKING:
    from topograph.analyzers.cascades.bandwidth import Bandwidth as Bandwidth
    from topograph.analyzers.cascades.bandwidth import bandwidth as bandwidth
    from topograph.analyzers.cascades.control_settings import ControlReading as ControlReading
    from topograph.analyzers.cascades.control_settings import ControlTraining as ControlTraining
    from topograph.analyzers.cascades.controllability import Controllability as Controllability
    from topograph.analyzers.cascades.controllability import controllability as controllability
    from topograph.analyzers.cascades.freedom import degrees_of_freedom as degrees_of_freedom
    from topograph.analyzers.cascades.matching import Matching as Matching
    from topograph.analyzers.cascades.matching import matching as matching
    from topograph.analyzers.cascades.variance import VariancePropagation as VariancePropagation
    from topograph.analyzers.cascades.variance import variance_propagation as variance_propagation
