from __future__ import annotations

import numpy as np
import pytest

import topograph as tg
from tests.generators.cascades.samples import edges, masks, paths, wirings
from topograph.errors import ArchitectureError
from topograph.generators.cascades import butterfly, parallel_butterfly, pixelfly


def test_the_published_counts():
    assert edges(butterfly(32, 18)) == 1152
    assert tg.analyzers.cost(butterfly(32, 18, skip=True)).parameters == 576
    assert (paths(butterfly(32, 18)) == 8192).sum() == 1024


def test_layers_flip_one_bit_after_the_other():
    for layer, mask in enumerate(masks(butterfly(8, 5))):
        expected = [[x == y or x == y ^ 2 ** (layer % 3) for y in range(8)] for x in range(8)]
        np.testing.assert_array_equal(mask, expected)


@pytest.mark.parametrize(("order", "bits"), [("descending", "210210"), ("benes", "012101")])
def test_orders(order, bits):
    ascending = masks(butterfly(8, 3))
    for bit, mask in zip(bits, masks(butterfly(8, 6, order=order)), strict=True):
        np.testing.assert_array_equal(mask, ascending[int(bit)])


def test_too_few_layers_are_told_with_the_pairs():
    with pytest.warns(UserWarning, match=r"leave 32 pairs .*: \(4, 0\), \(5, 0\), \(6, 0\)"):
        butterfly(8, 2)
    with pytest.warns(UserWarning, match="leave 8 pairs"):
        butterfly(4, 1)


def test_copies_are_summed():
    n, p, d = 8, 3, 4
    cascade = parallel_butterfly(n, p, layers=d, skip=True)
    assert edges(cascade) == 2 * n * p * d
    assert tg.analyzers.cost(cascade).parameters == n * p * d + n * (p - 1)
    assert [node.width for node in cascade.nodes] == [n, *[p * n] * (d - 1), n]
    np.testing.assert_array_equal(paths(cascade), p * paths(butterfly(n, d)))


def test_constant_links_of_copies_take_turns():
    last = wirings(parallel_butterfly(8, 3, layers=3, skip=True))[-1]
    fixed = last.indices[last.constant]
    np.testing.assert_array_equal(fixed, [x + 8 * (x % 3) for x in range(8)])


def test_one_copy_is_a_butterfly():
    assert parallel_butterfly(8, 1, layers=3, skip=True) == butterfly(8, 3, skip=True)


@pytest.mark.parametrize(("n", "block", "rank"), [(16, 4, 0), (16, 2, 3), (32, 1, 2), (8, 8, 0)])
@pytest.mark.filterwarnings("ignore:A cascade stands in")
def test_blocks_joined_as_in_a_flat_butterfly(n, block, rank):
    cascade = pixelfly(n, block, rank=rank)
    weights = n * block * (1 + round(np.log2(n // block))) + 2 * n * rank
    assert tg.analyzers.cost(cascade).parameters == weights
    assert edges(cascade) == weights + (n if rank else 0)
    flips = [0, *(2**b for b in range(round(np.log2(n // block))))]
    blocks = [[x ^ y in flips for y in range(n // block)] for x in range(n // block)]
    full = np.kron(blocks, np.ones((block, block), dtype=int))
    np.testing.assert_array_equal(paths(cascade), full + rank)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: butterfly(12, 4), "power of two .* Received 12. Choose 8 or 16"),
        (lambda: butterfly(1, 4), "at least 2"),
        (lambda: butterfly(8, 0), "layers must be"),
        (lambda: butterfly(8, 3, order="random"), "one of the orders"),
        (lambda: parallel_butterfly(8, 2, layers=1), "Use at least 3 layers, or one copy"),
        (lambda: parallel_butterfly(6, 2, layers=3), "power of two"),
        (lambda: pixelfly(16, 3), "Received 3 for 16"),
        (lambda: pixelfly(16, 4, rank=17), "Received rank 17. Choose a rank up to 16"),
    ],
)
def test_refused(make, told):
    with pytest.raises(ArchitectureError, match=told):
        make()
