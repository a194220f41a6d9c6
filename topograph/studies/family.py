"""A family of networks, each generated, measured, exported and trained."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

from topograph import generators
from topograph.analyzers.relation import Relation, relation
from topograph.errors import FormatError, TopographError
from topograph.rng import streams
from topograph.studies.plan import Plan
from topograph.studies.runner import run
from topograph.studies.store import Store
from topograph.studies.trial import Trial

if TYPE_CHECKING:
    import pandas as pd

    from topograph.datasets import Dataset
    from topograph.graph import Architecture
    from topograph.training import TrainingRecord

__all__ = ["FamilyStudy", "train_group"]

REQUIRED = ("generator", "data", "measures", "training", "relations")


@dataclass(frozen=True, slots=True)
class FamilyStudy:
    """A study that trains every network of a family and relates accuracy to its measures.

    The recipe of its plan says:

    - ``generator``, a function of `topograph.generators`, and ``network``, a table of its arguments
      besides those that the design gives;
    - ``data``, a data set by name; ``init``, as of `to_module`; ``training``, the parts of a
      `Recipe`;
    - ``measures`` of the catalogue;
    - ``relations``: for measures and names of the grid, whether accuracy is related to them or to
      their logarithm, ``"linear"``, ``"log"`` or a list of both;
    - ``together``, names of the grid: networks that agree in them are trained side by side, see
      `topograph.exporter.population`. Without it each is trained by itself.

    Attributes
    ----------
    plan : Plan
    """

    plan: Plan

    def __post_init__(self) -> None:
        missing = [name for name in REQUIRED if name not in self.plan.recipe]
        if missing:
            raise FormatError(
                "The recipe of a family study says what is generated, measured and trained. "
                f"Received none for {', '.join(missing)}. Add it to [recipe]."
            )
        generator = self.plan.recipe["generator"]
        if generator not in generators.__all__:
            raise FormatError(
                f"A family is made by a generator of topograph: {', '.join(generators.__all__)}. "
                f"Received {generator!r}. Choose one of these."
            )

    @classmethod
    def read(
        cls,
        path: str | os.PathLike[str],
        *,
        smoke: bool = False,
        data: str | None = None,
        seed: int | None = None,
    ) -> FamilyStudy:
        """Read a plan from a TOML file, with another data set or seed where they are given."""
        plan = Plan.read(path)
        plan = plan.quick() if smoke else plan
        recipe = {} if data is None else {"data": data}
        study = {} if seed is None else {"seed": seed}
        return cls(plan.override({"recipe": recipe, "study": study}))

    def run(
        self,
        folder: str | os.PathLike[str],
        *,
        device: str = "auto",
        workers: int = 1,
        progress: bool = True,
    ) -> pd.DataFrame:
        """Run what is not yet in the folder's ledger and return the table of all trials.

        Parameters
        ----------
        folder : path
            Made if it is not there. Its ledger ``trials.sqlite`` lets a later call resume; the
            table, one row per network and repeat, is also written to ``trials.csv``.
        device : {"auto", "cpu", "cuda"}
        workers : int
            Processes that train side by side.
        progress : bool
            Show a bar.

        Returns
        -------
        DataFrame
            The design, its measures, ``test_accuracy``, ``train_accuracy`` and ``train_loss`` after
            the last epoch, ``diverged`` and ``device``.

        Raises
        ------
        TopographError
            If a trial failed; the others are kept.
        KeyboardInterrupt
            After an interrupt; its message says how to go on.
        """
        place = Path(folder)
        train = partial(train_group, device=device)
        with Store(place / "trials.sqlite") as store:
            report = run(
                self.plan,
                train,
                store=store,
                workers=workers,
                group_by=self._group,
                progress=progress,
            )
            if report.failures:
                raise TopographError(str(report))
            store.export(place / "trials.csv", self.plan)
            return store.to_frame(self.plan)

    def means(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the mean over the repeats of each design, with the spread of the accuracy."""
        groups = table.groupby(list(self.plan.grid), as_index=False, sort=False)
        averaged = groups.mean(numeric_only=True).drop(columns=["repeat", "seconds"])
        averaged["test_accuracy_std"] = groups["test_accuracy"].std()["test_accuracy"]
        return averaged

    def shared(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the means of the designs on which every relation of the plan is defined.

        A design of NN-Mass 0, for example, has no place on a logarithmic axis.
        """
        averaged = self.means(table)
        logarithmic = [name for name, scale in self._pairs() if scale == "log"]
        return averaged[(averaged[logarithmic] > 0).all(axis=1)]

    def relation(self, table: pd.DataFrame, name: str, *, scale: str = "log") -> Relation:
        """Fit a line to the mean accuracy of the shared designs against a measure."""
        averaged = self.shared(table)
        return relation(averaged[name], averaged["test_accuracy"], log=scale == "log")

    def relations(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return one row per relation of the plan: how well a line explains the mean accuracy.

        Every relation is fitted to the shared designs, so that the values can be compared, and once
        more (``_all``) to all designs on which it is defined itself.
        """
        import pandas as pd

        averaged, shared = self.means(table), self.shared(table)
        return pd.DataFrame([_row(*pair, averaged, shared) for pair in self._pairs()])

    def _pairs(self) -> list[tuple[str, str]]:
        """Return each measure with each of the scales on which it is to be related."""
        listed = self.plan.recipe["relations"].items()
        return [
            (name, scale)
            for name, scales in listed
            for scale in ([scales] if isinstance(scales, str) else scales)
        ]

    def _group(self, trial: Trial) -> tuple[object, ...]:
        """Trials that are trained together: equal in what `together` names, and in repeat."""
        names = self.plan.recipe.get("together", list(self.plan.grid))
        return (*(trial.design[name] for name in names), trial.repeat)


def train_group(trials: Sequence[Trial], *, device: str = "auto") -> list[dict[str, Any]]:
    """Generate, measure, export and train the networks of some trials; return their outcomes.

    Several networks are trained side by side as one population, so they must be of one shape. All
    of them see the examples in the order that the seed of the study and the repeat give.
    """
    from topograph.analyzers import measure
    from topograph.datasets import load

    data = load(trials[0].recipe["data"])
    drawn = [_draw(trial, data) for trial in trials]
    networks = [network for network, _ in drawn]
    if not networks[0].node(networks[0].inputs[0]).size:
        data = data.flatten()
    records = _train(networks, [seed for _, seed in drawn], data, trials[0], device)
    measured = measure(networks, trials[0].recipe["measures"]).to_dict("records")
    return [
        {
            **{str(name): value for name, value in row.items()},
            "test_accuracy": record.final_test_accuracy,
            "train_accuracy": record.final_train_accuracy,
            "train_loss": record.final_train_loss,
            "diverged": record.diverged,
            "device": record.device,
        }
        for row, record in zip(measured, records, strict=True)
    ]


def _draw(trial: Trial, data: Dataset) -> tuple[Architecture, int]:
    """Return the network of a trial, fitted to the data, and the seed of its first weights."""
    wiring, weights = streams(trial.generator(), 2)
    generator = getattr(generators, trial.recipe["generator"])
    shape = {"image": data.shape, "inputs": data.inputs, "classes": data.classes}
    wanted = signature(generator).parameters
    fitted = {name: value for name, value in shape.items() if name in wanted}
    network = generator(**trial.recipe.get("network", {}), **trial.design, **fitted, rng=wiring)
    return network, int(weights.integers(2**31))


def _train(
    networks: list[Architecture], weights: list[int], data: Dataset, trial: Trial, device: str
) -> list[TrainingRecord]:
    """Train networks by the recipe of a trial, from first weights of the given seeds."""
    from topograph.exporter import population, to_module
    from topograph.training import Recipe, fit, fit_population

    recipe = Recipe.from_dict(trial.recipe["training"])
    init = trial.recipe.get("init", "default")
    how: dict[str, Any] = {
        "seed": trial.seed + trial.repeat,
        "device": device,
        "progress": False,
    }
    if len(networks) > 1:
        return fit_population(population(networks, init=init, rng=weights), data, recipe, **how)
    return [fit(to_module(networks[0], init=init, rng=weights[0]), data, recipe, **how)]


def _row(name: str, scale: str, averaged: pd.DataFrame, shared: pd.DataFrame) -> dict[str, Any]:
    """Relate the accuracy to a measure, on the shared designs and on all that it allows."""
    common, own = (
        relation(table[name], table["test_accuracy"], log=scale == "log")
        for table in (shared, averaged)
    )
    return {
        "measure": f"log {name}" if scale == "log" else name,
        "r_squared": common.r_squared,
        "spearman": common.spearman,
        "designs": common.n,
        "r_squared_all": own.r_squared,
        "designs_all": own.n,
    }
