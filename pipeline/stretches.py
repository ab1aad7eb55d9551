"""Long audio in stretches of at most ten minutes, cut where nobody speaks.

Recognition takes a stretch at a time: so much of the audio is in memory, and so much is lost when a
run is killed. The cuts depend on the sound alone and are known before recognition begins. A resumed
run and an undisturbed one therefore hear the same stretches, and audio of up to ten minutes is one
stretch, uncut.
"""

from __future__ import annotations

from collections.abc import Collection, Generator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.audio import (
    SAMPLE_RATE,
    Audio,
    declared_length,
    decode,
    is_cut_short,
    to_float,
)
from pipeline.errors import SourceError
from pipeline.voiced import find_speech

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.recognition import RecognisedSegment

CUTS_VERSION = 1

_LONGEST = 600 * SAMPLE_RATE
_SHORTEST = 480 * SAMPLE_RATE  # the cut is looked for between the two
_STEP = SAMPLE_RATE // 100  # cuts lie on hundredths of a second, so that times stay round
_SILENCE_S = 0.2
_QUIET = 20 * _STEP  # where nobody stops speaking: the quietest fifth of a second


@dataclass(frozen=True, slots=True)
class Stretches:
    """How a file is cut.

    Attributes:
        edges: the first sample of every stretch, and the number of samples in all.
        declared_s: what the file's header claims, in seconds.
    """

    edges: tuple[int, ...]
    declared_s: float | None

    @property
    def count(self) -> int:
        return len(self.edges) - 1

    @property
    def duration_s(self) -> float:
        return self.edges[-1] / SAMPLE_RATE

    @property
    def is_cut_short(self) -> bool:
        """Whether clearly less could be decoded than the header promises."""
        return is_cut_short(self.duration_s, self.declared_s)

    def start_s(self, index: int) -> float:
        """Where a stretch begins; of the one after the last, where the audio ends."""
        return self.edges[index] / SAMPLE_RATE


def cut_stretches(path: Path) -> tuple[Stretches, Audio | None]:
    """Decode a file from start to end and find where to cut it.

    Returns:
        The cuts; and the audio itself where it is a single stretch, so that nobody decodes it again.

    Raises:
        SourceError: the file cannot be read as audio.
    """
    declared_s = declared_length(path)
    edges, held = [0], _Held()
    for piece in decode(path):
        held.add(piece)
        while held.count > _LONGEST:
            edges.append(edges[-1] + find_cut(held.peek(_LONGEST)))
            held.take(edges[-1] - edges[-2])
    found = Stretches((*edges, edges[-1] + held.count), declared_s)
    if found.count > 1:
        return found, None
    return found, Audio(to_float(held.take(held.count)), found.duration_s, declared_s)


def read_stretches(
    path: Path, stretches: Stretches, wanted: Collection[int]
) -> Generator[tuple[int, Audio]]:
    """Decode a file again and give the wanted stretches in order, one at a time.

    The file is read from its start: to jump into compressed audio is not exact to the sample, and
    decoding takes a hundredth of the time that recognition takes.

    Raises:
        SourceError: the file cannot be read, or is no longer the one that was cut.
    """
    held, index = _Held(), 0
    lengths = [b - a for a, b in pairwise(stretches.edges)]
    for piece in decode(path):
        held.add(piece)
        while index < len(lengths) and held.count >= lengths[index]:
            samples = to_float(held.take(lengths[index]))
            if index in wanted:
                yield index, Audio(samples, lengths[index] / SAMPLE_RATE, None)
            del samples
            index += 1
        if index == len(lengths) or index > max(wanted, default=-1):
            break
    if any(number >= index for number in wanted):
        raise SourceError(
            f"{path}: became shorter while it was read; wait until it is complete and run again"
        )


def find_cut(samples: NDArray[np.int16]) -> int:
    """Where to end the stretch that begins these ten minutes, as a sample of them.

    In the middle of the longest silence of their last two minutes; where nobody pauses, at the
    quietest moment.
    """
    window = samples[_SHORTEST:]
    audio = Audio(to_float(window), len(window) / SAMPLE_RATE, None)
    speech = find_speech(audio)
    ends = [0.0, *(end_s for _, end_s in speech)]
    starts = [*(start_s for start_s, _ in speech), audio.duration_s]
    length_s, start_s = max((round(b - a, 3), a) for a, b in zip(ends, starts, strict=True))
    at = (
        round((start_s + length_s / 2) * SAMPLE_RATE)
        if length_s >= _SILENCE_S
        else _quietest(window)
    )
    return _SHORTEST + at // _STEP * _STEP


def _quietest(samples: NDArray[np.int16]) -> int:
    import numpy as np

    steps = samples[: len(samples) // _STEP * _STEP].astype(np.int64).reshape(-1, _STEP)
    summed = np.concatenate([[0], np.cumsum((steps * steps).sum(axis=1))])
    width = _QUIET // _STEP
    return int((summed[width:] - summed[:-width]).argmin()) * _STEP + _QUIET // 2


def moved(segment: RecognisedSegment, by_s: float) -> RecognisedSegment:
    """A segment of a stretch with times that count from the start of the episode."""
    if not by_s:
        return segment
    words = tuple(
        replace(w, start_s=round(w.start_s + by_s, 3), end_s=round(w.end_s + by_s, 3))
        for w in segment.words
    )
    return replace(
        segment,
        start_s=round(segment.start_s + by_s, 3),
        end_s=round(segment.end_s + by_s, 3),
        words=words,
    )


class _Held:
    """Decoded samples nobody has taken yet."""

    def __init__(self) -> None:
        self._pieces: list[NDArray[np.int16]] = []
        self.count = 0

    def add(self, piece: NDArray[np.int16]) -> None:
        self._pieces.append(piece)
        self.count += len(piece)

    def peek(self, count: int) -> NDArray[np.int16]:
        """The first samples; they stay."""
        import numpy as np

        if len(self._pieces) > 1:
            self._pieces = [np.concatenate(self._pieces)]
        return self._pieces[0][:count]

    def take(self, count: int) -> NDArray[np.int16]:
        """The first samples; they are gone."""
        taken = self.peek(count).copy()
        self._pieces = [self._pieces[0][count:].copy()]
        self.count -= count
        return taken
