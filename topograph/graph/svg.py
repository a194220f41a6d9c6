"""A sketch written as SVG, to stand inside a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np

from topograph.graph.curves import Floats, sampled
from topograph.graph.sketch import WIDTH, Box, Sketch

_SKIP, _END = "#cf4a62", "#4a86d8"
"""Colours that stand out on white and on black."""

_SHADES = 4
_MOST_TITLES = 80
_ROWS = 3


def to_svg(made: Sketch) -> str:
    """Write a sketch as an SVG element: few long paths, one for each kind of mark.

    All but skips, inputs and outputs take the colour of the text around the element.
    """
    marks = [
        *(_rectangle(box) for _, box in made.boxes),
        _path([_quadrangle(*band) for band in made.bands], "fill='currentColor' opacity='.14'"),
        _path(
            [_curve(way) for way in made.lines], "fill='none' stroke='currentColor' opacity='.4'"
        ),
        *_arcs(made.skips),
        *_bars(made),
    ]
    words, low, high = _words(made)
    top, bottom = _extent(made)
    top, bottom = min(top, low) - 3, max(bottom, high) + 3
    height = bottom - top
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' role='img' aria-label='layered drawing' "
        f"width='100%' viewBox='0 {top:.1f} {WIDTH:.0f} {height:.1f}' "
        f"style='display:block;max-width:{WIDTH:.0f}px;max-height:320px'>"
        f"{''.join(marks)}{words}</svg>"
    )


def _extent(made: Sketch) -> tuple[float, float]:
    """Return the highest and the lowest place of all marks."""
    boxes = np.array([*made.bars, *(box for _, box in made.boxes)])
    ways = [*made.lines, *(way for _, way in made.skips)]
    drawn = sampled(np.concatenate(ways), 9)[:, 1] if ways else boxes[:, 1]
    return float(min(boxes[:, 1].min(), drawn.min())), float(max(boxes[:, 3].max(), drawn.max()))


def _number(value: float) -> str:
    """Write a coordinate in tenths of a pixel, as short as possible."""
    return f"{value:.1f}".removesuffix(".0")


def _curve(pieces: Floats) -> str:
    """Write cubic pieces as path commands."""
    numbers = [_number(value) for value in pieces.reshape(-1).tolist()]
    parts = [f"C{' '.join(numbers[at + 2 : at + 8])}" for at in range(0, len(numbers), 8)]
    return f"M{numbers[0]} {numbers[1]}{''.join(parts)}"


def _quadrangle(source: Box, target: Box) -> str:
    """Write the area between two bars as path commands."""
    corners = (
        source[2],
        source[1],
        target[0],
        target[1],
        target[0],
        target[3],
        source[2],
        source[3],
    )
    return "M{} {}L{} {} {} {} {} {}z".format(*map(_number, corners))


def _path(commands: Iterable[str], style: str) -> str:
    """Write path commands as one element, or nothing."""
    drawn = "".join(commands)
    return f"<path d='{drawn}' {style}/>" if drawn else ""


def _rectangle(box: Box) -> str:
    """Write the soft box of a cell."""
    left, top, right, bottom = box
    numbers = map(_number, (left, top, right - left, bottom - top))
    where = "<rect x='{}' y='{}' width='{}' height='{}'".format(*numbers)
    return where + " rx='4' fill='currentColor' opacity='.07'/>"


def _arcs(skips: Sequence[tuple[float, Floats]]) -> list[str]:
    """Write the skips in a few shades, the more channels the stronger."""
    crowd = min(1.0, (40 / max(1, len(skips))) ** 0.25)
    shades: list[list[str]] = [[] for _ in range(_SHADES)]
    for share, way in skips:
        shades[min(_SHADES - 1, int(share * _SHADES))].append(_curve(way))
    return [
        _path(
            commands,
            f"fill='none' stroke='{_SKIP}' stroke-width='{0.6 + 0.3 * shade:.1f}' "
            f"opacity='{(0.5 + 0.15 * shade) * crowd:.2f}'",
        )
        for shade, commands in enumerate(shades)
    ]


def _bars(made: Sketch) -> list[str]:
    """Write the bars, each with a title to be read under the pointer if they are few."""
    titled = not made.is_summary and len(made.bars) <= _MOST_TITLES
    marks = []
    for end, colour in ((False, "currentColor"), (True, _END)):
        chosen = [
            (name, _bar(box))
            for name, box, is_end in zip(made.names, made.bars, made.ends, strict=True)
            if is_end is end
        ]
        if not titled:
            marks.append(_path([bar for _, bar in chosen], f"fill='{colour}'"))
            continue
        marks += [
            f"<path d='{bar}' fill='{colour}'><title>{escape(shortened(name, 80))}</title></path>"
            for name, bar in chosen
        ]
    return marks


def _bar(box: Box) -> str:
    """Write a bar as path commands."""
    left, top, right, bottom = box
    return "M{} {}h{}v{}h-{}z".format(
        *map(_number, (left, top, right - left, bottom - top, right - left))
    )


def _words(made: Sketch) -> tuple[str, float, float]:
    """Write cells above and inputs and outputs below where they fit, and return their extent."""
    boxes = [box for _, box in made.boxes]
    floor = max(box[3] for box in [*made.bars, *boxes])
    above = [((box[0] + box[2]) / 2, [box[1] - 3], cell) for cell, box in made.boxes]
    rows = [floor + 11 * row for row in range(1, _ROWS + 1)]
    ends = zip(made.names, made.bars, made.ends, strict=True)
    below = [((box[0] + box[2]) / 2, rows, name) for name, box, is_end in ends if is_end]
    words: list[str] = []
    taken: list[Box] = []
    for x, heights, text in (*below, *above):
        short = shortened(text)
        half = 3.1 * len(short) + 2
        x = min(max(x, half), WIDTH - half)
        places = [(x - half, y - 10, x + half, y) for y in heights]
        free = [box for box in places if not any(_overlap(box, other) for other in taken)]
        if free:
            taken.append(free[0])
            words.append(f"<text x='{_number(x)}' y='{_number(free[0][3])}'>{escape(short)}</text>")
    style = "font-size='10' font-family='sans-serif' text-anchor='middle' fill='currentColor'"
    group = f"<g {style}>{''.join(words)}</g>" if words else ""
    return group, min([floor, *(b[1] for b in taken)]), max([floor, *(b[3] for b in taken)])


def shortened(text: str, longest: int = 24) -> str:
    """Return a text on one line and at most so long.

    Examples
    --------
    >>> shortened("one two three", 8)
    'one t...'
    """
    line = "".join(letter if letter.isprintable() else " " for letter in text).strip()
    return line if len(line) <= longest else f"{line[: longest - 3]}..."


def _overlap(one: Box, other: Box) -> bool:
    """True if two boxes share more than an edge."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
