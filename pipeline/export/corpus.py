"""What may leave this machine, as renderers need it: cards, episodes, tags, terms, in a fixed order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline.taxonomy import TagDef

# Where nothing tells when something changed: a fixed moment, never the clock.
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_SENTENCE_ENDS = "。．.！!？? \u3000"


def says_more(title: str, body: str) -> str:
    """A body; empty where it is the title's sentence and no more, which nobody wants to read twice."""
    is_same = title.rstrip(_SENTENCE_ENDS) == body.rstrip(_SENTENCE_ENDS)
    return "" if is_same else body


def sentence_of(title: str) -> str:
    """The least that a body says: its title as a sentence."""
    return title if title[-1:] in ("", *_SENTENCE_ENDS) else f"{title}。"


@dataclass(frozen=True, slots=True)
class Chapter:
    """Where in an episode something begins."""

    start_s: float
    title: str
    card_id: str | None = None


@dataclass(frozen=True, slots=True)
class Episode:
    """An episode.

    Attributes:
        name: its name as page and file, see :mod:`pipeline.export.names`.
        changed_at: when what is shown of it last changed.
    """

    episode_id: str
    name: str
    title: str
    published_at: datetime | None
    guests: tuple[str, ...]
    link: str | None
    duration_s: float | None
    model: str | None
    changed_at: datetime
    chapters: tuple[Chapter, ...]
    is_sample: bool = False


@dataclass(frozen=True, slots=True)
class Related:
    """Another card, with the reason as this card's reader sees it."""

    card_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Source:
    """Further evidence of a card's claim."""

    episode_id: str
    start_s: float | None
    quote: str


@dataclass(frozen=True, slots=True)
class Card:
    """A card, reviews laid over it; texts are cleaned (:func:`pipeline.export.clean.clean`)."""

    card_id: str
    name: str
    episode_id: str
    kind: str
    title: str
    body: str
    quote: str
    speaker: str
    start_s: float | None
    end_s: float | None
    tags: tuple[str, ...]
    request: str
    score: float
    review_status: str
    content_sha256: str
    first_seen_at: datetime
    changed_at: datetime
    related: tuple[Related, ...]
    sources: tuple[Source, ...]

    @property
    def shown_body(self) -> str:
        """The body as it stands below the title, see :func:`says_more`."""
        return says_more(self.title, self.body)


@dataclass(frozen=True, slots=True)
class Word:
    """An entry of the glossary.

    Attributes:
        misheard: what recognition wrote instead in the episodes shown, the most frequent first.
        card_ids: cards that say it.
    """

    term: str
    reading: str
    variants: tuple[str, ...]
    misheard: tuple[tuple[str, int], ...]
    card_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Everything that may be shown.

    Attributes:
        episodes: by id, newest first, those without a date last.
        cards: by id, by episode and time.
        tag_names: name of each tag's page or file.
        changed_at: when anything in it last changed.
        private_cards, sample_cards: how many cards were left out for being one.
    """

    episodes: Mapping[str, Episode]
    cards: Mapping[str, Card]
    tags: Mapping[str, TagDef]
    tag_names: Mapping[str, str]
    words: tuple[Word, ...]
    taxonomy_version: str
    changed_at: datetime
    private_cards: int = 0
    sample_cards: int = 0
