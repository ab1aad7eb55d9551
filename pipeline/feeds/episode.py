"""One episode of a feed: its files in order, so that nobody who looks meanwhile sees half of it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.feeds.address import FeedError, shown
from pipeline.feeds.client import Client
from pipeline.feeds.companions import (
    fetch_chapters,
    fetch_transcript,
    sidecar_bytes,
    write_sidecar,
)
from pipeline.feeds.download import Download
from pipeline.feeds.items import Feed, Item, short_hash
from pipeline.feeds.naming import inside, suffix_for
from pipeline.feeds.report import Report, Step
from pipeline.feeds.state import Known, State
from pipeline.sources.rawfile import binary_kind

log = logging.getLogger("bansou")


@dataclass(frozen=True, slots=True)
class Desk:
    """What fetching works with."""

    client: Client
    state: State
    raw: Path
    most_bytes: int
    report: Report


def fetch_episode(desk: Desk, feed: Feed, item: Item, known: Known) -> tuple[Path, list[str]]:
    """Download an episode; its media is renamed into place last, when its companions lie there.

    Returns:
        The media file, and what could not be had beside it.

    Raises:
        FeedError: the media cannot be had; what came of it is kept for the next run.
    """
    state, raw = desk.state, desk.raw
    part = inside(raw, f"{known.stem}.part")

    def keep_mark(mark: dict[str, Any]) -> None:
        known.part = mark
        state.save()

    download = Download(
        desk.client, item.media.url, part, mark=known.part, keep_mark=keep_mark, most_bytes=desk.most_bytes,
        progress=lambda done, total: desk.report(Step(item.title, done, total)),
    )  # fmt: skip
    log.info("%s: fetching %s", known.stem, shown(item.media.url))
    download.run()
    with part.open("rb") as file:
        kind = binary_kind(file.read(64))
    suffix = suffix_for(item.media.url, item.media.type, download.served_type, kind)
    if suffix is None:
        part.unlink()
        raise FeedError(
            f"{shown(item.media.url)}: is of a kind that is not known "
            f"({download.served_type or 'no type given'}); download it by hand and convert it"
        )
    known.id_written = known_guid(state, known)
    _sidecar(raw, known, sidecar_bytes(feed, item, known.id_written))
    problems = _companions(desk, feed, item, known)
    final = inside(raw, known.stem + suffix)
    part.replace(final)
    known.files["media"], known.part = final.name, None
    state.save()
    log.info("%s: fetched as %s, %d bytes", known.stem, final.name, final.stat().st_size)
    return final, problems


def refresh_episode(
    desk: Desk, feed: Feed, item: Item, known: Known
) -> tuple[list[str], list[str]]:
    """What is new of an episode that is here: its data, a transcript published later.

    Returns:
        What was changed, and what could not be had.
    """
    state, raw = desk.state, desk.raw
    if known.is_forgotten or not (raw / known.files["media"]).exists():
        return [], []  # somebody took it away: it is not brought back
    before = (known.sidecar_sha256, dict(known.files))
    _sidecar(raw, known, sidecar_bytes(feed, item, known.id_written))
    problems = _companions(desk, feed, item, known)
    known.title, known.media = item.title, item.media_path
    if (known.sidecar_sha256, known.files) == before:
        return [], problems
    state.save()
    changed = [role for role in known.files if role not in before[1]]
    changed += ["sidecar"] if known.sidecar_sha256 != before[0] else []
    log.info("%s: %s new", known.stem, ", ".join(changed))
    return changed, problems


def known_guid(state: State, known: Known) -> str | None:
    """What becomes the episode's id: its guid, told apart from another feed's of the same name."""
    if known.guid is None or not state.guid_is_taken(known.guid, known):
        return known.guid
    return f"{known.guid} ({short_hash(known.feed)[:6]})"


def _sidecar(raw: Path, known: Known, content: bytes) -> None:
    path = inside(raw, f"{known.stem}.yaml")
    digest = write_sidecar(path, content, known.sidecar_sha256)
    if digest is None:
        log.info("%s: was edited by hand and is left alone", path)
        return
    known.files["sidecar"], known.sidecar_sha256 = path.name, digest


def _companions(desk: Desk, feed: Feed, item: Item, known: Known) -> list[str]:
    """Chapters and transcript, where there are none yet."""
    raw, problems = desk.raw, list[str]()
    if "chapters" not in known.files and not (raw / f"{known.stem}.chapters.json").exists():
        name, wrong = fetch_chapters(desk.client, item, raw, known.stem)
        problems += wrong
        if name:
            known.files["chapters"] = name
    if "transcript" not in known.files and not _has_transcript(raw, known.stem):
        name, wrong = fetch_transcript(desk.client, item, raw, known.stem, feed.language or "")
        problems += wrong
        if name:
            known.files["transcript"] = name
    return problems


def _has_transcript(raw: Path, stem: str) -> bool:
    suffixes = (".json", ".vtt", ".srt", ".txt", ".md")
    return any((raw / f"{stem}{mid}{s}").exists() for mid in ("", ".transcript") for s in suffixes)
