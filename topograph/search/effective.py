"""Effective depth and width of a whole space of cells at once, as `topograph.analyzers` has it."""

from __future__ import annotations

from topograph.analyzers.effective import EffectiveShape, effective

__all__ = ["EffectiveShape", "effective"]
