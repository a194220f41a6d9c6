"""Where trials run: in this process, in a pool of processes, or wherever an executor leads."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from threading import Thread
from typing import Any

from topograph.errors import FormatError

__all__ = ["SerialExecutor", "opened"]


class SerialExecutor(Executor):
    """Runs each call in this process at once, and keeps its result or its exception.

    Examples
    --------
    >>> SerialExecutor().submit(divmod, 7, 2).result()
    (3, 1)
    >>> SerialExecutor().submit(divmod, 7, 0).exception()
    ZeroDivisionError('integer division or modulo by zero')
    """

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call the function now; only what would end the program is raised."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # carried by the future, as in every executor
            future.set_exception(error)
        return future


@contextmanager
def opened(executor: Any, *, workers: int, function: Callable[..., Any]) -> Iterator[Executor]:
    """Open what runs the calls of a function for one block.

    Parameters
    ----------
    executor : concurrent.futures.Executor, distributed.Client or None
        Taken as it is and left open. None makes a serial executor for one worker and a
        pool of processes for more.
    workers : int
        Number of processes, at least 1.
    function : callable
        What they will call; a pool imports it by its name.

    Raises
    ------
    FormatError
        If a pool of processes could not import the function.
    """
    if executor is not None:
        yield executor.get_executor() if hasattr(executor, "get_executor") else executor
    elif workers == 1:
        yield SerialExecutor()
    else:
        _check_importable(function)
        with _pool(workers) as pool:
            yield pool


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Open a pool of fresh processes that share the cores, and end it with the block."""
    others = multiprocessing.active_children()
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin_worker)
    try:
        with _threads(workers):
            yield pool
    except BaseException:
        # First of all, since the pool fails to tell cancelled trials that its workers ended.
        pool.shutdown(wait=False, cancel_futures=True)
        workers_left = [one for one in multiprocessing.active_children() if one not in others]
        for process in workers_left:
            process.terminate()
        for process in workers_left:
            process.join()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _threads(workers: int) -> Iterator[None]:
    """Let the libraries of each process start its share of threads, unless that is set."""
    name = "OMP_NUM_THREADS"
    if name in os.environ:
        yield
        return
    has_affinity = hasattr(os, "sched_getaffinity")
    cores = len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count() or 1
    os.environ[name] = str(max(1, cores // workers))
    try:
        yield
    finally:
        del os.environ[name]


def _begin_worker() -> None:
    """Leave interrupts to the driver, and make the worker end when the driver does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_driver, daemon=True).start()


def _end_with_driver() -> None:
    """Wait for the driver's end; a worker that outlives it would wait for work for ever."""
    driver = multiprocessing.parent_process()
    if driver is not None:
        driver.join()
        os._exit(1)


def _check_importable(function: Callable[..., Any]) -> None:
    """Refuse a function that another process cannot import by its name."""
    reason = ""
    try:
        pickle.dumps(function)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        reason = str(error)
    main = sys.modules["__main__"]
    if getattr(function, "__module__", "") == "__main__" and not hasattr(main, "__file__"):
        reason = "it is defined in a notebook or at the prompt"
    if reason:
        raise FormatError(
            "Worker processes import the trial function by its name, so it stands at the top of a "
            f"file. Received {function!r:.80}: {reason:.200}. "
            "Move it to a module, or pass workers=1."
        )
