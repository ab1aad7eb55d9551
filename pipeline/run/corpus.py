"""Runs the corpus stage over the cards of all episodes, where any of them changed.

Of an episode that is in the index as it stands, nothing is read but its record.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import claims, morph, schema
from pipeline.errors import BansouError, TableError
from pipeline.records import Briefs
from pipeline.review.linked import settle
from pipeline.review.overlay import apply_reviews
from pipeline.review.tables import audience_of, read_ledger, read_reviews
from pipeline.run.linkindex import with_index
from pipeline.run.plan import key_of
from pipeline.sources import Problem
from pipeline.store import Store, read_json, write_json, write_parquet
from pipeline.vectors import VECTORS_FILE

if TYPE_CHECKING:
    import pyarrow as pa

    from pipeline.stages.link import Episode, Index

TABLES = tuple(name for name, spec in schema.TABLES.items() if spec.writer == "link")

Row = dict[str, Any]

_LEFT = "tables as left"
_GOES_ON = ("card_links", "card_sources", "card_ledger", "reviews")


def link_corpus(store: Store, briefs: Briefs | None = None, *, now: datetime | None = None) -> bool:
    """Run the corpus stage where it is stale; returns whether it ran.

    Args:
        briefs: of all records as they are; looked up where not given.
        now: what the ledger shall take for the time; else the clock is asked.

    Raises:
        TableError: a table it reads is missing or damaged.
    """
    hashes = (briefs or store.briefs()).hashes("cards", "episodes")
    reviews = _file_hash(store.table_path("reviews", ""))
    made_by = key_of(_made_by())
    key = key_of({"made by": made_by, "tables": _all_of(hashes), "reviews": reviews})
    path = store.state / "link.json"
    known = read_json(path) or {}
    sizes = {name: _size(store, name) for name in TABLES}
    if known.get("key") == key and known.get("sizes") == sizes:
        return False
    if not hashes and not any(sizes.values()):
        return False

    def write(index: Index) -> None:
        at = now or datetime.now(UTC).replace(microsecond=0)
        left = {"reviews": reviews}
        for name, table in _Corpus(store, index, hashes).link(at).items():
            mark = write_parquet(store.table_path(name, ""), name, table)
            sizes[name], left[name] = mark.size, mark.sha256
        write_json(path, {"key": key, "sizes": sizes})
        index.note(_LEFT, json.dumps([left.get(name) for name in _GOES_ON]))

    try:
        # The tables first: of a killed run the index knows nothing, so the next one does it again.
        with_index(store, made_by, write)
    except sqlite3.Error as error:
        raise BansouError(
            f"{store.state}: the index of cards cannot be written ({error}); check the disk's space and "
            "rights and run again"
        ) from error
    return True


def _standing(store: Store) -> str:
    """What changes with the tables that linking goes on from; a killed run's are not those of its index."""
    return json.dumps([_file_hash(store.table_path(name, "")) for name in _GOES_ON])


def clear_damaged(store: Store, *, verify: bool = False) -> list[Problem]:
    """Take away corpus tables that are damaged, so that they are made anew, and say which.

    Args:
        store: of the run, held against others.
        verify: read tables of the right size too.

    Raises:
        TableError: the ledger is damaged, which nothing can make again.
    """
    found = []
    for writer in ("link", "trust"):
        known = (read_json(store.state / f"{writer}.json") or {}).get("sizes", {})
        for name in (n for n, spec in schema.TABLES.items() if spec.writer == writer):
            path, size = store.table_path(name, ""), _size(store, name)
            if size is None:
                if known.get(name) is not None:
                    found.append(Problem(path, "is missing; it is made anew"))
            elif verify or size != known.get(name):
                found += _cleared(store, name, path)
    return found


def _cleared(store: Store, name: str, path: Path) -> list[Problem]:
    if name == "card_ledger":
        read_ledger(store)
        return []
    try:
        store.read(name)
    except TableError:
        path.unlink()
        return [Problem(path, "is damaged; it is made anew")]
    return []


def _made_by() -> Row:
    """What all links depend on besides the cards."""
    from pipeline.stages.link import MODEL_FILE, STAGE_VERSION

    return {
        "version": STAGE_VERSION,
        "files": [_file_hash(path) for path in (claims.BUILT_IN, VECTORS_FILE, MODEL_FILE)],
        "dictionary": morph.dictionary_versions(),
    }


