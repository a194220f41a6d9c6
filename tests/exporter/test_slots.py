from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from topograph.exporter.slots import Step, into_slots


@st.composite
def computations(draw):
    """Steps that write one to three values each, the values that are needed, and the inputs."""
    inputs = draw(st.integers(1, 3))
    count = inputs
    steps = []
    for _ in range(draw(st.integers(0, 12))):
        reads = draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=3))
        writes = tuple(range(count, count + draw(st.integers(1, 3))))
        count += len(writes)
        steps.append(Step("layer", "", tuple(reads), writes, ""))
    needed = draw(st.lists(st.integers(0, count - 1), min_size=1, unique=True))
    return steps, inputs, needed


@given(computations())
def test_every_step_finds_the_values_it_reads(computation):
    steps, inputs, needed = computation
    placed, slot, slots = into_slots(steps, inputs, needed)
    memory = [*range(inputs), *[None] * (slots - inputs)]
    for step, original in zip(placed, steps, strict=True):
        assert [memory[place] for place in step.inputs] == list(original.inputs)
        for place, value in zip(step.outputs, original.outputs, strict=True):
            memory[place] = value
        for place in step.frees:
            memory[place] = None
    assert [memory[slot[value]] for value in needed] == needed


@given(computations())
def test_nothing_that_is_needed_no_more_is_kept(computation):
    steps, inputs, needed = computation
    placed, _, slots = into_slots(steps, inputs, needed)
    memory = [*range(inputs), *[None] * (slots - inputs)]
    for place, (step, original) in enumerate(zip(placed, steps, strict=True)):
        for slot, value in zip(step.outputs, original.outputs, strict=True):
            memory[slot] = value
        for slot in step.frees:
            memory[slot] = None
        later = {value for other in steps[place + 1 :] for value in other.inputs}
        for value in set(original.inputs) - later - set(needed):
            assert value not in memory


def test_a_chain_needs_one_slot_and_a_long_skip_two():
    chain = [Step("layer", "", (i,), (i + 1,), "") for i in range(5)]
    assert into_slots(chain, 1, [5])[2] == 1
    assert into_slots([*chain, Step("merge", "", (0, 5), (6,), "")], 1, [6])[2] == 2
