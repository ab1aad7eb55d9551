"""The way back from a card, table by table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pipeline.chain.ledger import find_holder, history_of, read_corpus, read_ledger
from pipeline.chain.records import (
    Chain,
    Evidence,
    Place,
    Related,
    Repaired,
    Row,
    SegmentShown,
    UnknownCardError,
    UtteranceShown,
)
from pipeline.errors import TableError
from pipeline.store import Store, read_parquet


def trace(data_dir: Path, card_id: str) -> Chain:
    """Follow a card back to the second of audio (or the line of text).

    Args:
        data_dir: the folder that holds ``raw/`` and ``processed/``.
        card_id: a card; one that was merged leads to the card that holds its claim.

    Raises:
        UnknownCardError: there is no such card, or it vanished.
        TableError: a table of its episode is missing or damaged.
    """
    store = Store(data_dir / "processed")
    entries = read_ledger(store)
    now = find_holder(entries, card_id)
    if now is None:
        raise UnknownCardError(
            f"card {card_id} vanished: its claim is no longer in episode "
            f"{entries[card_id]['episode_id']}; `bansou history {card_id}` says more"
        )
    card = _find_card(store, now, entries)
    if card is None:
        raise UnknownCardError(
            f"there is no card {now} under {store.root}; `bansou search` finds cards and their ids"
        )
    episode_id = card["episode_id"]
    gaps: list[str] = []
    episode = store.read("episodes", episode_id).to_pylist()[0]
    passages = {row["passage_id"]: row for row in store.read("passages", episode_id).to_pylist()}
    passage = passages.get(card["passage_id"])
    if passage is None:
        gaps.append(
            f"its passage {card['passage_id']} is no longer in the tables; run `bansou ingest`"
        )
    segments = _segments(store, card)
    if not segments:
        gaps.append("its segments are no longer in the tables; run `bansou ingest`")
    return Chain(
        card_id, card, episode, passage,
        tuple(_utterances(store, card, passage)) if passage else (), tuple(segments),
        _place(store, data_dir, card, episode, segments),
        tuple(_evidence(store, now)), tuple(_links(store, now, entries)),
        history_of(store, entries, card_id) if card_id in entries else None, tuple(gaps),
    )  # fmt: skip


def _find_card(store: Store, card_id: str, entries: dict[str, Row]) -> Row | None:
    """A card as reviewers left it."""
    known = entries.get(card_id)
    for rows in _cards_of(store, known["episode_id"] if known else None):
        mine = [row["episode_id"] for row in rows if row["card_id"] == card_id]
        if mine:
            return _reviewed(store, card_id, [row for row in rows if row["episode_id"] == mine[0]])
    return None


def _cards_of(store: Store, episode_id: str | None) -> Iterator[list[Row]]:
    """The cards of an episode, else of all, as they lie in files."""
    if episode_id is None:
        for path in sorted((store.root / "cards").glob("*.parquet")):
            yield read_parquet("cards", path).to_pylist()
    elif store.has("cards", episode_id):
        yield store.read("cards", episode_id).to_pylist()


def _reviewed(store: Store, card_id: str, rows: list[Row]) -> Row:
    from pipeline.review.overlay import apply_reviews
    from pipeline.review.tables import read_reviews

    ids = {row["card_id"] for row in rows}
    reviews = [row for row in read_reviews(store).to_pylist() if row["card_id"] in ids]
    audience = dict.fromkeys(
        (row["episode_id"] for row in rows), ""
    )  # nothing is shown to others here
    made = apply_reviews(rows, reviews, audience=audience)
    shown: Row | None = next((row for row in made.cards if row["card_id"] == card_id), None)
    if shown is None:  # rejected, or merged by hand
        rejected = made.hidden.get(card_id, "") is None
        status = {"review_status": "rejected"} if rejected else {}
        shown = made.machine[card_id] | status
    return shown


def _segments(store: Store, card: Row) -> list[SegmentShown]:
    episode_id, first, last = card["episode_id"], card["first_segment"], card["last_segment"]
    repairs = [
        row for row in store.read("repairs", episode_id).to_pylist()
        if first <= row["segment_index"] <= last
    ]  # fmt: skip
    return [
        SegmentShown(
            index, row["start_s"], row["end_s"], row["time_is_interpolated"],
            None if row["source_line"] is None else row["source_line"] + 1, row["text"],
            card["first_char"] if index == first else 0,
            card["last_char"] if index == last else len(row["text"]),
            tuple(
                Repaired(r["start_char"], r["end_char"], r["before"], r["after"], r["score"])
                for r in repairs
                if r["segment_index"] == index
            ),
        )
        for row in store.read("segments", episode_id).to_pylist()
        if first <= (index := row["segment_index"]) <= last
    ]  # fmt: skip


def _utterances(store: Store, card: Row, passage: Row) -> Iterable[UtteranceShown]:
    start = (card["first_segment"], card["first_char"])
    end = (card["last_segment"], card["last_char"])
    for row in store.read("utterances", card["episode_id"]).to_pylist():
        if passage["first_utterance"] <= row["utterance_index"] <= passage["last_utterance"]:
            is_inside = (row["first_segment"], row["first_char"]) < end and start < (
                row["last_segment"],
                row["last_char"],
            )
            yield UtteranceShown(
                row["utterance_id"], row["speaker"], row["start_s"], row["text"], row["request"],
                is_inside,
            )  # fmt: skip


def _place(
    store: Store, data_dir: Path, card: Row, episode: Row, segments: Sequence[SegmentShown]
) -> Place:
    path = Path(episode["source_path"])
    source = path if path.is_absolute() else data_dir / path
    lines = [segment.line for segment in segments if segment.line is not None]
    start_s = _first_word_s(store, card)
    return Place(
        source, find_audio(source), card["start_s"] if start_s is None else start_s, card["end_s"],
        min(lines, default=None), max(lines, default=None),
    )  # fmt: skip


def _first_word_s(store: Store, card: Row) -> float | None:
    """When the quote's first word is said, where recognition timed its words."""
    if not store.has("words", card["episode_id"]):
        return None
    at = 0
    for row in store.read("words", card["episode_id"]).to_pylist():
        if row["segment_index"] == card["first_segment"]:
            at += len(row["text"])
            if at > card["first_char"]:
                start_s: float | None = row["start_s"]
                return start_s
    return None


