"""Reads from the store what may leave this machine: public episodes, and samples only where asked."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pipeline.config import Settings
from pipeline.errors import BansouError
from pipeline.export.clean import clean, one_line, one_paragraph
from pipeline.export.corpus import (
    LONG_AGO,
    Card,
    Chapter,
    Corpus,
    Episode,
    Related,
    Source,
)  # fmt: skip
from pipeline.export.labels import REASONS, UNKNOWN_SPEAKER
from pipeline.export.names import give_all
from pipeline.export.tags import read_tags
from pipeline.export.words import read_words
from pipeline.review import reviewed_cards
from pipeline.review.tables import read_ledger
from pipeline.store import Store, read_parquet

Row = Mapping[str, Any]

# Names of pages that are no card: a card of such a title gets its id behind it.
RESERVED = ("目次", "用語集", "回", "タグ", "種類", "ゲスト")
_LEAST_CHAPTER_S = 20.0


class ExportError(BansouError):
    """What is asked for cannot be exported."""


def read_corpus(store: Store, settings: Settings, *, samples: bool = False) -> Corpus:
    """Everything that may be shown.

    Args:
        store: the tables.
        settings: for the taxonomy and the glossary.
        samples: also the samples that come with the project.

    Raises:
        TableError: a table is missing or damaged.
        BansouError: the taxonomy, the glossary or the reviews are broken.
    """
    every = read_episodes(store)
    shown = {i: row for i, row in every.items() if may_leave(row, samples=samples)}
    rows = reviewed_cards(store).to_pylist()
    ledger = {e["card_id"]: e for e in read_ledger(store).to_pylist()}
    tags, version = read_tags(settings.taxonomy)
    visible = sorted(
        (row for row in rows if row["episode_id"] in shown), key=lambda row: _place(row, shown)
    )
    chosen = {row["card_id"]: row for row in visible}
    moments = _moments(ledger.values())
    changed = {i: moments.get(i) or row["published_at"] or LONG_AGO for i, row in shown.items()}
    cards = _cards(store, chosen, shown, ledger, changed)
    names = give_all((i, row["title"]) for i, row in sorted(shown.items()))
    of_episode: dict[str, list[Card]] = defaultdict(list)
    for card in cards.values():
        of_episode[card.episode_id].append(card)
    episodes = {
        i: _episode(shown[i], names[i], changed[i], of_episode[i])
        for i in sorted(shown, key=lambda i: _newest(shown[i]))
    }
    left = [every[row["episode_id"]] for row in rows if row["episode_id"] not in shown]
    private = sum(row["visibility"] != "public" for row in left)
    return Corpus(
        episodes, cards, tags, _tag_names(tags),
        read_words(store, settings, list(episodes), list(cards.values())), version,
        max(changed.values(), default=LONG_AGO), private, len(left) - private,
    )  # fmt: skip


def read_episodes(store: Store) -> dict[str, Row]:
    """The rows of the table ``episodes`` by id, of episodes that have cards."""
    records = store.load_records()
    done = sorted(i for i, record in records.items() if "card" in record.get("stages", {}))
    return {i: store.read("episodes", i).to_pylist()[0] for i in done}


def may_leave(episode: Row, *, samples: bool) -> bool:
    """May what an episode says be shown to others."""
    return episode["visibility"] == "public" and (samples or not episode["is_sample"])


def _place(row: Row, episodes: Mapping[str, Row]) -> tuple[Any, ...]:
    return (*_newest(episodes[row["episode_id"]]), row["first_segment"], row["first_char"], row["card_id"])  # fmt: skip


def _newest(episode: Row) -> tuple[float, str]:
    published = episode["published_at"]
    return (-published.timestamp() if published else float("inf"), episode["episode_id"])


def _moments(ledger: Iterable[Row]) -> dict[str, datetime]:
    """When what is shown of each episode last changed: also that a card is gone changes its page."""
    found: dict[str, datetime] = {}
    for entry in ledger:
        at = [entry["content_changed_at"], *(_event_at(event) for event in entry["events"] or ())]
        known = [moment for moment in (*at, found.get(entry["episode_id"])) if moment is not None]
        found[entry["episode_id"]] = max(known)
    return found


def _event_at(event: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(json.loads(event)["at"])
    except (ValueError, KeyError, TypeError):
        return None
    return moment if moment.tzinfo else None


def _cards(
    store: Store, rows: Mapping[str, Row], episodes: Mapping[str, Row], ledger: Mapping[str, Row],
    changed: Mapping[str, datetime],
) -> dict[str, Card]:  # fmt: skip
    related = _related(store, rows)
    sources = _sources(store, rows, episodes)
    names = _card_names(rows, episodes, ledger)
    made = {}
    for card_id, row in rows.items():
        entry = ledger.get(card_id)
        changed_at = entry["content_changed_at"] if entry else changed[row["episode_id"]]
        made[card_id] = Card(
            card_id, names[card_id], row["episode_id"], row["kind"], one_line(row["title"]),
            clean(row["body"]), one_paragraph(row["quote"]),
            one_line(row["speaker"] or "") or UNKNOWN_SPEAKER,
            row["start_s"], row["end_s"], tuple(row["tags"]), row["request"], row["score"],
            row["review_status"], row["content_sha256"],
            entry["first_seen_at"] if entry else changed_at, changed_at,
            tuple(related.get(card_id, ())), tuple(sources.get(card_id, ())),
        )  # fmt: skip
    return made


def _card_names(
    rows: Mapping[str, Row], episodes: Mapping[str, Row], ledger: Mapping[str, Row]
) -> dict[str, str]:
    """The oldest card of a title keeps it; so does one that vanished, whose page a wiki still has."""
    gone = [
        (entry["first_seen_at"], card_id, entry["title"])
        for card_id, entry in ledger.items()
        if entry["status"] == "vanished" and entry["episode_id"] in episodes and entry["title"]
    ]
    live = [
        (ledger[i]["first_seen_at"] if i in ledger else LONG_AGO, i, row["title"])
        for i, row in rows.items()
    ]
    ordered = sorted([*gone, *live])
    return give_all(((card_id, title) for _, card_id, title in ordered), taken=RESERVED)


def _related(store: Store, rows: Mapping[str, Row]) -> dict[str, list[Related]]:
    """Links from both sides, the surest first; a pair with rows in both directions is one."""
    found: dict[str, dict[str, tuple[float, str]]] = defaultdict(dict)
    for link in _corpus_rows(store, "card_links"):
        one, other = link["card_id"], link["other_card_id"]
        if one in rows and other in rows:
            words = REASONS.get(link["reason"], (link["reason"],) * 2)
            found[one][other] = (-link["score"], words[0])
            found[other].setdefault(one, (-link["score"], words[1]))
    return {
        i: [Related(other, reason) for other, (_, reason) in sorted(partners.items(), key=lambda p: (p[1][0], p[0]))]
        for i, partners in found.items()
    }  # fmt: skip


def _sources(
    store: Store, rows: Mapping[str, Row], episodes: Mapping[str, Row]
) -> dict[str, list[Source]]:
    found: dict[str, list[Source]] = defaultdict(list)
    for row in _corpus_rows(store, "card_sources"):
        if row["card_id"] in rows and row["episode_id"] in episodes:
            found[row["card_id"]].append(
                Source(row["episode_id"], row["start_s"], one_paragraph(row["quote"]))
            )
    return found


def _corpus_rows(store: Store, name: str) -> list[Row]:
    path = store.table_path(name, "")
    return read_parquet(name, path).to_pylist() if path.is_file() else []


def _episode(row: Row, name: str, changed_at: datetime, cards: Sequence[Card]) -> Episode:
    guests = tuple(dict.fromkeys(guest for g in row["guests"] if (guest := one_line(g))))
    return Episode(
        row["episode_id"], name, one_line(row["title"]) or name, row["published_at"], guests,
        row["link"], row["duration_s"], row["model"], changed_at, make_chapters(cards),
        row["is_sample"],
    )  # fmt: skip


def make_chapters(cards: Sequence[Card]) -> tuple[Chapter, ...]:
    """Where the points of an episode begin: a chapter a card, none shorter than 20 seconds.

    Of cards that stand closer together the surest gives the title, the first the time.
    """
    timed = sorted(
        (c for c in cards if c.start_s is not None), key=lambda c: (c.start_s or 0.0, c.card_id)
    )
    groups: list[list[Card]] = []
    for card in timed:
        start = card.start_s or 0.0
        if groups and start - (groups[-1][0].start_s or 0.0) < _LEAST_CHAPTER_S:
            groups[-1].append(card)
        else:
            groups.append([card])
    made = []
    for group in groups:
        best = max(group, key=lambda c: (c.score, c.card_id))
        made.append(Chapter(group[0].start_s or 0.0, best.title, best.card_id))
    if made and made[0].start_s >= _LEAST_CHAPTER_S:
        made.insert(0, Chapter(0.0, "はじめ"))
    return tuple(made)


def _tag_names(tags: Mapping[str, Any]) -> dict[str, str]:
    return give_all((tag, definition.name) for tag, definition in tags.items())


def find_episodes(store: Store, episode_ids: Sequence[str], *, samples: bool) -> dict[str, Row]:
    """Rows of ``episodes`` that may leave, all or those named.

    Raises:
        ExportError: one named is unknown, private, or a sample that was not asked for.
    """
    every = read_episodes(store)
    for episode_id in episode_ids:
        row = every.get(episode_id)
        if row is None:
            raise ExportError(
                f"no episode {episode_id!r} in {store.root}; `bansou status` lists them"
            )
        if row["visibility"] != "public":
            raise ExportError(
                f"episode {episode_id!r} is private and never exported; "
                "write `visibility: public` into its sidecar if it may be"
            )
        if not may_leave(row, samples=samples):
            raise ExportError(f"episode {episode_id!r} is a sample; add --samples to export it")
    wanted = set(episode_ids) or set(every)
    return {i: row for i, row in every.items() if i in wanted and may_leave(row, samples=samples)}
