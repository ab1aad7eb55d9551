"""What the ledger knows of a card id."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from pipeline.chain.records import Event, History, Row, UnknownCardError
from pipeline.store import Store


def history(data_dir: Path, card_id: str) -> History:
    """What became of a card id.

    Raises:
        UnknownCardError: the id was never given.
    """
    store = Store(data_dir / "processed")
    entries = read_ledger(store)
    if card_id not in entries:
        raise UnknownCardError(
            f"the ledger under {store.root} knows no card {card_id}: it was never given, or its "
            "episode was forgotten"
        )
    return history_of(store, entries, card_id)


def read_ledger(store: Store) -> dict[str, Row]:
    return {row["card_id"]: row for row in read_corpus(store, "card_ledger")}


def read_corpus(store: Store, table: str) -> list[Row]:
    if not store.table_path(table, "").is_file():
        return []
    rows: list[Row] = store.read(table).to_pylist()
    return rows


def find_holder(entries: dict[str, Row], card_id: str) -> str | None:
    """The card that holds a claim now: itself, or at the end of its mergers; None where it vanished."""
    seen: set[str] = set()
    while card_id in entries and card_id not in seen:
        seen.add(card_id)
        entry = entries[card_id]
        if entry["merged_into"]:
            card_id = entry["merged_into"]
        elif entry["status"] == "vanished":
            return None
    return card_id


def history_of(store: Store, entries: dict[str, Row], card_id: str) -> History:
    """The history of a card that the ledger knows; what it dates comes first, in order."""
    entry = entries[card_id]
    events = [Event("appeared", entry["first_seen_at"]), *_noted(entry)]
    if entry["content_changed_at"] != entry["first_seen_at"]:
        events.append(Event("changed", entry["content_changed_at"]))
    events += [
        Event("reviewed", row["decided_at"], detail=f"{row['decision']} ({row['reviewer']})")
        for row in read_corpus(store, "reviews")
        if row["card_id"] == card_id
    ]
    events.sort(key=lambda event: str(event.at))
    noted = {(event.what, event.other_card_id) for event in events}
    undated = [
        Event("took_in", None, other["card_id"])
        for other in entries.values()
        if other["merged_into"] == card_id
    ]
    if entry["status"] != "live":
        undated.append(Event(entry["status"], None, entry["merged_into"]))
    events += [event for event in undated if (event.what, event.other_card_id) not in noted]
    return History(
        card_id, entry["episode_id"], entry["status"], find_holder(entries, card_id), tuple(events)
    )


def _noted(entry: Row) -> Iterator[Event]:
    """The events that the ledger itself keeps, where it does."""
    for text in entry.get("events") or ():
        noted = json.loads(text)
        titles = [noted[name] for name in ("before", "after") if noted.get(name)]
        yield Event(
            "merged" if noted["event"] == "joined" else noted["event"],
            datetime.fromisoformat(noted["at"]), noted.get("other"), " → ".join(titles),
        )  # fmt: skip
