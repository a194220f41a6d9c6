"""How to find a better one: spaces of cells as arrays, and filters of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topograph._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "activation_scores": ["linear_regions", "nas_wot"],
        "budget": ["Budget"],
        "cell_forms": ["CELL_FORMS", "CellForm", "genotype", "number_of_cells", "random_cells"],
        "classes": ["canonical_strings", "cell_classes"],
        "costs": ["CellCosts", "cell_costs"],
        "effective": ["EffectiveShape", "effective"],
        "evolution": ["regularised_evolution"],
        "filter": ["ConnectivityFilter", "Window", "connectivity_filter"],
        "ntk_condition": ["ntk_condition"],
        "pruning": ["PruningResult", "SubspaceScore", "pruning_search", "subspace_mean"],
        "random_search": ["random_search"],
        "ratios": ["RatioCount", "count_ratios"],
        "reconstruct": ["Reconstruction", "random_targets", "reconstruct", "svd_error"],
        "remember": ["Remembered"],
        "search_result": ["SearchResult", "rank_sum"],
        "space": ["CellSpace"],
    },
)

if TYPE_CHECKING:
    from topograph.search.activation_scores import linear_regions as linear_regions
    from topograph.search.activation_scores import nas_wot as nas_wot
    from topograph.search.budget import Budget as Budget
    from topograph.search.cell_forms import CELL_FORMS as CELL_FORMS
    from topograph.search.cell_forms import CellForm as CellForm
    from topograph.search.cell_forms import genotype as genotype
    from topograph.search.cell_forms import number_of_cells as number_of_cells
    from topograph.search.cell_forms import random_cells as random_cells
    from topograph.search.classes import canonical_strings as canonical_strings
    from topograph.search.classes import cell_classes as cell_classes
    from topograph.search.costs import CellCosts as CellCosts
    from topograph.search.costs import cell_costs as cell_costs
    from topograph.search.effective import EffectiveShape as EffectiveShape
    from topograph.search.effective import effective as effective
    from topograph.search.evolution import regularised_evolution as regularised_evolution
    from topograph.search.filter import ConnectivityFilter as ConnectivityFilter
    from topograph.search.filter import Window as Window
    from topograph.search.filter import connectivity_filter as connectivity_filter
    from topograph.search.ntk_condition import ntk_condition as ntk_condition
    from topograph.search.pruning import PruningResult as PruningResult
    from topograph.search.pruning import SubspaceScore as SubspaceScore
    from topograph.search.pruning import pruning_search as pruning_search
    from topograph.search.pruning import subspace_mean as subspace_mean
    from topograph.search.random_search import random_search as random_search
    from topograph.search.ratios import RatioCount as RatioCount
    from topograph.search.ratios import count_ratios as count_ratios
    from topograph.search.reconstruct import Reconstruction as Reconstruction
    from topograph.search.reconstruct import random_targets as random_targets
    from topograph.search.reconstruct import reconstruct as reconstruct
    from topograph.search.reconstruct import svd_error as svd_error
    from topograph.search.remember import Remembered as Remembered
    from topograph.search.search_result import SearchResult as SearchResult
    from topograph.search.search_result import rank_sum as rank_sum
    from topograph.search.space import CellSpace as CellSpace
