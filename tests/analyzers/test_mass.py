from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.graph.naive_channels import naive_links
from topograph.analyzers import cell_density, mass_profile, nn_density, nn_mass
from topograph.errors import ArchitectureError
from topograph.generators import dense_cnn, dense_mlp
from topograph.graph import Builder


def closed_form(width, depth, candidates):
    """Eqs. (1) and (2) with min{w (i - 1), t} links into layer i, as an exact fraction."""
    links = sum(min(width * (i - 1), candidates) for i in range(2, depth))
    density = Fraction(2 * links, width * (depth - 1) * (depth - 2))
    return density, width * depth * density


def test_worked_example_of_the_appendix():
    # Appendix F of Bhardwaj, Li and Marculescu (2021); the print truncates 85/108 to 0.78.
    network = dense_cnn((2, 3, 4), 4, candidates=(3, 4, 5), rng=0)
    assert nn_mass(network) == pytest.approx(28, rel=1e-15)
    assert nn_density(network) == pytest.approx(85 / 108, rel=1e-15)
    np.testing.assert_allclose(cell_density(network), [5 / 6, 7 / 9, 3 / 4], rtol=1e-15)


@pytest.mark.parametrize(
    ("depth", "candidates", "mass"),
    [
        (20, (90, 170, 300), 1126.5497),
        (20, (50, 100, 150), 622.6901),
        (12, (60, 130, 170), 755.3455),
        (11, (70, 140, 180), 813.0222),
        (9, (70, 140, 200), 856.9286),
    ],
)
def test_published_networks(depth, candidates, mass):
    network = dense_cnn((32, 64, 128), depth, candidates=candidates, rng=3)
    assert nn_mass(network) == pytest.approx(mass, abs=5e-5)


@given(st.integers(1, 5), st.integers(3, 9), st.integers(0, 40), st.booleans(), st.integers(0, 9))
def test_counted_links_agree_with_the_closed_form(width, depth, candidates, separable, seed):
    network = dense_cnn((width,), depth, candidates=candidates, separable=separable, rng=seed)
    density, mass = closed_form(width, depth, candidates)
    assert nn_density(network) == pytest.approx(float(density), rel=1e-14)
    assert nn_mass(network) == pytest.approx(float(mass), rel=1e-14)


@given(st.integers(1, 4), st.integers(3, 7), st.integers(0, 12), st.integers(0, 9))
def test_links_agree_with_plain_loops(width, depth, candidates, seed):
    network = dense_mlp(width, depth, candidates=candidates, inputs=3, rng=seed)
    long = {
        (source, target)
        for (source, (target, _)) in naive_links(network)
        if network.node(source[0]).cell
        and network.node(source[0]).layer <= network.node(target).layer - 2
    }
    assert mass_profile(network).links.tolist() == [len(long)]


def test_the_three_readings_of_a_classifier():
    network = dense_mlp(8, 24, candidates=2, rng=0)
    assert nn_mass(network) == pytest.approx(2 * 2 * 24 / 23)
    assert nn_mass(network, classifier="excluded") == pytest.approx(2 * 2 * 23 / 22)
    links = 21 * 2 * 8 + 2 * 10
    possible = 8 * 8 * sum(range(1, 22)) + 8 * 22 * 10
    weighted = mass_profile(network, classifier="weighted")
    assert (weighted.links, weighted.possible) == ([links], [possible])
    assert nn_mass(network, classifier="weighted") == pytest.approx(8 * 24 * links / possible)


def test_full_and_empty_cells():
    assert nn_mass(dense_cnn((4, 6), 5, candidates=0, rng=0)) == 0
    full = dense_cnn((4, 6), 5, candidates=1000, rng=0)
    assert cell_density(full).tolist() == [1, 1]
    assert nn_mass(full) == 4 * 5 + 6 * 5


@given(st.integers(0, 30), st.integers(0, 5))
def test_mass_grows_with_candidates(candidates, seed):
    masses = [
        nn_mass(dense_mlp(3, 6, candidates=t, rng=seed)) for t in (candidates, candidates + 1)
    ]
    assert masses[0] <= masses[1]


def test_profile_is_a_table_with_one_row_per_cell():
    table = mass_profile(dense_cnn((2, 3), 4, candidates=2, rng=0)).to_frame()
    assert table.cell.tolist() == ["cell_1", "cell_2"]
    assert table.columns.tolist() == [
        "cell", "depth", "width", "links", "possible", "density", "mass",
    ]  # fmt: skip


def cell_of(widths, layers):
    """A chain of linear layers in one cell, with a head behind it."""
    b = Builder()
    source = b.input(3)
    with b.cell("block"):
        for width, layer in zip(widths, layers, strict=True):
            source = b.linear(source, width, layer=layer)
    b.linear(source, 2)
    return b.build()


@pytest.mark.parametrize(
    ("widths", "layers", "words"),
    [
        ((4, 4), (0, 1), "at least 3 layers.*Received 2 layers in cell 'block'"),
        ((4, 4, 5), (0, 1, 2), "one width.*Received widths \\[4, 5\\]"),
        ((4, 4, 4), (0, 1, 3), "numbered 0, 1, 2.*Received \\[0, 1, 3\\]"),
    ],
)
def test_cells_that_have_no_mass_are_refused(widths, layers, words):
    with pytest.raises(ArchitectureError, match=words):
        nn_mass(cell_of(widths, layers))


def test_an_architecture_without_cells_is_refused():
    b = Builder()
    b.linear(b.input(2), 2)
    with pytest.raises(ArchitectureError, match="without cells"):
        nn_mass(b.build())


def test_an_unknown_reading_is_refused():
    with pytest.raises(ArchitectureError, match="Received 'ignored'"):
        nn_mass(dense_mlp(2, 4, candidates=1, rng=0), classifier="ignored")
