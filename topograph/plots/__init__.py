"""How to show it: figures of results, each a function that draws on axes and returns them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topograph._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "cascade": ["plot_cascade"],
        "connectivity": ["plot_connectivity"],
        "controllability": ["plot_controllability"],
        "dag": ["plot_dag"],
        "degree": ["plot_degree_distribution"],
        "degree_laws": ["plot_degree_profile", "plot_selection_law"],
        "drawing": ["plot_architecture"],
        "eigen_bounds": ["plot_eigen_bounds"],
        "pac_bayes": ["plot_pac_bayes"],
        "isometry": ["plot_singular_values", "plot_squared_singular_values"],
        "palette": ["LINES", "MARKERS", "PALETTE", "SEQUENTIAL", "colour"],
        "reconstruction": ["plot_reconstruction"],
        "relations": ["plot_relation"],
        "small_world": ["plot_small_world"],
        "spectrum": ["plot_spectrum"],
        "style": ["VENUES", "figure_size", "style"],
        "superposition": ["plot_superposition"],
        "training": ["plot_training"],
        "variance": ["plot_variance"],
    },
)

if TYPE_CHECKING:
    from topograph.plots.cascade import plot_cascade as plot_cascade
    from topograph.plots.connectivity import plot_connectivity as plot_connectivity
    from topograph.plots.controllability import plot_controllability as plot_controllability
    from topograph.plots.dag import plot_dag as plot_dag
    from topograph.plots.degree import plot_degree_distribution as plot_degree_distribution
    from topograph.plots.degree_laws import plot_degree_profile as plot_degree_profile
    from topograph.plots.degree_laws import plot_selection_law as plot_selection_law
    from topograph.plots.drawing import plot_architecture as plot_architecture
    from topograph.plots.eigen_bounds import plot_eigen_bounds as plot_eigen_bounds
    from topograph.plots.isometry import plot_singular_values as plot_singular_values
    from topograph.plots.isometry import (
        plot_squared_singular_values as plot_squared_singular_values,
    )
    from topograph.plots.pac_bayes import plot_pac_bayes as plot_pac_bayes
    from topograph.plots.palette import LINES as LINES
    from topograph.plots.palette import MARKERS as MARKERS
    from topograph.plots.palette import PALETTE as PALETTE
    from topograph.plots.palette import SEQUENTIAL as SEQUENTIAL
    from topograph.plots.palette import colour as colour
    from topograph.plots.reconstruction import plot_reconstruction as plot_reconstruction
    from topograph.plots.relations import plot_relation as plot_relation
    from topograph.plots.small_world import plot_small_world as plot_small_world
    from topograph.plots.spectrum import plot_spectrum as plot_spectrum
    from topograph.plots.style import VENUES as VENUES
    from topograph.plots.style import figure_size as figure_size
    from topograph.plots.style import style as style
    from topograph.plots.superposition import plot_superposition as plot_superposition
    from topograph.plots.training import plot_training as plot_training
    from topograph.plots.variance import plot_variance as plot_variance
