"""The runner: every trial once, failures kept and retried, and nothing lost when it is killed."""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from topograph.errors import BudgetError, FormatError, TopographError
from topograph.studies import Plan, Store, Trial, run

PLAN = Plan("squares", grid={"side": [1, 2, 3]}, repeats=2, seed=4)

TRIALS = """
import os


def area(trial):
    noise = trial.generator().random()
    return {"area": trial.design["side"] ** 2, "noise": noise, "process": os.getpid()}


def fail(trial):
    if trial.design["side"] == 2:
        raise ValueError("two is odd")
    return area(trial)


def die(trial):
    os._exit(1)
"""

SCRIPT = """
import sys, time
from pathlib import Path
from topograph.studies import Plan, Store, run

LOG = Path(__file__).with_name("log")


def trial(trial):
    with LOG.open("a") as file:
        file.write(f"{trial.design['place']}\\n")
    time.sleep(600 if trial.design["place"] == int(sys.argv[2]) else 0.02)
    return {"square": trial.design["place"] ** 2}


if __name__ == "__main__":
    plan = Plan("killed", grid={"place": list(range(30))})
    with Store(Path(__file__).with_name("runs.sqlite")) as store:
        try:
            print(run(plan, trial, store=store, workers=int(sys.argv[1]), progress=False))
        except KeyboardInterrupt as error:
            print(error)
            sys.exit(130)
"""


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with Store(tmp_path / "runs.sqlite") as store:
        yield store


