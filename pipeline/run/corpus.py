"""Runs the corpus stage over the cards of all episodes, where any of them changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pipeline import schema
from pipeline.run.plan import key_of
from pipeline.store import Store, read_json, read_parquet, write_json, write_parquet

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
    key = key_of({"version": STAGE_VERSION, "tables": tables})
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


def _link(store: Store, episode_ids: list[str]) -> dict[str, pa.Table]:
    import pyarrow as pa

    from pipeline.stages.link import link

    cards = [store.read("cards", i) for i in episode_ids]
    episodes = [row for i in episode_ids for row in store.read("episodes", i).to_pylist()]
    return link(
        pa.concat_tables([schema.to_table("cards", []), *cards]),
        {row["episode_id"]: row["published_at"] for row in episodes},
        _ledger(store),
        audience={row["episode_id"]: _audience(row) for row in episodes},
        now=datetime.now(UTC).replace(microsecond=0),
    )


def _audience(episode: dict[str, Any]) -> str:
    """Who may see an episode: everybody, or those of its relation."""
    if episode["visibility"] == "public":
        return "public"
    return f"private:{episode['relation'] or episode['episode_id']}"


def _hash(record: dict[str, Any], stage: str, table: str) -> str:
    return str(record["stages"][stage]["tables"][table]["sha256"])


def _size(store: Store, name: str) -> int | None:
    path = store.table_path(name, "")
    return path.stat().st_size if path.is_file() else None


def _ledger(store: Store) -> pa.Table:
    path = store.table_path("card_ledger", "")
    if not path.is_file():
        return schema.to_table("card_ledger", [])
    return read_parquet("card_ledger", path)
