"""What became of every card id ever given, with the times: the only table that looks at the clock.

An id that is gone although its sentence is still there was joined to another card (``merged_into``); a
new id that says a part of what an old card said was split from it (``split_from``). Both are told
apart by place and by words.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline import claims, schema

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, Any]

_PLACE = ("start_s", "end_s", "first_segment", "last_segment")
_HOLDS = 0.6  # share of the old claim's words that its heir must say
_WITHIN = 0.5  # share of the place


def keep_ledger(
    rows: Sequence[Row],
    heads: Mapping[str, str],
    ledger: Iterable[Row],
    *,
    now: datetime,
    hidden: Collection[str] = (),
    elsewhere: Callable[[Collection[str]], Collection[str]] = lambda _: (),
) -> list[Row]:
    """The ledger after a run.

    Args:
        rows: all cards of the episodes that ``ledger`` tells of.
        heads: card → the first card that makes the same claim.
        ledger: entries of the run before.
        now: the clock.
        hidden: cards that a reviewer took out: neither there nor gone.
        elsewhere: tells of which of some ids another part of the ledger tells.

    Returns:
        Entries by ``card_id``.
    """
    known = {entry["card_id"]: entry for entry in ledger}
    seen = {row["card_id"] for row in rows}
    stamp = now.isoformat()
    found = {row["card_id"]: _entry(row, known.get(row["card_id"]), heads, now) for row in rows}
    gone = {i: e for i, e in known.items() if i not in seen and i not in hidden}
    heirs = _heirs(gone, rows, known)
    for card_id, entry in gone.items():
        found[card_id] = _gone(entry, heirs.get(card_id), heads, stamp)
    found |= {i: e for i, e in known.items() if i in hidden}
    for card_id, parent in _splits(rows, known).items():
        found[card_id]["split_from"] = parent
        _note(found[card_id], stamp, "split_from", other=parent)
        _note(found[parent], stamp, "split_into", other=card_id)
    others = {card_id for entry in found.values() for card_id in _named(entry)} - found.keys()
    there = found.keys() | set(elsewhere(others))
    for entry in found.values():
        _name_none_but(entry, there.__contains__)
    return [found[card_id] for card_id in sorted(found)]


def without_episodes(ledger: pa.Table, episode_ids: Collection[str]) -> pa.Table:
    """The ledger without the cards of some episodes, which are named nowhere any more."""
    rows = ledger.to_pylist()
    kept = {row["card_id"]: row for row in rows if row["episode_id"] not in episode_ids}
    for entry in kept.values():
        _name_none_but(entry, kept.__contains__)
    return schema.to_table("card_ledger", kept.values())


def _named(entry: Row) -> Iterator[str]:
    """The cards that an entry names besides the one that its own is merged into."""
    for event in entry["events"] or ():
        yield json.loads(event).get("other", entry["card_id"])
    if entry.get("split_from"):
        yield entry["split_from"]


def _name_none_but(entry: Row, is_there: Callable[[str], bool]) -> None:
    """What was forgotten is named nowhere."""
    entry["events"] = [
        e for e in entry["events"] or () if is_there(json.loads(e).get("other", entry["card_id"]))
    ]
    if entry.get("split_from") and not is_there(entry["split_from"]):
        entry["split_from"] = None


def events_of(entry: Mapping[str, Any]) -> list[dict[str, str]]:
    """The events of an entry of ``card_ledger``, oldest first.

    Returns:
        ``at`` (ISO time), ``event`` (renamed, merged, unmerged, joined, split_from, split_into,
        vanished, returned), with ``before`` and ``after`` (titles) or ``other`` (a card) where they apply.
    """
    return [json.loads(event) for event in entry["events"] or ()]


def _entry(row: Row, old: Row | None, heads: Mapping[str, str], now: datetime) -> Row:
    card_id, stamp = row["card_id"], now.isoformat()
    head = heads.get(card_id)
    is_same = old is not None and old["content_sha256"] == row["content_sha256"]
    entry = {
        "card_id": card_id,
        "episode_id": row["episode_id"],
        "first_seen_at": old["first_seen_at"] if old else now,
        "content_changed_at": old["content_changed_at"] if old and is_same else now,
        "content_sha256": row["content_sha256"],
        "status": _status(old, is_merged=head is not None),
        "merged_into": head,
        "title": row["title"],
        **{name: row[name] for name in _PLACE},
        "split_from": old["split_from"] if old else None,
        "events": list(old["events"] or ()) if old else [],
    }
    if old:
        if old["status"] == "vanished" or _was_joined(old):
            _note(entry, stamp, "returned")
        if old["title"] is not None and old["title"] != row["title"]:
            _note(entry, stamp, "renamed", before=old["title"], after=row["title"])
    before = old["merged_into"] if old else None
    if head and head != before:
        _note(entry, stamp, "merged", other=head)
    elif before and not head and old and old["status"] == "merged" and not _was_joined(old):
        _note(entry, stamp, "unmerged", other=before)
    return entry


def _was_joined(entry: Row) -> bool:
    """Whether a card was gone, its claim held by another."""
    events = events_of(entry)
    return bool(events) and events[-1]["event"] == "joined"


def _status(old: Mapping[str, Any] | None, *, is_merged: bool) -> str:
    """What a reviewer rejected stays rejected."""
    if old and old["status"] == "rejected":
        return "rejected"
    return "merged" if is_merged else "live"


def _gone(entry: Row, heir: str | None, heads: Mapping[str, str], stamp: str) -> Row:
    made = dict(entry) | {"events": list(entry["events"] or ())}
    if entry["status"] == "vanished" or _was_joined(entry):
        return made
    if heir:
        head = heads.get(heir, heir)
        _note(made, stamp, "joined", other=head)
        return made | {"status": "merged", "merged_into": head}
    _note(made, stamp, "vanished")
    return made | {"status": "vanished", "merged_into": None}


def _heirs(
    gone: Mapping[str, Row], rows: Sequence[Row], known: Mapping[str, Row]
) -> dict[str, str]:
    """Card that is gone → the card that now stands in its place and says what it said."""
    places: dict[str, list[Row]] = defaultdict(list)
    wanted = {entry["episode_id"] for entry in gone.values()}
    for row in rows:
        if row["episode_id"] in wanted:
            places[row["episode_id"]].append(row)
    found = {}
    for card_id, entry in sorted(gone.items()):
        if entry["title"] is None:
            continue
        fits = [
            (-held, row["card_id"])
            for row in places[entry["episode_id"]]
            if _overlap(entry, row) >= _WITHIN
            and (held := claims.held(entry["title"], [row["title"], row["body"]])) >= _HOLDS
        ]
        if fits:
            found[card_id] = min(fits)[1]
    return found


def _splits(rows: Sequence[Row], known: Mapping[str, Row]) -> dict[str, str]:
    """New card → the card whose former title said it too, in the same place."""
    old: dict[str, list[Row]] = defaultdict(list)
    for entry in known.values():
        if entry["title"] is not None:
            old[entry["episode_id"]].append(entry)
    titles = {row["card_id"]: row["title"] for row in rows}
    found = {}
    for row in rows:
        if row["card_id"] in known:
            continue
        fits = [
            (-held, entry["card_id"])
            for entry in old[row["episode_id"]]
            if titles.get(entry["card_id"]) != entry["title"] and _overlap(row, entry) >= _WITHIN
            and (held := claims.held(row["title"], [entry["title"]])) >= _HOLDS
        ]  # fmt: skip
        if fits:
            found[row["card_id"]] = min(fits)[1]
    return found


def _overlap(a: Mapping[str, Any], b: Mapping[str, Any]) -> float:
    """The share of the first one's place that the second covers: seconds, or lines where there are none."""
    if None not in (a["start_s"], a["end_s"], b["start_s"], b["end_s"]):
        shared = min(a["end_s"], b["end_s"]) - max(a["start_s"], b["start_s"])
        return float(max(0.0, shared) / max(0.1, a["end_s"] - a["start_s"]))
    if a["first_segment"] is None or b["first_segment"] is None:
        return 0.0
    lines = (
        min(a["last_segment"], b["last_segment"]) - max(a["first_segment"], b["first_segment"]) + 1
    )
    return float(max(0.0, lines / (a["last_segment"] - a["first_segment"] + 1)))


def _note(entry: Row, at: str, event: str, **more: str) -> None:
    entry["events"].append(json.dumps({"at": at, "event": event, **more}, ensure_ascii=False))
