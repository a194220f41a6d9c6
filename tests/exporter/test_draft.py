from __future__ import annotations

from hypothesis import given

from tests.strategies import architectures
from topograph.exporter.draft import Draft
from topograph.graph import Builder, Linear, Link, Zero


@given(architectures())
def test_values_are_written_once_before_they_are_read(architecture):
    draft = Draft(architecture)
    known = set(range(len(architecture.inputs)))
    for step in draft.steps:
        assert set(step.inputs) <= known
        assert not known & set(step.outputs)
        known |= set(step.outputs)
    assert {draft.values[name] for name in architecture.outputs} <= known


@given(architectures())
def test_every_value_is_read_or_returned(architecture):
    draft = Draft(architecture)
    read = {value for step in draft.steps for value in step.inputs}
    read |= {draft.values[name] for name in architecture.outputs}
    assert {value for step in draft.steps for value in step.outputs} <= read


@given(architectures())
def test_every_layer_is_used_at_most_once(architecture):
    draft = Draft(architecture)
    used = [step.what for step in draft.steps if step.kind == "layer"]
    assert len(set(used)) == len(used)
    assert set(used) <= set(draft.layers)


def test_a_product_with_a_zero_is_a_zero():
    b = Builder()
    x = b.input(2, name="x")
    b.node([Link(x, Linear()), Link(x, Zero())], merge="product", width=2, name="y")
    draft = Draft(b.build())
    assert [step.kind for step in draft.steps] == ["call"]
    assert set(draft.layers) == {"y"}
