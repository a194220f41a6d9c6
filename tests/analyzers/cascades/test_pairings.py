import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from topograph.analyzers.cascades.pairings import Pairings, among, is_first
from topograph.arrays import to_host

PROPOSALS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 20)), max_size=30)
per_backend = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def array(backend, values):
    return backend.asarray(np.array(values, dtype=np.int64))


def as_dictionary(found):
    return dict(zip(to_host(found.pairs).tolist(), to_host(found.weights).tolist(), strict=True))


@per_backend
@given(PROPOSALS, PROPOSALS)
def test_accepted_proposals_form_a_matching(backend, first, second):
    found = Pairings(array(backend, []), 4)
    held = {}
    for proposals in (first, [(weight + 6, pair) for weight, pair in second if weight > 3]):
        proposals = sorted((w, p) for w, p in proposals if w not in held.values())
        weights = array(backend, [weight for weight, _ in proposals])
        pairs = array(backend, [pair for _, pair in proposals])
        found, left = found.accept(weights, pairs)
        now = as_dictionary(found)
        assert held.items() <= now.items()
        gained = {pair: weight for pair, weight in now.items() if pair not in held}
        proposing = {weight for weight, _ in proposals}
        assert sorted(proposing - set(gained.values())) == to_host(left).tolist()
        assert all((weight, pair) in proposals for pair, weight in gained.items())
        assert len(set(now.values())) == len(now)
        free = {pair for _, pair in proposals} - set(held)
        assert bool(gained) == bool(free)
        held = now


def test_owners_and_a_reassignment_along_a_path(backend):
    found = Pairings(array(backend, []), 3)
    found, _ = found.accept(array(backend, [1, 2, 3]), array(backend, [10, 20, 30]))
    assert to_host(found.owners(array(backend, [30, 10]))).tolist() == [3, 1]
    assert to_host(found.holds(array(backend, [5, 20]))).tolist() == [False, True]
    found = found.reassign(array(backend, [4, 2]), array(backend, [20, 40]))
    assert as_dictionary(found) == {10: 1, 20: 4, 30: 3, 40: 2}


def test_weights_in_order(backend):
    found, _ = Pairings(array(backend, []), 3).accept(
        array(backend, [1, 2, 3]), array(backend, [30, 10, 20])
    )
    weights, pairs = found.by_weight()
    assert to_host(weights).tolist() == [1, 2, 3]
    assert to_host(pairs).tolist() == [30, 10, 20]


def test_proposals_go_on_while_they_pay(backend):
    asked = []

    def choose(weights):
        asked.append(to_host(weights).tolist())
        return weights % (8 if len(asked) == 1 else 2)

    free = array(backend, list(range(12)))
    found, left = Pairings(free[:0], 4).propose(free, choose, patience=2)
    assert len(as_dictionary(found)) == 8
    assert to_host(left).tolist() == [8, 9, 10, 11] == sorted(set(asked[1]))
    assert len(asked) == 2


def test_among_and_first_of_nothing(backend):
    nothing, some = array(backend, []), array(backend, [1, 1, 2])
    assert to_host(among(some, nothing)).tolist() == [False] * 3
    assert to_host(is_first(some)).tolist() == [True, False, True]
    assert to_host(is_first(nothing)).tolist() == []
