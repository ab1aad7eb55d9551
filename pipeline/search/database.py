"""The index as an SQLite file: its tables, how it is opened, written and told apart from a foreign file."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from pipeline import morph, vectors
from pipeline.errors import BansouError

SCOPES = ("card", "passage")

# To be raised with every change of what is stored: words, readings, rows of vectors, columns.
_VERSION = 1
WAIT_S = 60
_HEAD_BYTES = 100

_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE episodes (
    number INTEGER PRIMARY KEY, stem TEXT NOT NULL UNIQUE, mark TEXT NOT NULL,
    episode_id TEXT NOT NULL, title TEXT NOT NULL, published TEXT, is_private INTEGER NOT NULL
);
CREATE TABLE docs (
    id INTEGER PRIMARY KEY, episode INTEGER NOT NULL, scope TEXT NOT NULL, key TEXT NOT NULL,
    title TEXT NOT NULL, quote TEXT NOT NULL, kind TEXT, request TEXT,
    speaker TEXT, tags TEXT NOT NULL, start_s REAL, end_s REAL,
    shown INTEGER, is_hidden INTEGER NOT NULL
);
CREATE INDEX docs_by_key ON docs (key);
CREATE INDEX docs_by_episode ON docs (episode);
CREATE INDEX docs_aside ON docs (id) WHERE shown IS NOT NULL OR is_hidden;
CREATE TABLE facets (
    doc INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (doc, name, value)
) WITHOUT ROWID;
CREATE INDEX facets_by_value ON facets (name, value);
CREATE TABLE meanings (
    episode INTEGER NOT NULL, scope TEXT NOT NULL, first_doc INTEGER NOT NULL,
    sizes BLOB NOT NULL, rows BLOB NOT NULL, PRIMARY KEY (episode, scope)
) WITHOUT ROWID;
CREATE VIRTUAL TABLE words_card USING fts5(title, text, reading, tokenize = 'ascii');
CREATE VIRTUAL TABLE words_passage USING fts5(title, text, reading, tokenize = 'ascii')
"""


@functools.cache
def check_fts5() -> None:
    """Raises BansouError where this Python's SQLite has no full-text search."""
    with contextlib.closing(sqlite3.connect(":memory:")) as probe:
        try:
            probe.execute("CREATE VIRTUAL TABLE probe USING fts5(text)")
        except sqlite3.OperationalError as error:
            raise BansouError(
                f"this Python's SQLite {sqlite3.sqlite_version} has no full-text search (FTS5); "
                "install a Python whose sqlite3 module has it"
            ) from error


def connect(path: Path) -> sqlite3.Connection:
    """Open the file; transactions are begun and ended by :func:`writing`."""
    connection = sqlite3.connect(path, timeout=WAIT_S, isolation_level=None)
    # What is deleted is overwritten: nobody reads a forgotten quote in the file's free pages.
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


def is_usable(path: Path) -> bool:
    """Whether there is an index of this version."""
    if not path.exists() or is_foreign(path):  # a writer that makes it longer holds the lock
        return False
    with contextlib.closing(sqlite3.connect(path, timeout=WAIT_S)) as connection:
        try:
            return meta(connection, "fingerprint") == _fingerprint()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return False
            raise
        except sqlite3.DatabaseError:
            return False


def is_foreign(path: Path) -> bool:
    """Whether something stands there that is no SQLite file, or one cut short."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except FileNotFoundError:
        return False
    if not head.startswith(b"SQLite format 3\0") or len(head) < _HEAD_BYTES:
        return True
    page_bytes, pages = int.from_bytes(head[16:18]), int.from_bytes(head[28:32])
    return path.stat().st_size < (65_536 if page_bytes == 1 else page_bytes) * pages


def make(path: Path) -> None:
    """Put an empty index in the place of whatever stands there; nobody else may write meanwhile."""
    delete(path)
    with contextlib.closing(connect(path)) as connection, writing(connection):
        for statement in _TABLES.split(";\n"):
            connection.execute(statement)
        set_meta(connection, fingerprint=_fingerprint())


def delete(path: Path) -> None:
    """Remove the file, and a journal that a killed process left: it must not meet a new file."""
    for suffix in ("-journal", "-wal", "-shm", ""):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


@contextlib.contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[None]:
    """One transaction."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def scoped(statement: str, scope: str) -> str:
    """A statement on ``words_scope``, for the full-text table of a scope."""
    if scope not in SCOPES:
        raise ValueError(f"{scope!r} is none of {', '.join(SCOPES)}")
    return statement.replace("words_scope", f"words_{scope}")


def meta(connection: sqlite3.Connection, name: str) -> str:
    """A note of the index on itself; empty where there is none."""
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return str(row[0]) if row else ""


def set_meta(connection: sqlite3.Connection, **values: str) -> None:
    """Write notes; ``generation`` becomes new, for those who keep parts of the index in memory."""
    values = {"generation": os.urandom(8).hex(), **values}
    connection.executemany("REPLACE INTO meta VALUES (?, ?)", list(values.items()))


@functools.cache
def _fingerprint() -> str:
    """What the stored words and rows depend on."""
    content = {
        "version": _VERSION,
        **morph.dictionary_versions(),
        "vectors": hashlib.sha256(vectors.VECTORS_FILE.read_bytes()).hexdigest(),
    }
    return json.dumps(content, sort_keys=True)
