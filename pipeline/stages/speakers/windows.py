"""What was heard of voices, before anybody knows who is who.

Two models hear the same sound. Segmentation hears ten seconds at a time: where somebody speaks, where
two do, where the voice changes; which voice it was before it mixes up in quick exchanges. Prints know
voices well but need a second of them. So what lies between two pauses or changes is cut into units of
at most a second and a half, and each gets a print of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

import numpy as np

from pipeline.audio import SAMPLE_RATE, Audio

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEP_S = 2.5  # windows of ten seconds begin so far apart: every moment is heard four times
_UNIT_S = 1.5
_SHIFT_S = 0.75
_SHORTEST_S = 0.2  # of less sound there is no print
_PAUSE_S = 0.12
_AGREED = 0.4  # share of the windows over a frame that hear a change there


class Models(Protocol):
    """What is asked of :class:`pipeline.voices.VoiceModels`."""

    def activity(self, samples: NDArray[np.float32], starts: Sequence[int]) -> NDArray[np.bool_]:
        """Who speaks in windows: (windows, frames, local voices)."""

    def prints(self, pieces: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Prints of unit length: (pieces, size)."""


@dataclass(frozen=True, slots=True)
class Sounds:
    """A stretch of a recording, frame by frame and unit by unit.

    Attributes:
        frame_s: seconds of a frame.
        begins_s: when the stretch begins.
        speakers: how many speak, shape (frames,).
        window_frames: first frame of every window, shape (windows,).
        activity: who speaks there, shape (windows, frames of a window, local voices).
        units: first frame and end (exclusive) of every unit, shape (units, 2).
        is_joined: does a unit go on, without a pause or a change, what the one before began.
        prints: of unit length, shape (units, size).
    """

    frame_s: float
    begins_s: float
    speakers: NDArray[np.int64]
    window_frames: NDArray[np.int64]
    activity: NDArray[np.bool_]
    units: NDArray[np.int64]
    is_joined: NDArray[np.bool_]
    prints: NDArray[np.float32]


def hear(
    audio: Audio, models: Models, *, begins_s: float, frame_s: float, window_s: float
) -> Sounds:
    """Hear a stretch of a recording.

    Args:
        audio: its samples.
        models: hear voices.
        begins_s: when it begins.
        frame_s: seconds of a frame of ``models.activity``.
        window_s: seconds of a window.
    """
    length = len(audio.samples)
    step, window = int(STEP_S * SAMPLE_RATE), int(window_s * SAMPLE_RATE)
    starts = list(range(0, max(1, length - window + step), step))
    activity = models.activity(audio.samples, starts)
    first = np.rint(np.array(starts) / SAMPLE_RATE / frame_s).astype(np.int64)
    # What is left of the last frame is nobody's: no turn ends behind the sound, or in the next stretch.
    frames = max(1, int(length / SAMPLE_RATE / frame_s))
    speakers, changes = _over_time(activity, first, frames)
    units, is_joined = _units(speakers > 0, changes, frame_s)
    edges = (units * frame_s * SAMPLE_RATE).astype(np.int64)
    pieces = [audio.samples[a:b] for a, b in edges]
    return Sounds(
        frame_s, begins_s, speakers, first, activity, units, is_joined, models.prints(pieces)
    )


def _over_time(
    activity: NDArray[np.bool_], first: NDArray[np.int64], frames: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """How many speak in every frame, and where the voice changes, as most windows hear it."""
    size = activity.shape[1]
    total = max(frames, int(first[-1]) + size)
    voices, weight, changed = np.zeros(total), np.zeros(total), np.zeros(total)
    trust = np.hamming(size)
    for at, who in zip(first, activity, strict=True):
        voices[at : at + size] += who.sum(axis=1) * trust
        weight[at : at + size] += trust
        changed[at + 1 : at + size] += _changes(who) * trust[1:]
    weight = np.maximum(weight, 1e-9)
    # The windows place one change some frames apart.
    near = np.convolve(changed, np.ones(7), "same") / weight
    peaks = (near >= _AGREED) & (near == _highest(near, 15))
    return np.rint(voices / weight).astype(np.int64)[:frames], peaks[:frames]


def _changes(who: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where a voice falls silent or begins while another is heard around it."""
    before, after = who[:-1], who[1:]
    return np.asarray((before != after).any(axis=1) & before.any(axis=1) & after.any(axis=1))


def _highest(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    half = width // 2
    padded = np.pad(values, half)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, width).max(axis=1))


def _units(
    speech: NDArray[np.bool_], changes: NDArray[np.bool_], frame_s: float
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Cut speech at pauses and changes, and what is long into units that overlap by half."""
    rows: list[tuple[int, int]] = []
    joined: list[bool] = []
    longest, shift = round(_UNIT_S / frame_s), round(_SHIFT_S / frame_s)
    shortest = round(_SHORTEST_S / frame_s)
    for start, end in _spans(speech, changes, round(_PAUSE_S / frame_s)):
        if end - start < shortest:
            continue
        at = start
        while end - at > longest + shift // 2:
            rows.append((at, at + longest))
            joined.append(at > start)
            at += shift
        rows.append((at, end))
        joined.append(at > start)
    return np.array(rows, np.int64).reshape(-1, 2), np.array(joined, bool)


def runs_of(frames: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First frame and end (exclusive) of every run of frames that are true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], frames.astype(np.int8), [0]]))).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))


def _spans(
    speech: NDArray[np.bool_], changes: NDArray[np.bool_], pause: int
) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for start, end in runs_of(speech):
        if spans and start - spans[-1][1] < pause:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    cuts = np.flatnonzero(changes).tolist()
    found: list[tuple[int, int]] = []
    for start, end in spans:
        inside = [start, *(c for c in cuts if start < c < end), end]
        found += pairwise(inside)
    return found
