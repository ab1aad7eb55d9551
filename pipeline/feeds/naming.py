"""Names of downloaded files: readable, safe on every system, never outside their folder."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from pipeline.feeds.address import path_of
from pipeline.feeds.items import Item, short_hash
from pipeline.feeds.notes import printable
from pipeline.sources import AUDIO_SUFFIXES

_UNSAFE = re.compile(r'[<>:"/\\|?*%]+')
# Ends by which a file's part in an episode is told.
_ROLES = re.compile(r"(?:\.(?:transcript|chapters|part))+$", re.IGNORECASE)
_MOST_BYTES = 150  # of 255, what is put behind it aside

_BY_TYPE = {
    "audio/mpeg": ".mp3", "audio/mp3": ".mp3", "audio/mpeg3": ".mp3", "audio/x-mp3": ".mp3",
    "audio/mp4": ".m4a", "audio/x-m4a": ".m4a", "audio/m4a": ".m4a", "audio/aac": ".aac",
    "audio/ogg": ".ogg", "audio/opus": ".opus", "audio/flac": ".flac", "audio/x-flac": ".flac",
    "audio/wav": ".wav", "audio/x-wav": ".wav", "audio/wave": ".wav", "audio/webm": ".webm",
    "video/mp4": ".mp4", "video/x-m4v": ".m4v", "video/quicktime": ".mov", "video/webm": ".webm",
}  # fmt: skip
_BY_KIND = {
    "MP3 audio": ".mp3", "MP3 or AAC audio": ".mp3", "WAV audio": ".wav", "Ogg audio": ".ogg",
    "FLAC audio": ".flac", "MP4 audio or video": ".m4a", "WebM or Matroska audio or video": ".webm",
}  # fmt: skip


def stem_for(item: Item, taken: Collection[str]) -> str:
    """A new stem, of date and title; with a few letters of its identity where that is taken.

    Args:
        taken: stems in use, as :func:`folded`.
    """
    day = item.published_at.date().isoformat() if item.published_at else "undated"
    title = unicodedata.normalize("NFC", _UNSAFE.sub(" ", printable(item.title)))
    title = _cut(" ".join(title.split()), _MOST_BYTES)
    # Windows drops dots and spaces at the end of a name.
    stem = _ROLES.sub("", f"{day} {title}".rstrip(" .")).rstrip(" .")
    return stem if folded(stem) not in taken else f"{stem} {short_hash(item.identity)[:8]}"


def folded(stem: str) -> str:
    """A stem as a file system that knows no capitals compares it."""
    return unicodedata.normalize("NFC", stem).casefold()


def suffix_for(url: str, type_: str, served_type: str, kind: str | None) -> str | None:
    """A media file's extension by what it is, its address, and what feed and server call it.

    Args:
        kind: what its bytes are, see :func:`pipeline.sources.rawfile.binary_kind`.
    """
    named = PurePosixPath(path_of(url)).suffix.lower()
    if named in AUDIO_SUFFIXES and named.isascii():
        return named
    for given in (type_, served_type):
        plain = given.partition(";")[0].strip().lower()
        if plain in _BY_TYPE:
            return _BY_TYPE[plain]
    return _BY_KIND.get(kind or "")


def inside(folder: Path, name: str) -> Path:
    """A file of a folder, by a name made here."""
    path = folder / name
    if path.parent != folder or name in ("", ".", ".."):
        raise ValueError(name)
    return path


def _cut(text: str, most_bytes: int) -> str:
    if len(text.encode()) <= most_bytes:
        return text
    return text.encode()[:most_bytes].decode(errors="ignore").rstrip() + "…"
