"""How networks learn: losses and accuracies by epoch, with the spread between seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from topograph.errors import BudgetError, ShapeError
from topograph.plots.palette import LINES, PALETTE, colour
from topograph.plots.style import current_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from topograph.training.record import TrainingRecord

__all__ = ["plot_training"]

CURVES = {
    "train_loss": "Training loss (nats)",
    "train_accuracy": "Training accuracy",
    "test_loss": "Test loss (nats)",
    "test_accuracy": "Test accuracy",
}


def plot_training(
    records: Mapping[str, Sequence[TrainingRecord]],
    *,
    curve: str = "train_accuracy",
    ax: Axes | None = None,
    **style: Any,
) -> Axes:
    r"""Draw a curve of training records by epoch, a line per network.

    Parameters
    ----------
    records : mapping of str to sequence of TrainingRecord
        From :func:`topograph.training.fit`, by the name of the network; at most six, each with one
        record or more, usually of several seeds.
    curve : {"train_loss", "train_accuracy", "test_loss", "test_accuracy"}
        What to draw.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes unless given.
    **style
        For the lines: arguments of :meth:`matplotlib.axes.Axes.plot`, such as ``linewidth``.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on.

    Raises
    ------
    BudgetError
        If there is no such curve.
    ShapeError
        If there is no network or more than six, a network has no record, or its records differ in
        their number of epochs.

    Notes
    -----
    Lines are means over the records of a network, bands one standard deviation to each side
    (divided by one less than the number of records; none for a single one). Epochs that were not
    evaluated are passed over.

    References
    ----------
    .. [1] W. Chen et al., "Deep architecture connectivity matters for its convergence: a
           fine-grained analysis", NeurIPS 2022, Fig. 4.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from topograph.training import Recipe, TrainingRecord
    >>> record = TrainingRecord(
    ...     recipe=Recipe(epochs=2), seed=0, train_loss=(0.7, 0.5), train_accuracy=(0.5, 0.75),
    ...     test_loss=(0.6, 0.55), test_accuracy=(1.0, 0.5),
    ... )
    >>> ax = plot_training({"points": [record]}, ax=Figure().add_subplot())
    >>> ax.lines[0].get_ydata().tolist()
    [0.5, 0.75]
    """
    if curve not in CURVES:
        raise BudgetError(
            f"A record has the curves {', '.join(CURVES)}. "
            f"Received {curve!r:.80}. Choose one of these."
        )
    _check(records)
    ax = current_axes(ax)
    for place, (name, runs) in enumerate(records.items()):
        values = np.array([getattr(run, curve) for run in runs])
        known = np.isfinite(values).all(axis=0)
        epochs = np.arange(1, values.shape[1] + 1)[known]
        own = {"color": colour(place), "linestyle": LINES[place], "label": name, "zorder": 3}
        ax.plot(epochs, values[:, known].mean(axis=0), **{**own, **style})
        if len(runs) > 1:
            _draw_band(ax, epochs, values[:, known], colour(place))
    ax.set(xlabel="Epoch", ylabel=CURVES[curve])
    ax.legend(loc="best")
    return ax


def _draw_band(
    ax: Axes, epochs: NDArray[np.int64], values: NDArray[np.float64], shade: str
) -> None:
    """Draw one standard deviation to each side of the mean."""
    mean, spread = values.mean(axis=0), values.std(axis=0, ddof=1)
    ax.fill_between(
        epochs, mean - spread, mean + spread, color=shade, alpha=0.2, linewidth=0, zorder=2
    )


def _check(records: Mapping[str, Sequence[TrainingRecord]]) -> None:
    """Refuse what makes no comparison of curves."""
    if not 1 <= len(records) <= len(PALETTE):
        raise ShapeError(
            f"Networks are told apart by at most {len(PALETTE)} colours and lines. "
            f"Received {len(records)} networks. Draw several panels."
        )
    for name, runs in records.items():
        lengths = sorted({len(run.train_loss) for run in runs})
        if len(lengths) != 1:
            raise ShapeError(
                "Curves of one network are averaged epoch by epoch, so they have one length. "
                f"Received records of {lengths} epochs for {name!r}. "
                "Leave out runs that diverged, and say so."
            )
