import mpmath
import numpy as np
import pytest

from topograph.analyzers._excess import log_excess

STEPS = [0.0, 1e-300, 1e-160, -1e-9, 1e-5, -0.03, 0.0499, 0.0501, -0.051, -0.9, 1 - 2.0**-53, 1e6]


@pytest.mark.parametrize("step", STEPS)
def test_excess_keeps_its_digits_on_both_roads(step):
    with mpmath.workdps(700):
        exact = float(mpmath.mpf(step) - mpmath.log1p(mpmath.mpf(step)))
    assert float(log_excess(np.asarray(step), np)) == pytest.approx(exact, rel=2e-14, abs=5e-324)


def test_excess_is_computed_on_every_backend(backend):
    steps = backend.asarray([-0.5, -0.01, 0.0, 0.02, 3.0])
    found = log_excess(steps, backend.xp)
    assert all(float(value) >= 0 for value in found)
    assert float(found[0]) == pytest.approx(np.log(2) - 0.5)
