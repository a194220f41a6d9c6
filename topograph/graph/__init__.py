"""What an architecture is: nodes, edges, ops and wirings, and the rules that bind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topograph._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "architecture": ["Architecture"],
        "node": ["Node", "MERGES"],
        "edge": ["Edge"],
        "ops": [
            "ACTIVATIONS",
            "NORMALISATIONS",
            "OPS",
            "Activation",
            "Conv2d",
            "Flatten",
            "GlobalPool",
            "Identity",
            "Linear",
            "Norm",
            "Op",
            "Pool",
            "Zero",
        ],
        "wiring": ["Full", "Grouped", "OneToOne", "Select", "Sparse", "Wiring"],
        "builder": ["Builder", "Link"],
        "compose": ["parallel", "repeat", "serial"],
        "draft": ["Violation"],
        "rules": ["RULES", "check"],
        "channels": ["ChannelGraph"],
        "layout": ["Layout", "Route", "layout"],
        "views": ["to_html"],
        "files": ["from_json", "load", "save", "schema", "to_json"],
        "graphml": ["from_graphml", "to_graphml"],
        "convert": ["from_igraph", "from_networkx", "to_igraph", "to_networkx"],
    },
)

if TYPE_CHECKING:
    from topograph.graph.architecture import Architecture as Architecture
    from topograph.graph.builder import Builder as Builder
    from topograph.graph.builder import Link as Link
    from topograph.graph.channels import ChannelGraph as ChannelGraph
    from topograph.graph.compose import parallel as parallel
    from topograph.graph.compose import repeat as repeat
    from topograph.graph.compose import serial as serial
    from topograph.graph.convert import from_igraph as from_igraph
    from topograph.graph.convert import from_networkx as from_networkx
    from topograph.graph.convert import to_igraph as to_igraph
    from topograph.graph.convert import to_networkx as to_networkx
    from topograph.graph.draft import Violation as Violation
    from topograph.graph.edge import Edge as Edge
    from topograph.graph.files import from_json as from_json
    from topograph.graph.files import load as load
    from topograph.graph.files import save as save
    from topograph.graph.files import schema as schema
    from topograph.graph.files import to_json as to_json
    from topograph.graph.graphml import from_graphml as from_graphml
    from topograph.graph.graphml import to_graphml as to_graphml
    from topograph.graph.layout import Layout as Layout
    from topograph.graph.layout import Route as Route
    from topograph.graph.layout import layout as layout
    from topograph.graph.node import MERGES as MERGES
    from topograph.graph.node import Node as Node
    from topograph.graph.ops import ACTIVATIONS as ACTIVATIONS
    from topograph.graph.ops import NORMALISATIONS as NORMALISATIONS
    from topograph.graph.ops import OPS as OPS
    from topograph.graph.ops import Activation as Activation
    from topograph.graph.ops import Conv2d as Conv2d
    from topograph.graph.ops import Flatten as Flatten
    from topograph.graph.ops import GlobalPool as GlobalPool
    from topograph.graph.ops import Identity as Identity
    from topograph.graph.ops import Linear as Linear
    from topograph.graph.ops import Norm as Norm
    from topograph.graph.ops import Op as Op
    from topograph.graph.ops import Pool as Pool
    from topograph.graph.ops import Zero as Zero
    from topograph.graph.rules import RULES as RULES
    from topograph.graph.rules import check as check
    from topograph.graph.views import to_html as to_html
    from topograph.graph.wiring import Full as Full
    from topograph.graph.wiring import Grouped as Grouped
    from topograph.graph.wiring import OneToOne as OneToOne
    from topograph.graph.wiring import Select as Select
    from topograph.graph.wiring import Sparse as Sparse
    from topograph.graph.wiring import Wiring as Wiring
