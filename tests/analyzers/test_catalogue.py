import numpy as np
import pytest

import topograph
from topograph.analyzers import CATALOGUE, cost, measure, nn_mass
from topograph.errors import ArchitectureError
from topograph.generators import dag, dense_cnn, dense_mlp, densenet, mobilenet_v2, resnet, vgg
from topograph.graph import Builder

OF_SUMS = ["eigen_bound", "normalised_eigen_bound"]


def family():
    return [dense_mlp(4, depth, candidates=3, rng=depth) for depth in (4, 6, 8)]


def test_one_row_per_architecture():
    table = measure(family())
    assert table.columns.tolist() == ["architecture", "digest", *CATALOGUE]
    assert table.digest.tolist() == [network.digest for network in family()]
    assert not table.drop(columns=OF_SUMS).isna().any().any()


def test_columns_agree_with_the_functions():
    networks = [*family(), dense_cnn((2, 3), 4, candidates=2, rng=0)]
    table = topograph.measure(networks, ["nn_mass", "parameters", "flops"])
    for row, network in zip(table.itertuples(), networks, strict=True):
        assert row.nn_mass == nn_mass(network)
        assert row.parameters == cost(network).parameters
        assert row.flops == cost(network).flops


def test_every_family_of_cells_has_every_measure():
    image = (3, 32, 32)
    networks = [
        resnet(18, image=image),
        mobilenet_v2(image=image),
        densenet(121, image=image),
        vgg(11, image=image),
        dense_cnn((2, 3), 4, candidates=2, rng=0),
    ]
    table = measure(networks)
    assert not table.drop(columns=OF_SUMS).isna().any().any()
    assert table.eigen_bound.notna().tolist() == [False, False, False, True, True]
    assert table.nn_mass.tolist() == [nn_mass(network) for network in networks]


def test_bounds_of_kernels_are_those_of_the_published_graphs():
    graphs = [
        [(0, 1, "linear"), (1, 2, "linear"), (2, 3, "linear")],
        [(0, 1, "skip"), (0, 2, "skip"), (1, 3, "linear"), (2, 3, "linear"), (0, 3, "linear")],
    ]
    table = measure([dag(edges) for edges in graphs], OF_SUMS)
    # 1 - f(f(f(0))), and 3 (1 - f(0)) of a trace of 2 (3 + 6 / pi).
    np.testing.assert_allclose(table.eigen_bound, [0.39517, 2.04507], atol=5e-6)
    normalised = [0.39517, 2.04507 / (3 + 6 / np.pi)]
    np.testing.assert_allclose(table.normalised_eigen_bound, normalised, atol=5e-6)
    with pytest.raises(ArchitectureError, match="relu of a sum with an activated"):
        measure(densenet(121, image=(3, 32, 32)), OF_SUMS)


def test_a_single_architecture_gives_a_single_row():
    assert len(measure(family()[0])) == 1


def test_what_does_not_apply_is_empty_unless_asked_for():
    b = Builder("plain")
    b.linear(b.input(3), 2)
    plain = b.build()
    table = measure([plain])
    assert np.isnan(table.nn_mass[0])
    assert table.parameters[0] == 8
    with pytest.raises(ArchitectureError, match="without cells"):
        measure([plain], ["nn_mass"])


def test_unknown_measures_are_refused():
    with pytest.raises(ArchitectureError, match="Received 'mass'"):
        measure(family(), ["mass"])


def test_every_entry_says_what_it_is():
    layers = dag([(0, 1, "linear"), (1, 2, "linear")])
    for name, entry in CATALOGUE.items():
        assert name == entry.name
        assert entry.source
        assert entry.applies_to
        assert isinstance(entry.function(layers if name in OF_SUMS else family()[0]), int | float)


def test_no_architecture_gives_an_empty_table():
    assert measure([]).shape == (0, 2 + len(CATALOGUE))
