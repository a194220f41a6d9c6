"""The palette: order in grey, distances for the colour-blind, and shapes beside the colours."""

from __future__ import annotations

from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.markers import MarkerStyle

from topograph.errors import BudgetError
from topograph.plots.palette import LINES, MARKERS, PALETTE, SEQUENTIAL, colour

# sRGB primaries under D65 (IEC 61966-2-1); the second row is the relative luminance.
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)

# G. M. Machado, M. M. Oliveira and L. A. F. Fernandes, "A physiologically-based model for
# simulation of color vision deficiency", IEEE TVCG 15(6), 2009, Table 1, severity 1.0;
# linear transforms of linear RGB.
VISION = {
    "full": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}


def linear(colours: np.ndarray) -> np.ndarray:
    """Undo the sRGB transfer curve."""
    return np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """Return CIE L*, a*, b* of linear RGB of shape (colours, 3)."""
    ratio = rgb @ TO_XYZ.T / TO_XYZ.sum(axis=1)
    root = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    x, y, z = root.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


@pytest.fixture
def palette() -> np.ndarray:
    return linear(np.array([to_rgb(code) for code in PALETTE.values()]))


def test_conversion_to_lab_has_the_known_values_of_white_and_red() -> None:
    np.testing.assert_allclose(lab(np.eye(3)[:1]), [[53.24, 80.09, 67.20]], atol=0.02)
    np.testing.assert_allclose(lab(np.ones((1, 3))), [[100, 0, 0]], atol=1e-6)


@pytest.mark.parametrize("vision", VISION)
def test_simulated_vision_leaves_grey_alone(vision: str) -> None:
    np.testing.assert_allclose(VISION[vision] @ np.full(3, 0.4), 0.4, atol=2e-6)


def test_grey_keeps_the_order_and_the_steps(palette: np.ndarray) -> None:
    lightness = lab(palette)[:, 0]
    assert np.diff(lightness).min() > 10  # about ten just noticeable differences


@pytest.mark.parametrize("vision", VISION)
def test_every_two_colours_stay_apart(palette: np.ndarray, vision: str) -> None:
    seen = lab(np.clip(palette @ VISION[vision].T, 0, 1))
    nearest = min(np.linalg.norm(a - b) for a, b in combinations(seen, 2))
    assert nearest > 20  # CIE76; 2.3 is just noticeable


def test_the_check_would_fail_for_a_palette_that_rests_on_red_against_green() -> None:
    red_green = linear(np.array([to_rgb("#d62728"), to_rgb("#6f8a1e")]))
    seen = lab(np.clip(red_green @ VISION["deuteranopia"].T, 0, 1))
    assert np.linalg.norm(seen[0] - seen[1]) < 20


def test_sequential_map_grows_in_luminance_all_the_way() -> None:
    colours = mpl.colormaps[SEQUENTIAL](np.linspace(0, 1, 256))[:, :3]
    assert np.all(np.diff(lab(linear(colours))[:, 0]) > 0)


def test_every_colour_has_its_own_marker_and_line() -> None:
    assert len(set(MARKERS)) == len(set(LINES)) == len(PALETTE)
    assert all(MarkerStyle(marker).is_filled() for marker in MARKERS)


def test_colours_go_by_name_and_by_place() -> None:
    assert [colour(name) for name in PALETTE] == [colour(place) for place in range(len(PALETTE))]
    assert colour(len(PALETTE)) == colour(0)


def test_unknown_colour_is_refused_with_the_names() -> None:
    with pytest.raises(BudgetError, match=r"Received 'red'\. Choose from ink, crimson"):
        colour("red")
