from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.graph.chains import chain, chains
from tests.graph.naive_channels import naive_links
from topograph.analyzers import cell_density, cost, mass_profile, nn_density, nn_mass
from topograph.errors import ArchitectureError
from topograph.generators import dense_cnn, dense_mlp, mobilenet_v2, resnet, watts_strogatz
from topograph.graph import Builder, serial


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
        "cell", "skips", "depth", "width", "channels", "links", "possible", "density", "mass",
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
        ((4,), (0,), "at least 3 layers.*Received cells of at most 1 layers"),
        ((4, 4), (0, 1), "at least 3 layers.*Received cells of at most 2 layers"),
        ((4, 4, 4), (0, 1, 3), "numbered 0, 1, 2.*Received \\[0, 1, 3\\]"),
        ((4, 4), (1, 2), "numbered 0, 1, 2.*Received \\[1, 2\\]"),
    ],
)
def test_cells_that_have_no_mass_are_refused(widths, layers, words):
    with pytest.raises(ArchitectureError, match=words):
        nn_mass(cell_of(widths, layers))


@pytest.mark.parametrize("widths", [(4, 4, 5), (4, 4, 4)])
def test_cells_without_skip_connections_have_mass_0(widths):
    network = cell_of(widths, range(len(widths)))
    assert nn_mass(network) == nn_density(network) == 0


def test_skip_connections_between_different_widths_are_refused():
    b = Builder()
    x = b.input(3)
    with b.cell("block"):
        first = b.linear(x, 4, layer=0)
        second = b.linear(first, 5, layer=1)
        b.linear(b.concat([second, first]), 4, layer=2)
    b.linear(x, 2)
    with pytest.raises(ArchitectureError, match="one width.*Received widths \\[4, 5\\]"):
        nn_mass(b.build(outputs=("linear_1", "linear_5")))


def test_an_architecture_without_cells_is_refused():
    b = Builder()
    b.linear(b.input(2), 2)
    words = 'without cells. Let `architecture.assign_cells\\(by="resolution"\\)` name them'
    with pytest.raises(ArchitectureError, match=words):
        nn_mass(b.build())


RESIDUAL = [
    # depth, width multiplier, mass by the text's rule, identity blocks only, strict rule
    (18, 1, 3392.00, 2048.00, 3392.00),
    (34, 1, 7104.00, 5760.00, 7104.00),
    (18, 1.5, 5088.00, 3072.00, 5088.00),
    (18, 2, 6784.00, 4096.00, 6784.00),
    (18, 3, 10176.00, 6144.00, 10176.00),
    (34, 1.5, 10656.00, 8640.00, 10656.00),
    (34, 2, 14208.00, 11520.00, 14208.00),
    (50, 1, 9006.93, 7509.33, 13120.00),
    (101, 1, 20612.27, 19114.67, 30528.00),
    (152, 1, 30852.27, 29354.67, 45888.00),
    (50, 2, 10883.20, 9011.20, 13136.00),
    (101, 2, 24809.60, 22937.60, 30544.00),
]


@pytest.mark.parametrize(("depth", "factor", "text", "identities", "strict"), RESIDUAL)
def test_residual_networks(depth, factor, text, identities, strict):
    network = resnet(depth, width_multiplier=factor, image=(3, 32, 32))
    assert nn_mass(network) == pytest.approx(text, abs=5e-3)
    assert nn_mass(network, projections="ignored") == pytest.approx(identities, abs=5e-3)
    assert nn_mass(network, additions="strict") == pytest.approx(strict, abs=5e-3)


STANDARD, DEEP = (1, 2, 3, 4, 3, 3, 1), (2, 3, 4, 5, 4, 3, 1)
MOBILE = {
    STANDARD: {0.35: 468, 0.5: 650, 0.75: 975, 1: 1287, 1.3: 1664, 1.4: 1807},
    DEEP: {0.15: 367, 0.35: 606, 0.6: 1030, 0.75: 1264, 0.9: 1511, 1: 1654, 1.1: 1797},
}


