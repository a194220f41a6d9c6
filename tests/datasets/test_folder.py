from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from topograph.datasets.folder import data_folder, read_arrays
from topograph.errors import FormatError


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "set.npz"
    np.savez_compressed(path, x=np.arange(1000, dtype=np.uint8), y=np.ones(3))
    return path


def test_a_given_folder_wins_over_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOPOGRAPH_DATA", str(tmp_path))
    assert data_folder() == tmp_path
    (tmp_path / "inner").mkdir()
    assert data_folder(tmp_path / "inner") == tmp_path / "inner"


@pytest.mark.parametrize("value", [None, ""])
def test_without_a_folder_the_variable_is_named(
    value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TOPOGRAPH_DATA", raising=False)
    if value is not None:
        monkeypatch.setenv("TOPOGRAPH_DATA", value)
    with pytest.raises(FormatError, match=r"TOPOGRAPH_DATA.*not set.*folder="):
        data_folder()


def test_a_folder_that_is_none_is_named(archive: Path) -> None:
    with pytest.raises(FormatError, match=r"set\.npz.*not a folder"):
        data_folder(archive)


def test_arrays_come_back_as_they_were_written(archive: Path) -> None:
    arrays = read_arrays(archive, ["x", "y"])
    np.testing.assert_array_equal(arrays["x"], np.arange(1000, dtype=np.uint8))
    np.testing.assert_array_equal(arrays["y"], np.ones(3))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"There is no file .*gone\.npz"):
        read_arrays(tmp_path / "gone.npz", ["x"])


def test_a_missing_array_is_named(archive: Path) -> None:
    with pytest.raises(FormatError, match=r"z\.npy"):
        read_arrays(archive, ["x", "z"])


def test_every_cut_of_a_file_is_refused(archive: Path) -> None:
    content = archive.read_bytes()
    for length in range(0, len(content), 37):
        archive.write_bytes(content[:length])
        with pytest.raises(FormatError, match="cannot be read"):
            read_arrays(archive, ["x", "y"])


def test_a_changed_byte_of_the_content_is_refused(archive: Path) -> None:
    content = bytearray(archive.read_bytes())
    content[200] ^= 0xFF
    archive.write_bytes(content)
    with pytest.raises(FormatError, match="Fetch the file again"):
        read_arrays(archive, ["x", "y"])


def test_pickled_objects_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "objects.npz"
    np.savez(path, x=np.array([{}, []], dtype=object))
    with pytest.raises(FormatError, match="pickle"):
        read_arrays(path, ["x"])


def test_an_impossible_size_in_a_header_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "huge.npz"
    header = {"descr": "|u1", "fortran_order": False, "shape": (10**15,)}
    with zipfile.ZipFile(path, "w") as file, file.open("x.npy", "w") as member:
        np.lib.format.write_array_header_1_0(member, header)
    with pytest.raises(FormatError, match="cannot be read"):
        read_arrays(path, ["x"])
