"""What linking needs of the cards so far, kept in SQLite: an episode more is looked up, not compared with all.

An audience's episodes stand in one line by their place, and what is kept of a card depends on the cards
before it and its own episode's alone. So the index of a longer line is the index of a shorter one and
something added, and taking the end off a line leaves what a shorter one would have given.

A card's number tells its audience (the upper half) and its place among that audience's cards.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

_LINE = 1 << 32  # numbers of an audience
_AT_ONCE = 500

_TABLES = """
CREATE TABLE lines (line INTEGER PRIMARY KEY, audience TEXT NOT NULL UNIQUE);
CREATE TABLE episodes (
    line INTEGER NOT NULL, place TEXT NOT NULL, episode_id TEXT NOT NULL UNIQUE,
    mark TEXT NOT NULL, first INTEGER NOT NULL, PRIMARY KEY (line, place)
) WITHOUT ROWID;
CREATE TABLE cards (
    number INTEGER PRIMARY KEY, card_id TEXT NOT NULL, episode_id TEXT NOT NULL,
    content TEXT NOT NULL, sha256 TEXT NOT NULL, head INTEGER, said TEXT NOT NULL, keys BLOB NOT NULL
);
CREATE INDEX cards_by_id ON cards (card_id);
CREATE TABLE sources (
    number INTEGER PRIMARY KEY, passage_id TEXT NOT NULL, start_s REAL, end_s REAL, quote TEXT NOT NULL
);
CREATE TABLE spare (content TEXT PRIMARY KEY, said TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE concepts (
    line INTEGER NOT NULL, concept TEXT NOT NULL, cards INTEGER NOT NULL, row INTEGER,
    PRIMARY KEY (line, concept)
) WITHOUT ROWID;
CREATE TABLE keys (key INTEGER NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (key, number)) WITHOUT ROWID;
CREATE TABLE pairs (
    a INTEGER NOT NULL, b INTEGER NOT NULL, rank REAL NOT NULL, reason TEXT NOT NULL,
    is_forward INTEGER NOT NULL, is_both INTEGER NOT NULL, score REAL NOT NULL,
    is_kept INTEGER NOT NULL, PRIMARY KEY (a, b)
) WITHOUT ROWID;
CREATE INDEX pairs_by_later ON pairs (b, a);
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID
"""

_EPISODES = "SELECT episode_id, audience, place, mark FROM episodes JOIN lines USING (line)"
_SOURCES = (
    "SELECT h.card_id, c.episode_id, s.passage_id, s.start_s, s.end_s, s.quote "
    "FROM sources AS s JOIN cards AS c USING (number) JOIN cards AS h ON h.number = c.head"
)


class Pair(NamedTuple):
    """Two related cards, in the order in which pairs are chosen: the surest first."""

    rank: float
    a: int
    b: int
    reason: str = ""
    is_forward: bool = True
    is_both: bool = False


class Episode(NamedTuple):
    """An episode as linking sees it.

    Attributes:
        audience: who may see it.
        place: where it stands among the others, as :func:`~pipeline.stages.link.line.place_of` says.
        mark: changes with its cards.
    """

    episode_id: str
    audience: str
    place: str
    mark: str


class Index:
    """The index in an open database.

    Args:
        connection: with ``isolation_level=None``; whoever opened it begins and commits transactions.
        key: of everything that all of it depends on; an index of another key is emptied.

    Raises:
        sqlite3.DatabaseError: the file is damaged or foreign.
    """

    def __init__(self, connection: sqlite3.Connection, key: str) -> None:
        self._db = connection
        self._gone: set[str] = set()
        self._decided: set[int] = set()
        self._merged: list[int] = []
        if self.noted("key") != key:
            self._make(key)

    def noted(self, name: str) -> str | None:
        """What :meth:`note` kept; None where there is nothing."""
        try:
            found = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return None
            raise
        return str(found[0]) if found else None

    def note(self, name: str, value: str) -> None:
        """Keep a word on what the index was last used for; it counts once the index's changes do."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def _make(self, key: str) -> None:
        names = self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            self._db.execute(f'DROP TABLE "{name}"')
        for statement in _TABLES.split(";"):
            self._db.execute(statement)
        self._db.execute("INSERT INTO meta VALUES ('key', ?)", (key,))

    # -- episodes in their lines --------------------------------------------------------------

    def marks(self) -> dict[str, str]:
        """The mark of every episode."""
        return dict(self._db.execute("SELECT episode_id, mark FROM episodes"))

    def some(self, episode_ids: Iterable[str]) -> dict[str, Episode]:
        """Those of some episodes that the index has, by id."""
        found: dict[str, Episode] = {}
        for some in _batches(episode_ids):
            rows = self._db.execute(
                f"{_EPISODES} WHERE episode_id IN ({_marks(some)})",
                some,
            )
            found |= {row[0]: Episode._make(row) for row in rows}
        return found

    def behind(self, line: int, place: str) -> list[Episode]:
        """The episodes of a line from a place on, in their order."""
        rows = self._db.execute(
            f"{_EPISODES} WHERE line = ? AND place >= ? ORDER BY place", (line, place)
        )
        return [Episode._make(row) for row in rows]

    def line(self, audience: str) -> int:
        """The number of an audience's line; begun where there is none."""
        self._db.execute("INSERT OR IGNORE INTO lines (audience) VALUES (?)", (audience,))
        found = self._db.execute("SELECT line FROM lines WHERE audience = ?", (audience,))
        return int(found.fetchone()[0])

    def start(self, line: int) -> int:
        return line * _LINE

    def next_number(self, line: int) -> int:
        last = self._db.execute(
            "SELECT max(number) FROM cards WHERE number < ?", ((line + 1) * _LINE,)
        ).fetchone()[0]
        return line * _LINE if last is None or last < line * _LINE else int(last) + 1

    def add_episode(self, line: int, place: str, episode_id: str, mark: str, first: int) -> None:
        self._db.execute(
            "INSERT INTO episodes VALUES (?, ?, ?, ?, ?)", (line, place, episode_id, mark, first)
        )

    def take_off(self, line: int, place: str) -> list[Pair]:
        """Take an episode and all behind it off its line; returns pairs whose kept place became free."""
        first = self._db.execute(
            "SELECT first FROM episodes WHERE line = ? AND place = ?", (line, place)
        ).fetchone()[0]
        these = (first, (line + 1) * _LINE)
        freed = [
            Pair(*row)
            for row in self._db.execute(
                "SELECT rank, a, b FROM pairs WHERE b >= ? AND b < ? AND a < ? AND is_kept",
                (*these, first),
            )
        ]
        self._gone |= {
            card_id for (card_id,) in self._db.execute(
                "SELECT card_id FROM cards WHERE number >= ? AND number < ?", these
            )
        }  # fmt: skip
        self._forget_concepts(line, these)
        self._forget_keys(these)
        self._db.execute(
            "INSERT OR IGNORE INTO spare SELECT content, said FROM cards "
            "WHERE number >= ? AND number < ?",
            these,
        )
        for table, column in (("pairs", "b"), ("sources", "number"), ("cards", "number")):
            self._db.execute(f"DELETE FROM {table} WHERE {column} >= ? AND {column} < ?", these)  # noqa: S608
        self._db.execute("DELETE FROM episodes WHERE line = ? AND place >= ?", (line, place))
        if first == line * _LINE:
            self._db.execute("DELETE FROM lines WHERE line = ?", (line,))
        return freed

    def _forget_concepts(self, line: int, these: tuple[int, int]) -> None:
        lost = Counter(
            concept
            for (concept,) in self._db.execute(
                "SELECT j.key FROM cards, json_each(cards.said, '$.topic') AS j "
                "WHERE number >= ? AND number < ?",
                these,
            )
        )
        self._db.executemany(
            "UPDATE concepts SET cards = cards - ? WHERE line = ? AND concept = ?",
            [(n, line, concept) for concept, n in lost.items()],
        )
        self._db.execute("DELETE FROM concepts WHERE line = ? AND cards = 0", (line,))

    def _forget_keys(self, these: tuple[int, int]) -> None:
        rows = self._db.execute(
            "SELECT number, keys FROM cards WHERE number >= ? AND number < ?", these
        )
        self._db.executemany(
            "DELETE FROM keys WHERE key = ? AND number = ?",
            [(key, number) for number, keys in rows for key in array("q", keys)],
        )

    # -- cards ----------------------------------------------------------------------------------

    def add_card(
        self, number: int, row: dict[str, Any], *, content: str, said: str, head: int | None,
        keys: Sequence[int],
    ) -> None:  # fmt: skip
        """Keep a card; it is found by its keys from now on."""
        self._db.execute(
            "INSERT INTO cards VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number, row["card_id"], row["episode_id"], content, row["content_sha256"], head,
                said, array("q", keys).tobytes(),
            ),
        )  # fmt: skip
        self._db.executemany("INSERT INTO keys VALUES (?, ?)", [(key, number) for key in keys])
        if head is not None:
            source = (row["passage_id"], row["start_s"], row["end_s"], row["quote"])
            self._db.execute("INSERT INTO sources VALUES (?, ?, ?, ?, ?)", (number, *source))
            self._merged.append(number)

    def spare(self, content: str) -> str | None:
        """A card taken off earlier in this run."""
        found = self._db.execute("SELECT said FROM spare WHERE content = ?", (content,)).fetchone()
        return str(found[0]) if found else None

    def drop_spare(self) -> None:
        self._db.execute("DELETE FROM spare")

    def said(self, numbers: Iterable[int]) -> Iterator[tuple[int, str, bool]]:
        """Cards by number: what they say, and whether they are merged into another."""
        for some in _batches(sorted(numbers)):
            yield from self._db.execute(
                "SELECT number, said, head IS NOT NULL FROM cards "  # noqa: S608
                f"WHERE number IN ({_marks(some)})",
                some,
            )

    def heads(self, card_ids: Sequence[str]) -> dict[str, str]:
        """Card → the card that made its claim first."""
        found: dict[str, str] = {}
        for some in _batches(card_ids):
            found |= self._db.execute(
                "SELECT c.card_id, h.card_id FROM cards AS c JOIN cards AS h ON h.number = c.head "  # noqa: S608
                f"WHERE c.card_id IN ({_marks(some)})",
                some,
            ).fetchall()
        return found

    def all_cards(self) -> Iterator[tuple[str, str, str, str | None]]:
        """Every card: id, episode, hash of what it says, and the card it is merged into."""
        yield from self._db.execute(
            "SELECT c.card_id, c.episode_id, c.sha256, h.card_id "
            "FROM cards AS c LEFT JOIN cards AS h ON h.number = c.head"
        )

    def sources(self) -> Iterator[tuple[Any, ...]]:
        """Further evidence, in the order of ``card_sources`` columns; later cards later."""
        yield from self._db.execute(f"{_SOURCES} ORDER BY s.number")

    def new_sources(self) -> Iterator[tuple[Any, ...]]:
        """As :meth:`sources`, of the cards that were added since the index was opened."""
        for some in _batches(sorted(self._merged)):
            yield from self._db.execute(
                f"{_SOURCES} WHERE s.number IN ({_marks(some)}) ORDER BY s.number", some
            )

    # -- what brings cards together ---------------------------------------------------------------

    def concepts(self, line: int) -> Iterator[tuple[str, int, int | None]]:
        """The concepts of a line: in how many cards, and the row of its vector."""
        yield from self._db.execute(
            "SELECT concept, cards, row FROM concepts WHERE line = ?", (line,)
        )

    def keep_concepts(self, line: int, found: Iterable[tuple[str, int, int | None]]) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO concepts VALUES (?, ?, ?, ?)", ((line, *f) for f in found)
        )

    def having(self, key: int, *, most: int) -> list[int]:
        """The first cards with a key."""
        rows = self._db.execute(
            "SELECT number FROM keys WHERE key = ? ORDER BY number LIMIT ?", (key, most)
        )
        return [number for (number,) in rows]

    # -- pairs ------------------------------------------------------------------------------------

    def add_pairs(self, found: Iterable[Pair]) -> None:
        self._db.executemany(
            "INSERT INTO pairs VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
            [
                (p.a, p.b, p.rank, p.reason, p.is_forward, p.is_both, round(min(1.0, -p.rank), 3))
                for p in found
            ],
        )

    def pairs_of(self, number: int) -> list[tuple[Pair, bool]]:
        """A card's pairs, and whether they are kept."""
        rows = self._db.execute(
            "SELECT rank, a, b, is_kept FROM pairs WHERE a = ?1 "
            "UNION ALL SELECT rank, a, b, is_kept FROM pairs WHERE b = ?1",
            (number,),
        )
        return [(Pair(*row), bool(is_kept)) for *row, is_kept in rows]

    def keep(self, pairs: Collection[tuple[Pair, bool]]) -> None:
        self._decided |= {number for p, _ in pairs for number in (p.a, p.b)}
        self._db.executemany(
            "UPDATE pairs SET is_kept = ? WHERE a = ? AND b = ?",
            [(is_kept, p.a, p.b) for p, is_kept in pairs],
        )

    def links(self) -> list[tuple[str, str, str, float]]:
        """Kept pairs as rows of ``card_links``, in its order."""
        return self._db.execute(
            "SELECT x.card_id, y.card_id, reason, score FROM pairs "
            "JOIN cards AS x ON x.number = a JOIN cards AS y ON y.number = b "
            "WHERE is_kept AND (is_both OR is_forward) UNION ALL "
            "SELECT y.card_id, x.card_id, reason, score FROM pairs "
            "JOIN cards AS x ON x.number = a JOIN cards AS y ON y.number = b "
            "WHERE is_kept AND (is_both OR NOT is_forward) ORDER BY 1, 4 DESC, 2"
        ).fetchall()

    def changed_links(self) -> tuple[set[str], list[tuple[str, str, str, float]]]:
        """What became of ``card_links`` since the index was opened.

        Returns:
            Cards of which no earlier row counts any more, and the rows that name one of them now.
        """
        kept: set[tuple[Any, ...]] = set()
        for some in _batches(sorted(self._decided)):
            for end in ("a", "b"):
                kept |= set(
                    self._db.execute(
                        "SELECT a, b, reason, score, is_both OR is_forward, is_both OR NOT is_forward "  # noqa: S608
                        f"FROM pairs WHERE is_kept AND {end} IN ({_marks(some)})",
                        some,
                    )
                )
        numbers = self._decided | {number for a, b, *_ in kept for number in (a, b)}
        ids: dict[int, str] = {}
        for some in _batches(sorted(numbers)):
            ids |= self._db.execute(
                f"SELECT number, card_id FROM cards WHERE number IN ({_marks(some)})",  # noqa: S608
                some,
            ).fetchall()
        rows = []
        for a, b, reason, score, there, back in kept:
            rows += [(ids[a], ids[b], reason, score)] * there
            rows += [(ids[b], ids[a], reason, score)] * back
        return self._gone | {ids[number] for number in self._decided}, rows


def _batches(values: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    rest = iter(values)
    while some := tuple(islice(rest, _AT_ONCE)):
        yield some


def _marks(values: Sequence[Any]) -> str:
    return ",".join("?" * len(values))
