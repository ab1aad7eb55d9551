"""Small archives written straight into tables, for tests of what reads them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline import schema
from pipeline.store import Store, write_json, write_parquet

SEEN = datetime(2026, 5, 1, tzinfo=UTC)


class Archive:
    """A data folder whose tables are made by hand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = Store(folder / "processed")

    def write(self, table: str, episode_id: str, rows: list[dict[str, Any]]) -> None:
        empty = dict.fromkeys(schema.TABLES[table].column_names)
        full = schema.to_table(table, [empty | row for row in rows])
        write_parquet(self.store.table_path(table, episode_id), table, full)

    def episode(self, episode_id: str, **more: Any) -> None:
        row = {
            "episode_id": episode_id, "title": f"{episode_id}の題", "source_path": f"raw/{episode_id}.txt",
            "source_kind": "host_text", "source_sha256": "0", "language": "ja", "visibility": "public",
            "is_sample": False, "guests": [], "pipeline_version": "0",
        }  # fmt: skip
        self.write("episodes", episode_id, [row | more])

    def cards(self, episode_id: str, *cards: dict[str, Any]) -> None:
        self.write("cards", episode_id, [card(episode_id, **given) for given in cards])

    def record(self, episode_id: str) -> None:
        """The episode counts as ingested, as its tables stand now."""
        stages = {}
        for stage, table in (("source", "episodes"), ("card", "cards")):
            data = self.store.table_path(table, episode_id).read_bytes()
            mark = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            stages[stage] = {"key": "", "parts": {}, "tables": {table: mark}}
        primary = {"path": f"raw/{episode_id}.txt", "size": 0, "mtime_ns": 0, "sha256": episode_id}
        record = {
            "episode_id": episode_id,
            "files": {"primary": primary, "sidecar": None},
            "stages": stages,
        }
        write_json(self.store.record_path(episode_id), record)

    def ledger(self, *entries: dict[str, Any]) -> None:
        row = {
            "first_seen_at": SEEN,
            "content_changed_at": SEEN,
            "content_sha256": "0",
            "status": "live",
        }
        self.write("card_ledger", "", [row | entry for entry in entries])

    def review(
        self, episode_id: str, card_id: str, *, title: str, decision: str, new_title: str = "",
        decided_at: datetime = SEEN,
    ) -> None:  # fmt: skip
        """The one review there is: of a card that says no more than its title."""
        from pipeline.review.overlay import Content

        before = Content(title, f"{title}。", "principle", ("bansou",), title)
        after = replace(before, title=new_title or title)
        row = {
            "review_id": f"r{decision}", "card_id": card_id, "episode_id": episode_id, "reviewer": "佐藤",
            "decided_at": decided_at, "decision": decision, "content_sha256": "0",
            "before": before.as_json(), "after": after.as_json(),
        }  # fmt: skip
        self.write("reviews", "", [row])

    def simple(self, episode_id: str, *titles: str, **more: Any) -> None:
        """An episode whose cards say no more than their titles; ids are ``c<episode><place>``."""
        self.episode(episode_id, **more)
        given = [{"card_id": f"c{episode_id}{n}", "title": t} for n, t in enumerate(titles)]
        self.cards(episode_id, *given)


def card(episode_id: str, **given: Any) -> dict[str, Any]:
    title = given["title"]
    return {
        "episode_id": episode_id, "passage_id": f"{episode_id}#p00000", "kind": "principle",
        "body": f"{title}。", "quote": title, "quote_raw": title, "first_segment": 0,
        "first_char": 0, "last_segment": 0, "last_char": len(title), "start_s": 65.0, "end_s": 70.0,
        "tags": ["bansou"], "request": "none", "score": 0.8, "review_status": "unreviewed",
        "content_sha256": "0", "taxonomy_version": "1",
    } | given  # fmt: skip
