"""What a file is to an episode, by its name alone."""

from __future__ import annotations

import os
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
    role, stem = _classified(path.name)
    return NamedFile(path, role, stem)


def stem_of(path: str) -> str | None:
    """The stem of a file that may be of an episode; None of one that is of none by its name."""
    role, stem = _classified(os.path.basename(path))  # noqa: PTH119  thousands of them
    return None if role in ("nobody", "unknown") else stem


def _classified(given: str) -> tuple[Role, str]:
    name = unicodedata.normalize("NFC", given)
    lower = name.lower()
    suffix = _suffix(lower)
    stem = name[: len(name) - len(suffix)] if suffix else name
    if is_nobodys(lower):
        return "nobody", stem
    if suffix in AUDIO_SUFFIXES:
        return "audio", stem
    if suffix in SIDECAR_SUFFIXES:
        return "sidecar", stem
    if lower.endswith(".chapters.json"):
        return "chapters", stem[: -len(".chapters")]
    if suffix in TRANSCRIPT_SUFFIXES:
        shorter = stem[: -len(".transcript")] if stem.lower().endswith(".transcript") else ""
        return "transcript", shorter or stem
    return "unknown", stem


def _suffix(name: str) -> str:
    """As ``Path(name).suffix``, without building a path."""
    at = name.rfind(".")
    return name[at:] if 0 < at < len(name) - 1 else ""


def is_nobodys(lower: str) -> bool:
    """Hidden files, read-me files, images, unfinished downloads and what systems leave behind."""
    suffix = _suffix(lower)
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