@pytest.fixture
def trials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return a module that worker processes can import."""
    (tmp_path / "squares_for_workers.py").write_text(TRIALS)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("squares_for_workers")
    del sys.modules["squares_for_workers"]


def quietly(plan: Plan, trial: Callable[[Any], Any], store: Store, **options: Any) -> Any:
    return run(plan, trial, store=store, progress=False, **options)


def test_every_trial_runs_once_and_a_second_run_does_nothing(
    store: Store, trials: ModuleType
) -> None:
    seen: list[str] = []

    def watched(trial: Trial) -> dict[str, Any]:
        seen.append(trial.key)
        return trials.area(trial)

    first, second = quietly(PLAN, watched, store), quietly(PLAN, watched, store)
    assert seen == [trial.key for trial in PLAN.trials()]
    assert (first.trials, first.stored, first.ran, first.failures) == (6, 0, 6, ())
    assert (second.trials, second.stored, second.ran) == (6, 6, 0)
    frame = store.to_frame(PLAN)
    assert frame["area"].tolist() == [1, 4, 9, 1, 4, 9]
    assert frame["noise"].nunique() == 6
    assert frame["seconds"].between(0, 5).all()


def test_only_what_is_new_in_a_larger_plan_runs(store: Store, trials: ModuleType) -> None:
    quietly(PLAN, trials.area, store)
    larger = PLAN.override({"grid": {"side": [1, 2, 3, 4]}, "study": {"repeats": 3}})
    report = quietly(larger, trials.area, store)
    assert (report.trials, report.stored, report.ran) == (12, 6, 6)


def test_each_way_to_run_gives_the_same_table(
    tmp_path: Path, store: Store, trials: ModuleType
) -> None:
    quietly(PLAN, trials.area, store)
    expected = store.to_frame(PLAN)
    assert set(expected["process"]) == {os.getpid()}
    with ThreadPoolExecutor(2) as threads:
        ways: list[dict[str, Any]] = [{"workers": 2}, {"executor": threads}]
        for place, way in enumerate(ways):
            with Store(tmp_path / f"{place}.sqlite") as other:
                quietly(PLAN, trials.area, other, **way)
                found = other.to_frame(PLAN)
            assert found[["key", "area", "noise"]].equals(expected[["key", "area", "noise"]])
            assert (os.getpid() in set(found["process"])) == ("executor" in way)


def test_dask_runs_the_trials(store: Store, trials: ModuleType) -> None:
    distributed = pytest.importorskip("distributed", reason="needs the extra `dask`")
    client = distributed.Client(processes=False, n_workers=1, dashboard_address=None)
    with client:
        report = quietly(PLAN, trials.fail, store, executor=client)
    assert len(report.failures) == 2
    assert store.to_frame(PLAN)["area"].tolist() == [1, 9, 1, 9]


@pytest.mark.parametrize("workers", [1, 2])
def test_failures_are_kept_and_tried_again(workers: int, store: Store, trials: ModuleType) -> None:
    report = quietly(PLAN, trials.fail, store, workers=workers)
    assert (report.ran, len(report.failures)) == (6, 2)
    assert "side=2, repeat 0: ValueError: two is odd" in report.failures
    assert set(store.failures().values()) == {"ValueError: two is odd"}
    assert store.to_frame(PLAN)["area"].tolist() == [1, 9, 1, 9]
    assert "2 of them failed" in str(report)
    assert "tries the failed ones again" in str(report)
    again = quietly(PLAN, trials.area, store)
    assert (again.stored, again.ran, again.failures) == (4, 2, ())
    assert store.failures() == {}


def test_groups_come_together_without_what_is_stored(store: Store) -> None:
    seen: list[list[tuple[int, int]]] = []

    def together(trials: list[Trial]) -> list[dict[str, int]]:
        seen.append([(trial.design["side"], trial.repeat) for trial in trials])
        return [{"area": trial.design["side"] ** 2} for trial in trials]

    few = PLAN.override({"grid": {"side": [2]}, "study": {"repeats": 1}})
    quietly(few, lambda trial: {"area": 4}, store)
    quietly(PLAN, together, store, group_by=lambda trial: trial.design["side"])
    assert sorted(seen) == [[(1, 0), (1, 1)], [(2, 1)], [(3, 0), (3, 1)]]
    assert store.to_frame(PLAN)["area"].tolist() == [1, 4, 9, 1, 4, 9]


def test_a_group_fails_as_one(store: Store) -> None:
    def together(trials: list[Trial]) -> list[dict[str, int]]:
        return [{"area": 1}] * (len(trials) - (trials[0].design["side"] == 3))

    report = quietly(PLAN, together, store, group_by=lambda trial: trial.design["side"])
    assert len(report.failures) == 2
    assert all("for 2 trials" in failure for failure in report.failures)
    assert len(store.finished()) == 4


@pytest.mark.parametrize("outcome", [None, 3, {"side": 1}, {"area": object()}])
def test_an_outcome_that_is_no_row_is_a_failure(outcome: Any, store: Store) -> None:
    report = quietly(PLAN, lambda trial: outcome, store)
    assert len(report.failures) == 6
    assert "FormatError" in report.failures[0]


def test_rows_say_when_and_with_what_they_were_computed(store: Store, trials: ModuleType) -> None:
    quietly(PLAN, trials.area, store)
    rows = store._read("SELECT started, finished, versions FROM trials")
    for started, finished, versions in rows:
        assert started <= finished
        assert started.endswith("+00:00")
        assert {"topograph", "python", "numpy", "torch"} <= set(json.loads(versions))


def test_progress_counts_trials_and_failures(
    store: Store, trials: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    run(PLAN, trials.fail, store=store)
    shown = capsys.readouterr().err
    assert "squares: 100%" in shown
    assert "6/6" in shown
    assert "failed=2" in shown


def test_a_worker_that_dies_is_told_and_what_was_done_is_kept(
    store: Store, trials: ModuleType
) -> None:
    quietly(PLAN.override({"grid": {"side": [1]}}), trials.area, store)
    with pytest.raises(TopographError, match="Run again with fewer workers"):
        quietly(PLAN, trials.die, store, workers=2)
    assert len(store.finished()) == 2


def test_a_store_that_cannot_be_written_ends_the_run(store: Store, trials: ModuleType) -> None:
    def closing(trial: Trial) -> dict[str, Any]:
        store._connection.execute("PRAGMA query_only = ON")
        return trials.area(trial)

    with pytest.raises(FormatError, match="readonly database"):
        quietly(PLAN, closing, store)


def test_interrupt_says_how_to_go_on(store: Store, trials: ModuleType) -> None:
    def stopping(trial: Trial) -> dict[str, Any]:
        if trial.design["side"] == 3:
            raise KeyboardInterrupt
        return trials.area(trial)

    with pytest.raises(KeyboardInterrupt, match="2 of 6 trials kept in .*Run the same study again"):
        quietly(PLAN, stopping, store)
    assert quietly(PLAN, trials.area, store).stored == 2


@pytest.mark.parametrize("workers", [0, -1, 1.5, True])
def test_impossible_numbers_of_workers_are_refused(workers: Any, store: Store) -> None:
    with pytest.raises(BudgetError, match="workers must be"):
        quietly(PLAN, print, store, workers=workers)


def test_a_function_that_workers_cannot_import_is_refused(store: Store) -> None:
    with pytest.raises(FormatError, match="at the top of a file"):
        quietly(PLAN, lambda trial: {}, store, workers=2)


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "study_to_kill.py"
    path.write_text(SCRIPT)
    return path


def hear_interrupts() -> None:
    """Undo what a shell does that started the tests in the background: it has Ctrl-C ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(script: Path, workers: int, slow: int) -> subprocess.Popen[str]:
    """Start the study in a process group of its own, and wait for the slow trial."""
    arguments = [sys.executable, str(script), str(workers), str(slow)]
    process = subprocess.Popen(
        arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=hear_interrupts,
    )
    log = script.with_name("log")
    deadline = time.monotonic() + 100
    while not log.exists() or f"{slow}\n" not in log.read_text().splitlines(keepends=True):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGINT])
def test_a_study_that_was_stopped_goes_on_where_it_was(
    way: signal.Signals, workers: int, script: Path, tmp_path: Path
) -> None:
    process = start(script, workers, slow=12)
    (os.kill if way == signal.SIGKILL else os.killpg)(process.pid, way)
    output, _ = process.communicate(timeout=100)
    if way == signal.SIGINT:
        assert process.returncode == 130
        assert "of 30 trials kept in" in output
        assert "Traceback" not in output, output
    before = (tmp_path / "log").read_text().split()
    with Store(tmp_path / "runs.sqlite") as store:
        kept = len(store.finished())
    assert 10 <= kept < 30
    done = subprocess.run(
        [sys.executable, script, "1", "-1"], capture_output=True, text=True, timeout=100, check=True
    )
    assert f"30 trials: {kept} were in the store, {30 - kept} ran" in done.stdout
    after = (tmp_path / "log").read_text().split()[len(before) :]
    assert len(after) == 30 - kept
    with Store(tmp_path / "runs.sqlite") as store:
        assert store.to_frame()["square"].sum() == sum(place**2 for place in range(30))
