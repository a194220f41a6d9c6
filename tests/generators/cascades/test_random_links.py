from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.generators.cascades.samples import edges, masks, wirings
from topograph.errors import ArchitectureError
from topograph.generators.cascades import bernoulli, biregular, block_sparse, erdos_renyi_kernel
from topograph.generators.cascades.random_links import layer_densities


def test_every_neuron_reads_and_feeds_as_many():
    cascade = biregular(64, 5, layers=4, skip=True, rng=0)
    for mask, wiring in zip(masks(cascade), wirings(cascade), strict=True):
        assert (mask.sum(axis=0) == 5).all()
        assert (mask.sum(axis=1) == 5).all()
        fixed = wiring.indices[wiring.constant]
        np.testing.assert_array_equal(np.sort(fixed), np.arange(64))


@pytest.mark.parametrize(("sizes", "degree"), [((12, 18), 4), ((24, 16), 6), ((4, 12), 3)])
def test_inputs_of_another_number_feed_as_many_each(sizes, degree):
    inputs, outputs = sizes
    cascade = biregular(sizes, degree, layers=4, skip=True, rng=0)
    first, *others = masks(cascade)
    assert first.shape == (outputs, inputs)
    assert (first.sum(axis=0) * inputs == degree * outputs).all()
    assert (first.sum(axis=1) == degree).all()
    assert all((mask.sum(axis=axis) == degree).all() for mask in others for axis in (0, 1))
    (wiring, *_) = wirings(cascade)
    fixed = np.bincount(wiring.indices[wiring.constant], minlength=inputs)
    assert fixed.sum() == outputs
    assert np.ptp(fixed) <= 1


def test_deeper_cascades_repeat_the_first_layers():
    deep, shallow = (biregular(32, 6, layers=at, rng=3) for at in (5, 4))
    assert wirings(deep)[:4] == wirings(shallow)
    assert wirings(biregular(32, 6, layers=4, rng=4)) != wirings(shallow)


def test_links_by_chance():
    counts = [edges(bernoulli(60, 0.25, layers=4, rng=seed)) for seed in range(60)]
    mean, deviation = 3600, (14400 * 0.25 * 0.75) ** 0.5
    assert abs(np.mean(counts) - mean) < 4 * deviation / 60**0.5
    assert 0.7 * deviation < np.std(counts) < 1.3 * deviation
    assert edges(bernoulli(6, 1, layers=2, rng=0)) == 72


def test_a_sparse_draw_tells_its_dead_neurons():
    dead = pytest.warns(UserWarning, match="dead neurons")
    with dead, pytest.warns(UserWarning, match="unreachable"):
        bernoulli(32, 1 / 32, layers=3, rng=0)


def test_blocks_are_full():
    (mask, *_) = masks(block_sparse(24, 4, degree=3, layers=3, rng=0))
    blocks = mask.reshape(6, 4, 6, 4).sum(axis=(1, 3))
    assert set(blocks.ravel().tolist()) == {0, 16}
    assert ((blocks > 0).sum(axis=0) == 3).all()
    assert ((blocks > 0).sum(axis=1) == 3).all()


def test_one_layer_may_read_more_than_it_makes():
    with pytest.warns(UserWarning, match="unreachable"):
        (mask,) = masks(biregular((8, 4), 6, layers=1, rng=0))
    assert (mask.sum(axis=0) == 3).all()


def test_blocks_of_an_input_of_another_width_are_full():
    (mask, *_) = masks(block_sparse((16, 24), 4, degree=2, layers=3, rng=0))
    blocks = mask.reshape(6, 4, 4, 4).sum(axis=(1, 3))
    assert set(blocks.ravel().tolist()) == {0, 16}
    assert ((blocks > 0).sum(axis=0) == 3).all()
    assert ((blocks > 0).sum(axis=1) == 2).all()


@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), min_size=1, max_size=5),
    st.floats(0.01, 1),
)
def test_the_law_gives_the_density_asked_for(shapes, density):
    found = layer_densities(shapes, density)
    dense = np.array([a * b for a, b in shapes])
    assert (found <= 1 + 1e-12).all()
    assert (found * dense).sum() == pytest.approx(density * dense.sum())
    scale = [rho * a * b / (a + b) for rho, (a, b) in zip(found, shapes, strict=True)]
    free = found < 1 - 1e-9
    assert np.ptp(np.array(scale)[free]) < 1e-9 if free.any() else True


def test_layers_of_one_shape_have_one_density():
    cascade = erdos_renyi_kernel((40, 40, 40), 0.6, rng=0)
    assert [w.links for w in wirings(cascade)] == [960, 960]


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: biregular(8, 9, layers=2), "degree 9 for 8 neurons"),
        (lambda: biregular(8, 0, layers=2), "degree must be"),
        (lambda: biregular((12, 18), 3, layers=2), "multiple of 2"),
        (lambda: biregular((4, 8), 5, layers=2), "degree 5 for 4 neurons"),
        (lambda: biregular((8, 4), 6, layers=2), "degree 6 for 4 neurons"),
        (lambda: biregular((8, 4, 2), 1, layers=2), "one for each"),
        (lambda: block_sparse((8, 12), 4, degree=1, layers=2), "multiple of 2"),
        (lambda: block_sparse((8, 6), 4, degree=1, layers=2), "Received 4 for 6"),
        (lambda: block_sparse(8, 3, degree=1, layers=2), "block divides the neurons"),
        (lambda: block_sparse(8, 2, degree=5, layers=2), "degree 5 for 4 blocks"),
        (lambda: bernoulli(8, 0, layers=2), "above 0, at most 1"),
        (lambda: bernoulli(8, 1.01, layers=2), "Received 1.01"),
        (lambda: erdos_renyi_kernel((8,), 0.5), "at least one more"),
        (lambda: erdos_renyi_kernel((8, 0), 0.5), "widths must be"),
        (lambda: erdos_renyi_kernel((8, 8), 0), "above 0"),
    ],
)
def test_refused(make, told):
    with pytest.raises(ArchitectureError, match=told):
        make()
