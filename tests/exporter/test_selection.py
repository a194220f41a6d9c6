from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.exporter.samples import skipping_cell
from topograph.exporter import compile, selection, to_module
from topograph.graph import Builder, Identity, Linear, Link, Select, Zero


def two_picks(first, second, *, size=8):
    """A map from which two nodes select."""
    b = Builder()
    x = b.input(6, size=size, name="x")
    b.node([Link(x, Identity(), Select(first))], name="a")
    b.node([Link(x, Identity(), Select(second))], name="b")
    return b.build()


def kinds(architecture):
    return [(step.node, step.kind) for step in compile(architecture).steps]


@pytest.mark.parametrize(
    ("channels", "expected"),
    [([2, 3, 4], (2, 3)), ([5], (5, 1)), ([0, 2], None), ([3, 2], None), ([1, 1], None)],
)
def test_runs(channels, expected):
    assert selection.run(np.array(channels)) == expected


def test_contiguous_channels_are_views():
    architecture = two_picks([0, 1, 2], [3, 4, 5])
    assert kinds(architecture) == [("a", "call"), ("b", "call")]
    image = torch.rand(2, 6, 8, 8)
    first, second = to_module(architecture)(image)
    assert first.data_ptr() == image.data_ptr()
    assert torch.equal(second, image[:, 3:])


def test_scattered_channels_of_one_map_are_gathered_once():
    architecture = two_picks([0, 2], [5, 1, 1])
    plan = compile(architecture)
    assert kinds(architecture) == [("x", "deal")]
    assert plan.channels == {"x_channels": (0, 2, 5, 1, 1)}
    image = torch.rand(2, 6, 8, 8)
    first, second = to_module(architecture)(image)
    assert torch.equal(first, image[:, [0, 2]])
    assert torch.equal(second, image[:, [5, 1, 1]])


def test_a_whole_map_is_passed_as_it_is():
    assert kinds(two_picks(range(6), range(6))) == []


def test_zeros_select_nothing():
    b = Builder()
    x = b.input(4, size=2, name="x")
    b.node([Link(x, Zero(), Select([3, 1]))], name="y")
    assert kinds(b.build()) == [("y", "call")]


def test_small_concatenations_select_behind_the_join_large_ones_before_it():
    def behind(size):
        return [key for key in compile(skipping_cell(size=size)).channels if "_in_" in key]

    assert behind(1) == ["d_in_channels", "e_in_channels"]
    assert behind(64) == []


def test_both_ways_give_the_same_bits(monkeypatch):
    architecture = skipping_cell()
    image = torch.rand(4, 3, 8, 8)
    results = []
    for worth in (0, 10**9):
        monkeypatch.setattr(selection, "WORTH_A_CALL", worth)
        network = to_module(architecture, rng=0)
        found = network(image)
        found.sum().backward()
        results.append((len(network.plan.steps), found, network.a.weight.grad))
    assert results[0][0] != results[1][0]
    assert torch.equal(results[0][1], results[1][1])
    torch.testing.assert_close(results[0][2], results[1][2])


def test_a_shuffle_of_one_map_is_one_gather():
    b = Builder()
    x = b.input(4, size=32, name="x")
    b.concat([(x, [0, 2]), (x, [1, 3])], name="shuffled")
    architecture = b.build()
    assert kinds(architecture) == [("shuffled", "gather")]
    assert compile(architecture).channels == {"shuffled_channels": (0, 2, 1, 3)}


def test_a_linear_map_sees_only_its_selection():
    b = Builder()
    x = b.input(4, name="x")
    b.node([Link(x, Linear(), Select([3, 0]))], width=2, name="y")
    network = to_module(b.build(), rng=0)
    vectors = torch.rand(3, 4)
    assert torch.equal(network(vectors), network.y(vectors[:, [3, 0]]))
