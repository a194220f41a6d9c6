"""Verdicts: the three words at their borders, files of claims, and the table of a README."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.errors import BudgetError, FormatError
from topograph.studies import Claim, markdown_table, read_claims, verdict

NUMBERS = st.floats(-1e6, 1e6)
ORDER = ("reproduced", "near", "not reproduced")


@pytest.mark.parametrize(
    ("comparison", "found", "word"),
    [
        ("equal", 10.0, "reproduced"),
        ("equal", 11.0, "reproduced"),
        ("equal", 9.0, "reproduced"),
        ("equal", 11.01, "near"),
        ("equal", 13.0, "near"),
        ("equal", 6.9, "not reproduced"),
        ("at least", 99.0, "reproduced"),
        ("at least", 9.0, "reproduced"),
        ("at least", 8.0, "near"),
        ("at least", 6.0, "not reproduced"),
        ("at most", -99.0, "reproduced"),
        ("at most", 12.5, "near"),
        ("at most", 14.0, "not reproduced"),
        ("equal", math.nan, "not reproduced"),
        ("at least", math.nan, "not reproduced"),
        ("at most", math.nan, "not reproduced"),
        ("equal", math.inf, "not reproduced"),
        ("at least", math.inf, "reproduced"),
        ("at most", -math.inf, "reproduced"),
    ],
)
def test_word_for_ten_give_or_take_one(comparison: str, found: float, word: str) -> None:
    claim = Claim("ten", 10, 1, comparison)  # type: ignore[arg-type]
    assert verdict(claim, found).word == word


def test_rounding_does_not_decide() -> None:
    assert verdict(Claim("third", 0.3), 0.1 + 0.2).word == "reproduced"
    assert verdict(Claim("R squared", 0.8, 0.05), 0.75).word == "reproduced"
    assert verdict(Claim("R squared", 0.8, 0.05), 0.65).word == "near"


@given(NUMBERS, NUMBERS, st.floats(0, 100))
def test_signs_turn_at_least_into_at_most(expected: float, found: float, tolerance: float) -> None:
    least = verdict(Claim("x", expected, tolerance, "at least"), found)
    most = verdict(Claim("x", -expected, tolerance, "at most"), -found)
    assert least.word == most.word
    both = verdict(Claim("x", expected, tolerance), found).word
    other = verdict(Claim("x", expected, tolerance, "at most"), found).word
    assert both == max(least.word, other, key=ORDER.index)


@given(NUMBERS, NUMBERS, st.floats(0, 100), st.floats(0, 100))
def test_more_tolerance_never_worsens_the_word(
    expected: float, found: float, tolerance: float, more: float
) -> None:
    strict = verdict(Claim("x", expected, tolerance), found).word
    mild = verdict(Claim("x", expected, tolerance + more), found).word
    assert ORDER.index(mild) <= ORDER.index(strict)


def test_table_is_markdown_that_keeps_its_columns() -> None:
    found = [
        verdict(Claim("mass | 64 layers", 1126, 1, source="Table 1"), 1126.5497),
        verdict(Claim("R squared", 0.8, comparison="at least"), 0.5),
    ]
    lines = markdown_table(found).splitlines()
    assert lines[2] == r"| mass \| 64 layers | Table 1 | 1126 ± 1 | 1126.55 | reproduced |"
    assert lines[3].endswith("0.8 | 0.5 | not reproduced |")
    assert {line.replace(r"\|", "").count("|") for line in lines} == {6}


def test_a_verdict_is_a_result() -> None:
    frame = verdict(Claim("ten", 10, 1), 12).to_frame()
    assert frame.loc[0, ["claim_expected", "found", "word"]].tolist() == [10, 12, "near"]


def test_claims_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "expected.toml"
    path.write_text(
        '[mass]\nname = "NN-Mass"\nexpected = 1126\ntolerance = 1\nsource = "Table 1"\n'
        '[fit]\nname = "R squared"\nexpected = 0.8\ncomparison = "at least"\n'
    )
    assert read_claims(path) == {
        "mass": Claim("NN-Mass", 1126, 1, source="Table 1"),
        "fit": Claim("R squared", 0.8, comparison="at least"),
    }


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("mass = 3", FormatError, "Received mass = 3"),
        ('[mass]\nname = "m"', FormatError, "a name and an expected number"),
        ('[mass]\nname = "m"\nexpected = "3"', FormatError, "expected number"),
        ('[mass]\nname = "m"\nexpected = 3\npage = 4', FormatError, "Choose its parts from"),
        ('[mass]\nname = "m"\nexpected = nan', BudgetError, "number is finite"),
        ('[mass]\nname = "m"\nexpected = 3\ntolerance = -1', BudgetError, "tolerance -1"),
        (
            '[mass]\nname = "m"\nexpected = 3\ncomparison = "near"',
            BudgetError,
            "Received the comparison",
        ),
        ("[mass", FormatError, "described in TOML"),
    ],
)
def test_claims_that_cannot_be_tested_are_refused(
    text: str, error: type[Exception], words: str, tmp_path: Path
) -> None:
    path = tmp_path / "expected.toml"
    path.write_text(text)
    with pytest.raises(error, match=words):
        read_claims(path)
