"""What can go wrong: the errors that topograph raises on purpose.

Every message has three sentences: the rule with its reason. What was received. What to do.
Each error is also a ``ValueError``, so code that knows nothing of topograph can catch it.
"""

from __future__ import annotations

__all__ = ["ArchitectureError", "BudgetError", "FormatError", "ShapeError", "TopographError"]


class TopographError(Exception):
    """Any refusal by topograph; catch this one to catch all of them."""


class ArchitectureError(TopographError, ValueError):
    """A graph breaks a rule of architectures, or a question does not apply to it."""


class ShapeError(TopographError, ValueError):
    """Widths, sizes or array shapes do not fit together."""


class BudgetError(TopographError, ValueError):
    """A number or a choice lies outside what the design, the budget or the machine allows."""


class FormatError(TopographError, ValueError):
    """A file or a serialised value cannot be read, or cannot be written loss-free."""