def find_audio(source: Path) -> Path | None:
    """The source itself, or the sound beside a transcript of the same stem."""
    from pipeline.sources.rawfile import AUDIO_SUFFIXES

    if source.suffix.lower() in AUDIO_SUFFIXES:
        return source if source.is_file() else None
    stem = source.stem.removesuffix(".transcript")
    near = sorted(source.parent.glob("*")) if source.parent.is_dir() else []
    return next((p for p in near if p.stem == stem and p.suffix.lower() in AUDIO_SUFFIXES), None)


def _evidence(store: Store, card_id: str) -> Iterable[Evidence]:
    for row in read_corpus(store, "card_sources"):
        if row["card_id"] == card_id:
            yield Evidence(
                row["episode_id"], _episode_title(store, row["episode_id"]), row["passage_id"],
                row["start_s"], row["quote"],
            )  # fmt: skip


def _episode_title(store: Store, episode_id: str) -> str:
    try:
        return str(store.read("episodes", episode_id)["title"][0].as_py())
    except TableError:
        return episode_id


def _links(store: Store, card_id: str, entries: dict[str, Row]) -> Iterable[Related]:
    for row in read_corpus(store, "card_links"):
        if row["card_id"] == card_id:
            other = _find_card(store, row["other_card_id"], entries)
            yield Related(
                row["other_card_id"], row["reason"], row["score"], other["title"] if other else ""
            )
