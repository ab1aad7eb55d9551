"""Reads from the store what pages show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipeline.export.clean import clean, one_line, one_paragraph
from pipeline.export.corpus import LONG_AGO, Card, Chapter, Related
from pipeline.export.labels import REASONS, UNKNOWN_SPEAKER
from pipeline.export.read import ExportError, find_episodes, make_chapters, read_episodes
from pipeline.report.lines import make_lines, visible
from pipeline.report.model import EpisodePage, Heading, Line, Moment, Passage, PlacedCard
from pipeline.report.palette import in_order
from pipeline.review import reviewed_cards
from pipeline.store import Store, read_parquet

Row = Mapping[str, Any]


def find_episode(store: Store, episode_id: str, *, samples: bool, private: bool) -> Row:
    """The row of an episode that may be shown.

    Args:
        store: the tables.
        episode_id: as ``bansou status`` lists it.
        samples: it may be a sample.
        private: it may be a private one; for the eyes of those who were there.

    Raises:
        ExportError: it is unknown, or it may not be shown.
    """
    row = read_episodes(store).get(episode_id)
    if row is None or row["visibility"] == "public":
        return find_episodes(store, [episode_id], samples=samples)[episode_id]
    if not private:
        raise ExportError(
            f"episode {episode_id!r} is private; add --private to make a page for those who were there, "
            "which must not be passed on"
        )
    return row


def read_private_cards(store: Store, episode_id: str) -> dict[str, Card]:
    """The cards of one private episode: they are in no corpus, and their page speaks of no other's."""
    rows = [r for r in reviewed_cards(store).to_pylist() if r["episode_id"] == episode_id]
    related = _related(store, {row["card_id"] for row in rows})
    return {
        row["card_id"]: Card(
            row["card_id"], row["card_id"], episode_id, row["kind"], one_line(row["title"]),
            clean(row["body"]), one_paragraph(row["quote"]),
            one_line(row["speaker"] or "") or UNKNOWN_SPEAKER, row["start_s"], row["end_s"],
            tuple(row["tags"]), row["request"], row["score"], row["review_status"],
            row["content_sha256"], LONG_AGO, LONG_AGO, tuple(related[row["card_id"]]), (),
        )
        for row in rows
    }  # fmt: skip


def _related(store: Store, card_ids: set[str]) -> dict[str, list[Related]]:
    path = store.table_path("card_links", "")
    rows = read_parquet("card_links", path).to_pylist() if path.is_file() else []
    found: dict[str, dict[str, Related]] = defaultdict(dict)
    for row in sorted(rows, key=lambda row: (-row["score"], row["card_id"], row["other_card_id"])):
        one, other = row["card_id"], row["other_card_id"]
        if one in card_ids and other in card_ids:
            words = REASONS.get(row["reason"], (row["reason"],) * 2)
            found[one].setdefault(other, Related(other, words[0]))
            found[other].setdefault(one, Related(one, words[1]))
    return defaultdict(list, {i: list(partners.values()) for i, partners in found.items()})


def read_page(store: Store, episode: Row, cards: Sequence[Card]) -> EpisodePage:
    """The page of an episode.

    Args:
        store: the tables.
        episode: row of ``episodes`` that may be shown; the caller sees to that.
        cards: its cards, reviews laid over them.

    Raises:
        TableError: a table is missing or damaged.
    """
    names = ("segments", "repairs", "utterances", "passages", "tags", "cards")
    rows = {name: store.read(name, episode["episode_id"]).to_pylist() for name in names}
    lines = make_lines(*(rows[name] for name in names[:-1]))
    placed = _place(cards, rows["cards"], rows["utterances"], rows["passages"])
    tags: dict[str, set[str]] = defaultdict(set)
    for row in rows["tags"]:
        tags[row["passage_id"]].add(row["tag"])
    passages = tuple(
        Passage(
            p["passage_id"], p["start_s"], p["end_s"],
            tuple(lines[i] for i in range(p["first_utterance"], p["last_utterance"] + 1)),
            tuple(in_order(tags[p["passage_id"]])), tuple(placed[p["passage_id"]]),
        )
        for p in rows["passages"]
    )  # fmt: skip
    link = one_line(episode["link"] or "")
    guests = dict.fromkeys(name for g in episode["guests"] if (name := one_line(g)))
    return EpisodePage(
        episode["episode_id"], one_line(episode["title"]) or one_line(episode["episode_id"]),
        episode["published_at"], tuple(guests),
        link if link.startswith(("https://", "http://")) else None,
        episode["duration_s"], episode["model"] and one_line(episode["model"]),
        episode["visibility"] != "public", episode["is_sample"],
        any(row["time_is_interpolated"] for row in rows["segments"]),
        any(line.speaker for line in lines.values()),
        sum(row["dropped_reason"] is not None for row in rows["segments"]),
        passages, tuple(_headings(cards, passages, list(lines.values()))),
    )  # fmt: skip


def read_moments(store: Store, episode_id: str) -> list[Moment]:
    """The passages of an episode, for the tags' pages and the search of a site."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in store.read("tags", episode_id).to_pylist():
        found[row["passage_id"]].append(row)
    said = {u["utterance_index"]: u for u in store.read("utterances", episode_id).to_pylist()}
    spans = {
        p["passage_id"]: range(p["first_utterance"], p["last_utterance"] + 1)
        for p in store.read("passages", episode_id).to_pylist()
    }
    return [
        Moment(
            episode_id, span.start, tuple(said[i]["start_s"] for i in span),
            tuple(visible(said[i]["text"]) for i in span),
            {r["tag"]: visible(r["evidence"]) for r in found[passage_id]},
        )
        for passage_id, span in spans.items()
    ]  # fmt: skip


def _place(
    cards: Sequence[Card], rows: Sequence[Row], utterances: Sequence[Row], passages: Sequence[Row]
) -> dict[str, list[PlacedCard]]:
    """The cards by passage, in the order of their quotes."""
    where = {row["card_id"]: row for row in rows}
    known = {row["passage_id"] for row in passages}
    found: dict[str, list[PlacedCard]] = defaultdict(list)
    for card in cards:
        row = where.get(card.card_id)
        if row is None or not passages:
            continue
        quoted = [u["utterance_index"] for u in utterances if _is_quoted(u, row)]
        # A passage that is no more: the tables are of two versions. The card is shown all the same.
        passage_id = row["passage_id"] if row["passage_id"] in known else passages[0]["passage_id"]
        placed = PlacedCard(card, min(quoted, default=None), max(quoted, default=None))
        found[passage_id].append(placed)
    for beside in found.values():
        beside.sort(key=lambda p: (p.first_line or 0, p.card.card_id))
    return found


def _is_quoted(utterance: Row, card: Row) -> bool:
    return any(
        (part["segment_index"], part["start_char"]) < (card["last_segment"], card["last_char"])
        and (card["first_segment"], card["first_char"]) < (part["segment_index"], part["end_char"])
        for part in utterance["parts"]
    )


def _headings(
    cards: Sequence[Card], passages: Sequence[Passage], lines: Sequence[Line]
) -> Iterable[Heading]:
    """Chapters as feeds have them; where there are no times, the cards in order."""
    chapters: Sequence[Chapter] = make_chapters(cards)
    if chapters:
        for chapter in chapters:
            later = (ln.index for ln in lines if (ln.end_s or 0.0) > chapter.start_s)
            yield Heading(chapter.title, chapter.start_s, next(later, 0))
        return
    for passage in passages:
        for placed in passage.cards:
            if placed.first_line is not None:
                yield Heading(placed.card.title, None, placed.first_line)
