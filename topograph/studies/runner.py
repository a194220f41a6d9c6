"""How a study runs: the trials that are not in the store yet, each kept as soon as it is done."""

from __future__ import annotations

import platform
from collections.abc import Callable, Generator, Hashable, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from time import perf_counter
from typing import TYPE_CHECKING, Any

from topograph import __version__
from topograph._checks import whole
from topograph.errors import BudgetError, FormatError, TopographError
from topograph.result import Result
from topograph.studies.executors import SerialExecutor, opened
from topograph.studies.row import Row
from topograph.studies.store import Store
from topograph.studies.trial import Trial

if TYPE_CHECKING:
    from topograph.studies.plan import Plan

__all__ = ["Report", "run"]


@dataclass(frozen=True, slots=True)
class Report(Result):
    """What a call of `run` did.

    Attributes
    ----------
    trials : int
        In the plan.
    stored : int
        Trials that the store had already.
    ran : int
        Trials that were tried now.
    seconds : float
        Wall time of the call.
    failures : tuple of str
        For each failed trial its design and why it failed.
    """

    trials: int
    stored: int = field(metadata={"unit": "trials"})
    ran: int = field(metadata={"unit": "trials"})
    seconds: float = field(metadata={"unit": "s"})
    failures: tuple[str, ...]

    def __str__(self) -> str:
        lines = [
            f"{self.trials} trials: {self.stored} were in the store, {self.ran} ran in "
            f"{self.seconds:.1f} s, {len(self.failures)} of them failed."
        ]
        if self.failures:
            lines += [f"  {failure}" for failure in self.failures[:10]]
            lines += ["The next run tries the failed ones again."]
        return "\n".join(lines)


def run(
    plan: Plan,
    trial: Callable[[Any], Any],
    *,
    store: Store,
    workers: int = 1,
    executor: Any = None,
    group_by: Callable[[Trial], Hashable] | None = None,
    progress: bool = True,
) -> Report:
    """Try the trials of a plan that the store has no outcome of, and keep each outcome.

    Parameters
    ----------
    plan : Plan
        What to try.
    trial : callable
        Takes a `Trial` and returns its outcome, a mapping of names to numbers, strings or lists.
        Its randomness comes from ``trial.generator()`` alone.
    store : Store
        Where the outcomes are kept. Only this process writes to it.
    workers : int
        Processes that work side by side; 1 stays in this process. Each gets its share of
        the cores as threads, unless ``OMP_NUM_THREADS`` is set.
    executor : concurrent.futures.Executor or distributed.Client, optional
        Runs the trials in place of own processes, for example on the machines of a
        Dask cluster.
    group_by : callable, optional
        Takes a `Trial`; trials of equal result, whose outcomes are missing, are then given to the
        trial function together, as a list, and it returns the list of their outcomes.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Report
        Numbers of trials, and why some failed.

    Raises
    ------
    BudgetError
        If `workers` is not at least 1.
    FormatError
        If worker processes could not import the trial function, or the store cannot be written.
    TopographError
        If a worker process dies.
    KeyboardInterrupt
        After an interrupt; its message says how to go on.

    Notes
    -----
    An exception in a trial does not end the study: it is kept as the trial's failure, listed in
    the report, and the next run tries the trial again. The seconds of a group are shared out
    equally.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from topograph.studies import Plan
    >>> plan = Plan("squares", grid={"side": [1, 2, 3]})
    >>> with TemporaryDirectory() as folder, Store(f"{folder}/runs.sqlite") as store:
    ...     report = run(
    ...         plan, lambda trial: {"area": trial.design["side"] ** 2}, store=store, progress=False
    ...     )
    ...     print(report.ran, store.to_frame()["area"].tolist())
    3 [1, 4, 9]
    """
    from tqdm import tqdm

    whole("workers", workers, minimum=1, error=BudgetError, because="someone does the work")
    begin, trials, stored = perf_counter(), plan.trials(), store.finished()
    missing = [each for each in trials if each.key not in stored]
    kept, failures = len(trials) - len(missing), list[str]()
    bar = tqdm(total=len(trials), initial=kept, unit="trial", desc=plan.name, disable=not progress)
    try:
        with (
            bar,
            opened(executor, workers=workers, function=trial) as pool,
            closing(_rows(pool, trial, _groups(missing, group_by), group_by is not None)) as done,
        ):
            for rows in done:
                store.write(rows)
                kept += len(rows)
                failures += [_failure(row) for row in rows if row.outcome is None]
                bar.update(len(rows))
                bar.set_postfix(failed=len(failures), refresh=False)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"Stopped with {kept} of {len(trials)} trials kept in {store.path}. "
            "Run the same study again: it goes on with the others."
        ) from None
    return Report(
        trials=len(trials),
        stored=len(trials) - len(missing),
        ran=len(missing),
        seconds=perf_counter() - begin,
        failures=tuple(failures),
    )


