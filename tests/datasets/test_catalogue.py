from __future__ import annotations

from pathlib import Path

import pytest

from topograph.datasets import available, digits, load, synthetic
from topograph.errors import FormatError


def test_names_lead_to_their_functions() -> None:
    assert load("digits", rng=4) == digits(rng=4)
    rings = {"pieces": 4, "train": 40, "test": 20}
    assert load("rings", **rings) == synthetic("rings", **rings)
    assert load("segments", **rings).name == "segments4"


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(FormatError, match=r"'cifar'.*cifar10, digits, fashion_mnist, mnist, rings"):
        load("cifar")


@pytest.mark.data
@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "cifar10"])
def test_real_sets_are_found_by_name(name: str, data_folder: Path) -> None:
    assert load(name, folder=data_folder).name.startswith(name)


def test_the_catalogue_is_sorted() -> None:
    assert list(available()) == sorted(available())
