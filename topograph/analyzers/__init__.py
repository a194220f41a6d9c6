"""What can be asked: measures of an architecture, and relations between measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topograph._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "catalogue": ["CATALOGUE", "Measure", "measure"],
        "cascades.control_settings": ["ControlReading", "ControlTraining"],
        "cascades.controllability": ["Controllability", "controllability"],
        "mass": ["MassProfile", "cell_density", "mass_profile", "nn_density", "nn_mass"],
        "dag_paths": ["DagPaths", "dag_paths"],
        "degree": [
            "DegreeDistribution",
            "degree_distribution",
            "fit_degrees",
            "selection_counts",
        ],
        "degree_average": ["AverageDegree", "average_degree", "average_degree_limit"],
        "degree_laws": ["DegreeFit"],
        "degree_profile": ["DegreeProfile", "DegreeTests", "degree_profile", "degree_tests"],
        "degree_theory": ["SelectionLaw", "selection_law"],
        "goodness": ["GoodnessOfFit", "goodness_of_fit"],
        "cost": ["Cost", "NodeCost", "cost"],
        "clustering": ["average_clustering", "clustering"],
        "path_length": ["average_path_length"],
        "null_models": ["NULL_MODELS", "null_model"],
        "small_world": ["SmallWorld", "small_world"],
        "superposition": ["lattice", "random_part"],
        "contributions": ["Contributions", "contributions"],
        "weighted": ["weighted_adjacency"],
        "cascades.variance": ["VariancePropagation", "variance_propagation"],
        "multiple_correlation": ["MultipleCorrelation", "multiple_correlation"],
        "group_means": ["GroupMeans", "group_means"],
        "pac_bayes": ["PacBayes", "PacBayesDifference", "pac_bayes", "pac_bayes_difference"],
        "quantity": ["Quantity"],
        "certificates": ["certified_difference", "certified_error", "gaussian_weight_divergence"],
        "held_out": ["held_out_bound"],
        "cascades.matching": ["Matching", "matching"],
        "effective": ["Cells", "EffectiveShape", "effective"],
        "cascades.freedom": ["degrees_of_freedom"],
        "cascades.bandwidth": ["Bandwidth", "bandwidth"],
        "kl_inverse": ["bernoulli_divergence", "kl_inverse_lower", "kl_inverse_upper"],
        "paths": ["PathProfile", "effective_depth", "effective_width", "path_profile"],
        "poisson": [
            "degree_divergence",
            "poisson_divergence",
            "poisson_entropy",
            "poisson_entropy_expansion",
        ],
        "wiring_code": ["WiringCode", "wiring_code", "wiring_code_length"],
        "relation": ["Relation", "relation"],
        "initial_variance": ["initial_variance"],
        "isometry": ["Isometry", "LayerIsometry", "isometry"],
        "isometry_bounds": ["IsometryBounds", "isometry_bounds"],
        "simulated_spectra": ["SimulatedSpectra", "simulate_spectra"],
        "singular_values": ["expected_singular_value", "expected_squared_singular_value"],
        "kernels.bounds": ["EigenBound", "eigen_bound"],
        "kernels.convergence": ["Convergence", "OrderConstants", "convergence"],
        "kernels.kernel": ["Kernel", "nngp", "ntk"],
        "kernels.nonlinearity": ["NONLINEARITIES", "Nonlinearity", "dual_activation"],
        "kernels.population": ["KernelPopulation", "nngp_population", "population_bounds"],
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
    from topograph.analyzers.catalogue import CATALOGUE as CATALOGUE
    from topograph.analyzers.catalogue import Measure as Measure
    from topograph.analyzers.catalogue import measure as measure
    from topograph.analyzers.certificates import certified_difference as certified_difference
    from topograph.analyzers.certificates import certified_error as certified_error
    from topograph.analyzers.certificates import (
        gaussian_weight_divergence as gaussian_weight_divergence,
    )
    from topograph.analyzers.clustering import average_clustering as average_clustering
    from topograph.analyzers.clustering import clustering as clustering
    from topograph.analyzers.contributions import Contributions as Contributions
    from topograph.analyzers.contributions import contributions as contributions
    from topograph.analyzers.cost import Cost as Cost
    from topograph.analyzers.cost import NodeCost as NodeCost
    from topograph.analyzers.cost import cost as cost
    from topograph.analyzers.dag_paths import DagPaths as DagPaths
    from topograph.analyzers.dag_paths import dag_paths as dag_paths
    from topograph.analyzers.degree import DegreeDistribution as DegreeDistribution
    from topograph.analyzers.degree import degree_distribution as degree_distribution
    from topograph.analyzers.degree import fit_degrees as fit_degrees
    from topograph.analyzers.degree import selection_counts as selection_counts
    from topograph.analyzers.degree_average import AverageDegree as AverageDegree
    from topograph.analyzers.degree_average import average_degree as average_degree
    from topograph.analyzers.degree_average import average_degree_limit as average_degree_limit
    from topograph.analyzers.degree_laws import DegreeFit as DegreeFit
    from topograph.analyzers.degree_profile import DegreeProfile as DegreeProfile
    from topograph.analyzers.degree_profile import DegreeTests as DegreeTests
    from topograph.analyzers.degree_profile import degree_profile as degree_profile
    from topograph.analyzers.degree_profile import degree_tests as degree_tests
    from topograph.analyzers.degree_theory import SelectionLaw as SelectionLaw
    from topograph.analyzers.degree_theory import selection_law as selection_law
    from topograph.analyzers.effective import Cells as Cells
    from topograph.analyzers.effective import EffectiveShape as EffectiveShape
    from topograph.analyzers.effective import effective as effective
    from topograph.analyzers.goodness import GoodnessOfFit as GoodnessOfFit
    from topograph.analyzers.goodness import goodness_of_fit as goodness_of_fit
    from topograph.analyzers.group_means import GroupMeans as GroupMeans
    from topograph.analyzers.group_means import group_means as group_means
    from topograph.analyzers.held_out import held_out_bound as held_out_bound
    from topograph.analyzers.initial_variance import initial_variance as initial_variance
    from topograph.analyzers.isometry import Isometry as Isometry
    from topograph.analyzers.isometry import LayerIsometry as LayerIsometry
    from topograph.analyzers.isometry import isometry as isometry
    from topograph.analyzers.isometry_bounds import IsometryBounds as IsometryBounds
    from topograph.analyzers.isometry_bounds import isometry_bounds as isometry_bounds
    from topograph.analyzers.kernels.bounds import EigenBound as EigenBound
    from topograph.analyzers.kernels.bounds import eigen_bound as eigen_bound
    from topograph.analyzers.kernels.convergence import Convergence as Convergence
    from topograph.analyzers.kernels.convergence import OrderConstants as OrderConstants
    from topograph.analyzers.kernels.convergence import convergence as convergence
    from topograph.analyzers.kernels.kernel import Kernel as Kernel
    from topograph.analyzers.kernels.kernel import nngp as nngp
    from topograph.analyzers.kernels.kernel import ntk as ntk
    from topograph.analyzers.kernels.nonlinearity import NONLINEARITIES as NONLINEARITIES
    from topograph.analyzers.kernels.nonlinearity import Nonlinearity as Nonlinearity
    from topograph.analyzers.kernels.nonlinearity import dual_activation as dual_activation
    from topograph.analyzers.kernels.population import KernelPopulation as KernelPopulation
    from topograph.analyzers.kernels.population import nngp_population as nngp_population
    from topograph.analyzers.kernels.population import population_bounds as population_bounds
    from topograph.analyzers.kl_inverse import bernoulli_divergence as bernoulli_divergence
    from topograph.analyzers.kl_inverse import kl_inverse_lower as kl_inverse_lower
    from topograph.analyzers.kl_inverse import kl_inverse_upper as kl_inverse_upper
    from topograph.analyzers.mass import MassProfile as MassProfile
    from topograph.analyzers.mass import cell_density as cell_density
    from topograph.analyzers.mass import mass_profile as mass_profile
    from topograph.analyzers.mass import nn_density as nn_density
    from topograph.analyzers.mass import nn_mass as nn_mass
    from topograph.analyzers.multiple_correlation import MultipleCorrelation as MultipleCorrelation
    from topograph.analyzers.multiple_correlation import (
        multiple_correlation as multiple_correlation,
    )
    from topograph.analyzers.null_models import NULL_MODELS as NULL_MODELS
    from topograph.analyzers.null_models import null_model as null_model
    from topograph.analyzers.pac_bayes import PacBayes as PacBayes
    from topograph.analyzers.pac_bayes import PacBayesDifference as PacBayesDifference
    from topograph.analyzers.pac_bayes import pac_bayes as pac_bayes
    from topograph.analyzers.pac_bayes import pac_bayes_difference as pac_bayes_difference
    from topograph.analyzers.path_length import average_path_length as average_path_length
    from topograph.analyzers.paths import PathProfile as PathProfile
    from topograph.analyzers.paths import effective_depth as effective_depth
    from topograph.analyzers.paths import effective_width as effective_width
    from topograph.analyzers.paths import path_profile as path_profile
    from topograph.analyzers.poisson import degree_divergence as degree_divergence
    from topograph.analyzers.poisson import poisson_divergence as poisson_divergence
    from topograph.analyzers.poisson import poisson_entropy as poisson_entropy
    from topograph.analyzers.poisson import poisson_entropy_expansion as poisson_entropy_expansion
    from topograph.analyzers.quantity import Quantity as Quantity
    from topograph.analyzers.relation import Relation as Relation
    from topograph.analyzers.relation import relation as relation
    from topograph.analyzers.simulated_spectra import SimulatedSpectra as SimulatedSpectra
    from topograph.analyzers.simulated_spectra import simulate_spectra as simulate_spectra
    from topograph.analyzers.singular_values import (
        expected_singular_value as expected_singular_value,
    )
    from topograph.analyzers.singular_values import (
        expected_squared_singular_value as expected_squared_singular_value,
    )
    from topograph.analyzers.small_world import SmallWorld as SmallWorld
    from topograph.analyzers.small_world import small_world as small_world
    from topograph.analyzers.superposition import lattice as lattice
    from topograph.analyzers.superposition import random_part as random_part
    from topograph.analyzers.weighted import weighted_adjacency as weighted_adjacency
    from topograph.analyzers.wiring_code import WiringCode as WiringCode
    from topograph.analyzers.wiring_code import wiring_code as wiring_code
    from topograph.analyzers.wiring_code import wiring_code_length as wiring_code_length
