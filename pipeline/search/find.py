"""``search``: from a query and filters to hits a reader can use."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import BansouError
from pipeline.search.index import FILE_NAME, REMADE, DamagedIndexError, opened, remove, silent
from pipeline.search.query import Query, parse
from pipeline.search.rank import Corpus, Ranked, load, rank, similar_rows
from pipeline.search.snippet import snippet
from pipeline.search.update import Report
from pipeline.store import Store

if TYPE_CHECKING:
    from numpy.typing import NDArray

log = logging.getLogger("bansou")

DEFAULT_LIMIT = 10


@dataclass(frozen=True, slots=True)
class Hit:
    """A card or passage that was found.

    ``quote`` is the part of the quote (of a passage: its text) around what was found, cut with …;
    ``marks`` are the spans in it to point out. ``score`` is 1 for what is first by words and by
    meaning; it orders the hits of one search and says nothing across searches. ``by_words`` is
    false where only words of a like meaning were found.
    """

    scope: str
    id: str
    episode_id: str
    episode_title: str
    published: str | None
    is_private: bool
    title: str
    quote: str
    marks: tuple[tuple[int, int], ...]
    kind: str | None
    tags: tuple[str, ...]
    request: str | None
    speaker: str | None
    start_s: float | None
    end_s: float | None
    score: float
    by_words: bool


@dataclass(frozen=True, slots=True)
class Filters:
    """What hits must meet. Several values of one filter mean any of them; all filters must be met.

    ``tags``, ``kinds`` and ``requests`` are as in the tables (a passage has no kind, and the requests
    of its utterances); of ``speakers``, 「不明」 is whoever is not named. ``since`` and ``until`` are
    the first and last day of publication (UTC): an episode without a date meets neither. Private
    episodes are left out unless ``private``.
    """

    tags: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    episodes: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    private: bool = False

    @property
    def facets(self) -> dict[str, tuple[str, ...]]:
        """Those that the index keeps by document, under its names."""
        return {
            "tag": self.tags, "kind": self.kinds, "request": self.requests, "speaker": self.speakers,
        }  # fmt: skip


NO_FILTERS = Filters()


def search(
    data_dir: Path,
    query: str,
    *,
    passages: bool = False,
    filters: Filters = NO_FILTERS,
    limit: int = DEFAULT_LIMIT,
    report: Report = silent,
) -> list[Hit]:
    """Search the cards (or passages) of all episodes. The index is brought up to date first.

    Args:
        data_dir: the folder that holds ``processed/``.
        query: words in any form, in kanji or かな; "…" or 「…」 asks for words in this order.
        passages: search passages instead of cards.
        filters: what hits must meet.
        limit: at most so many hits.
        report: hears of indexing, in episodes done and in all.

    Returns:
        The best hits first. A card that was merged shows as the card that holds its claim, which is
        what filters look at; rejected cards are left out.

    Raises:
        QueryError: the query holds no word or is too long.
        BansouError: no episodes yet, or an episode is unknown.
        BusyError: another process is indexing for too long.
        TableError: a table is damaged.
    """
    asked = parse(query)
    store = Store(data_dir / "processed")
    scope = "passage" if passages else "card"
    try:
        return _search(store, asked, scope, filters, limit, report)
    except DamagedIndexError:
        log.warning(REMADE, store.root / FILE_NAME)
        remove(store)
        return _search(store, asked, scope, filters, limit, report)


def _search(
    store: Store,
    query: Query,
    scope: str,
    filters: Filters,
    limit: int,
    report: Report,
) -> list[Hit]:
    with opened(store, report=report) as connection:
        connection.execute("BEGIN")  # one state of the index for all that follows
        corpus = load(connection, (store.root / FILE_NAME).absolute(), scope)
        allowed = _allowed(connection, corpus, filters)
        found = rank(connection, corpus, query, scope, allowed)[:limit]
        return _hits(connection, found, query) if found else []


def _allowed(connection: sqlite3.Connection, corpus: Corpus, filters: Filters) -> NDArray[Any]:
    """By document id, whether the filters let it through."""
    import numpy as np

    passed = _episodes(corpus, filters)
    allowed: NDArray[Any] = np.isin(corpus.episode, list(passed)) & ~corpus.is_hidden
    for name, values in filters.facets.items():
        if not values:
            continue
        marks = ", ".join("?" * len(values))
        sql = f"SELECT doc FROM facets WHERE name = ? AND value IN ({marks})"  # noqa: S608  marks only
        having = np.zeros_like(allowed)
        docs = [doc for (doc,) in connection.execute(sql, (name, *values)) if doc < len(having)]
        having[docs] = True
        allowed &= having
    return allowed


def _episodes(corpus: Corpus, filters: Filters) -> Collection[int]:
    rows = corpus.episodes
    unknown = sorted(set(filters.episodes) - {row[1] for row in rows})
    if unknown:
        raise BansouError(f"no episode {unknown[0]!r}; `bansou status` lists them")
    since = filters.since.isoformat() if filters.since else None
    until = filters.until.isoformat() if filters.until else None
    return {
        number
        for number, episode_id, published, is_private in rows
        if (filters.private or not is_private)
        and (not filters.episodes or episode_id in filters.episodes)
        and (since is None or (published is not None and published >= since))
        and (until is None or (published is not None and published <= until))
    }


_SQL = """
SELECT d.id, d.scope, d.key, e.episode_id, e.title, e.published, e.is_private, d.title, d.quote,
       d.kind, d.tags, d.request, d.speaker, d.start_s, d.end_s
FROM docs AS d JOIN episodes AS e ON e.number = d.episode WHERE d.id = ?
"""


def _hits(connection: sqlite3.Connection, found: Sequence[Ranked], query: Query) -> list[Hit]:
    likes = frozenset() if all(r.by_words for r in found) else similar_rows(query)
    hits = []
    for ranked in found:
        row = connection.execute(_SQL, (ranked.doc,)).fetchone()
        (_, scope, key, episode_id, episode, published, is_private, title, quote,
         kind, tags, request, speaker, start_s, end_s) = row  # fmt: skip
        shown, marks = snippet(quote, query, frozenset() if ranked.by_words else likes)
        hits.append(
            Hit(
                scope, key, episode_id, episode, published, bool(is_private), title, shown, marks,
                kind, tuple(json.loads(tags)), request, speaker, start_s, end_s,
                round(ranked.score, 4), ranked.by_words,
            )
        )  # fmt: skip
    return hits
