from __future__ import annotations

import pickle
import subprocess
import sys
from copy import deepcopy
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given, settings

from tests.exporter.samples import skipping_cell
from tests.strategies import architectures
from topograph.exporter import compile


def test_no_torch_is_needed():
    program = """
import sys
import topograph as tg
tg.exporter.compile(tg.generators.dense_mlp(4, 4, candidates=2, rng=0))
assert "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)


@settings(max_examples=50)
@given(architectures())
def test_equal_architectures_have_equal_plans(architecture):
    assert compile(architecture.renamed("other")) == compile(architecture)


def test_a_plan_is_a_value():
    plan = compile(skipping_cell())
    assert pickle.loads(pickle.dumps(plan)) == plan
    assert deepcopy(plan) is plan
    with pytest.raises(FrozenInstanceError):
        plan.slots = 3


def test_layers_come_in_the_order_of_the_nodes():
    assert list(compile(skipping_cell()).layers) == [
        *("a", "b_in_norm", "b", "c_in_norm", "c", "d_in_norm", "d", "e_in_norm", "e", "logits")
    ]


def test_a_cell_holds_only_what_later_layers_read():
    plan = compile(skipping_cell(size=64))
    assert plan.slots <= 8
