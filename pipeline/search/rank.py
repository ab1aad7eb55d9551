"""Two rankings and their fusion: BM25 by words, and MaxSim by word vectors.

BM25: Robertson and Zaragoza (2009), as in SQLite FTS5. MaxSim: every word of the query is matched with
the most similar word of a document (Khattab and Zaharia, 2020, here with static word vectors), weighted
by how rare the word is. Reciprocal rank fusion: Cormack, Clarke and Büttcher (2009).
"""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import vectors
from pipeline.search.database import meta, scoped
from pipeline.search.query import Query

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Below this cosine words share a field at most: 失敗 and 会議 have 0.05, 信頼 and 信用 0.63.
SIMILAR = 0.5
# How much of a query's weight a document must meet to be found by its meaning; of several words one
# at least must be met better than by a word of the same field.
ENOUGH_ONE = 0.5
ENOUGH = 0.58
_WEIGHTS = (4.0, 1.0, 0.5)  # title, text, reading
_MOST_RANKED = 1_000
# Where so many documents hold every word (or hold them in the title), others are not looked for.
_PLENTY = 200
_FUSION = 60


@dataclass(frozen=True, slots=True)
class Corpus:
    """What of the index is kept in memory: arrays by document id, and the words of each document.

    The documents that hold a word of vector ``r`` are ``doc_of[first[r] : first[r + 1]]``. ``shown``
    is the document that stands for each: itself, or the one it was merged into. ``episodes`` are
    rows of number, episode_id, day of publication, whether private.
    """

    episode: NDArray[Any]
    shown: NDArray[Any]
    is_hidden: NDArray[Any]
    doc_of: NDArray[Any]
    first: NDArray[Any]
    count: int
    episodes: list[tuple[int, str, str | None, int]]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A document found: 1 is the first of both rankings; ``by_words``: it holds words of the query."""

    doc: int
    score: float
    by_words: bool


_KEPT: dict[tuple[Path, str], tuple[str, Corpus]] = {}


def load(connection: sqlite3.Connection, path: Path, scope: str) -> Corpus:
    """The arrays of a scope; kept from search to search while the index is the same."""
    stamp = meta(connection, "generation")
    found = _KEPT.get((path, scope))
    if found is None or found[0] != stamp:
        found = _KEPT[path, scope] = stamp, _read(connection, scope)
    return found[1]


def _read(connection: sqlite3.Connection, scope: str) -> Corpus:
    import numpy as np

    top = connection.execute("SELECT coalesce(max(id), 0) FROM docs").fetchone()[0] + 1
    episode = np.zeros(top, np.int64)
    shown = np.arange(top)
    is_hidden = np.zeros(top, bool)
    docs, rows = [np.zeros(0, np.int32)], [np.zeros(0, np.uint32)]
    query = "SELECT episode, first_doc, sizes, rows FROM meanings WHERE scope = ?"
    count = 0
    for number, first, sizes_blob, rows_blob in connection.execute(query, (scope,)):
        sizes = np.frombuffer(sizes_blob, np.uint16)
        episode[first : first + len(sizes)] = number
        docs.append(np.repeat(np.arange(first, first + len(sizes), dtype=np.int32), sizes))
        rows.append(np.frombuffer(rows_blob, np.uint32))
        count += len(sizes)
    query = "SELECT id, shown, is_hidden FROM docs WHERE shown IS NOT NULL OR is_hidden"
    for doc, other, hidden in connection.execute(query):
        shown[doc] = doc if other is None else other
        is_hidden[doc] = bool(hidden)
    row = np.concatenate(rows)
    row = row.astype(np.uint16) if row.size and row.max() < 2**16 else row  # sorts much faster
    holders = np.bincount(row, minlength=len(vectors.matrix()))
    return Corpus(
        episode, shown, is_hidden, np.concatenate(docs)[np.argsort(row, kind="stable")],
        np.concatenate([[0], np.cumsum(holders)]), count,
        connection.execute("SELECT number, episode_id, published, is_private FROM episodes").fetchall(),
    )  # fmt: skip


def rank(
    connection: sqlite3.Connection, corpus: Corpus, query: Query, scope: str, allowed: NDArray[Any]
) -> list[Ranked]:
    """Rank the documents of a scope.

    Args:
        allowed: by document id, whether filters let it through.

    Returns:
        The best first; of equal ones the one indexed first. A merged document counts for the one
        it was merged into.
    """
    by_words = _by_words(connection, corpus, query, scope, allowed)
    weights = _meaning(corpus, query)
    enough = ENOUGH if len(set(query.rows)) > 1 else ENOUGH_ONE
    if query.phrases:  # what is asked for word by word is not found by its likes
        weights = _only(weights, list(by_words))
    return _fuse(by_words, _by_meaning(corpus, weights, allowed, enough, tuple(by_words)))


def similar_rows(query: Query) -> set[int]:
    """Rows of the words that are used like a word of the query, itself included."""
    import numpy as np

    found: set[int] = set()
    for row in {row for row in query.rows if row is not None}:
        found |= set(np.flatnonzero(_cosines(row) >= SIMILAR).tolist())
    return found


def _by_words(
    connection: sqlite3.Connection, corpus: Corpus, query: Query, scope: str, allowed: NDArray[Any]
) -> dict[int, int]:
    """Document → rank by BM25; what holds every word of the query comes first."""
    sql = scoped(
        "SELECT rowid, bm25(words_scope, ?, ?, ?) AS score FROM words_scope "
        "WHERE words_scope MATCH ? ORDER BY score, rowid LIMIT ?",
        scope,
    )
    found: dict[int, int] = {}
    # Scoring takes its time by the document, so common words are looked for in titles first.
    for expression in dict.fromkeys((query.in_titles, query.every, query.any)):
        for most in (
            _MOST_RANKED,
            -1,
        ):  # without an end where filters let too few of the best through
            rows = connection.execute(sql, (*_WEIGHTS, expression, most)).fetchall()
            for doc, _ in rows:
                shown = int(corpus.shown[doc])
                if allowed[shown]:
                    found.setdefault(shown, len(found) + 1)
            if len(found) >= _PLENTY:
                return found
            if len(rows) < _MOST_RANKED:
                break
        if expression == query.in_titles:  # few: BM25 decides what a title is worth
            found.clear()
    return found


def _meaning(corpus: Corpus, query: Query) -> NDArray[Any]:
    """By document id, how much of the query's weight its words meet, 0 to 1."""
    import numpy as np

    total = np.zeros(len(corpus.shown), np.float32)
    weight_sum = 0.0
    for row in dict.fromkeys(query.rows):
        holders = int(corpus.first[row + 1] - corpus.first[row]) if row is not None else 0
        weight = float(np.log1p(corpus.count / (holders + 0.5)))
        weight_sum += weight
        if row is not None:
            cosines = _cosines(row)
            near = np.flatnonzero(cosines >= SIMILAR)
            best = np.zeros(len(total), np.float32)
            for other in near[np.argsort(cosines[near])].tolist():  # the most similar overwrites
                best[corpus.doc_of[corpus.first[other] : corpus.first[other + 1]]] = cosines[other]
            total += weight * best
    return total / weight_sum if weight_sum else total