@pytest.mark.parametrize(
    ("blocks", "factor"), [(blocks, factor) for blocks in MOBILE for factor in MOBILE[blocks]]
)
def test_mobile_networks(blocks, factor):
    network = mobilenet_v2(width_multiplier=factor, blocks=blocks)
    assert int(nn_mass(network)) == MOBILE[blocks][factor]


@pytest.mark.parametrize(
    ("factor", "blocks", "printed"),
    [
        (1.4, STANDARD, (1807, 6.1, 601)),
        (0.75, STANDARD, (975, 2.6, 220)),
        (1.0, DEEP, (1654, 3.7, 393)),
        (0.6, DEEP, (1030, 2.3, 200)),
    ],
)
def test_table_2(factor, blocks, printed):
    # Mass, millions of parameters, millions of MACs; the print truncates mass and MACs.
    network = mobilenet_v2(width_multiplier=factor, blocks=blocks)
    found = cost(network)
    millions = round(found.parameters / 1e6, 1)
    assert (int(nn_mass(network)), millions, found.published_macs // 10**6) == printed


def test_blocks_without_an_identity_weigh_nothing():
    profile = mass_profile(mobilenet_v2())
    weights = dict(zip(profile.cell, profile.mass, strict=True))
    assert {cell for cell, mass in weights.items() if not mass} == {
        f"block_{stage}_1" for stage in range(1, 8)
    }
    assert weights["block_2_2"] == pytest.approx(1.625 * 24)


@given(chains().filter(lambda blocks: any(len(one) > 1 for one in blocks)))
def test_chains_of_blocks_have_closed_forms(widths):
    start, text, strict = widths[0][0], Fraction(0), Fraction(0)
    for part in widths:
        places = (start, *part)
        if len(part) > 1:
            pairs = [(j, i) for i in range(len(places)) for j in range(i - 1)]
            channels = sum(places[:-1])
            text += Fraction(channels * start, sum(places[j] for j, _ in pairs))
            limits = sum(min(places[j], places[i]) for j, i in pairs)
            strict += Fraction(channels * min(start, part[-1]), limits)
        start = part[-1]
    network = chain(widths)
    assert nn_mass(network) == pytest.approx(float(text))
    assert nn_mass(network, additions="strict") == pytest.approx(float(strict))


def test_cells_of_both_kinds_add_up():
    dense = dense_cnn((4,), 5, candidates=6, image=(3, 8, 8), rng=0)
    b = Builder()
    x = b.input(10, name="vector")
    with b.cell("block"):
        h = b.linear(b.linear(x, 6, layer=0), 10, layer=1)
        b.add([h, x])
    both = serial(dense, b.build())
    profile = mass_profile(both)
    assert profile.skips == ("concatenated", "added")
    assert nn_mass(both) == pytest.approx(nn_mass(dense) + 10 + 6)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_sums_that_are_no_blocks_are_refused(seed):
    wired = watts_strogatz(8, neighbours=4, rewiring=0.5, width=4, inputs=3, rng=seed)
    with pytest.raises(ArchitectureError, match=r"Eqs\. \(2\) and \(3\)|follow one another"):
        nn_mass(wired)


def test_a_cell_of_both_kinds_is_refused():
    b = Builder()
    x = b.input(4)
    with b.cell("block"):
        first = b.linear(x, 4, layer=0)
        second = b.linear(first, 4, layer=1)
        third = b.linear(b.concat([second, first]), 4, layer=2)
        b.add([third, x])
    with pytest.raises(ArchitectureError, match="Received both in cell 'block'"):
        nn_mass(b.build())


def test_unknown_rules_are_refused():
    network = resnet(18, image=(3, 32, 32))
    with pytest.raises(ArchitectureError, match="text, counted, strict. Received 'loose'"):
        nn_mass(network, additions="loose")
    with pytest.raises(ArchitectureError, match="counted, ignored. Received 'full'"):
        nn_density(network, projections="full")


def test_an_unknown_reading_is_refused():
    with pytest.raises(ArchitectureError, match="Received 'ignored'"):
        nn_mass(dense_mlp(2, 4, candidates=1, rng=0), classifier="ignored")
