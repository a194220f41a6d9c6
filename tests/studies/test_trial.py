"""A trial: its key by a second road, and streams that depend on it alone."""

from __future__ import annotations

import hashlib
import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.studies import Trial
from topograph.studies.trial import canonical

VALUES = (
    st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
DESIGNS = st.dictionaries(st.text(), VALUES | st.lists(VALUES, max_size=3), max_size=4)
TRIAL = Trial("tour", 2, {"depth": 16, "candidates": 3}, {"epochs": 1}, repeat=1, seed=7)


def test_key_is_the_digest_of_the_json_written_out_by_hand() -> None:
    written = (
        '{"design":{"candidates":3,"depth":16},"recipe":{"epochs":1},'
        '"repeat":1,"seed":7,"study":"tour","version":2}'
    )
    assert TRIAL.key == hashlib.sha256(written.encode()).hexdigest()


@pytest.mark.parametrize(
    "change",
    [
        {"study": "other"},
        {"version": 3},
        {"design": {"depth": 16, "candidates": 4}},
        {"recipe": {"epochs": 2}},
        {"repeat": 0},
        {"seed": 8},
    ],
)
def test_every_part_changes_the_key(change: dict[str, object]) -> None:
    assert replace(TRIAL, **change).key != TRIAL.key


@given(DESIGNS, DESIGNS)
def test_key_ignores_the_order_of_names_and_tells_designs_apart(
    design: dict[str, object], other: dict[str, object]
) -> None:
    first = Trial("tour", 1, design, {}, 0, 0)
    turned = Trial("tour", 1, dict(reversed(design.items())), {}, 0, 0)
    assert first.key == turned.key
    if canonical(design) != canonical(other):
        assert first.key != Trial("tour", 1, other, {}, 0, 0).key


def test_stream_is_the_seed_sequence_of_design_and_repeat() -> None:
    digest = hashlib.sha256(b'{"candidates":3,"depth":16}').digest()
    number = int.from_bytes(digest[:8], "big")
    own = np.random.SeedSequence(7, spawn_key=(number, 1))
    shared = np.random.SeedSequence(7, spawn_key=(number,))
    assert TRIAL.generator().random() == np.random.default_rng(own).random()
    assert TRIAL.generator(shared=True).random() == np.random.default_rng(shared).random()


def test_stream_depends_on_design_repeat_and_seed_but_not_on_the_recipe() -> None:
    def draw(**change: object) -> float:
        return float(replace(TRIAL, **change).generator().random())  # type: ignore[arg-type]

    assert draw() == draw(recipe={"epochs": 9}) == draw(version=5)
    others = [draw(repeat=2), draw(seed=8), draw(design={"depth": 16, "candidates": 4})]
    assert len({draw(), *others}) == 4


def test_repeats_share_the_shared_stream_only() -> None:
    other = replace(TRIAL, repeat=5)
    assert other.generator(shared=True).random() == TRIAL.generator(shared=True).random()
    assert other.generator().random() != TRIAL.generator().random()


def test_a_trial_is_a_value_that_travels() -> None:
    twin = pickle.loads(pickle.dumps(TRIAL))
    assert twin == TRIAL
    assert hash(twin) == hash(TRIAL)
    assert twin.key == TRIAL.key


def test_values_that_have_no_one_form_are_refused() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical({"rate": float("nan")})
    with pytest.raises(TypeError, match="not JSON serializable"):
        canonical({"widths": {1, 2}})
