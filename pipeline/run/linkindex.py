"""The index of the corpus stage as a file, ``_state/link.sqlite``: a run goes on from the one before.

It is made of tables alone and can be deleted at any time; a damaged one is made anew.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pipeline.stages.link import Index
from pipeline.store import Store

log = logging.getLogger("bansou")

T = TypeVar("T")


def index_path(store: Store) -> Path:
    return store.state / "link.sqlite"


def with_index(store: Store, key: str, work: Callable[[Index], T]) -> T:
    """Do work on the index; what it changes there counts once the work is done.

    Args:
        key: of all that the whole index depends on; one of another key is emptied first.
        work: must be able to run twice: where the file turns out to be damaged, it runs on an empty one.
    """
    path = index_path(store)
    try:
        return _work(path, key, work)
    except sqlite3.OperationalError:  # locked, no space: the file is not at fault
        raise
    except sqlite3.DatabaseError as error:
        log.warning("%s: is damaged (%s); it is made anew", path, error)
        for file in (path, path.with_name(f"{path.name}-journal")):
            file.unlink(missing_ok=True)
        return _work(path, key, work)


def _work(path: Path, key: str, work: Callable[[Index], T]) -> T:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        # What is deleted is overwritten: nobody reads a forgotten quote in the file's free pages.
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("BEGIN IMMEDIATE")
        made = work(Index(connection, key))
        connection.execute("COMMIT")
    return made
