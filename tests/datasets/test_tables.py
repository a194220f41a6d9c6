from __future__ import annotations

import gzip
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from topograph.datasets import nasbench201_results, nasbench_macro_results
from topograph.datasets.tables import IMAGES
from topograph.errors import FormatError


def cells(rows: int = 15_625) -> pd.DataFrame:
    """Return a table of the right form with made-up numbers."""
    numbers = {f"{data}_{part}": 50.0 for data in IMAGES for part in ("test", "valid")}
    numbers |= {"params_M_cifar10": 0.1, "flops_M_cifar10": 9.0}
    words = {"arch_str": "|none~0|", "unique_str": "#"}
    return pd.DataFrame({"arch_index": np.arange(rows), **words, **numbers})


def chains() -> pd.DataFrame:
    """Return a table of the right form with made-up numbers."""
    names = ("n_blocks", "test_acc_s1", "test_acc_s2", "test_acc_s3", "test_acc_mean")
    numbers = dict.fromkeys((*names, "test_acc_std", "params", "flops"), 1.0)
    return pd.DataFrame({"arch": ["".join(c) for c in product("012", repeat=8)], **numbers})


def write(folder: Path, name: str, table: pd.DataFrame) -> Path:
    (folder / name).mkdir(exist_ok=True)
    path = folder / name / f"{name}.csv.gz"
    table.to_csv(path, index=False)
    return path


def test_tables_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "nasbench201", cells())
    write(tmp_path, "nasbench_macro", chains())
    pd.testing.assert_frame_equal(nasbench201_results(folder=tmp_path), cells())
    monkeypatch.setenv("TOPOGRAPH_DATA", str(tmp_path))
    pd.testing.assert_frame_equal(nasbench_macro_results(), chains())


def test_chains_stay_text(tmp_path: Path) -> None:
    write(tmp_path, "nasbench_macro", chains())
    assert nasbench_macro_results(folder=tmp_path).arch[0] == "00000000"


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (cells(15_624), "Received 15624 rows"),
        (cells()[::-1], "in order"),
        (cells().drop(columns="arch_index"), "none like that for arch_index"),
        (cells().drop(columns=["arch_str", "cifar10_test"]), "for arch_str, cifar10_test"),
        (cells().assign(cifar100_test=np.nan), "for cifar100_test"),
        (cells().assign(cifar100_test="high"), "for cifar100_test"),
        (cells().assign(unique_str=None), "for unique_str"),
    ],
)
def test_other_tables_of_cells_are_refused(tmp_path: Path, table: pd.DataFrame, words: str) -> None:
    write(tmp_path, "nasbench201", table)
    with pytest.raises(FormatError, match=words):
        nasbench201_results(folder=tmp_path)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (chains()[1:], "Received 6560 chains"),
        (chains().assign(arch=[f"{n:08d}" for n in range(6561)]), "from 0 to 2"),
        (chains().drop(columns="flops"), "for flops"),
    ],
)
def test_other_tables_of_chains_are_refused(
    tmp_path: Path, table: pd.DataFrame, words: str
) -> None:
    write(tmp_path, "nasbench_macro", table)
    with pytest.raises(FormatError, match=words):
        nasbench_macro_results(folder=tmp_path)


@pytest.mark.parametrize("load", [nasbench201_results, nasbench_macro_results])
def test_a_missing_table_is_named(
    load: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert callable(load)
    with pytest.raises(FormatError, match=r"There is no file .*csv\.gz"):
        load(folder=tmp_path)
    monkeypatch.delenv("TOPOGRAPH_DATA", raising=False)
    with pytest.raises(FormatError, match=r"TOPOGRAPH_DATA.*not set"):
        load()


def test_damaged_tables_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "nasbench_macro", chains())
    whole = path.read_bytes()
    changed = bytearray(whole)
    changed[500] ^= 0xFF
    for content in (b"", whole[:100], whole[:-20], b"no gzip", bytes(changed), gzip.compress(b"")):
        path.write_bytes(content)
        with pytest.raises(FormatError, match="Fetch the file again"):
            nasbench_macro_results(folder=tmp_path)


@pytest.mark.data
def test_the_real_tables_have_the_published_optima(data_folder: Path) -> None:
    table = nasbench201_results(folder=data_folder)
    best = [(int(table[f"{data}_test"].idxmax()), table[f"{data}_test"].max()) for data in IMAGES]
    assert [index for index, _ in best] == [6111, 9930, 857]
    assert [round(value, 2) for _, value in best] == [94.37, 73.51, 47.31]
    assert table.unique_str.nunique() == 6466
    macro = nasbench_macro_results(folder=data_folder)
    assert macro.arch[macro.test_acc_mean.idxmax()] == "22212202"
    assert macro.test_acc_mean.max() == pytest.approx(93.1267)
