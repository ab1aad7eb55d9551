"""Adapter to audio files: decodes whatever PyAV's bundled FFmpeg reads; no ffmpeg binary needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import SourceError
from pipeline.media import open_media, shape_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAMPLE_RATE = 16_000
_GROUP_SAMPLES = 500_000


@dataclass(frozen=True, slots=True)
class Audio:
    """Mono samples at 16 kHz, their length, and what the file's header claims in seconds."""

    samples: NDArray[np.float32]
    duration_s: float
    declared_s: float | None

    @property
    def is_cut_short(self) -> bool:
        """Whether clearly less could be decoded than the header promises."""
        return is_cut_short(self.duration_s, self.declared_s)


def is_cut_short(duration_s: float, declared_s: float | None) -> bool:
    """Whether clearly less could be decoded than the header promises."""
    return declared_s is not None and duration_s < declared_s * 0.95 - 2.0


def load_audio(path: Path) -> Audio:
    """Decode an audio (or video) file as a whole.

    Raises:
        SourceError: empty, not audio, without a sound track, or nothing in it can be decoded.
    """
    import numpy as np

    declared_s = declared_length(path)
    samples = to_float(np.concatenate([np.zeros(0, np.int16), *decode(path)]))
    return Audio(samples, len(samples) / SAMPLE_RATE, declared_s)


def declared_length(path: Path) -> float | None:
    """How long a file's header says it is, in seconds; None where it says nothing.

    Raises:
        SourceError: empty, not audio, or without a sound track.
    """
    import av

    with _named(path), open_media(path) as container:
        if not container.streams.audio:
            raise SourceError(f"{path}: holds no sound track; give a file with audio")
        declared_s = container.duration / av.time_base if container.duration else None
    return _wav_header_s(path) or declared_s


def decode(path: Path) -> Iterator[NDArray[np.int16]]:
    """Decode a file piece by piece, a few seconds each, as mono samples at 16 kHz.

    However it is read, the same file gives the same samples; little of it is in memory at a time.

    Raises:
        SourceError: the file is empty, damaged or no audio, or nothing in it can be decoded.
    """
    import av

    count = 0
    with _named(path), open_media(path) as container:
        for _, run in groupby(_valid_frames(container), key=shape_of):
            resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
            for group in _groups(run):
                for frame in resampler.resample(group):
                    samples = frame.to_ndarray()[0]
                    count += len(samples)
                    yield samples
    if not count:
        raise SourceError(
            f"{path}: no sound could be decoded; the file is damaged or cut short: "
            "copy or download it again"
        )


def to_float(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    """Samples as recognition wants them, between -1 and 1."""
    import numpy as np

    made = samples.astype(np.float32)
    made /= 32768.0  # in place: these are the largest arrays there are
    return made


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Tell what goes wrong inside as an error that names the file."""
    import av

    try:
        if path.stat().st_size == 0:
            raise SourceError(f"{path}: the file is empty; copy or download it again")
        yield
    except (av.error.FFmpegError, EOFError, IndexError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceError(
            f"{path}: cannot be read as audio ({reason}); the file is damaged, cut short or not audio: "
            "copy or download it again"
        ) from error


def _groups(frames: Iterable[Any]) -> Iterator[Any]:
    """Frames of one shape as frames of some seconds; None at the end.

    The resampler is given long frames because it is slow with short ones, and the None makes it
    hand out what it still holds.
    """
    import av

    fifo = av.AudioFifo()
    for frame in frames:
        frame.pts = None  # times with holes in them do no harm
        fifo.write(frame)
        if fifo.samples >= _GROUP_SAMPLES:
            yield fifo.read()
    if fifo.samples:
        yield fifo.read()
    yield None


def _valid_frames(container: Any) -> Iterator[Any]:
    import av

    frames = iter(container.decode(audio=0))
    while True:
        try:
            yield next(frames)
        except StopIteration:
            return
        except av.error.InvalidDataError:
            continue


def _wav_header_s(path: Path) -> float | None:
    """What a WAV header promises: FFmpeg believes the file's size instead."""
    import wave

    try:
        with wave.open(str(path), "rb") as header:
            return header.getnframes() / header.getframerate()
    except (wave.Error, EOFError, ZeroDivisionError):
        return None
