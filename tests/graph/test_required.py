from __future__ import annotations

import networkx
import numpy as np
import pytest
from torch import nn

import topograph as tg
from topograph.errors import ArchitectureError
from topograph.graph.required import require_architecture
from topograph.plots import plot_architecture

DOORS = {
    "measure": tg.measure,
    "one of several": lambda found: tg.measure([tg.generators.dag([(0, 1, "skip")]), found]),
    "cost": tg.analyzers.cost,
    "nn_mass": tg.analyzers.nn_mass,
    "degree_distribution": tg.analyzers.degree_distribution,
    "average_degree": tg.analyzers.average_degree,
    "nngp": lambda found: tg.analyzers.nngp(found, np.eye(2)),
    "to_module": tg.to_module,
    "to_source": tg.exporter.to_source,
    "plot_architecture": plot_architecture,
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("found", [nn.Sequential(nn.Linear(2, 2)), networkx.DiGraph([(0, 1)])])
def test_other_things_are_no_architecture(door, found):
    with pytest.raises(ArchitectureError, match=f"type {type(found).__name__}. Make one"):
        DOORS[door]([found] if door == "measure" else found)


def test_a_number_is_no_population():
    with pytest.raises(ArchitectureError, match="type int. Make one"):
        tg.measure(3)


def test_architectures_pass():
    require_architecture(tg.generators.dag([(0, 1, "skip")]))
