import pytest

from topograph.errors import ArchitectureError
from topograph.generators._frame import frame


def test_images_are_convolved_and_vectors_mapped():
    for inputs, size in ((7, ()), ((3, 6, 5), (6, 5))):
        parts = frame("a label", inputs, width=4, classes=2)
        stem = parts.stem(activation="relu")
        parts.classifier(parts.layer(stem, 5, name="layer"), 2)
        network = parts.builder.build()
        assert network.node("stem").shape == (4, *size)
        assert network.node("layer").shape == (5, *size)
        assert network.node(network.outputs[0]).shape == (2,)
        assert (network.name, len(network.inputs)) == ("a label", 1)


@pytest.mark.parametrize(
    ("inputs", "width", "classes", "words"),
    [
        ((3, 32), 4, 2, "images of three axes.*Received \\(3, 32\\)"),
        (0, 4, 2, "inputs must be"),
        ((3, 0, 5), 4, 2, "inputs must be"),
        (3, 0, 2, "width must be"),
        (3, 4, 1.5, "classes must be"),
    ],
)
def test_numbers_out_of_range_are_refused(inputs, width, classes, words):
    with pytest.raises(ArchitectureError, match=words):
        frame("", inputs, width=width, classes=classes)
