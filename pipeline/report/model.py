"""What the page of an episode shows; every text is clean (:mod:`pipeline.export.clean`), none is markup."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pipeline.export.corpus import Card


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of an utterance that is shown in one way.

    Attributes:
        raw: what recognition wrote, where this was repaired.
        tags: tags whose evidence it is.
        asks: it is what shows the request.
    """

    text: str
    raw: str | None = None
    tags: tuple[str, ...] = ()
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """An utterance. ``request`` is None where it asks for nothing; ``is_unsure`` of a request."""

    index: int
    speaker: str
    start_s: float | None
    end_s: float | None
    pieces: tuple[Piece, ...]
    request: str | None = None
    is_unsure: bool = False


@dataclass(frozen=True, slots=True)
class PlacedCard:
    """A card beside its passage, with the lines its quote stands in."""

    card: Card
    first_line: int | None
    last_line: int | None


@dataclass(frozen=True, slots=True)
class Passage:
    """Lines on one point, with what they are about."""

    passage_id: str
    start_s: float | None
    end_s: float | None
    lines: tuple[Line, ...]
    tags: tuple[str, ...]
    cards: tuple[PlacedCard, ...]

    @property
    def text(self) -> str:
        return "\n".join("".join(p.text for p in line.pieces) for line in self.lines)

    @property
    def requests(self) -> tuple[str, ...]:
        """What its lines ask for, each once."""
        return tuple(dict.fromkeys(line.request for line in self.lines if line.request))

    @property
    def fixes(self) -> int:
        return sum(piece.raw is not None for line in self.lines for piece in line.pieces)


@dataclass(frozen=True, slots=True)
class Heading:
    """Where a chapter begins."""

    title: str
    start_s: float | None
    line: int


@dataclass(frozen=True, slots=True)
class Moment:
    """A passage as a site's tags and search show it: its utterances, and the words that show each tag."""

    episode_id: str
    first_line: int
    starts: tuple[float | None, ...]
    texts: tuple[str, ...]
    evidence: Mapping[str, str]

    @property
    def start_s(self) -> float | None:
        return self.starts[0] if self.starts else None


@dataclass(frozen=True, slots=True)
class EpisodePage:
    """All of a page.

    Attributes:
        dropped: segments that recognition made up, which are not shown.
        is_estimated: some times stand between two marks of the source and are estimated.
        has_speakers: somebody is named.
    """

    episode_id: str
    title: str
    published_at: datetime | None
    guests: tuple[str, ...]
    link: str | None
    duration_s: float | None
    model: str | None
    is_private: bool
    is_sample: bool
    is_estimated: bool
    has_speakers: bool
    dropped: int
    passages: tuple[Passage, ...]
    chapters: tuple[Heading, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for passage in self.passages for line in passage.lines)

    @property
    def cards(self) -> tuple[PlacedCard, ...]:
        return tuple(card for passage in self.passages for card in passage.cards)
