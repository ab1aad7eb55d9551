"""Keeps the index in step with the tables: what is new or changed goes in, what is gone is overwritten."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Mapping

from pipeline.search import tables
from pipeline.search.database import SCOPES, scoped, set_meta, writing
from pipeline.search.tables import Document, EpisodeRow
from pipeline.search.words import document
from pipeline.store import Store

Report = Callable[[int, int], None]

_BATCH_S = 2.0
# How docs.is_hidden remembers who hides a card: 1 its own row, 2 the ledger.
_REJECTED = 2
_DROP = (
    "DELETE FROM facets WHERE doc IN (SELECT id FROM docs WHERE episode = ?)",
    "DELETE FROM meanings WHERE episode = ?",
    "DELETE FROM docs WHERE episode = ?",
    "DELETE FROM episodes WHERE number = ?",
)


def update(connection: sqlite3.Connection, store: Store, report: Report) -> None:
    marks = tables.marks(store)
    drop_gone(connection, marks)
    known = known_marks(connection)
    changed = [stem for stem, mark in marks.items() if known.get(stem) != mark]
    done = 0
    while done < len(changed):
        end = time.monotonic() + _BATCH_S
        with writing(connection):
            was_there = False
            while done < len(changed) and time.monotonic() < end:
                was_there |= changed[done] in known
                _refresh(connection, store, changed[done])
                done += 1
            if was_there:
                _overwrite(connection)
            set_meta(connection)
        report(done, len(changed))
    _follow_ledger(connection, store)


def known_marks(connection: sqlite3.Connection) -> dict[str, str]:
    return dict(connection.execute("SELECT stem, mark FROM episodes").fetchall())


def drop_gone(connection: sqlite3.Connection, marks: Mapping[str, str]) -> None:
    gone = known_marks(connection).keys() - marks.keys()
    if gone:
        with writing(connection):
            for stem in sorted(gone):
                _drop(connection, stem)
            set_meta(connection)
            _overwrite(connection)


def _overwrite(connection: sqlite3.Connection) -> None:
    """A deleted document's words stay in the full-text segments until these are written anew."""
    for scope in SCOPES:
        connection.execute(
            scoped("INSERT INTO words_scope(words_scope) VALUES ('optimize')", scope)
        )


def _refresh(connection: sqlite3.Connection, store: Store, stem: str) -> None:
    """Index an episode as its tables are now."""
    mark = tables.mark(store, stem)
    _drop(connection, stem)
    content = tables.read_episode(store, stem)
    if content is not None:
        _add(connection, stem, mark, *content)


def _drop(connection: sqlite3.Connection, stem: str) -> None:
    found = connection.execute("SELECT number FROM episodes WHERE stem = ?", (stem,)).fetchone()
    if found:
        for scope in SCOPES:
            connection.execute(
                scoped(
                    "DELETE FROM words_scope WHERE rowid IN (SELECT id FROM docs WHERE episode = ?)",
                    scope,
                ),
                found,
            )
        for statement in _DROP:
            connection.execute(statement, found)


def _add(
    connection: sqlite3.Connection, stem: str, mark: str, episode: EpisodeRow,
    documents: Mapping[str, list[Document]],
) -> None:  # fmt: skip
    import numpy as np

    number = connection.execute(
        "INSERT INTO episodes (stem, mark, episode_id, title, published, is_private) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (stem, mark, episode.episode_id, episode.title, episode.published, episode.is_private),
    ).lastrowid
    top = connection.execute("SELECT coalesce(max(id), 0) FROM docs").fetchone()[0]
    for scope, listed in documents.items():
        first = top + 1
        sizes: list[int] = []
        rows: list[int] = []
        for top, doc in enumerate(listed, start=first):
            _, title_readings, title_rows = title = document([doc.title])
            _, text_readings, text_rows = text = document([doc.body, doc.quote])
            connection.execute(
                scoped(
                    "INSERT INTO words_scope (rowid, title, text, reading) VALUES (?, ?, ?, ?)",
                    scope,
                ),
                (top, title[0], text[0], f"{title_readings} {text_readings}"),
            )
            connection.execute(
                "INSERT INTO docs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?)",
                (
                    top, number, scope, doc.key, doc.title, doc.quote, doc.kind, doc.request,
                    doc.speaker, json.dumps(doc.tags), doc.start_s, doc.end_s, doc.is_hidden,
                ),
            )  # fmt: skip
            connection.executemany(
                "INSERT OR IGNORE INTO facets VALUES (?, ?, ?)",
                [(top, name, value) for name, value in doc.facets],
            )
            found = sorted(title_rows | text_rows)
            sizes.append(len(found))
            rows += found
        if listed:
            connection.execute(
                "INSERT INTO meanings VALUES (?, ?, ?, ?, ?)",
                (
                    number, scope, first, np.array(sizes, np.uint16).tobytes(),
                    np.array(rows, np.uint32).tobytes(),
                ),
            )  # fmt: skip


def _follow_ledger(connection: sqlite3.Connection, store: Store) -> None:
    """A card that was merged stands for the card that holds its claim now; a rejected one is hidden."""
    mark = tables.ledger_mark(store)
    with writing(connection):
        connection.execute(
            "UPDATE docs SET shown = NULL, is_hidden = is_hidden & ~?1 "
            "WHERE shown IS NOT NULL OR is_hidden",
            (_REJECTED,),
        )
        for card_id, status, target in tables.read_ledger(store):
            if status == "rejected":
                connection.execute(
                    "UPDATE docs SET is_hidden = is_hidden | ? WHERE key = ?", (_REJECTED, card_id)
                )
            if target is not None:
                connection.execute(
                    "UPDATE docs SET shown = (SELECT id FROM docs WHERE key = ?) WHERE key = ?",
                    (target, card_id),
                )
        set_meta(connection, ledger=mark)
