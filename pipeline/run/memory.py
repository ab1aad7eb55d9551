"""How often a run looks for memory that nobody can reach any more."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_ALLOCATIONS = 500_000


@contextmanager
def rare_collections() -> Iterator[None]:
    """Look for garbage in cycles hundreds of times less: the stages leave none, and looking took a twelfth.

    What an episode makes and no longer needs goes by itself; looked at more often, it is counted again and
    again before it goes.
    """
    usual = gc.get_threshold()
    gc.set_threshold(_ALLOCATIONS, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
