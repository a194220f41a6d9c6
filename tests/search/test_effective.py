from __future__ import annotations

from topograph import analyzers, search


def test_it_is_that_of_the_analyzers():
    assert search.effective is analyzers.effective
    assert search.EffectiveShape is analyzers.EffectiveShape
