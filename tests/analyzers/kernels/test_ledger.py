from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analyzers.kernels.dags import MIXED, PARALLEL, SEQUENTIAL, TWICE, UNEQUAL, network
from topograph.analyzers.kernels.ledger import (
    Ledger,
    Term,
    common_factor,
    divided,
    paths_by_depth,
)
from topograph.analyzers.kernels.nonlinearity import NONLINEARITIES
from topograph.analyzers.kernels.reading import read
from topograph.errors import ArchitectureError

TOTALS = st.integers(0, 12)
MIXTURES = st.lists(st.tuples(st.integers(1, 144), TOTALS), min_size=1, max_size=3).map(
    lambda pairs: tuple(Term(kind, *pair) for kind, pair in enumerate(pairs))
)


@pytest.mark.parametrize(
    ("edges", "paths"),
    [
        (SEQUENTIAL, {3: 1}),
        (PARALLEL, {1: 3}),
        (MIXED, {0: 1, 1: 1, 2: 2}),
        (TWICE, {1: 3}),
        (UNEQUAL, {1: 1, 3: 1}),
    ],
)
def test_paths_by_depth(edges, paths):
    assert paths_by_depth(read(network(edges))) == paths


def test_paths_are_counted_exactly_however_many():
    edges = [(s, t, "skip") for t in range(1, 200) for s in range(t)]
    assert paths_by_depth(read(network(edges, width=1))) == {0: 2**198}


@pytest.mark.parametrize(("mode", "steps"), [("paper", 1), ("exact", 1)])
def test_equal_layers_are_one_class(mode, steps):
    ledger = Ledger(mode)
    ledger.output(read(network(PARALLEL)))
    ledger.output(read(network(TWICE)))
    assert ledger.steps == steps


def test_homogeneous_activations_share_multiples():
    doubled = [(0, 1, "skip"), (0, 1, "skip"), (1, 2, "linear")]
    for name, steps in (("relu", 1), ("tanh", 2)):
        ledger = Ledger("paper")
        single = ledger.output(read(network([(0, 1, "linear")]), activation=name))
        double = ledger.output(read(network(doubled), activation=name))
        assert ledger.steps == steps
        assert (double == tuple(Term(t.kind, 2 * t.squares, 0) for t in single)) == (name == "relu")


def test_exact_multiples_are_squares():
    ledger = Ledger("exact")
    (single,) = ledger.output(read(network([(0, 1, "linear")])))
    doubled = [(0, 1, "linear"), (1, 2, "skip"), (1, 2, "skip")]
    assert ledger.output(read(network(doubled))) == (Term(single.kind, 4, 2),)


@given(MIXTURES)
def test_common_factors_divide_and_leave_whole_numbers(mixture):
    factor = common_factor(mixture)
    for term, reduced in zip(mixture, divided(mixture, factor), strict=True):
        assert reduced.squares * factor == term.squares
        assert reduced.total == int(reduced.total)
        assert reduced.total**2 * factor == pytest.approx(term.total**2)
    assert common_factor(divided(mixture, factor)) == 1


def test_odd_activations_carry_no_means():
    for name in ("tanh", "relu"):
        output = Ledger("exact").output(read(network(PARALLEL), activation=name))
        assert [term.total for term in output] == [0 if NONLINEARITIES[name].is_odd else 3]


def test_nothing_in_gives_nothing_out_but_where_the_activation_does_not_vanish():
    cut = read(network([(0, 1, "zero"), (1, 2, "linear")]))
    assert Ledger("exact").output(cut) == ()
    ledger = Ledger("exact")
    program = read(network([(0, 1, "zero"), (1, 2, "linear")]), activation="sigmoid")
    assert [term.squares for term in ledger.output(program)] == [1]


def test_unknown_modes_are_refused():
    with pytest.raises(ArchitectureError, match="Received 'both'"):
        Ledger("both")
