"""Cascades from masks: any sparse linear map, layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from topograph.errors import ArchitectureError, ShapeError
from topograph.generators.cascades._assemble import cascade
from topograph.graph.architecture import Architecture
from topograph.graph.wiring import Sparse

__all__ = ["from_masks"]


def from_masks(
    masks: Sequence[ArrayLike],
    *,
    constant: Sequence[ArrayLike | None] | None = None,
    name: str = "cascade",
) -> Architecture:
    r"""Cascade of linear layers with the links that masks show.

    The cascade computes :math:`W_L \cdots W_2 W_1 x`, where :math:`W_l` is 0 outside of the mask
    of layer :math:`l`.

    Parameters
    ----------
    masks : sequence of array_like of bool
        One matrix (outputs, inputs) per layer, the first layer first: True where a link is.
    constant : sequence of array_like of bool or None, optional
        For each layer the links that keep the weight 1 and do not train, as a matrix of the shape
        of its mask, or None if all links train.
    name : str
        Label of the architecture.

    Returns
    -------
    Architecture
        One input, ``"input"``, and one cell, ``"cascade"``, of the layers 0 to :math:`L - 1`,
        without biases, activations and normalisations.

    Raises
    ------
    ArchitectureError
        If there is no mask, a mask is no boolean matrix, or a constant link is none of the mask.
    ShapeError
        If a mask does not read as many neurons as the one before it makes.

    Warns
    -----
    UserWarning
        If no input reaches some neuron, or it reaches no output.

    References
    ----------
    .. [1] "NeuroFabric: Identifying ideal topologies for training a priori sparse networks",
           Eqs. (3)-(5); the order of the product is not given there.

    Examples
    --------
    >>> import numpy as np
    >>> join, part = np.ones((1, 2), dtype=bool), np.ones((2, 1), dtype=bool)
    >>> bottleneck = from_masks([join, part])
    >>> bottleneck.channel_graph().adjacency.nnz
    4
    """
    if not isinstance(masks, Sequence) or not len(masks):
        raise ArchitectureError(
            "A cascade has at least one layer, and one mask for each. "
            f"Received {type(masks).__name__} {masks!r:.80}. Give a list of boolean matrices."
        )
    fixed = [None] * len(masks) if constant is None else list(constant)
    if len(fixed) != len(masks):
        raise ArchitectureError(
            "`constant` has an entry for each mask, since it marks links of it. "
            f"Received {len(fixed)} for {len(masks)} masks. Write None where all links train."
        )
    wirings = [_wiring(mask, marks) for mask, marks in zip(masks, fixed, strict=True)]
    for place, (before, after) in enumerate(pairwise(wirings), start=1):
        if before.targets != after.sources:
            raise ShapeError(
                "Each mask reads what the one before it makes, so its columns are the rows of "
                f"that. Received {after.sources} columns in mask {place} after {before.targets} "
                "rows. Transpose the masks, or put them into the order of the layers."
            )
    return cascade(wirings, name)


def _wiring(mask: ArrayLike, constant: ArrayLike | None) -> Sparse:
    """Read one mask and its constant links."""
    wiring = Sparse.from_mask(mask, constant=constant)
    marks: Any = np.zeros((0, 0), dtype=bool) if constant is None else np.asarray(constant)
    if int(np.count_nonzero(marks)) != wiring.links - wiring.trainable:
        raise ArchitectureError(
            "A constant link is a link of its mask. "
            f"Received {np.count_nonzero(marks)} constant links, of which "
            f"{wiring.links - wiring.trainable} are in the mask. Add them to the mask."
        )
    return wiring
