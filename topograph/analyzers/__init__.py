"""What can be asked: measures of an architecture, and relations between measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topograph._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "catalogue": ["CATALOGUE", "Measure", "measure"],
        "mass": ["MassProfile", "cell_density", "mass_profile", "nn_density", "nn_mass"],
        "degree": [
            "DegreeDistribution",
            "DegreeFit",
            "average_degree",
            "degree_distribution",
            "fit_degrees",
        ],
        "cost": ["Cost", "NodeCost", "cost"],
        "relation": ["Relation", "relation"],
    },
)

if TYPE_CHECKING:
    from topograph.analyzers.catalogue import CATALOGUE as CATALOGUE
    from topograph.analyzers.catalogue import Measure as Measure
    from topograph.analyzers.catalogue import measure as measure
    from topograph.analyzers.cost import Cost as Cost
    from topograph.analyzers.cost import NodeCost as NodeCost
    from topograph.analyzers.cost import cost as cost
    from topograph.analyzers.degree import DegreeDistribution as DegreeDistribution
    from topograph.analyzers.degree import DegreeFit as DegreeFit
    from topograph.analyzers.degree import average_degree as average_degree
    from topograph.analyzers.degree import degree_distribution as degree_distribution
    from topograph.analyzers.degree import fit_degrees as fit_degrees
    from topograph.analyzers.mass import MassProfile as MassProfile
    from topograph.analyzers.mass import cell_density as cell_density
    from topograph.analyzers.mass import mass_profile as mass_profile
    from topograph.analyzers.mass import nn_density as nn_density
    from topograph.analyzers.mass import nn_mass as nn_mass
    from topograph.analyzers.relation import Relation as Relation
    from topograph.analyzers.relation import relation as relation
