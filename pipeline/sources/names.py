"""What a file is to an episode, by its name alone."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.sources.rawfile import AUDIO_SUFFIXES, TRANSCRIPT_SUFFIXES

Role = Literal["audio", "transcript", "sidecar", "chapters", "nobody", "unknown"]

SIDECAR_SUFFIXES = frozenset((".yaml", ".yml"))
_IMAGE_SUFFIXES = frozenset(
    (
        ".jpg",
        ".jpeg",
        ".png",
        ".gif",
        ".webp",
        ".svg",
        ".heic",
        ".bmp",
        ".tif",
        ".tiff",
        ".ico",
        ".avif",
    )
)
_UNFINISHED_SUFFIXES = frozenset((".part", ".tmp", ".crdownload"))
_SYSTEM_NAMES = frozenset(("thumbs.db", "desktop.ini"))


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file with its part in an episode; ``stem`` is NFC, so names from macOS compare equal."""

    path: Path
    role: Role
    stem: str


def classify(path: Path) -> NamedFile:
    """A file's part in an episode, and the stem that its companions share."""
    name = unicodedata.normalize("NFC", path.name)
    lower = name.lower()
    suffix = Path(lower).suffix
    stem = name[: len(name) - len(suffix)] if suffix else name
    if is_nobodys(lower):
        return NamedFile(path, "nobody", stem)
    if suffix in AUDIO_SUFFIXES:
        return NamedFile(path, "audio", stem)
    if suffix in SIDECAR_SUFFIXES:
        return NamedFile(path, "sidecar", stem)
    if lower.endswith(".chapters.json"):
        return NamedFile(path, "chapters", stem[: -len(".chapters")])
    if suffix in TRANSCRIPT_SUFFIXES:
        shorter = stem[: -len(".transcript")] if stem.lower().endswith(".transcript") else ""
        return NamedFile(path, "transcript", shorter or stem)
    return NamedFile(path, "unknown", stem)


def is_nobodys(lower: str) -> bool:
    """Hidden files, read-me files, images, unfinished downloads and what systems leave behind."""
    suffix = Path(lower).suffix
    return (
        lower.startswith((".", "readme", "~$"))
        or lower.endswith("~")
        or lower in _SYSTEM_NAMES
        or suffix in _IMAGE_SUFFIXES
        or suffix in _UNFINISHED_SUFFIXES
    )


def has_odd_characters(name: str) -> bool:
    """Control characters, and bytes that are no text in the file system's encoding."""
    return any(unicodedata.category(char) in ("Cc", "Cs") for char in name)
