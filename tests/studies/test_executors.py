"""Where trials run: exceptions are carried, and worker processes end with their driver."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from topograph.errors import FormatError
from topograph.studies.executors import SerialExecutor, opened

ABANDONED = """
import os, signal, sys, time
from topograph.studies.executors import opened

if __name__ == "__main__":
    with opened(None, workers=2, function=time.sleep) as pool:
        pool.submit(os.getpid).result()
        pool.submit(time.sleep, 600)
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_serial_calls_run_at_once_in_this_process() -> None:
    seen: list[int] = []
    future = SerialExecutor().submit(seen.append, 3)
    assert seen == [3]
    assert future.done()
    assert SerialExecutor().submit(os.getpid).result() == os.getpid()


def test_serial_exceptions_are_carried_and_interrupts_are_not() -> None:
    def leave(error: type[BaseException]) -> None:
        raise error("now")

    assert isinstance(SerialExecutor().submit(leave, KeyError).exception(), KeyError)
    for error in (KeyboardInterrupt, SystemExit):
        with pytest.raises(error):
            SerialExecutor().submit(leave, error)


def test_one_worker_is_this_process() -> None:
    with opened(None, workers=1, function=print) as executor:
        assert isinstance(executor, SerialExecutor)


def test_workers_are_other_processes_that_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with opened(None, workers=2, function=os.getpid) as pool:
        assert pool.submit(os.getpid).result() != os.getpid()
        threads = int(pool.submit(os.getenv, "OMP_NUM_THREADS").result())
        handler = pool.submit(signal.getsignal, signal.SIGINT).result()
    assert 1 <= threads <= max(1, (os.cpu_count() or 1) // 2)
    assert handler == signal.SIG_IGN
    assert "OMP_NUM_THREADS" not in os.environ


def test_threads_that_the_user_set_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    with opened(None, workers=2, function=os.getenv) as pool:
        assert pool.submit(os.getenv, "OMP_NUM_THREADS").result() == "7"
    assert os.environ["OMP_NUM_THREADS"] == "7"


def test_an_executor_of_the_user_stays_open() -> None:
    class Client:
        def get_executor(self) -> ThreadPoolExecutor:
            return threads

    with ThreadPoolExecutor(1) as threads:
        for given in (threads, Client()):
            with opened(given, workers=1, function=print) as executor:
                assert executor is threads
        assert threads.submit(divmod, 7, 2).result() == (3, 1)


def test_functions_that_no_worker_can_import_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        pytest.raises(FormatError, match="at the top of a file"),
        opened(None, workers=2, function=lambda trial: trial),
    ):
        pass
    main = sys.modules["__main__"]
    monkeypatch.delattr(main, "__file__", raising=False)
    monkeypatch.setattr(main, "trial_of_a_notebook", print, raising=False)
    monkeypatch.setattr(SerialExecutor.submit, "__module__", "__main__")
    with (
        pytest.raises(FormatError, match="in a notebook or at the prompt"),
        opened(None, workers=2, function=SerialExecutor.submit),
    ):
        pass


def test_an_error_ends_the_workers_in_the_middle_of_their_work() -> None:
    def interrupted() -> None:
        with opened(None, workers=2, function=time.sleep) as pool:
            pool.submit(os.getpid).result()
            pool.submit(time.sleep, 600)
            raise RuntimeError("now")

    with pytest.raises(RuntimeError, match="now"):
        interrupted()


def test_workers_end_when_the_driver_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "abandoned.py"
    script.write_text(ABANDONED)
    # The pipe closes when the last process that writes to it has ended.
    done = subprocess.run([sys.executable, script], capture_output=True, timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL
