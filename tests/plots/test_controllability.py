"""Matrices of controllability show the numbers of the results, in one scale."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from topograph.analyzers import controllability
from topograph.errors import ShapeError
from topograph.generators.cascades import from_masks, hypercube, torus
from topograph.plots import plot_controllability


@pytest.fixture
def ax() -> Axes:
    return Figure(figsize=(5.5, 1.8), layout="constrained").add_subplot()


def test_images_are_the_matrices_side_by_side_in_one_scale(ax: Axes) -> None:
    results = {
        "cube": controllability(hypercube(16, 5)),
        "wide": controllability(from_masks([np.ones((7, 4), dtype=bool)])),
        "torus": controllability(torus(4, 4, layers=5)),
    }
    assert plot_controllability(results, ax=ax) is ax
    assert len(ax.images) == 3
    largest = max(result.maximum for result in results.values())
    edge = -1.0
    for image, result in zip(ax.images, results.values(), strict=True):
        np.testing.assert_array_equal(image.get_array(), result.K)
        assert image.get_clim() == (0, largest)
        left, right, bottom, top = image.get_extent()
        assert (right - left, bottom - top) == result.K.shape[::-1]
        assert left > edge
        edge = right
    texts = [text.get_text() for text in ax.texts]
    assert texts[::2] == ["cube", "wide", "torus"]
    assert texts[1] == f"{results['cube'].mean:.4f} ± {results['cube'].std:.4f}"
    ax.figure.savefig(BytesIO())


def test_one_result_needs_no_name_and_style_goes_to_the_images(ax: Axes) -> None:
    plot_controllability(controllability(hypercube(8, 4)), ax=ax, vmax=3, cmap="magma")
    (image,) = ax.images
    assert image.get_clim() == (0, 3)
    assert image.get_cmap().name == "magma"


def test_no_result_makes_no_picture(ax: Axes) -> None:
    with pytest.raises(ShapeError, match="Received none"):
        plot_controllability({}, ax=ax)
