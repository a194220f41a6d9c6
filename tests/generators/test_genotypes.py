from __future__ import annotations

from types import SimpleNamespace

import pytest

from topograph.errors import ArchitectureError
from topograph.generators._genotypes import GENOTYPES, OPERATIONS, as_genotype

GOOD = GENOTYPES["DARTS_V2"]._asdict()


def test_every_way_to_give_a_genotype_is_the_same():
    expected = as_genotype(GOOD)
    assert as_genotype(GENOTYPES["DARTS_V2"]) == expected
    assert as_genotype(SimpleNamespace(**GOOD)) == expected
    assert tuple(expected.normal) == tuple(as_genotype("DARTS_V2").normal)


@pytest.mark.parametrize("name", GENOTYPES)
def test_published_genotypes_are_valid(name):
    found = as_genotype(GENOTYPES[name]._asdict())
    assert len(found.normal) == len(found.reduce) == (8 if name.startswith("DARTS") else 10)
    assert {operation for operation, _ in (*found.normal, *found.reduce)} <= set(OPERATIONS)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"normal": [("conv", 0), ("skip_connect", 1)]}, "'conv' at position 0 of the normal"),
        ({"reduce": [("skip_connect", 0), ("none", 1)]}, "'none' at position 1 of the reduce"),
        ({"normal": ["skip_connect"] * 2}, "'skip_connect'.* at position 0"),
        ({"normal": [("skip_connect", 0), ("skip_connect", 2)]}, "Received 2 at position 1"),
        ({"normal": [("skip_connect", -1), ("skip_connect", 0)]}, "Received -1 at position 0"),
        ({"normal": [("skip_connect", True), ("skip_connect", 0)]}, "Received True"),
        ({"normal": [("skip_connect", 0)]}, "Received 1 in the normal cell"),
        ({"normal": []}, "Received 0 in the normal cell"),
        ({"normal_concat": (1, 2)}, "sums 2, ..., 5. Received \\(1, 2\\)"),
        ({"reduce_concat": (6,)}, "in the reduce cell"),
        ({"reduce_concat": ()}, "concatenates some"),
    ],
)
def test_genotypes_that_are_none_are_refused(change, words):
    with pytest.raises(ArchitectureError, match=words):
        as_genotype(GOOD | change)


def test_unknown_names_and_missing_parts_are_refused():
    with pytest.raises(ArchitectureError, match="one of DARTS_V1, DARTS_V2.*Received 'DARTS'"):
        as_genotype("DARTS")
    with pytest.raises(ArchitectureError, match="none called reduce, reduce_concat"):
        as_genotype({"normal": [], "normal_concat": []})
    with pytest.raises(ArchitectureError, match="none called normal, "):
        as_genotype(3)
