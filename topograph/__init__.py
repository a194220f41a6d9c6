"""Topograph turns a neural network into a graph, asks it questions, and gives it back.

The front door: what is named here is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from topograph._lazy import attach
from topograph._version import __version__ as __version__

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "graph": ["Architecture", "Builder"],
        "graph.files": ["load", "save"],
        "exporter": ["to_module"],
        "analyzers": ["measure"],
        "errors": ["TopographError"],
    },
    rooms=[
        "analyzers",
        "datasets",
        "exporter",
        "generators",
        "graph",
        "plots",
        "search",
        "studies",
        "training",
    ],
)

if TYPE_CHECKING:
    from topograph import analyzers as analyzers
    from topograph import datasets as datasets
    from topograph import exporter as exporter
    from topograph import generators as generators
    from topograph import graph as graph
    from topograph import plots as plots
    from topograph import search as search
    from topograph import studies as studies
    from topograph import training as training
    from topograph.analyzers import measure as measure
    from topograph.errors import TopographError as TopographError
    from topograph.exporter import to_module as to_module
    from topograph.graph import Architecture as Architecture
    from topograph.graph import Builder as Builder
    from topograph.graph.files import load as load
    from topograph.graph.files import save as save
