"""What the corpus stage made of the reviewed cards, with the reviewers' own merges and rejections in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline import schema
from pipeline.review.overlay import Reviewed, Row

if TYPE_CHECKING:
    import pyarrow as pa

_KEPT = ("accepted", "edited")


def settle(
    made: Mapping[str, pa.Table], reviewed: Reviewed, ledger: pa.Table, *, now: datetime
) -> dict[str, pa.Table]:
    """Put into the corpus tables what reviewers decided.

    A card that a reviewer kept stays a card of its own, whatever it resembles; one merged by hand is
    evidence of its target; one rejected is ``rejected`` in the ledger.

    Args:
        made: ``card_links``, ``card_sources`` and ``card_ledger``, made of ``reviewed.cards``.
        reviewed: the cards with the reviews laid over them.
        ledger: ``card_ledger`` of the run before.
        now: the clock, for the ledger alone.
    """
    entries: dict[str, Row] = {e["card_id"]: e for e in made["card_ledger"].to_pylist()}
    if not reviewed.latest and all(e["status"] != "rejected" for e in entries.values()):
        return dict(made)
    sources = {
        (s["card_id"], s["episode_id"], s["passage_id"]): s
        for s in made["card_sources"].to_pylist()
    }
    known = {entry["card_id"]: entry for entry in ledger.to_pylist()}
    _keep_apart(reviewed, entries, sources, known)
    for card_id, target in sorted(reviewed.hidden.items()):
        row = reviewed.machine[card_id]
        head = (entries[target]["merged_into"] or target) if target else None
        entries[card_id] = _entry(row, known.get(card_id), head, now)
        if head:
            key = (head, row["episode_id"], row["passage_id"])
            sources.setdefault(key, _source(head, row))
    for entry in entries.values():  # once rejected, and taken back
        if entry["status"] == "rejected" and entry["card_id"] not in reviewed.hidden:
            entry["status"] = "merged" if entry["merged_into"] else "live"
    return {
        **made,
        "card_sources": schema.to_table("card_sources", [sources[key] for key in sorted(sources)]),
        "card_ledger": schema.to_table("card_ledger", [entries[i] for i in sorted(entries)]),
    }


def _keep_apart(
    reviewed: Reviewed,
    entries: dict[str, Row],
    sources: dict[tuple[str, str, str], Row],
    known: Mapping[str, Row],
) -> None:
    places = {row["card_id"]: (row["episode_id"], row["passage_id"]) for row in reviewed.cards}
    kept = [row["card_id"] for row in reviewed.cards if row["review_status"] in _KEPT]
    apart = []
    for card_id in kept:
        head = entries[card_id]["merged_into"]
        if head:
            entries[card_id] |= {"status": "live", "merged_into": None}
            old = (known.get(card_id) or {}).get("events") or ()
            entries[card_id]["events"] = [  # a merge that is undone here never was
                e for e in entries[card_id]["events"] or () if e in old or not _is_merge(e)
            ]
            apart.append((head, *places[card_id]))
    if apart:
        # Another card of the same passage may still speak for the same head.
        still = {
            (e["merged_into"], *places[i])
            for i, e in entries.items()
            if e["merged_into"] and i in places
        }
        for key in apart:
            if key not in still:
                sources.pop(key, None)


def _is_merge(event: str) -> bool:
    return bool(json.loads(event)["event"] == "merged")


def _source(head: str, row: Row) -> Row:
    return {
        "card_id": head, "episode_id": row["episode_id"], "passage_id": row["passage_id"],
        "start_s": row["start_s"], "end_s": row["end_s"], "quote": row["quote"],
    }  # fmt: skip


def _entry(row: Row, old: Mapping[str, Any] | None, head: str | None, now: datetime) -> Row:
    is_same = old is not None and old["content_sha256"] == row["content_sha256"]
    return {  # what the ledger tells of it besides stays
        **(old or {}),
        "title": row["title"],
        **{name: row[name] for name in ("start_s", "end_s", "first_segment", "last_segment")},
        "card_id": row["card_id"],
        "episode_id": row["episode_id"],
        "first_seen_at": old["first_seen_at"] if old else now,
        "content_changed_at": old["content_changed_at"] if old and is_same else now,
        "content_sha256": row["content_sha256"],
        "status": "merged" if head else "rejected",
        "merged_into": head,
    }
