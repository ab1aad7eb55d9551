"""The index: one SQLite file beside the tables that follows them by itself.

Before every search each episode's files are compared with what was indexed: what is new or changed
is indexed, what is gone is taken out and overwritten. Writers come one at a time, and each batch of
episodes is one transaction, so a kill leaves whole episodes. The tables stay the only truth: the file
may be deleted at any moment.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from pipeline.errors import BansouError, BusyError
from pipeline.search import tables
from pipeline.search.database import (
    WAIT_S,
    check_fts5,
    connect,
    delete,
    is_foreign,
    is_usable,
    make,
    meta,
    set_meta,
    writing,
)
from pipeline.search.update import Report, drop_gone, known_marks, update
from pipeline.store import Store

log = logging.getLogger("bansou")

FILE_NAME = "search.sqlite"
REMADE = "%s: is damaged; it is made anew from the tables"

_LONGEST_BUILD_S = 900
# A folder that changed just now may change again within the same tick of its clock.
_SETTLED_NS = 2_000_000_000


class DamagedIndexError(BansouError):
    """The index file is broken inside; :func:`remove` it and go on."""


def silent(_done: int, _total: int) -> None:
    """Nobody watches."""


@contextlib.contextmanager
def opened(store: Store, *, report: Report = silent) -> Iterator[sqlite3.Connection]:
    """The index, in step with the tables; made where it is missing.

    Args:
        report: hears how many of the changed episodes are indexed.

    Raises:
        BansouError: there are no episodes, or this Python's SQLite has no full-text search.
        BusyError: another process holds the index for too long.
        DamagedIndexError: the file is broken inside.
        TableError: a table cannot be read.
    """
    check_fts5()
    path = store.root / FILE_NAME
    if not path.exists() and not tables.marks(store):
        raise BansouError(f"no episodes under {store.root} yet; run `bansou ingest` first")
    with _errors_told(path):
        if not is_usable(path):
            with _locked(store):
                if not is_usable(path):
                    if is_foreign(path):
                        log.warning(REMADE, path)
                    make(path)
        with contextlib.closing(connect(path)) as connection:
            _sync(connection, store, report)
            yield connection


def purge(store: Store) -> None:
    """Take out of the index whatever is no longer in the tables; nothing where there is no index.

    For ``forget``: what it removes from the tables stays readable in no file.

    Raises:
        BusyError: another process holds the index for too long.
    """
    path = store.root / FILE_NAME
    if path.exists():
        try:
            with (
                _errors_told(path),
                _locked(store),
                contextlib.closing(connect(path)) as connection,
            ):
                drop_gone(connection, tables.marks(store))
        except (DamagedIndexError, BansouError) as error:
            if isinstance(error, BusyError):
                raise
            remove(store)  # of another version, or broken: nobody knows what it holds


def remove(store: Store) -> None:
    """Remove the index; the next search makes it anew."""
    with _locked(store):
        delete(store.root / FILE_NAME)


def _sync(connection: sqlite3.Connection, store: Store, report: Report) -> None:
    folders, newest_ns = tables.folder_times(store)
    if meta(connection, "folders") == folders:
        return
    is_settled = time.time_ns() - newest_ns > _SETTLED_NS
    marks = tables.marks(store)
    if known_marks(connection) != marks or meta(connection, "ledger") != tables.ledger_mark(store):
        with _locked(store):
            update(connection, store, report)
    if is_settled:
        # A note that saves time: a folder that cannot be written is searched all the same.
        with contextlib.suppress(sqlite3.OperationalError), writing(connection):
            set_meta(connection, folders=folders)


@contextlib.contextmanager
def _errors_told(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise BusyError(
                f"{path} is held by another program for over {WAIT_S} s; close it and run again"
            ) from error
        raise BansouError(
            f"the search index {path} cannot be used ({error}); make room on the disk and give this "
            "user the right to write there"
        ) from error
    except sqlite3.DatabaseError as error:
        raise DamagedIndexError(
            f"the search index {path} is damaged ({error}); delete it, the next search makes it anew"
        ) from error


@contextlib.contextmanager
def _locked(store: Store) -> Iterator[None]:
    """One process at a time writes (or replaces) the index; readers need no lock."""
    store.state.mkdir(parents=True, exist_ok=True)
    lock = FileLock(store.state / "search.lock", timeout=_LONGEST_BUILD_S)
    try:
        lock.acquire()
    except Timeout as error:
        raise BusyError(
            f"another bansou is indexing {store.root} for over {_LONGEST_BUILD_S} s; "
            "run again when it is done"
        ) from error
    try:
        yield
    finally:
        lock.release()
