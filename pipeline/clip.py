"""Cuts a few seconds out of an audio file, small enough to stand inside a page."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from itertools import groupby, takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import SourceError
from pipeline.media import open_media, shape_of

if TYPE_CHECKING:
    import av

MIME = "audio/mpeg"
_RATE = 24_000
_BIT_RATE = 48_000
# Decoders need a little run-up before what they give is sound.
_RUN_UP_S = 1.0


def cut_clip(path: Path, start_s: float, end_s: float) -> bytes:
    """The sound from one second to another as MP3 (mono, 24 kHz).

    Args:
        path: an audio (or video) file.
        start_s: from here, in seconds from its start.
        end_s: to here.

    Raises:
        SourceError: it is not audio, damaged, or over before ``start_s``.
    """
    import av

    out = io.BytesIO()
    try:
        with open_media(path) as source:
            if not source.streams.audio:
                raise SourceError(f"{path}: holds no sound track; give a file with audio")
            with av.open(out, mode="w", format="mp3") as target:
                seconds = _copy(source, target, start_s, end_s)
    except (av.error.FFmpegError, OSError) as error:
        raise SourceError(
            f"{path}: cannot be read as audio ({error}); copy or download it again"
        ) from error
    if not seconds:
        raise SourceError(
            f"{path}: is over before second {start_s:.1f}; has the file been replaced?"
        )
    return out.getvalue()


def _copy(
    source: av.container.InputContainer,
    target: av.container.OutputContainer,
    start_s: float,
    end_s: float,
) -> float:
    """Decode, cut to the sample, encode; returns how many seconds there were."""
    import av

    stream = source.streams.audio[0]
    encoder = target.add_stream("libmp3lame", rate=_RATE, bit_rate=_BIT_RATE, layout="mono")
    if start_s > _RUN_UP_S:
        source.seek(int((start_s - _RUN_UP_S) * av.time_base))
    first, last = round(start_s * _RATE), round(end_s * _RATE)
    count = 0
    before = takewhile(lambda f: f.time is None or f.time < end_s, source.decode(stream))
    for part in _resampled(before):
        at = round((part.time or 0.0) * _RATE)
        samples = part.to_ndarray()[:, max(0, first - at) : max(0, last - at)]
        if not samples.shape[1]:
            continue
        kept = av.AudioFrame.from_ndarray(samples, format="s16p", layout="mono")
        kept.sample_rate, kept.pts = _RATE, count
        count += samples.shape[1]
        target.mux(encoder.encode(kept))
    target.mux(encoder.encode(None))
    return count / _RATE


def _resampled(frames: Iterable[av.AudioFrame]) -> Iterator[av.AudioFrame]:
    import av

    for _, run in groupby(frames, key=shape_of):
        resampler = av.AudioResampler(format="s16p", layout="mono", rate=_RATE)
        for frame in run:
            yield from resampler.resample(frame)
