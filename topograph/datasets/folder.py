"""Where real data lie, and how their files are read."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topograph.errors import FormatError

__all__ = ["VARIABLE", "data_folder", "read_arrays"]

VARIABLE = "TOPOGRAPH_DATA"


def data_folder(folder: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder of the real data: the given one, else the one named by TOPOGRAPH_DATA.

    Raises
    ------
    FormatError
        If neither is given, or if it is not a folder.
    """
    place = os.environ.get(VARIABLE) if folder is None else folder
    if not place:
        raise FormatError(
            f"Real data are read from the folder that {VARIABLE} names, since topograph ships "
            "none. The variable is not set and no folder was given. Set it, pass folder=..., or "
            "use the embedded digits()."
        )
    if not (path := Path(place)).is_dir():
        raise FormatError(
            f"Real data are read from the folder that {VARIABLE} names, since topograph ships "
            f"none. Received {str(path)!r}, which is not a folder. Correct the path."
        )
    return path


def read_arrays(path: Path, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Read named arrays from an npz file, without pickle.

    Raises
    ------
    FormatError
        If the file is missing, damaged or cut off, holds pickled objects, or lacks an array.
    """
    if not path.is_file():
        raise FormatError(
            f"The data set {path.parent.name} lies in {path.parent.name}/{path.name} inside the "
            f"data folder. There is no file {str(path)!r}. Put it there or choose another folder."
        )
    try:
        with zipfile.ZipFile(path) as archive:
            return {name: _member(archive, name) for name in names}
    except (OSError, ValueError, EOFError, KeyError, MemoryError) as error:
        raise _damaged(path, names, error) from error
    except (zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise _damaged(path, names, error) from error


def _member(archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    """Read one array; the archive checks its checksum on the way."""
    with archive.open(f"{name}.npy") as file:
        return np.lib.format.read_array(file, allow_pickle=False)


def _damaged(path: Path, names: Sequence[str], error: Exception) -> FormatError:
    """Say that a file is not what it should be."""
    return FormatError(
        f"A data file is an npz archive with the arrays {', '.join(names)}, free of pickle. "
        f"Received {str(path)!r}, which cannot be read so ({type(error).__name__}: {error}). "
        "Fetch the file again and compare its checksum."
    )
