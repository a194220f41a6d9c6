"""What a search found, and the ranking of what it scored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from topograph.errors import ShapeError
from topograph.result import Result

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

__all__ = ["SearchResult", "rank_sum"]


def rank_sum(scores: ArrayLike) -> NDArray[np.int64]:
    """Sum the places of candidates under several scores, each of which is better if higher.

    Parameters
    ----------
    scores : array of shape (candidates, parts) or (candidates,)

    Returns
    -------
    int array, shape (candidates,)
        Lower is better; 0 for what is first under every score.

    Raises
    ------
    ShapeError
        If the scores have another shape.

    Notes
    -----
    Equal scores share a place and the next one follows it, as in the released program of [1]_.
    NaN is last.

    References
    ----------
    .. [1] W. Chen, X. Gong and Z. Wang, "Neural architecture search on ImageNet in four GPU hours:
           a theoretically inspired perspective", ICLR 2021, Algorithm 1.

    Examples
    --------
    >>> rank_sum([[9.0, 1.0], [9.0, 3.0], [2.0, 2.0]]).tolist()
    [2, 0, 2]
    """
    table = np.asarray(scores, dtype=float)
    table = table[:, None] if table.ndim == 1 else table
    if table.ndim != 2:
        raise ShapeError(
            "Scores are a table with one row for each candidate and one column for each score. "
            f"Received an array of shape {table.shape}. Pass (candidates, parts)."
        )
    places = [np.unique(-column, return_inverse=True)[1].reshape(-1) for column in table.T]
    return np.sum(places, axis=0, dtype=np.int64) if places else np.zeros(len(table), np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class SearchResult(Result):
    """What a search found; `random_search` and `regularised_evolution` make it.

    Attributes
    ----------
    best : int
        Index of the best cell that was scored; -1 if there is none.
    indices : int array, shape (scored,)
        The cells that were scored, in order. None is there twice.
    scores : float array, shape (scored, parts)
        Their scores; higher is better.
    parameters, macs : int array, shape (scored,)
        Cost of their networks.
    drawn : int
        Cells that the search looked at, repeated ones included.
    skipped : int
        Those among them that the filter refused.
    is_complete : bool
        Whether the search came to its end; False if it was interrupted.
    """

    best: int
    indices: NDArray[np.int64]
    scores: NDArray[np.float64]
    parameters: NDArray[np.int64]
    macs: NDArray[np.int64] = field(metadata={"unit": "multiply-accumulates per example"})
    drawn: int
    skipped: int
    is_complete: bool

    @property
    def scored(self) -> int:
        """Number of cells that were scored, which is the cost of a search without training."""
        return len(self.indices)

    def to_frame(self) -> pd.DataFrame:
        """Rank what was scored, best first: one row per cell, its cost beside its scores."""
        import pandas as pd

        places = rank_sum(self.scores)
        parts = {f"score_{number}": column for number, column in enumerate(self.scores.T)}
        table = pd.DataFrame(
            {
                "index": self.indices,
                "rank_sum": places,
                **parts,
                "parameters": self.parameters,
                "macs": self.macs,
            }
        )
        return table.sort_values("rank_sum", kind="stable", ignore_index=True)
