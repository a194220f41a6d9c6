import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy

from tests.generators.wirings import wiring_of
from topograph.errors import ArchitectureError
from topograph.exporter import to_module
from topograph.generators import barabasi_albert, erdos_renyi, watts_strogatz

FAMILIES = {
    "watts_strogatz": lambda **options: watts_strogatz(7, neighbours=4, rewiring=0.5, **options),
    "barabasi_albert": lambda **options: barabasi_albert(7, links=2, **options),
    "erdos_renyi": lambda **options: erdos_renyi(7, probability=0.3, **options),
}
families = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)


@families
@pytest.mark.parametrize("inputs", [12, (1, 8, 8)])
def test_they_train(family, inputs):
    module = to_module(family(width=4, inputs=inputs, classes=3, rng=1), rng=0)
    shape = (inputs,) if isinstance(inputs, int) else inputs
    x, y = torch.rand(6, *shape), torch.arange(6) % 3
    optimiser = torch.optim.SGD(module.parameters(), lr=0.05)
    losses = []
    for _ in range(8):
        loss = cross_entropy(module(x), y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert all(p.grad is not None for p in module.parameters())
    assert losses[-1] < losses[0]


@families
def test_the_same_seed_gives_the_same_network(family):
    one = family(inputs=4, rng=5)
    assert one == family(inputs=4, rng=np.random.default_rng(5))
    assert any(one != family(inputs=4, rng=seed) for seed in range(5))


@given(st.integers(3, 12), st.integers(0, 99))
def test_the_number_of_edges_follows_from_the_rule(nodes, seed):
    def edges(network):
        return len(wiring_of(network)[0])

    kwargs = {"inputs": 2, "width": 1, "rng": seed}
    assert edges(watts_strogatz(nodes, neighbours=2, rewiring=0.7, **kwargs)) == nodes
    assert edges(barabasi_albert(nodes, links=2, **kwargs)) == 2 * (nodes - 2)
    assert edges(erdos_renyi(nodes, probability=1, **kwargs)) == nodes * (nodes - 1) / 2
    assert edges(erdos_renyi(nodes, probability=0, **kwargs)) == 0


def test_a_ring_lattice_joins_nearest_neighbours():
    pairs, *_ = wiring_of(watts_strogatz(9, neighbours=4, rewiring=0, inputs=2, width=1))
    near = {(i, j) for i in range(9) for j in range(i + 1, 9) if min(j - i, 9 - j + i) <= 2}
    assert pairs == near


def test_preferential_attachment_begins_with_sources():
    pairs, sources, _ = wiring_of(barabasi_albert(30, links=3, inputs=2, width=1, rng=0))
    assert sources == {0, 1, 2}
    for node in range(3, 30):
        assert sum(j == node for _, j in pairs) == 3


def test_edges_are_independent_and_equally_likely():
    counts = np.zeros((5, 5))
    for seed in range(400):
        for pair in wiring_of(erdos_renyi(5, probability=0.3, inputs=1, width=1, rng=seed))[0]:
            counts[pair] += 1
    # Each of 10 counts is binomial with mean 120 and standard deviation 9.2.
    assert np.abs(counts[np.triu_indices(5, 1)] - 120).max() < 4 * 9.2


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: erdos_renyi(4, probability=0.5, width=0), "width must be"),
        (lambda: watts_strogatz(6, neighbours=3, rewiring=0), "Received 3. Choose 2 or 4"),
        (lambda: watts_strogatz(6, neighbours=6, rewiring=0), "neighbours must be .* from 2 to 5"),
        (lambda: watts_strogatz(6, neighbours=2, rewiring=1.5), "rewiring is a probability"),
        (lambda: watts_strogatz(2, neighbours=2, rewiring=0), "nodes must be"),
        (lambda: barabasi_albert(4, links=4), "links must be"),
        (lambda: erdos_renyi(0, probability=0.5), "nodes must be"),
        (lambda: erdos_renyi(4, probability="0.5"), "Received '0.5'"),
    ],
)
def test_bad_wirings_are_refused(make, words):
    with pytest.raises(ArchitectureError, match=words):
        make()
