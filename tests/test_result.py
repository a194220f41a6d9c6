from __future__ import annotations

import json
from dataclasses import dataclass, field

import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from topograph.arrays import to_device
from topograph.errors import ShapeError
from topograph.result import Result


@dataclass(frozen=True, slots=True)
class Fit(Result):
    mean: float = field(metadata={"unit": "links"})
    law: str = "poisson"


@dataclass(frozen=True, slots=True)
class Degrees(Result):
    degree: np.ndarray = field(metadata={"unit": "links"})
    count: tuple[int, ...] = field(metadata={"unit": "<channels>"})
    fit: Fit
    total: int = 3


@dataclass(frozen=True, slots=True)
class Anything(Result):
    part: object


@dataclass(frozen=True, slots=True)
class Sum(Result):
    _terms: tuple[int, ...]
    total: int


DEGREES = Degrees(np.array([0, 4]), (1, 2), Fit(8 / 3))


def test_dict_holds_plain_values_that_json_can_take():
    parts = {
        "degree": [0, 4],
        "count": [1, 2],
        "fit": {"mean": 8 / 3, "law": "poisson"},
        "total": 3,
    }
    assert DEGREES.to_dict() == parts
    assert json.loads(json.dumps(DEGREES.to_dict())) == parts


@pytest.mark.parametrize(
    ("part", "plain"),
    [
        (np.float64(0.5), 0.5),
        (np.array(2), 2),
        (np.eye(2), [[1.0, 0.0], [0.0, 1.0]]),
        ([Fit(1.0)], [{"mean": 1.0, "law": "poisson"}]),
        ({2: np.ones(1)}, {"2": [1.0]}),
        (None, None),
    ],
)
def test_every_kind_of_part_becomes_plain(part, plain):
    assert Anything(part).to_dict() == {"part": plain}
    assert type(Anything(part).to_dict()["part"]) is type(plain)


@pytest.mark.gpu
def test_arrays_on_a_gpu_become_lists():
    assert Anything(to_device(np.ones(2), "cuda")).to_dict() == {"part": [1.0, 1.0]}


def test_frame_is_tidy():
    import pandas as pd

    expected = pd.DataFrame(
        {
            "degree": [0, 4],
            "count": [1, 2],
            "fit_mean": [8 / 3, 8 / 3],
            "fit_law": ["poisson"] * 2,
            "total": [3, 3],
        }
    )
    assert_frame_equal(DEGREES.to_frame(), expected)


def test_single_values_make_one_row():
    assert Fit(2.0).to_frame().to_dict("records") == [{"mean": 2.0, "law": "poisson"}]


def test_an_empty_sequence_makes_no_row():
    assert Anything(()).to_frame().shape == (0, 1)


def test_columns_of_two_lengths_are_refused():
    with pytest.raises(ShapeError, match="'degree': 1, 'count': 2"):
        Degrees(np.zeros(1), (1, 2), Fit(1.0)).to_frame()


@pytest.mark.parametrize("part", [np.eye(2), [Fit(1.0)]])
def test_nested_values_are_no_column(part):
    with pytest.raises(ShapeError, match=r"'part'.*to_dict"):
        Anything(part).to_frame()


def test_html_shows_values_and_units_escaped():
    html = DEGREES._repr_html_()
    assert "<caption>Degrees</caption>" in html
    assert "<td>0 4</td><td>links</td>" in html
    assert "&lt;channels&gt;" in html
    assert "2.66667" in html


def test_html_shortens_long_sequences():
    html = Anything(np.arange(1000))._repr_html_()
    assert "0 1 2 … 997 998 999 (1000 values)" in html


def test_fields_with_an_underscore_are_no_parts():
    found = Sum((1, 2), 3)
    assert found.to_dict() == {"total": 3}
    assert list(found.to_frame().columns) == ["total"]
    assert "_terms" not in found._repr_html_()