@functools.lru_cache(maxsize=512)
def _cosines(row: int) -> NDArray[Any]:
    import numpy as np

    table = vectors.matrix()
    found: NDArray[Any] = np.clip(table @ table[row], 0.0, 1.0)
    found[row] = 1.0
    return found


def _only(weights: NDArray[Any], docs: Sequence[int]) -> NDArray[Any]:
    import numpy as np

    kept = np.zeros_like(weights)
    kept[docs] = weights[docs]
    return kept


def _by_meaning(
    corpus: Corpus,
    weights: NDArray[Any],
    allowed: NDArray[Any],
    enough: float,
    wanted: Sequence[int],
) -> dict[int, int]:
    """Document → rank by MaxSim, of the best and of those wanted; equals share a rank, so that BM25
    decides among them."""
    import numpy as np

    found = np.flatnonzero(weights >= enough)
    best = np.zeros_like(weights)
    np.maximum.at(best, corpus.shown[found], np.round(weights[found], 3))
    best[~allowed] = 0
    docs = np.flatnonzero(best)
    values = np.sort(best[docs])
    first = docs[np.argsort(-best[docs], kind="stable")[:_MOST_RANKED]]
    chosen = np.unique(
        np.concatenate([first, [doc for doc in wanted if best[doc]]]).astype(np.int64)
    )
    ranks = len(values) - np.searchsorted(values, best[chosen], side="right") + 1
    order = np.argsort(ranks, kind="stable")
    return dict(zip(chosen[order].tolist(), ranks[order].tolist(), strict=True))


def _fuse(by_words: dict[int, int], by_meaning: dict[int, int]) -> list[Ranked]:
    best = 1 / (_FUSION + 1) * ((1 if by_words else 0) + (1 if by_meaning else 0))
    docs = {*by_words, *by_meaning}
    found = []
    for doc in docs:
        places = [ranking[doc] for ranking in (by_words, by_meaning) if doc in ranking]
        score = sum(1 / (_FUSION + place) for place in places) / best
        found.append(Ranked(doc, score, doc in by_words))
    return sorted(found, key=lambda r: (-r.score, not r.by_words, r.doc))
