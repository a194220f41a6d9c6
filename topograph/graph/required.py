"""What a function of architectures says to anything else."""

from __future__ import annotations

from topograph.errors import ArchitectureError
from topograph.graph.architecture import Architecture

__all__ = ["require_architecture"]


def require_architecture(found: object) -> None:
    """Raise unless this is an architecture.

    Examples
    --------
    >>> require_architecture("resnet50")
    Traceback (most recent call last):
    topograph.errors.ArchitectureError: What is measured, drawn or exported is an Architecture. \
Received an object of type str. Make one with topograph.generators or topograph.graph.Builder, \
or read one with topograph.graph.load or from_networkx.
    """
    if not isinstance(found, Architecture):
        raise ArchitectureError(
            "What is measured, drawn or exported is an Architecture. "
            f"Received an object of type {type(found).__name__}. "
            "Make one with topograph.generators or topograph.graph.Builder, or read one with "
            "topograph.graph.load or from_networkx."
        )
