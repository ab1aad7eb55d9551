"""What lies beside a downloaded file: sidecar, chapter marks, the published transcript."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.errors import SourceError
from pipeline.feeds.address import FeedError, path_of, shown
from pipeline.feeds.client import MIB, Client
from pipeline.feeds.items import Feed, Item, Link
from pipeline.feeds.naming import inside
from pipeline.feeds.notes import printable
from pipeline.sources import read_sidecar, read_transcript
from pipeline.store import write_bytes

log = logging.getLogger("bansou")

_MOST_TRANSCRIPT, _MOST_CHAPTERS = 32 * MIB, 4 * MIB
# The best first: who speaks, then times to the millisecond.
_FORMATS = {
    "application/json": ".json", "text/vtt": ".vtt", "application/x-subrip": ".srt",
    "application/srt": ".srt", "text/srt": ".srt",
}  # fmt: skip
_ORDER = (".json", ".vtt", ".srt")
_MOST_TRIED = 5


def sidecar_bytes(feed: Feed, item: Item, guid: str | None) -> bytes:
    """The sidecar of an episode, as YAML.

    Args:
        guid: what becomes the episode's id; None leaves it to the file's name.
    """
    import yaml

    content: dict[str, Any] = {
        "title": item.title,
        "date": item.published_at.isoformat() if item.published_at else None,
        "hosts": [printable(name) for name in item.extras.hosts],
        "guests": [printable(name) for name in item.extras.guests],
        "link": shown_link(item.link),
        "feed": shown(feed.url),
        "guid": guid,
        "show_notes": item.notes,
    }
    kept = {key: value for key, value in content.items() if value}
    text = yaml.safe_dump(kept, allow_unicode=True, sort_keys=False, width=1000)
    return text.encode("utf-8", "replace")


def shown_link(link: str | None) -> str | None:
    """A web page's address where it is one."""
    return link if link and link.startswith(("http://", "https://")) else None


def write_sidecar(path: Path, content: bytes, written_sha256: str | None) -> str | None:
    """Write a sidecar unless a person has edited it.

    Args:
        written_sha256: hash of what was written last; None where this is the first time.

    Returns:
        Hash of what was written; None where the file was left alone.
    """
    digest = hashlib.sha256(content).hexdigest()
    if path.exists():
        there = hashlib.sha256(path.read_bytes()).hexdigest()
        if there == digest:
            return digest
        if there != written_sha256:
            return None
    write_bytes(path, content)
    read_sidecar(path)  # what is written can be read
    return digest


def fetch_transcript(client: Client, item: Item, raw: Path, stem: str, language: str) -> tuple[str | None, list[str]]:  # fmt: skip
    """The best of an item's published transcripts, into ``<stem>.transcript.<json|vtt|srt>``.

    Args:
        language: preferred where there are several.

    Returns:
        The file's name, None where there is none that can be read; and what was wrong with others.
    """
    problems = []
    for link, suffix in _ranked(item, language)[:_MOST_TRIED]:
        final = inside(raw, f"{stem}.transcript{suffix}")
        trial = inside(raw, f".{stem}.transcript{suffix}")
        try:
            page = client.read(link.url, most_bytes=_MOST_TRANSCRIPT, what="transcript")
            write_bytes(trial, page.content or b"")
            read_transcript(trial)
            trial.replace(final)
        except (FeedError, SourceError) as error:
            reason = str(error).replace(str(trial), shown(link.url))
            problems.append(f"its transcript is left out: {reason}")
        else:
            return final.name, problems
        finally:
            trial.unlink(missing_ok=True)
    return None, problems


def _ranked(item: Item, language: str) -> list[tuple[Link, str]]:
    known = list(_known(item))

    def rank(entry: tuple[Link, str]) -> tuple[bool, int]:
        named = entry[0].language.lower().partition("-")[0]
        return bool(named) and named != language.lower().partition("-")[0], _ORDER.index(entry[1])

    return sorted(known, key=rank)


def _known(item: Item) -> Iterator[tuple[Link, str]]:
    for link in item.extras.transcripts:
        by_type = _FORMATS.get(link.type.partition(";")[0].strip())
        by_name = next((s for s in _ORDER if path_of(link.url).lower().endswith(s)), None)
        suffix = by_type or by_name
        if suffix:
            yield link, suffix


def fetch_chapters(
    client: Client, item: Item, raw: Path, stem: str
) -> tuple[str | None, list[str]]:
    """An item's chapter marks, into ``<stem>.chapters.json`` (the podcast namespace's form).

    Returns:
        The file's name, None where there are none; and what was wrong with them.
    """
    content: dict[str, Any] | None = None
    problems = []
    if item.extras.chapters_url:
        try:
            content = _read_chapters(client, item.extras.chapters_url)
        except FeedError as error:
            problems.append(f"its chapters are left out: {error}")
    if content is None and item.extras.chapters:
        marks = [{"startTime": c.start_s, "title": c.title} for c in item.extras.chapters]
        content = {"version": "1.2.0", "chapters": marks}
    if content is None:
        return None, problems
    path = inside(raw, f"{stem}.chapters.json")
    write_bytes(
        path, (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")
    )
    return path.name, problems


def _read_chapters(client: Client, url: str) -> dict[str, Any]:
    page = client.read(url, most_bytes=_MOST_CHAPTERS, what="list of chapters")
    try:
        content = json.loads(page.content or b"")
    except (ValueError, RecursionError) as error:
        raise FeedError(f"{shown(url)}: is no JSON") from error
    chapters = content.get("chapters") if isinstance(content, dict) else None
    if not isinstance(chapters, list) or not all(
        isinstance(c, dict) and isinstance(c.get("startTime"), int | float) for c in chapters
    ):
        raise FeedError(f"{shown(url)}: holds no chapters with startTime")
    return dict(content)
