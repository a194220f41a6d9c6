import pytest

from topograph.analyzers.cascades import memory
from topograph.analyzers.cascades.memory import check_memory
from topograph.errors import BudgetError


def test_what_fits_passes_and_what_does_not_is_refused(monkeypatch):
    monkeypatch.setattr(memory, "free_memory", lambda device: 2**30)
    check_memory("a table", 2**30, instead="a smaller one")
    words = "arrays of a table stay.*needs about 2 GiB where 1 GiB are free. Choose a smaller one"
    with pytest.raises(BudgetError, match=words):
        check_memory("a table", 2**31, instead="a smaller one")


def test_a_limit_takes_the_place_of_what_is_free():
    check_memory("a table", 5, instead="a smaller one", limit=5)
    with pytest.raises(BudgetError, match="a table stay"):
        check_memory("a table", 6, instead="a smaller one", limit=5)
