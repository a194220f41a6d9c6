"""Genotypes: two cells, each a list of operations on earlier feature maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from topograph.errors import ArchitectureError

Choice = tuple[str, int]
"""An operation and the feature map that it reads: 0 and 1 are the inputs, 2, 3, ... the sums."""


class Genotype(NamedTuple):
    """A normal and a reduction cell.

    Attributes
    ----------
    normal, reduce : sequence of (str, int)
        Two choices for each sum, in turn.
    normal_concat, reduce_concat : sequence of int
        Feature maps that are concatenated.
    """

    normal: Sequence[Choice]
    normal_concat: Sequence[int]
    reduce: Sequence[Choice]
    reduce_concat: Sequence[int]


OPERATIONS = (
    "skip_connect",
    "avg_pool_3x3",
    "max_pool_3x3",
    "max_pool_5x5",
    "max_pool_7x7",
    "conv_1x1",
    "conv_3x3",
    "sep_conv_3x3",
    "sep_conv_5x5",
    "sep_conv_7x7",
    "dil_conv_3x3",
    "dil_conv_5x5",
    "conv_3x1_1x3",
    "conv_7x1_1x7",
)
"""The operations of the DARTS, NASNet, AmoebaNet, PNAS and ENAS cells in this form."""


def _pairs(text: str) -> list[Choice]:
    """Read choices from words ``operation~source``."""
    parts = [word.split("~") for word in text.split()]
    return [(name, int(source)) for name, source in parts]


PNAS = _pairs(
    "sep_conv_5x5~0 max_pool_3x3~0 sep_conv_7x7~1 max_pool_3x3~1 sep_conv_5x5~1 "
    "sep_conv_3x3~1 sep_conv_3x3~4 max_pool_3x3~1 sep_conv_3x3~0 skip_connect~1"
)
"""The one cell of PNASNet-5, of both strides."""

GENOTYPES = {
    "DARTS_V1": Genotype(
        _pairs(
            "sep_conv_3x3~1 sep_conv_3x3~0 skip_connect~0 sep_conv_3x3~1 "
            "skip_connect~0 sep_conv_3x3~1 sep_conv_3x3~0 skip_connect~2"
        ),
        (2, 3, 4, 5),
        _pairs(
            "max_pool_3x3~0 max_pool_3x3~1 skip_connect~2 max_pool_3x3~0 "
            "max_pool_3x3~0 skip_connect~2 skip_connect~2 avg_pool_3x3~0"
        ),
        (2, 3, 4, 5),
    ),
    "DARTS_V2": Genotype(
        _pairs(
            "sep_conv_3x3~0 sep_conv_3x3~1 sep_conv_3x3~0 sep_conv_3x3~1 "
            "sep_conv_3x3~1 skip_connect~0 skip_connect~0 dil_conv_3x3~2"
        ),
        (2, 3, 4, 5),
        _pairs(
            "max_pool_3x3~0 max_pool_3x3~1 skip_connect~2 max_pool_3x3~1 "
            "max_pool_3x3~0 skip_connect~2 skip_connect~2 max_pool_3x3~1"
        ),
        (2, 3, 4, 5),
    ),
    "NASNet": Genotype(
        _pairs(
            "sep_conv_5x5~1 sep_conv_3x3~0 sep_conv_5x5~0 sep_conv_3x3~0 avg_pool_3x3~1 "
            "skip_connect~0 avg_pool_3x3~0 avg_pool_3x3~0 sep_conv_3x3~1 skip_connect~1"
        ),
        (2, 3, 4, 5, 6),
        _pairs(
            "sep_conv_5x5~1 sep_conv_7x7~0 max_pool_3x3~1 sep_conv_7x7~0 avg_pool_3x3~1 "
            "sep_conv_5x5~0 skip_connect~3 avg_pool_3x3~2 sep_conv_3x3~2 max_pool_3x3~1"
        ),
        (4, 5, 6),
    ),
    "AmoebaNet": Genotype(
        _pairs(
            "avg_pool_3x3~0 max_pool_3x3~1 sep_conv_3x3~0 sep_conv_5x5~2 sep_conv_3x3~0 "
            "avg_pool_3x3~3 sep_conv_3x3~1 skip_connect~1 skip_connect~0 avg_pool_3x3~1"
        ),
        (4, 5, 6),
        _pairs(
            "avg_pool_3x3~0 sep_conv_3x3~1 max_pool_3x3~0 sep_conv_7x7~2 sep_conv_7x7~0 "
            "avg_pool_3x3~1 max_pool_3x3~0 max_pool_3x3~1 conv_7x1_1x7~0 sep_conv_3x3~5"
        ),
        (3, 4, 6),
    ),
    "PNASNet": Genotype(PNAS, (2, 3, 4, 5, 6), PNAS, (2, 3, 4, 5, 6)),
    "ENAS": Genotype(
        _pairs(
            "avg_pool_3x3~0 sep_conv_3x3~0 skip_connect~0 sep_conv_5x5~0 skip_connect~0 "
            "sep_conv_5x5~1 sep_conv_3x3~1 sep_conv_5x5~0 avg_pool_3x3~0 sep_conv_5x5~1"
        ),
        (2, 3, 4, 5, 6),
        _pairs(
            "sep_conv_3x3~1 sep_conv_3x3~1 max_pool_3x3~0 avg_pool_3x3~0 sep_conv_5x5~1 "
            "sep_conv_5x5~3 sep_conv_3x3~1 skip_connect~0 max_pool_3x3~0 sep_conv_5x5~1"
        ),
        (2, 4, 5, 6),
    ),
}
"""Published cells, as the DARTS program writes them; ENAS as its authors' program has them."""


