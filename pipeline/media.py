"""Opens a media file so that nothing but this file is read, whatever its name or its content asks for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import av

# FFmpeg tells formats by content: a playlist in an .mp3 would have it read other files, and other machines.
_FORMATS = "wav,w64,aiff,au,caf,mp3,aac,ogg,flac,mov,matroska,asf,avi,mpeg,mpegts,amr,wv,ape,tta,ac3,eac3"  # fmt: skip


def open_media(path: Path) -> av.container.InputContainer:
    """A file opened for reading.

    Raises:
        av.error.FFmpegError: it is none of the known formats, or damaged.
    """
    import av

    # A name such as ``http:x.mp3`` or ``concat:a|b`` is a file's too.
    return av.open(
        f"file:{path}", mode="r", metadata_errors="ignore",
        container_options={"protocol_whitelist": "file", "format_whitelist": _FORMATS},
    )  # fmt: skip


def shape_of(frame: av.AudioFrame) -> tuple[str, str, int]:
    """Format, channels and rate of a frame: they change inside a file that was put together from others."""
    return frame.format.name, frame.layout.name, frame.sample_rate
