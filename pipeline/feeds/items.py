"""What a feed says of its episodes, whatever format it is written in."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Link:
    """Something to download: where, and what the feed says it is."""

    url: str
    type: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Chapter:
    start_s: float
    title: str


@dataclass(frozen=True, slots=True)
class Extras:
    """What the podcast namespace adds; empty where an item has none of it."""

    guests: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    transcripts: tuple[Link, ...] = ()
    chapters_url: str | None = None
    chapters: tuple[Chapter, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """An episode as its feed announces it.

    Attributes:
        guid: None where the feed gives none, or gives several items the same.
        shared_guid: a guid that several items of the feed have.
        published_at: with the offset that the feed writes, so that its day is the publisher's.
        media: the audio or video.
    """

    guid: str | None
    title: str
    published_at: dt.datetime | None
    link: str | None
    notes: str
    media: Link
    extras: Extras = field(default_factory=Extras)
    shared_guid: str | None = None

    @property
    def when(self) -> str | None:
        """The moment of publishing in UTC, as text."""
        return self.published_at.astimezone(dt.UTC).isoformat() if self.published_at else None

    @property
    def media_path(self) -> str:
        """The address of the media without what changes from day to day (scheme, query)."""
        try:
            parts = urlsplit(self.media.url)
            host = (parts.hostname or "").lower()
        except ValueError:  # told when it is fetched
            return self.media.url
        return f"{host}{parts.path}"

    @property
    def identity(self) -> str:
        """What tells this episode from the others of its feed, from one reading to the next."""
        return f"guid {self.guid}" if self.guid else f"media {self.media_path}"


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as read; ``warnings`` say what could not be read of it."""

    url: str
    title: str
    language: str | None
    items: tuple[Item, ...]
    warnings: tuple[str, ...] = ()


def without_shared_guids(items: list[Item]) -> tuple[list[Item], list[str]]:
    """Items told apart where a broken feed gives several of them one guid; copies are left out."""
    by_guid: dict[str, set[str]] = {}
    for item in items:
        if item.guid:
            by_guid.setdefault(item.guid, set()).add(item.media_path)
    shared = {guid for guid, paths in by_guid.items() if len(paths) > 1}
    kept: dict[str, Item] = {}
    for item in items:
        own = replace(item, guid=None, shared_guid=item.guid) if item.guid in shared else item
        kept.setdefault(own.identity, own)
    warnings = [
        f"the guid {guid!r:.80} stands at {len(by_guid[guid])} different episodes; they are told "
        "apart by their files' addresses"
        for guid in sorted(shared)
    ]
    return list(kept.values()), warnings


def short_hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:12]
