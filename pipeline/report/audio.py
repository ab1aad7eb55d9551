"""The sound of an episode, as a page finds it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.chain.trace import find_audio as sound_of

_TYPES: Mapping[str, str] = {
    ".wav": "audio/wav", ".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".aac": "audio/aac",
    ".ogg": "audio/ogg", ".oga": "audio/ogg", ".opus": "audio/ogg", ".flac": "audio/flac",
    ".mp4": "audio/mp4", ".m4v": "audio/mp4", ".mov": "audio/mp4", ".webm": "audio/webm",
    ".mkv": "audio/webm",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sound:
    """Where a page takes its sound from: an address relative to it, or the bytes within it."""

    href: str | None
    type: str
    base64: str | None = None


def find_audio(data: Path, source_path: str) -> Path | None:
    """The sound of an episode; None where there is none.

    Args:
        data: the data folder.
        source_path: as the table ``episodes`` has it.
    """
    source = Path(source_path)
    return sound_of(source if source.is_absolute() else data / source)


def linked(path: Path, href: str) -> Sound:
    """Sound in a file of its own."""
    return Sound(href, _TYPES[path.suffix.lower()])


def embedded(path: Path) -> Sound:
    """Sound within the page."""
    return Sound(None, _TYPES[path.suffix.lower()], base64.b64encode(path.read_bytes()).decode())
