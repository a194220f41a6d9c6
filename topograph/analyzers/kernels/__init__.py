"""Kernels of networks of infinite width, their smallest eigenvalues, and what follows from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topograph._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "bounds": ["EigenBound", "eigen_bound"],
        "convergence": ["Convergence", "OrderConstants", "convergence"],
        "kernel": ["Kernel", "nngp", "ntk"],
        "nonlinearity": ["NONLINEARITIES", "Nonlinearity", "dual_activation", "nonlinearity"],
        "population": ["KernelPopulation", "nngp_population", "population_bounds"],
    },
)

if TYPE_CHECKING:
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
    from topograph.analyzers.kernels.nonlinearity import nonlinearity as nonlinearity
    from topograph.analyzers.kernels.population import KernelPopulation as KernelPopulation
    from topograph.analyzers.kernels.population import nngp_population as nngp_population
    from topograph.analyzers.kernels.population import population_bounds as population_bounds
