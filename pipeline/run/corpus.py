"""Runs the corpus stage over the cards of all episodes, where any of them changed."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import schema
from pipeline.errors import TableError
from pipeline.review.linked import settle
from pipeline.review.overlay import apply_reviews
from pipeline.review.tables import audience_of, read_ledger, read_reviews
from pipeline.run.plan import key_of
from pipeline.sources import Problem
from pipeline.store import Store, read_json, write_json, write_parquet

if TYPE_CHECKING:
    import pyarrow as pa

TABLES = tuple(name for name, spec in schema.TABLES.items() if spec.writer == "link")


def link_corpus(store: Store) -> bool:
    """Run the corpus stage where it is stale; returns whether it ran.

    Raises:
        TableError: a table it reads is missing or damaged.
    """
    from pipeline.stages.link import STAGE_VERSION

    records = {i: r for i, r in store.load_records().items() if "card" in r.get("stages", {})}
    tables = {
        i: [_hash(r, "card", "cards"), _hash(r, "source", "episodes")] for i, r in records.items()
    }
    reviews = _file_hash(store.table_path("reviews", ""))
    key = key_of({"version": STAGE_VERSION, "tables": tables, "reviews": reviews})
    path = store.state / "link.json"
    known = read_json(path) or {}
    sizes = {name: _size(store, name) for name in TABLES}
    if known.get("key") == key and known.get("sizes") == sizes:
        return False
    if not records and not any(sizes.values()):
        return False
    for name, table in _link(store, sorted(records)).items():
        sizes[name] = write_parquet(store.table_path(name, ""), name, table).size
    write_json(path, {"key": key, "sizes": sizes})
    return True


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


def _link(store: Store, episode_ids: list[str]) -> dict[str, pa.Table]:
    from pipeline.stages.link import link

    cards = [row for i in episode_ids for row in store.read("cards", i).to_pylist()]
    episodes = [row for i in episode_ids for row in store.read("episodes", i).to_pylist()]
    audience = {row["episode_id"]: audience_of(row) for row in episodes}
    reviewed = apply_reviews(cards, read_reviews(store).to_pylist(), audience=audience)
    ledger, now = read_ledger(store), datetime.now(UTC).replace(microsecond=0)
    made = link(
        schema.to_table("cards", reviewed.cards),
        {row["episode_id"]: row["published_at"] for row in episodes},
        ledger,
        audience=audience,
        now=now,
        hidden=reviewed.hidden.keys(),
    )
    return settle(made, reviewed, ledger, now=now)


def _file_hash(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _hash(record: dict[str, Any], stage: str, table: str) -> str:
    return str(record["stages"][stage]["tables"][table]["sha256"])


def _size(store: Store, name: str) -> int | None:
    path = store.table_path(name, "")
    return path.stat().st_size if path.is_file() else None
