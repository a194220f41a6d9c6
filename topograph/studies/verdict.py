"""Whether a claim holds: what was expected, what was found, and one word for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from topograph.errors import BudgetError, FormatError
from topograph.result import Result
from topograph.studies.plan import read_toml

if TYPE_CHECKING:
    import os

__all__ = ["Claim", "Verdict", "markdown_table", "read_claims", "verdict"]

Comparison: TypeAlias = Literal["equal", "at least", "at most"]
Word: TypeAlias = Literal["reproduced", "near", "not reproduced"]

_SIGNS = {
    "equal": "",
    "at least": "\N{GREATER-THAN OR EQUAL TO} ",
    "at most": "\N{LESS-THAN OR EQUAL TO} ",
}
_NEAR = 3


@dataclass(frozen=True, slots=True)
class Claim(Result):
    """A number that somebody published, and how far from it still confirms it.

    Parameters
    ----------
    name : str
        What is claimed.
    expected : float
        The published number.
    tolerance : float
        At least 0, in the unit of `expected`: half of the last printed digit for a deterministic
        number, a few standard deviations for one that training finds.
    comparison : {"equal", "at least", "at most"}
        What the found number should be to the expected one.
    source : str
        Where it stands: figure, table or page.

    Raises
    ------
    BudgetError
        If a number is not finite, the tolerance is negative, or the comparison is unknown.
    """

    name: str
    expected: float
    tolerance: float = 0.0
    comparison: Comparison = "equal"
    source: str = ""

    def __post_init__(self) -> None:
        if self.comparison not in _SIGNS:
            raise BudgetError(
                "A claim says what the found number should be to the expected one. "
                f"Received the comparison {self.comparison!r}. Choose from {', '.join(_SIGNS)}."
            )
        if not isfinite(self.expected) or not 0 <= self.tolerance < float("inf"):
            raise BudgetError(
                "A claim can be tested where its number is finite and its tolerance at least 0. "
                f"Received {self.expected} with tolerance {self.tolerance}. Correct them."
            )


@dataclass(frozen=True, slots=True)
class Verdict(Result):
    """What became of a claim; `verdict` makes it.

    Attributes
    ----------
    claim : Claim
        What was expected.
    found : float
        What came out.
    word : {"reproduced", "near", "not reproduced"}
        The verdict.
    """

    claim: Claim
    found: float
    word: Word

    def to_markdown(self) -> str:
        """Return the row of `markdown_table`.

        Examples
        --------
        >>> claim = Claim("mass, 64 layers", 1126.5, 0.5, source="Table 1")
        >>> verdict(claim, 1126.5497).to_markdown()
        '| mass, 64 layers | Table 1 | 1126.5 ± 0.5 | 1126.55 | reproduced |'
        """
        claim = self.claim
        expected = f"{_SIGNS[claim.comparison]}{claim.expected:.6g}"
        if claim.tolerance:
            expected += f" ± {claim.tolerance:.3g}"
        cells = (claim.name, claim.source, expected, f"{self.found:.6g}", self.word)
        return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def verdict(claim: Claim, found: float) -> Verdict:
    r"""Compare what was found with what a claim expects.

    The distance from the claim is :math:`|f - e|` for "equal", :math:`\max(e - f, 0)` for "at
    least" and :math:`\max(f - e, 0)` for "at most", with :math:`e` expected and :math:`f`
    found. It is *reproduced* within the tolerance and *near* within three times as much.

    Parameters
    ----------
    claim : Claim
        What is expected.
    found : float
        What came out, in the unit of the claim. NaN never confirms anything.

    Returns
    -------
    Verdict
        The claim, the number, and the word.

    Notes
    -----
    A distance that exceeds the tolerance by rounding alone, a part in :math:`10^9` of the numbers,
    counts as within it.

    Examples
    --------
    >>> claim = Claim("R squared of NN-Mass", 0.8, 0.05)
    >>> [verdict(claim, found).word for found in (0.75, 0.9, 0.4)]
    ['reproduced', 'near', 'not reproduced']
    """
    found = float(found)
    above = found - claim.expected
    distance = {"equal": abs(above), "at least": max(-above, 0), "at most": max(above, 0)}
    excess = distance[claim.comparison] - 1e-9 * max(abs(found), abs(claim.expected))
    word: Word = "not reproduced"
    if excess <= claim.tolerance:
        word = "reproduced"
    elif excess <= _NEAR * claim.tolerance:
        word = "near"
    return Verdict(claim, found, word)


def markdown_table(verdicts: Iterable[Verdict]) -> str:
    """Return verdicts as a Markdown table, for the README of an analysis.

    Examples
    --------
    >>> print(markdown_table([verdict(Claim("links", 58), 58)]))
    | claim | source | expected | found | verdict |
    | --- | --- | --- | --- | --- |
    | links |  | 58 | 58 | reproduced |
    """
    head = ["| claim | source | expected | found | verdict |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([*head, *(each.to_markdown() for each in verdicts)])


def read_claims(path: str | os.PathLike[str]) -> dict[str, Claim]:
    """Read claims from a TOML file, by their keys.

    Each table is a claim, its parts are those of `Claim`::

        [mass_64]
        name = "NN-Mass, 64 layers"
        expected = 1126
        tolerance = 1
        source = "Table 1"

    Raises
    ------
    FormatError
        If the file is no TOML, or a table has parts that no claim has.
    BudgetError
        If a claim cannot be tested.
    OSError
        If there is no such file, or it may not be read.
    """
    return {key: _claim(key, parts) for key, parts in read_toml(path).items()}


def _claim(key: str, parts: Any) -> Claim:
    """Make a claim from a table, or refuse it."""
    known = {part.name for part in fields(Claim)}
    numbers = ("expected", "tolerance")
    if (
        not isinstance(parts, dict)
        or not {"name", "expected"} <= set(parts) <= known
        or not all(isinstance(parts.get(number, 0), int | float) for number in numbers)
    ):
        raise FormatError(
            "A claim is a table with a name and an expected number, so that it can be tested. "
            f"Received {key} = {parts!r:.120}. Choose its parts from {', '.join(sorted(known))}."
        )
    return Claim(**parts)
