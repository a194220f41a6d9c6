import pytest

from tests.generators.conformance import agrees_with_torch, learns
from topograph.analyzers import cost, mass_profile, nn_mass
from topograph.errors import ArchitectureError
from topograph.generators import vgg

PARAMETERS = {
    (11, False): 132_863_336,
    (13, False): 133_047_848,
    (16, False): 138_357_544,
    (19, False): 143_667_240,
    (11, True): 132_868_840,
    (13, True): 133_053_736,
    (16, True): 138_365_992,
    (19, True): 143_678_248,
}


@pytest.mark.parametrize(("depth", "batch_norm"), PARAMETERS)
def test_parameters_are_those_of_the_common_implementations(depth, batch_norm):
    network = vgg(depth, batch_norm=batch_norm)
    assert cost(network).parameters == PARAMETERS[depth, batch_norm]


@pytest.mark.parametrize(
    ("depth", "giga"), [(11, 7.6091), (13, 11.3085), (16, 15.4703), (19, 19.6321)]
)
def test_operations_are_the_published_ones(depth, giga):
    assert cost(vgg(depth)).macs / 1e9 == pytest.approx(giga, abs=5e-5)


def test_operations_are_those_that_torch_counts():
    assert agrees_with_torch(vgg(16))
    assert agrees_with_torch(vgg(11, batch_norm=True, image=(1, 64, 32), classes=7))


@pytest.mark.parametrize("depth", [11, 13, 16, 19])
def test_without_skip_connections_the_mass_is_0(depth):
    network = vgg(depth)
    assert nn_mass(network) == 0
    profile = mass_profile(network)
    assert profile.skips == ("none",)
    assert profile.density.tolist() == [0]
    assert profile.depth.tolist() == [depth - 3]


def test_the_first_linear_map_grows_with_the_image():
    assert vgg(11).node("flat").width == 512 * 7 * 7
    assert vgg(11, image=(3, 64, 96)).node("flat").width == 512 * 2 * 3


def test_a_network_learns():
    assert learns(vgg(11, batch_norm=True, classes=3, image=(1, 32, 32)), classes=3)


@pytest.mark.parametrize(
    ("depth", "arguments", "words"),
    [
        (12, {}, "published depths 11, 13, 16, 19.*Received 12"),
        (11, {"batch_norm": 1}, "batch_norm is True or False.*Received 1"),
        (11, {"image": (3, 224, 31)}, "at least 32 x 32.*Received 224 x 31"),
        (11, {"classes": 0}, "classes must be"),
    ],
)
def test_bad_networks_are_refused(depth, arguments, words):
    with pytest.raises(ArchitectureError, match=words):
        vgg(depth, **arguments)
