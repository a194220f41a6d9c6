"""The scored pool beside the accuracies that its cells reached after training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from cell_scores import SCORES
from numpy.typing import NDArray

from topograph.datasets import nasbench201_results
from topograph.search import CellCosts, CellSpace, connectivity_filter

IMAGES = ("cifar10", "cifar100", "imagenet16")


@dataclass(frozen=True)
class Pool:
    """The cells that were scored, with the accuracies that they reached after training."""

    table: pd.DataFrame
    space: CellSpace
    costs: CellCosts
    scores: dict[str, NDArray[np.float64]]
    accuracy: NDArray[np.float64]

    @classmethod
    def read(cls) -> Pool:
        """Join the scores with the table of accuracies in the data folder."""
        table = pd.read_csv(SCORES)
        results = nasbench201_results().loc[table["index"]]
        trained = results[[f"{name}_test" for name in IMAGES]].to_numpy()
        te_nas = np.stack([-table.ntk_condition, table.regions], axis=1)
        scores = {
            "NAS-WOT": table[["nas_wot"]].to_numpy(),
            "TE-NAS": te_nas,
            "parameters": table[["parameters"]].to_numpy(),
            "MACs": table[["macs"]].to_numpy(),
        }
        space = CellSpace.nasbench201()[table["index"].to_numpy()]
        costs = CellCosts(table.parameters.to_numpy(), table.macs.to_numpy())
        return cls(table, space, costs, scores, trained)

    def filters(self) -> dict[str, NDArray[np.bool_] | None]:
        """Return what each filter keeps of the pool, with windows of the whole space."""
        whole = CellSpace.nasbench201()
        own = connectivity_filter(whole).window
        found: dict[str, NDArray[np.bool_] | None] = {"none": None}
        for name, radius in (("1", 1.0), ("3/4", 0.75), ("1/2", 0.5), ("1/4", 0.25)):
            found[name] = connectivity_filter(self.space, window=own, radius=radius).mask
        found["released"] = connectivity_filter(self.space, window="released").mask
        return found
