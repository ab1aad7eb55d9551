"""How often a process looks for memory that nobody can reach any more."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager

_ALLOCATIONS = 500_000


def collect_rarely() -> None:
    """Look for garbage in cycles hundreds of times less, and not at the end: for a process of our own.

    The stages leave none, and looking took a twelfth of a run: what an episode makes and no longer needs goes
    by itself; looked at more often, it is counted again and again before it goes.
    """
    gc.set_threshold(_ALLOCATIONS, *gc.get_threshold()[1:])
    atexit.register(gc.freeze)  # what is left at the end the system takes back at once


@contextmanager
def rare_collections() -> Iterator[None]:
    """The same for a while, in a process of others."""
    usual = gc.get_threshold()
    gc.set_threshold(_ALLOCATIONS, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
