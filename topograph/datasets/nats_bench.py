"""What the official program of NATS-Bench knows of NAS-Bench-201, as the same table."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from topograph.errors import BudgetError, FormatError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["nats_bench_results"]

TRAININGS = {
    "cifar10": ("cifar10-valid", "cifar10"),
    "cifar100": ("cifar100", "cifar100"),
    "imagenet16": ("ImageNet16-120", "ImageNet16-120"),
}
"""For each set of images the trainings that are judged on validation and on test images."""

EPOCHS = (12, 200)
HOME = "TORCH_HOME"


def nats_bench_results(
    archive: str | os.PathLike[str] | None = None,
    *,
    indices: Sequence[int] | None = None,
    epochs: int = 200,
    progress: bool = False,
) -> pd.DataFrame:
    """Read the topology space of NATS-Bench through its official package, `nats_bench`.

    Parameters
    ----------
    archive : path or None
        The unpacked folder ``NATS-tss-v1_0-...-simple``; None lets the package find it in the
        folder that TORCH_HOME names.
    indices : sequence of int, optional
        Official indices of the cells to read; by default all 15,625.
    epochs : {200, 12}
        Length of the training.
    progress : bool
        Whether to show a progress bar: each cell is a file.

    Returns
    -------
    DataFrame
        Columns as in `nasbench201_results`: ``arch_index``, ``arch_str``, test and validation
        accuracies in percent, means over the seeds that there are, ``params_M_cifar10`` and
        ``flops_M_cifar10`` in millions.

    Raises
    ------
    FormatError
        If the package is not installed, the archive is not there, or it lacks a number.
    BudgetError
        If `epochs` is neither.

    Notes
    -----
    Accuracies on CIFAR-10 come from two trainings: those on test images from networks that saw the
    validation images too. The package unpickles the archive, and a pickle can run any program:
    read no archive but the official one.

    References
    ----------
    .. [1] X. Dong et al., "NATS-Bench: benchmarking NAS algorithms for architecture topology and
           size", TPAMI 2021.
    """
    import pandas as pd
    from tqdm import tqdm

    if epochs not in EPOCHS:
        raise BudgetError(
            f"The networks of NATS-Bench were trained for {EPOCHS[0]} or {EPOCHS[1]} epochs. "
            f"Received {epochs!r:.80}. Choose one of these."
        )
    api = _opened(archive)
    chosen = range(len(api)) if indices is None else indices
    rows = [
        _row(api, int(index), str(epochs))
        for index in tqdm(chosen, unit="cell", disable=not progress)
    ]
    return pd.DataFrame(rows)


def _opened(archive: str | os.PathLike[str] | None) -> Any:
    """Open the archive with the official package."""
    try:
        package = import_module("nats_bench")
    except ImportError as error:
        raise FormatError(
            "The archive of NATS-Bench is read by its official package, nats_bench. "
            "It is not installed. Run 'pip install nats_bench', or use nasbench201_results()."
        ) from error
    home = os.environ.get(HOME)
    if archive is None and not home:
        raise FormatError(
            f"The archive of NATS-Bench is a folder, given or inside the one that {HOME} names. "
            f"Received none, and {HOME} is not set. Pass the folder that ends with '-simple'."
        )
    if archive is not None and not os.path.isdir(archive):
        raise FormatError(
            "The archive of NATS-Bench is an unpacked folder with a file for each cell. "
            f"Received {os.fspath(archive)!r}, which is no folder. "
            "Pass the folder that ends with '-simple'."
        )
    path = None if archive is None else os.fspath(archive)
    try:
        return package.create(path, "tss", fast_mode=True, verbose=False)
    except (OSError, ValueError) as error:
        raise _unreadable(f"{path!r} inside {home!r}" if path is None else repr(path)) from error


def _row(api: Any, index: int, epochs: str) -> dict[str, Any]:
    """Read one cell: its string, its accuracies and its costs."""
    try:
        row: dict[str, Any] = {"arch_index": index, "arch_str": api[index]}
        for images, (valid, test) in TRAININGS.items():
            on_valid = api.get_more_info(index, valid, hp=epochs, is_random=False)
            on_test = (
                on_valid
                if test == valid
                else api.get_more_info(index, test, hp=epochs, is_random=False)
            )
            row[f"{images}_test"] = float(on_test["test-accuracy"])
            row[f"{images}_valid"] = float(on_valid["valid-accuracy"])
        costs = api.get_cost_info(index, "cifar10", hp=epochs)
        row["params_M_cifar10"] = float(costs["params"])
        row["flops_M_cifar10"] = float(costs["flops"])
    except (OSError, ValueError, LookupError) as error:
        raise _unreadable(f"cell {index} ({type(error).__name__}: {error})") from error
    return row


def _unreadable(what: str) -> FormatError:
    """Say that the package could not read something."""
    return FormatError(
        "The archive of NATS-Bench has a file for each cell, with accuracies and costs. "
        f"The package could not read {what:.300}. Unpack the archive again and check the index."
    )