def _groups(
    trials: Sequence[Trial], group_by: Callable[[Trial], Hashable] | None
) -> list[list[Trial]]:
    """Return the trials one by one, or those of equal group together."""
    if group_by is None:
        return [[trial] for trial in trials]
    groups: dict[Hashable, list[Trial]] = {}
    for trial in trials:
        groups.setdefault(group_by(trial), []).append(trial)
    return list(groups.values())


def _rows(
    executor: Executor, function: Callable[[Any], Any], groups: list[list[Trial]], together: bool
) -> Generator[list[Row], None, None]:
    """Run the groups and yield the rows of each as soon as it is done."""
    if isinstance(executor, SerialExecutor):
        for group in groups:
            yield _result(executor.submit(_attempt, function, group, together), group)
        return
    waiting = {executor.submit(_attempt, function, group, together): group for group in groups}
    try:
        for future in as_completed(list(waiting)):
            yield _result(future, waiting.pop(future))
    finally:
        for future in waiting:
            future.cancel()


def _attempt(function: Callable[[Any], Any], trials: list[Trial], together: bool) -> list[Row]:
    """Run the trial function, in the worker, and return a row for each trial."""
    started, begin = _now(), perf_counter()
    outcomes = function(trials) if together else [function(trials[0])]
    seconds = (perf_counter() - begin) / len(trials)
    complete = isinstance(outcomes, Sequence) and len(outcomes) == len(trials)
    if not complete or any(outcome is None for outcome in outcomes):
        raise FormatError(
            "A trial function returns an outcome for each trial, which becomes its row. "
            f"Received {outcomes!r:.80} for {len(trials)} trials. Return one mapping for each."
        )
    finished, versions = _now(), _versions()
    return [
        Row(trial, outcome, "", seconds, started, finished, versions)
        for trial, outcome in zip(trials, outcomes, strict=True)
    ]


def _result(future: Future[list[Row]], trials: list[Trial]) -> list[Row]:
    """Return the rows of a future; if it failed, a row with the reason for each trial."""
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, BrokenExecutor):
        raise TopographError(
            "A study needs worker processes that live until their trials are done. "
            f"Received the end of one: {error!s:.200} Run again with fewer workers if memory was "
            'short, and keep the call of run under if __name__ == "__main__".'
        ) from error
    if not isinstance(error, Exception):
        raise error
    message = f"{type(error).__name__}: {error}"
    return [Row(trial, message=message, finished=_now(), versions=_versions()) for trial in trials]


def _failure(row: Row) -> str:
    """Say which trial failed and why."""
    design = ", ".join(f"{name}={value}" for name, value in row.trial.design.items())
    return f"{design}, repeat {row.trial.repeat}: {row.message}"


def _now() -> str:
    """Return the time in ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@cache
def _versions() -> dict[str, str]:
    """Return the versions that a result may depend on, without importing anything for it."""
    found = {"topograph": __version__, "python": platform.python_version()}
    for package in ("numpy", "scipy", "torch"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
