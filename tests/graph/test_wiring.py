import copy
import pickle
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import sparse

from topograph.errors import ArchitectureError
from topograph.graph import Full, Grouped, OneToOne, Select, Sparse
from topograph.graph.wiring import WIRINGS

MASKS = hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, max_side=5))


def dense(wiring):
    """Return the mask of a sparse wiring, link by link."""
    mask = np.zeros((wiring.targets, wiring.sources), bool)
    for target in range(wiring.targets):
        for link in range(wiring.indptr[target], wiring.indptr[target + 1]):
            mask[target, wiring.indices[link]] = True
    return mask


@given(MASKS)
def test_a_mask_comes_back(mask):
    wiring = Sparse.from_mask(mask)
    assert dense(wiring).tolist() == mask.tolist()
    assert wiring.links == wiring.trainable == mask.sum()
    assert (wiring.rows().tolist(), wiring.indices.tolist()) == tuple(
        part.tolist() for part in np.nonzero(mask)
    )


@given(MASKS)
def test_rows_are_those_of_scipy(mask):
    rows = sparse.csr_array(mask)
    wiring = Sparse(rows.indptr, rows.indices, mask.shape[1])
    assert wiring == Sparse.from_mask(mask)
    assert hash(wiring) == hash(Sparse.from_mask(mask))
    assert wiring.rows().tolist() == rows.tocoo().row.tolist()


@given(MASKS, st.data())
def test_constant_links_are_counted_apart(mask, data):
    constant = data.draw(hnp.arrays(bool, mask.shape))
    wiring = Sparse.from_mask(mask, constant=constant, value=-0.5)
    assert wiring.trainable == (mask & ~constant).sum()
    fixed = np.zeros(mask.shape)
    fixed[wiring.rows(), wiring.indices] = np.where(wiring.constant, wiring.value, 0.0)
    assert fixed.tolist() == np.where(mask & constant, -0.5, 0.0).tolist()


EXAMPLES = [
    Full(),
    OneToOne(),
    Grouped(2),
    Grouped(3),
    Select([0, 1]),
    Select([1, 0]),
    Select([1, 1]),
    Sparse([0, 1], [0], 2),
    Sparse([0, 1], [0], 3),
    Sparse([0, 1], [1], 2),
    Sparse([0, 0, 1], [0], 2),
    Sparse([0, 1], [0], 2, constant=[False]),
    Sparse([0, 1], [0], 2, constant=[True]),
    Sparse([0, 1], [0], 2, constant=[True], value=2),
]


def test_wirings_are_equal_by_value_and_no_two_of_these_are():
    assert {type(wiring) for wiring in EXAMPLES} == set(WIRINGS)
    for one in EXAMPLES:
        assert [one == other for other in EXAMPLES].count(True) == 1
        assert one == copy.deepcopy(one)
        assert hash(one) == hash(copy.deepcopy(one))
    assert len(set(EXAMPLES)) == len(EXAMPLES)


@pytest.mark.parametrize("wiring", EXAMPLES, ids=str)
@pytest.mark.parametrize("kept", [copy.deepcopy, lambda w: pickle.loads(pickle.dumps(w))])
def test_wirings_stay_frozen_when_they_are_copied(wiring, kept):
    again = kept(wiring)
    assert again == wiring
    for name in ("channels", "indptr", "indices", "constant"):
        array = getattr(again, name, None)
        if array is not None:
            with pytest.raises(ValueError, match="read-only"):
                array[:] = 0
            with pytest.raises(FrozenInstanceError):
                setattr(again, name, array)


def test_arrays_are_copied_from_those_that_may_change():
    channels = np.array([1, 0], np.int32)
    wiring = Select(channels)
    channels[:] = 5
    assert wiring == Select([1, 0])
    assert wiring.channels.dtype == np.int32
    assert Select(wiring.channels).channels is wiring.channels


def test_zero_has_one_sign():
    positive = Sparse([0, 1], [0], 1, constant=[True], value=0.0)
    negative = Sparse([0, 1], [0], 1, constant=[True], value=-0.0)
    assert positive == negative
    assert str(negative.value) == "0.0"


def test_an_empty_pattern_is_a_pattern():
    empty = Sparse([0, 0, 0], [], 4, constant=[])
    assert (empty.targets, empty.links, empty.trainable) == (2, 0, 0)
    assert dense(empty).shape == (2, 4)


def test_representations_are_brief():
    assert repr(Select(range(100))) == "Select([0, 1, 2, 3, 4, 5, 6, 7, ... 100 in all])"
    assert repr(Select([2, 0])) == "Select([2, 0])"
    assert repr(Sparse.from_mask(np.ones((2, 3), bool))) == "Sparse(2 x 3, 6 links)"


@pytest.mark.parametrize(
    "channels", [[0.5], [True], "01", [-1], [2**31], [2**70], [[0, 1]], [[0], [1, 2]], None, 3]
)
def test_channels_are_numbers_of_channels(channels):
    with pytest.raises(ArchitectureError, match="channels"):
        Select(channels)


@pytest.mark.parametrize("groups", [0, -1, 1.0, True, "2", None])
def test_groups_are_counted(groups):
    with pytest.raises(ArchitectureError, match="groups must be a whole number"):
        Grouped(groups)


@pytest.mark.parametrize(
    ("rule", "arguments"),
    [
        ("starts at 0", ([], [], 2)),
        ("starts at 0", ([1, 1], [0], 2)),
        ("never falls", ([0, 2, 1, 2], [0, 1], 2)),
        ("ends at the number of links", ([0, 1], [0, 1], 2)),
        ("ends at the number of links", ([0, 3], [0, 1], 2)),
        ("every link has a source", ([0, 1], [2], 2)),
        ("once, ascending", ([0, 2], [1, 0], 2)),
        ("once, ascending", ([0, 2], [1, 1], 2)),
        ("sources must be", ([0, 1], [0], 0)),
        ("sources must be", ([0, 1], [0], 2.0)),
    ],
)
def test_rows_are_well_formed(rule, arguments):
    with pytest.raises(ArchitectureError, match=rule):
        Sparse(*arguments)


@pytest.mark.parametrize("constant", [[1], [True, False], [[True]], True, "t"])
def test_constant_has_one_flag_per_link(constant):
    with pytest.raises(ArchitectureError, match="constant"):
        Sparse([0, 1], [0], 1, constant=constant)


@pytest.mark.parametrize("value", [np.nan, np.inf, "x", None, 10**400])
def test_the_constant_weight_is_a_finite_number(value):
    with pytest.raises(ArchitectureError, match="finite"):
        Sparse([0, 1], [0], 1, constant=[True], value=value)


@pytest.mark.parametrize(
    "mask", [[[1, 0]], [True], np.ones((2, 2, 2), bool), [[True], [True, True]]]
)
def test_a_mask_is_a_boolean_matrix(mask):
    with pytest.raises(ArchitectureError, match="mask"):
        Sparse.from_mask(mask)


@pytest.mark.parametrize("constant", [True, [True, False], [[True]], np.ones((3, 3), bool)])
def test_the_marks_of_constant_links_have_the_shape_of_the_mask(constant):
    with pytest.raises(ArchitectureError, match="one shape"):
        Sparse.from_mask(np.ones((2, 2), bool), constant=constant)
