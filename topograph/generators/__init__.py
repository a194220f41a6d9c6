"""Which architectures exist: families of networks, each a function that returns one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topograph._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "dag": ["EDGE_KINDS", "dag"],
        "darts": ["Genotype", "darts", "darts_network"],
        "dense": ["dense_cnn", "dense_mlp"],
        "dense_channels": ["dense_channels"],
        "densenet": ["densenet"],
        "mobile": ["mobilenet_v2"],
        "nasbench201": ["nasbench201", "nasbench201_network"],
        "random_wiring": ["barabasi_albert", "erdos_renyi", "watts_strogatz"],
        "relational": ["relational", "watts_strogatz_flex"],
        "residual": ["resnet"],
        "vgg": ["vgg"],
        "wiring": ["wired"],
    },
    rooms=["cascades"],
)

if TYPE_CHECKING:
    from topograph.generators import cascades as cascades
    from topograph.generators.dag import EDGE_KINDS as EDGE_KINDS
    from topograph.generators.dag import dag as dag
    from topograph.generators.darts import Genotype as Genotype
    from topograph.generators.darts import darts as darts
    from topograph.generators.darts import darts_network as darts_network
    from topograph.generators.dense import dense_cnn as dense_cnn
    from topograph.generators.dense import dense_mlp as dense_mlp
    from topograph.generators.dense_channels import dense_channels as dense_channels
    from topograph.generators.densenet import densenet as densenet
    from topograph.generators.mobile import mobilenet_v2 as mobilenet_v2
    from topograph.generators.nasbench201 import nasbench201 as nasbench201
    from topograph.generators.nasbench201 import nasbench201_network as nasbench201_network
    from topograph.generators.random_wiring import barabasi_albert as barabasi_albert
    from topograph.generators.random_wiring import erdos_renyi as erdos_renyi
    from topograph.generators.random_wiring import watts_strogatz as watts_strogatz
    from topograph.generators.relational import relational as relational
    from topograph.generators.relational import watts_strogatz_flex as watts_strogatz_flex
    from topograph.generators.residual import resnet as resnet
    from topograph.generators.vgg import vgg as vgg
    from topograph.generators.wiring import wired as wired
