from __future__ import annotations

import json
import pickle
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.errors import BudgetError, FormatError
from topograph.training import Recipe


@st.composite
def recipes(draw: st.DrawFn) -> Recipe:
    """Draw a valid recipe."""
    epochs = draw(st.integers(2, 50))
    optimiser = draw(st.sampled_from(["adam", "adamw", "sgd"]))
    schedule = draw(st.sampled_from(["constant", "cosine", "step"]))
    milestones = st.lists(st.integers(1, epochs - 1), min_size=1, max_size=4, unique=True)
    return Recipe(
        optimiser=optimiser,
        learning_rate=draw(st.floats(1e-6, 10)),
        momentum=draw(st.floats(0, 0.99)) if optimiser == "sgd" else 0,
        weight_decay=draw(st.floats(0, 1)),
        schedule=schedule,
        milestones=tuple(sorted(draw(milestones))) if schedule == "step" else (),
        decay=draw(st.floats(0.01, 1)),
        warmup_epochs=draw(st.integers(0, epochs - 1)),
        epochs=epochs,
        batch=draw(st.integers(1, 10_000)),
        evaluate_every=draw(st.integers(1, 100)),
        seeds=tuple(draw(st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=5, unique=True))),
    )


@given(recipe=recipes())
def test_a_recipe_survives_json_and_pickle(recipe: Recipe) -> None:
    assert Recipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe
    assert pickle.loads(pickle.dumps(recipe)) == recipe
    assert hash(Recipe.from_dict(recipe.to_dict())) == hash(recipe)


def test_what_a_mapping_lacks_is_default() -> None:
    assert Recipe.from_dict({"epochs": 3, "seeds": [1, 2]}) == Recipe(epochs=3, seeds=(1, 2))
    assert Recipe.from_dict({}) == Recipe()


def test_numpy_numbers_become_plain_ones() -> None:
    recipe = Recipe(epochs=np.int64(4), learning_rate=np.float32(0.5), seeds=[np.uint8(3)])
    assert recipe == Recipe(epochs=4, learning_rate=0.5, seeds=(3,))
    assert type(recipe.epochs) is int
    assert type(recipe.learning_rate) is float
    json.dumps(recipe.to_dict())


def test_a_recipe_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Recipe().epochs = 3


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"optimiser": "lbfgs"}, r"one of adam, adamw, sgd.*'lbfgs'"),
        ({"schedule": "linear"}, r"one of constant, cosine, step.*'linear'"),
        ({"schedule": ["step"]}, r"\['step'\]"),
        ({"learning_rate": 0}, "greater than 0"),
        ({"learning_rate": float("nan")}, "greater than 0"),
        ({"learning_rate": float("inf")}, "greater than 0"),
        ({"learning_rate": "0.1"}, "'0.1'"),
        ({"learning_rate": 10**400}, "greater than 0"),
        ({"optimiser": "sgd", "momentum": 1}, "below 1"),
        ({"weight_decay": -1e-9}, "at least 0"),
        ({"decay": 0}, "at most 1"),
        ({"decay": True}, "at most 1"),
        ({"epochs": 0}, "epochs must be"),
        ({"epochs": 2.0}, "epochs must be"),
        ({"batch": True}, "batch must be"),
        ({"evaluate_every": 0}, "evaluate_every must be"),
        ({"epochs": 5, "warmup_epochs": 5}, "from 0 to 4"),
        ({"schedule": "step"}, "Give both or neither"),
        ({"milestones": (3,)}, "Give both or neither"),
        ({"schedule": "step", "milestones": (0,)}, "milestones must be"),
        ({"schedule": "step", "milestones": (20,)}, "milestones must be"),
        ({"schedule": "step", "milestones": (5, 5)}, "increase"),
        ({"schedule": "step", "milestones": (7, 5)}, "increase"),
        ({"schedule": "step", "milestones": 5}, "sequence"),
        ({"seeds": ()}, "at least one seed"),
        ({"seeds": (1, 1)}, "none twice"),
        ({"seeds": (-1,)}, "seeds must be"),
        ({"seeds": 3}, "sequence"),
        ({"momentum": 0.9}, "Momentum belongs to sgd"),
    ],
)
def test_what_has_no_meaning_is_refused(parts: dict[str, object], words: str) -> None:
    with pytest.raises(BudgetError, match=words):
        Recipe(**parts)


def test_a_slip_in_a_key_is_found() -> None:
    with pytest.raises(FormatError, match=r"'epoch', 'lr'.*learning_rate"):
        Recipe.from_dict({"lr": 0.1, "epoch": 3})