class _Corpus:
    """One run of the stage: what of the tables it must read, read once."""

    def __init__(self, store: Store, index: Index, hashes: Mapping[str, tuple[str, ...]]) -> None:
        self._store = store
        self._index = index
        self._hashes = hashes
        self._cards: dict[str, list[Row]] = {}

    def link(self, now: datetime) -> dict[str, pa.Table]:
        import pyarrow as pa

        from pipeline.stages.link import relink

        ledger = read_ledger(self._store)
        reviews = read_reviews(self._store).to_pylist()
        as_left: tuple[str, ...] = ()
        if self._index.noted(_LEFT) == _standing(self._store):
            as_left = ("card_links",) if reviews else ("card_links", "card_sources")
        reviewed_ids = self._reviewed(reviews, ledger)
        reviewed = apply_reviews(
            [row for i in sorted(reviewed_ids) for row in self._read(i)],
            reviews,
            audience={i: self._place(i).audience for i in reviewed_ids},
        )
        laid: dict[str, list[Row]] = {i: [] for i in reviewed_ids}
        for row in schema.to_table("cards", reviewed.cards).to_pylist():
            laid[row["episode_id"]].append(row)
        digests = {i: _digest(rows) for i, rows in laid.items()}
        marks = {i: _mark(*tables, digests.get(i, "")) for i, tables in self._hashes.items()}
        known = self._index.marks()
        made, rest = relink(
            self._index,
            [self._place(i)._replace(mark=m) for i, m in marks.items() if known.get(i) != m],
            lambda i: laid[i] if i in laid else self._read(i),
            ledger,
            now=now,
            gone=known.keys() - marks.keys(),
            hidden=reviewed.hidden.keys(),
            besides=reviewed_ids,
            before={name: self._store.read(name) for name in as_left},
        )
        settled = settle(made, reviewed, ledger, now=now)
        whole = pa.concat_tables([rest, settled["card_ledger"]]).sort_by("card_id")
        settled["card_ledger"] = whole.cast(schema.arrow_schema("card_ledger")).combine_chunks()
        return settled

    def _read(self, episode_id: str) -> list[Row]:
        if episode_id not in self._cards:
            self._cards[episode_id] = self._store.read("cards", episode_id).to_pylist()
        return self._cards[episode_id]

    def _place(self, episode_id: str) -> Episode:
        """Where an episode stands; its row is read only where it is not the one known."""
        from pipeline.stages.link import Episode, place_of

        known = self._index.some([episode_id]).get(episode_id)
        _, source = self._hashes[episode_id]
        if known and known.mark.split('"')[3] == source:
            return known
        row = self._store.read("episodes", episode_id).to_pylist()[0]
        place = place_of(episode_id, row["published_at"])
        return Episode(episode_id, audience_of(row), place, mark="")

    def _reviewed(self, reviews: Iterable[Row], ledger: pa.Table) -> set[str]:
        """Episodes with cards that reviewers decided on, or merged another into, or once rejected."""
        import pyarrow as pa
        import pyarrow.compute as pc

        rows = list(reviews)
        targets = {json.loads(row["after"]).get("merged_into") for row in rows} - {None}
        is_meant = pc.or_(
            pc.is_in(ledger["card_id"], value_set=pa.array(sorted(targets), pa.string())),
            pc.equal(ledger["status"], "rejected"),
        )
        meant = ledger.filter(is_meant)
        if targets - set(meant["card_id"].to_pylist()):  # the ledger was lost
            return set(self._hashes)
        found = {row["episode_id"] for row in rows} | set(meant["episode_id"].to_pylist())
        return found & self._hashes.keys()


def _all_of(hashes: Mapping[str, tuple[str, ...]]) -> str:
    """Changes with the episodes and their tables; as JSON ten thousand of them take their time."""
    lines = (f"{len(i)} {i} {' '.join(hashes[i])}" for i in sorted(hashes))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _mark(*hashes: str) -> str:
    """A JSON list; for ten thousand of them the library takes its time."""
    return '["' + '", "'.join(hashes) + '"]'


def _digest(rows: list[Row]) -> str:
    text = json.dumps(rows, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _file_hash(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _size(store: Store, name: str) -> int | None:
    path = store.table_path(name, "")
    return path.stat().st_size if path.is_file() else None
