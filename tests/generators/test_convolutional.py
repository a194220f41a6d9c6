import math

import numpy as np
import pytest

from topograph.errors import ArchitectureError
from topograph.generators._convolutional import count, head, image_input, member, multiplier, stem
from topograph.graph import Builder


def test_stem_and_head_quarter_the_image_and_end_in_classes():
    b = Builder()
    pooled = stem(b, image_input(b, (3, 64, 48)), 8)
    head(b, pooled, 5)
    network = b.build()
    assert network.node("stem_pool").shape == (8, 16, 12)
    assert network.node("classifier").shape == (5,)
    assert network.outputs == ("classifier",)


def test_good_arguments_pass_unchanged():
    assert member("family", np.int64(3), {3: "three"}) == "three"
    assert multiplier(0.35) == 0.35
    assert count("blocks", np.int32(2)) == 2


@pytest.mark.parametrize("depth", [4, True, 3.0, "3", [3], None])
def test_unknown_members_are_refused(depth):
    with pytest.raises(ArchitectureError, match="published depths 1, 3.*Received .*Choose one"):
        member("family", depth, {1: "one", 3: "three"})


@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf, True, "1", 1j, None])
def test_bad_multipliers_are_refused(value):
    with pytest.raises(ArchitectureError, match="finite number above 0.*Received .*Use 1"):
        multiplier(value)


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (224, "three axes.*Received 224"),
        ("rgb", "three axes.*Received 'rgb'"),
        ((3, 32), "three axes"),
        ((3, 0, 32), "image must be a whole number at least 1"),
        ((3, 32, 8.0), "image must be .*Received 8.0"),
        ((3, 31, 64), "at least 32 x 32 pixels.*Received 31 x 64.*Give a larger image"),
    ],
)
def test_bad_images_are_refused(image, words):
    with pytest.raises(ArchitectureError, match=words):
        image_input(Builder(), image, smallest=32)


def test_bad_classes_are_refused():
    b = Builder()
    with pytest.raises(ArchitectureError, match="classes must be .*Received 0"):
        head(b, image_input(b, (3, 8, 8)), 0)
