"""Adapter to audio files: decodes whatever PyAV's bundled FFmpeg reads; no ffmpeg binary needed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import SourceError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAMPLE_RATE = 16_000


@dataclass(frozen=True, slots=True)
class Audio:
    """Mono samples at 16 kHz, their length, and what the file's header claims in seconds."""

    samples: NDArray[np.float32]
    duration_s: float
    declared_s: float | None

    @property
    def is_cut_short(self) -> bool:
        """Whether clearly less could be decoded than the header promises."""
        return self.declared_s is not None and self.duration_s < self.declared_s * 0.95 - 2.0


def load_audio(path: Path) -> Audio:
    """Decode an audio (or video) file.

    Raises:
        SourceError: empty, not audio, without a sound track, or nothing in it can be decoded.
    """
    import av
    from faster_whisper.audio import decode_audio

    try:
        if path.stat().st_size == 0:
            raise SourceError(f"{path}: the file is empty; copy or download it again")
        with av.open(str(path), mode="r", metadata_errors="ignore") as container:
            if not container.streams.audio:
                raise SourceError(f"{path}: holds no sound track; give a file with audio")
            declared_s = container.duration / av.time_base if container.duration else None
        declared_s = _wav_header_s(path) or declared_s
        samples = decode_audio(str(path), sampling_rate=SAMPLE_RATE)
    except (av.error.FFmpegError, EOFError, IndexError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceError(
            f"{path}: cannot be read as audio ({reason}); the file is damaged, cut short or not audio: "
            "copy or download it again"
        ) from error
    if not len(samples):
        raise SourceError(
            f"{path}: no sound could be decoded; the file is damaged or cut short: "
            "copy or download it again"
        )
    return Audio(samples, len(samples) / SAMPLE_RATE, declared_s)


def _wav_header_s(path: Path) -> float | None:
    """What a WAV header promises: FFmpeg believes the file's size instead."""
    import wave

    try:
        with wave.open(str(path), "rb") as header:
            return header.getnframes() / header.getframerate()
    except (wave.Error, EOFError, ZeroDivisionError):
        return None
