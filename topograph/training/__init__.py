"""How architectures learn: a recipe, one training loop, and the record of what it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topograph._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "loop": ["fit"],
        "population": ["fit_population"],
        "recipe": ["Recipe"],
        "record": ["TrainingRecord"],
        "schedules": ["learning_rates"],
    },
)

if TYPE_CHECKING:
    from topograph.training.loop import fit as fit
    from topograph.training.population import fit_population as fit_population
    from topograph.training.recipe import Recipe as Recipe
    from topograph.training.record import TrainingRecord as TrainingRecord
    from topograph.training.schedules import learning_rates as learning_rates