def as_genotype(genotype: str | Genotype | Mapping[str, Any]) -> Genotype:
    """Return a checked genotype, from its name, its parts by name, or itself.

    >>> as_genotype("DARTS_V2").normal[0]
    ('sep_conv_3x3', 0)
    """
    if isinstance(genotype, str):
        if genotype not in GENOTYPES:
            raise ArchitectureError(
                f"A published genotype is one of {', '.join(GENOTYPES)}. "
                f"Received {genotype!r:.80}. Choose one of these or give its parts."
            )
        return GENOTYPES[genotype]
    parts = genotype if isinstance(genotype, Mapping) else _attributes(genotype)
    missing = [name for name in Genotype._fields if name not in parts]
    if missing:
        raise ArchitectureError(
            f"A genotype has the parts {', '.join(Genotype._fields)}. "
            f"Received none called {', '.join(missing)}. Give all four."
        )
    found = Genotype(*(tuple(parts[name]) for name in Genotype._fields))
    _check(found.normal, found.normal_concat, "normal")
    _check(found.reduce, found.reduce_concat, "reduce")
    return found


def _attributes(genotype: object) -> dict[str, Any]:
    """The parts of a named tuple of any program."""
    names = [name for name in Genotype._fields if hasattr(genotype, name)]
    return {name: getattr(genotype, name) for name in names}


def _check(choices: Sequence[Any], concat: Sequence[Any], cell: str) -> None:
    """Raise unless the choices of a cell are pairs of known operations on earlier maps."""
    if not choices or len(choices) % 2:
        raise ArchitectureError(
            "A cell has two choices for each sum. "
            f"Received {len(choices)} in the {cell} cell. Add the missing one."
        )
    for position, choice in enumerate(choices):
        pair = isinstance(choice, tuple | list) and len(choice) == 2
        name, source = choice if pair else (repr(choice), 0)
        if name not in OPERATIONS:
            raise ArchitectureError(
                f"An operation is one of {', '.join(OPERATIONS)}. Received {name!r:.60} at "
                f"position {position} of the {cell} cell. Choose one of these."
            )
        if not _is_map(source, position // 2 + 2):
            raise ArchitectureError(
                "An operation reads an input, 0 or 1, or an earlier sum, 2, 3, ... "
                f"Received {source!r:.60} at position {position} of the {cell} cell, which makes "
                f"sum {position // 2 + 2}. Choose an earlier one."
            )
    last = len(choices) // 2 + 2
    if not concat or not all(_is_map(place, last) and place > 1 for place in concat):
        raise ArchitectureError(
            f"The output of a cell concatenates some of its sums 2, ..., {last - 1}. "
            f"Received {tuple(concat)!r:.60} in the {cell} cell. Choose among these."
        )


def _is_map(place: object, count: int) -> bool:
    """Tell whether a place is one of the first feature maps."""
    return isinstance(place, int) and not isinstance(place, bool) and 0 <= place < count
