"""Tables of architectures and the accuracies that they reached, from the TOPOGRAPH_DATA folder."""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from topograph.datasets.folder import data_folder
from topograph.errors import FormatError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["nasbench201_results", "nasbench_macro_results"]

IMAGES = ("cifar10", "cifar100", "imagenet16")
"""What the networks of NAS-Bench-201 were trained on."""

CELLS = 15_625
CHAINS = 3**8


def nasbench201_results(*, folder: str | os.PathLike[str] | None = None) -> pd.DataFrame:
    """Read what all 15,625 networks of NAS-Bench-201 reached after 200 epochs.

    Parameters
    ----------
    folder : path or None
        The folder that holds ``nasbench201/nasbench201.csv.gz``; None takes the one named by
        TOPOGRAPH_DATA.

    Returns
    -------
    DataFrame
        Row i is the cell of official index i, as in `topograph.search.CellSpace.nasbench201`:
        ``arch_str``, ``unique_str``; test accuracies ``cifar10_test``, ``cifar100_test``,
        ``imagenet16_test`` in percent, means over the seeds that there are; validation accuracies
        ``..._valid``; ``params_M_cifar10`` and ``flops_M_cifar10`` in millions; and further
        columns of the file.

    Raises
    ------
    FormatError
        If the folder or the file is missing, damaged, or not of this form.

    Notes
    -----
    Parameters and operations count every edge, also on ways that lead nowhere.

    References
    ----------
    .. [1] X. Dong and Y. Yang, "NAS-Bench-201: extending the scope of reproducible neural
           architecture search", ICLR 2020.
    .. [2] X. Dong et al., "NATS-Bench: benchmarking NAS algorithms for architecture topology and
           size", TPAMI 2021.
    """
    accuracies = [f"{data}_{part}" for data in IMAGES for part in ("test", "valid")]
    counts = ["params_M_cifar10", "flops_M_cifar10"]
    numbers = ["arch_index", *accuracies, *counts]
    table = _read("nasbench201", folder, text=["arch_str", "unique_str"], numbers=numbers)
    if table.arch_index.tolist() != list(range(CELLS)):
        raise FormatError(
            f"The table of NAS-Bench-201 has a row for each index 0, ..., {CELLS - 1}, in order. "
            f"Received {len(table)} rows. Fetch the file again."
        )
    return table


def nasbench_macro_results(*, folder: str | os.PathLike[str] | None = None) -> pd.DataFrame:
    """Read what all 6,561 networks of NAS-Bench-Macro reached on CIFAR-10.

    Parameters
    ----------
    folder : path or None
        The folder that holds ``nasbench_macro/nasbench_macro.csv.gz``; None takes the one named by
        TOPOGRAPH_DATA.

    Returns
    -------
    DataFrame
        ``arch``, eight digits, one for each layer: 0 identity, 1 a mobile block of kernel 3 and
        expansion 3, 2 one of kernel 5 and expansion 6; ``n_blocks``, the layers that are no
        identity; ``test_acc_mean`` and ``test_acc_std`` in percent, over the three trainings
        ``test_acc_s1``, ``_s2``, ``_s3``; ``params`` and ``flops``.

    Raises
    ------
    FormatError
        If the folder or the file is missing, damaged, or not of this form.

    References
    ----------
    .. [1] X. Su et al., "Prioritized architecture sampling with Monte-Carlo tree search",
           CVPR 2021.
    """
    runs = [f"test_acc_s{run}" for run in (1, 2, 3)]
    numbers = ["n_blocks", *runs, "test_acc_mean", "test_acc_std", "params", "flops"]
    table = _read("nasbench_macro", folder, text=["arch"], numbers=numbers)
    if table.arch.nunique() != CHAINS or not table.arch.str.fullmatch("[012]{8}").all():
        raise FormatError(
            f"The table of NAS-Bench-Macro has a row for each of {CHAINS} chains of eight digits "
            f"from 0 to 2. Received {table.arch.nunique()} chains. Fetch the file again."
        )
    return table


def _read(
    name: str,
    folder: str | os.PathLike[str] | None,
    *,
    text: Sequence[str],
    numbers: Sequence[str],
) -> pd.DataFrame:
    """Read a table and check that it has these columns of text and of numbers without gaps."""
    import pandas as pd

    path = data_folder(folder) / name / f"{name}.csv.gz"
    if not path.is_file():
        raise FormatError(
            f"The table {name} lies in {name}/{path.name} inside the data folder. "
            f"There is no file {str(path)!r}. Put it there or choose another folder."
        )
    try:
        table = pd.read_csv(path, dtype=dict.fromkeys(text, "str"), compression="gzip")
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise FormatError(
            "A table of results is a text file of comma-separated values, compressed by gzip. "
            f"Received {str(path)!r}, which cannot be read so ({type(error).__name__}: {error}). "
            "Fetch the file again and compare its checksum."
        ) from error
    broken = [column for column in [*text, *numbers] if not _is_whole(table, column, text)]
    if broken:
        raise FormatError(
            f"The table {name} has the columns {', '.join([*text, *numbers])}, without gaps. "
            f"Received none like that for {', '.join(broken)}. Fetch the file again."
        )
    return table


def _is_whole(table: pd.DataFrame, column: str, text: Sequence[str]) -> bool:
    """Tell whether a column is there, of the right kind and without gaps."""
    if column not in table:
        return False
    fits = column in text or table[column].dtype.kind in "iuf"
    return bool(fits and table[column].notna().all())
