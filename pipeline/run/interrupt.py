"""Ctrl-C: one process hears it, long native calls do not delay it, and no helper outlives its parent."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import TypeVar

Made = TypeVar("Made")
Check = Callable[[], None]


class Stopped(Exception):
    """Nobody waits for the work any more."""


def run_interruptibly(work: Callable[[Check], Made]) -> Made:
    """Do work that spends long in native code, so that Ctrl-C need not wait for that code's return.

    Python hears a signal only between two of its own steps; recognising one batch of audio with a
    large model is a single step of minutes.

    Args:
        work: is given a function to call now and then, which ends the work once nobody waits for it.

    Returns:
        What the work returns; what it raises is raised.
    """
    is_left = threading.Event()
    result: Future[Made] = Future()

    def check() -> None:
        if is_left.is_set():
            raise Stopped

    def run() -> None:
        try:
            result.set_result(work(check))
        except BaseException as error:  # handed to whoever waits
            result.set_exception(error)

    threading.Thread(target=run, name="bansou-work", daemon=True).start()
    try:
        return result.result()
    finally:
        is_left.set()


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Let Ctrl-C wait; processes started meanwhile never hear it (they inherit the signal mask)."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # starting it with the first process would end the holding
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_with_parent() -> None:
    """End this process when its parent dies.

    Else the workers of a killed run would write on while the next run holds the lock.
    """
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, name="bansou-watch", daemon=True).start()
