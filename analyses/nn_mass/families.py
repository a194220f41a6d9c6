"""Networks whose skip connections are added: Table 2, and the residual networks of Fig. 6."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

from topograph import Architecture
from topograph.analyzers import cell_density, cost, nn_mass, relation
from topograph.generators import densenet, mobilenet_v2, resnet, vgg

RESULTS = Path(__file__).parent / "results"
STANDARD, DEEP = (1, 2, 3, 4, 3, 3, 1), (2, 3, 4, 5, 4, 3, 1)
TABLE_2 = {
    "mobile_140": (1.4, STANDARD),
    "mobile_75": (0.75, STANDARD),
    "deep_100": (1.0, DEEP),
    "deep_60": (0.6, DEEP),
}
"""Width multiplier and blocks per stage."""
WEIGHTS = {
    "resnet18.tv_in1k": (18, 1),
    "resnet34.tv_in1k": (34, 1),
    "resnet50.tv_in1k": (50, 1),
    "resnet101.tv_in1k": (101, 1),
    "resnet152.tv_in1k": (152, 1),
    "wide_resnet50_2.tv_in1k": (50, 2),
    "wide_resnet101_2.tv_in1k": (101, 2),
}
"""Depth and width multiplier of networks that were trained by one recipe on ImageNet."""


def found() -> dict[str, float]:
    """Compute what the claims on added skip connections speak of."""
    values: dict[str, float] = {}
    for key, (factor, blocks) in TABLE_2.items():
        network = mobilenet_v2(width_multiplier=factor, blocks=blocks)
        spent = cost(network)
        values[f"mass_{key}"] = nn_mass(network)
        values[f"parameters_{key}"] = spent.parameters / 1e6
        values[f"macs_{key}"] = spent.published_macs / 1e6
    values["definition_deep_100"] = nn_mass(mobilenet_v2(blocks=DEEP), additions="counted")
    values["density_densenet"] = float(cell_density(densenet(121)).min())
    values["mass_vgg"] = nn_mass(vgg(16))
    return {**values, **_accuracies()}


def relate() -> pd.DataFrame:
    """R^2 of the ImageNet accuracy of seven residual networks, from the data folder."""
    path = Path(os.environ["TOPOGRAPH_DATA"]) / "model_zoo_results" / "imagenet_timm.csv.gz"
    table = pd.read_csv(path).query("img_size == 224").set_index("model")
    accuracy = table.loc[list(WEIGHTS), "top1"].to_numpy()
    networks = [resnet(depth, width_multiplier=factor) for depth, factor in WEIGHTS.values()]
    measures = {
        "log nn_mass": [nn_mass(one) for one in networks],
        "log nn_mass, strict": [nn_mass(one, additions="strict") for one in networks],
        "log nn_mass, identities": [nn_mass(one, projections="ignored") for one in networks],
        "log parameters": _counted(networks, "parameters"),
        "log macs": _counted(networks, "macs"),
    }
    rows = [(name, relation(values, accuracy).r_squared) for name, values in measures.items()]
    return pd.DataFrame(rows, columns=["measure", "r_squared"])


def _counted(networks: list[Architecture], what: str) -> list[int]:
    """One kind of cost of each network."""
    return [getattr(cost(one), what) for one in networks]


def _accuracies() -> dict[str, float]:
    """R^2 of Fig. 6(a, b), from `results`."""
    relations = pd.read_csv(RESULTS / "imagenet_relations.csv").set_index("measure").r_squared
    return {
        "r2_parameters_imagenet": float(relations["log parameters"]),
        "r2_nn_mass_imagenet": float(relations["log nn_mass"]),
    }


if __name__ == "__main__":
    table = relate()
    table.to_csv(RESULTS / "imagenet_relations.csv", index=False, float_format="%.6g")
    print(table.to_string(index=False))
