"""Which architectures exist: families of networks, each a function that returns one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topograph._lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, {"dense": ["dense_cnn", "dense_mlp"]})

if TYPE_CHECKING:
    from topograph.generators.dense import dense_cnn as dense_cnn
    from topograph.generators.dense import dense_mlp as dense_mlp
