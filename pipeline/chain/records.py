"""What a chain and a history are made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.errors import BansouError

Row = dict[str, Any]


class UnknownCardError(BansouError):
    """No card, now or ever, has this id; or none holds its claim any more."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """``before`` at ``start`` of a segment's raw text was taken for ``after``."""

    start: int
    end: int
    before: str
    after: str
    score: float


@dataclass(frozen=True, slots=True)
class SegmentShown:
    """A segment as recognised. ``start`` and ``end`` are what of its text the quote covers."""

    index: int
    start_s: float | None
    end_s: float | None
    time_is_interpolated: bool
    line: int | None
    text: str
    start: int
    end: int
    repairs: tuple[Repaired, ...]


@dataclass(frozen=True, slots=True)
class UtteranceShown:
    """A sentence of the card's passage; ``in_quote`` where the quote takes from it."""

    utterance_id: str
    speaker: str | None
    start_s: float | None
    text: str
    request: str
    in_quote: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where to hear or read it: the second of the audio, or the line (from 1) of the text.

    ``audio`` is a file that is there; ``source`` is what the episode was read from, there or not.
    """

    source: Path
    audio: Path | None
    start_s: float | None
    end_s: float | None
    first_line: int | None
    last_line: int | None


@dataclass(frozen=True, slots=True)
class Related:
    """Another card: how it relates, and its title."""

    card_id: str
    reason: str
    score: float
    title: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """The same claim said elsewhere."""

    episode_id: str
    episode_title: str
    passage_id: str
    start_s: float | None
    quote: str


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to an id; ``at`` is None where the ledger does not say when.

    ``what`` is ``appeared``, ``changed``, ``merged``, ``vanished``, ``rejected``, ``reviewed``,
    ``took_in`` (another card was merged into it), or what the ledger's own events say: ``renamed``,
    ``unmerged``, ``split_from``, ``split_into``, ``returned``. ``detail`` has titles, or a decision.
    """

    what: str
    at: datetime | None
    other_card_id: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """What became of a card id. ``status`` and ``live_id``: the card that holds its claim now, if any."""

    card_id: str
    episode_id: str
    status: str
    live_id: str | None
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """A card (a row of ``cards``) and all that stands behind it.

    ``asked_id`` is the id that was asked for: another than the card's where it was merged.
    ``gaps`` says what is missing on the way, a sentence each.
    """

    asked_id: str
    card: Row
    episode: Row
    passage: Row | None
    utterances: tuple[UtteranceShown, ...]
    segments: tuple[SegmentShown, ...]
    place: Place
    evidence: tuple[Evidence, ...]
    links: tuple[Related, ...]
    history: History | None
    gaps: tuple[str, ...]
