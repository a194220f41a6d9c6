from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from topograph.datasets import nasbench201_results, nats_bench_results
from topograph.errors import BudgetError, FormatError
from topograph.search import CellSpace

SPACE = CellSpace.nasbench201()
ACCURACIES = {
    ("cifar10-valid", "valid"): 1.0,
    ("cifar10-valid", "test"): 2.0,
    ("cifar10", "test"): 3.0,
    ("cifar100", "valid"): 4.0,
    ("cifar100", "test"): 5.0,
    ("ImageNet16-120", "valid"): 6.0,
    ("ImageNet16-120", "test"): 7.0,
}


class Api:
    """The part of the official program that is used, as its README describes it."""

    def __init__(self, missing: str = "") -> None:
        self.missing = missing

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> str:
        return SPACE.strings[index]

    def get_more_info(
        self,
        index: int,
        dataset: str,
        iepoch: int | None = None,
        hp: str = "12",
        is_random: bool = True,
    ) -> dict[str, float]:
        if index >= len(self):
            raise ValueError(f"no {index}")
        assert not is_random
        assert iepoch is None
        found = {
            f"{part}-accuracy": value + 10 * index + int(hp)
            for (name, part), value in ACCURACIES.items()
            if name == dataset
        }
        return {key: value for key, value in found.items() if key != self.missing}

    def get_cost_info(self, index: int, dataset: str, hp: str = "12") -> dict[str, float]:
        assert dataset == "cifar10"
        return {"flops": 18.0 + index, "params": 0.1, "latency": 0.02}


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module with the door of the official package; it notes how it was entered."""
    module = ModuleType("nats_bench")
    module.api = Api()

    def create(path: str | None, space: str, fast_mode: bool = False, verbose: bool = True) -> Api:
        module.entered = (path, space, fast_mode, verbose)
        return module.api

    module.create = create
    monkeypatch.setitem(sys.modules, "nats_bench", module)
    return module


def test_cells_are_read_in_order(package: ModuleType, tmp_path: Path) -> None:
    table = nats_bench_results(tmp_path)
    assert package.entered == (str(tmp_path), "tss", True, False)
    assert table.arch_index.tolist() == [0, 1, 2]
    assert table.arch_str.tolist() == SPACE.strings[:3]
    assert table.flops_M_cifar10.tolist() == [18, 19, 20]
    expected = {"cifar10_test": 203.0, "cifar10_valid": 201.0, "cifar100_test": 205.0}
    expected |= {"cifar100_valid": 204.0, "imagenet16_test": 207.0, "imagenet16_valid": 206.0}
    assert table.loc[0, list(expected)].to_dict() == expected


def test_some_cells_of_the_short_training(package: ModuleType, tmp_path: Path) -> None:
    table = nats_bench_results(tmp_path, indices=[2], epochs=12)
    assert table.arch_index.tolist() == [2]
    assert table.cifar10_test.tolist() == [3 + 20 + 12]


def test_the_package_finds_its_own_archive(
    package: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", "somewhere")
    nats_bench_results(indices=[0])
    assert package.entered[0] is None
    monkeypatch.delenv("TORCH_HOME")
    with pytest.raises(FormatError, match="TORCH_HOME is not set"):
        nats_bench_results()


def test_what_cannot_be_read_is_named(package: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="which is no folder"):
        nats_bench_results(tmp_path / "none")
    with pytest.raises(FormatError, match="cell 3 .*no 3"):
        nats_bench_results(tmp_path, indices=[3])
    package.api = Api(missing="test-accuracy")
    with pytest.raises(FormatError, match="cell 0 .*test-accuracy"):
        nats_bench_results(tmp_path)
    with pytest.raises(BudgetError, match="Received 90"):
        nats_bench_results(tmp_path, epochs=90)


def test_an_archive_that_the_package_refuses(package: ModuleType, tmp_path: Path) -> None:
    def create(*_: object, **__: object) -> Api:
        raise FileNotFoundError("meta.pickle.pbz2")

    package.create = create
    with pytest.raises(FormatError, match="could not read"):
        nats_bench_results(tmp_path)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "nats_bench", None)
    with pytest.raises(FormatError, match="pip install nats_bench"):
        nats_bench_results(tmp_path)


@pytest.mark.data
def test_the_columns_are_those_of_the_table(
    package: ModuleType, tmp_path: Path, data_folder: Path
) -> None:
    table: pd.DataFrame = nasbench201_results(folder=data_folder)
    assert set(nats_bench_results(tmp_path)) <= set(table)
    assert table.arch_str.tolist()[:3] == nats_bench_results(tmp_path).arch_str.tolist()
