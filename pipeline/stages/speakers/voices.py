"""Which units of a recording are one person's, and when each person speaks.

Where segmentation hears two voices at once, the second is the one its window heard elsewhere alone
(as in Bredin, *pyannote.audio 2.1 speaker diarization pipeline*, Interspeech 2023).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.stages.speakers.along import Units, sureness
from pipeline.stages.speakers.counting import find_people
from pipeline.stages.speakers.windows import Sounds, runs_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LONGEST_BREATH_S = 0.75  # a turn goes on over it where nobody else speaks
_SHORTEST_TURN_S = 0.15


@dataclass(frozen=True, slots=True)
class Voice:
    """One person of a recording.

    Attributes:
        label: ``SPEAKER_01`` speaks most.
        voice_print: of unit length.
        spoken_s: seconds of speech.
    """

    label: str
    voice_print: NDArray[np.float32]
    spoken_s: float


@dataclass(frozen=True, slots=True)
class Turn:
    """A voice speaks; ``score``: how surely it is this one of the recording's voices."""

    start_s: float
    end_s: float
    voice: str
    score: float


def find_voices(
    sounds: Sequence[Sounds], *, count: int | None = None
) -> tuple[list[Turn], list[Voice]]:
    """Tell voices apart.

    Args:
        sounds: the stretches of a recording in order.
        count: how many people speak, where that is known.

    Returns:
        Turns in order of time; two may overlap. The voices, who speaks most first.
    """
    if not any(len(s.units) for s in sounds):
        return [], []
    units = Units(
        np.concatenate([s.prints for s in sounds]),
        np.concatenate([(s.units[:, 1] - s.units[:, 0]) * s.frame_s for s in sounds]),
        np.concatenate([~s.is_joined for s in sounds]),
    )
    person, centres = find_people(units, count=count)
    sure = sureness(units.prints @ centres.T, person)
    spans: list[tuple[float, float, int, float]] = []
    spoken_s = np.zeros(len(centres))
    at = 0
    for stretch in sounds:
        own = slice(at, at + len(stretch.units))
        speaks, score = _frames(stretch, person[own], sure[own], len(centres))
        spoken_s += speaks.sum(axis=0) * stretch.frame_s
        spans += _spans(stretch, speaks, score)
        at += len(stretch.units)
    order = [int(p) for p in np.argsort(-spoken_s, kind="stable") if spoken_s[p] > 0]
    labels = {p: f"SPEAKER_{rank + 1:02d}" for rank, p in enumerate(order)}
    turns = [Turn(a, b, labels[p], score) for a, b, p, score in sorted(spans)]
    return turns, [Voice(labels[p], centres[p], round(float(spoken_s[p]), 3)) for p in order]


def _frames(
    sounds: Sounds, person: NDArray[np.int64], sure: NDArray[np.float64], people: int
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Who speaks in every frame, shape (frames, people), and how surely, shape (frames,)."""
    frames = len(sounds.speakers)
    first = np.full(frames, -1, np.int64)
    score = np.zeros(frames)
    for number, (start, end) in enumerate(sounds.units):
        begin = start
        if sounds.is_joined[number]:  # two units overlap by half: each has its nearer part
            begin = (start + sounds.units[number - 1][1]) // 2
        first[begin:end] = person[number]
        score[begin:end] = sure[number]
    first[sounds.speakers == 0] = -1
    speaks = np.zeros((frames, people), bool)
    heard = np.flatnonzero(first >= 0)
    speaks[heard, first[heard]] = True
    second = _second(sounds, first, people)
    both = np.flatnonzero((second >= 0) & (first >= 0))
    speaks[both, second[both]] = True
    return speaks, score


def _second(sounds: Sounds, first: NDArray[np.int64], people: int) -> NDArray[np.int64]:
    """Who speaks at the same time, where two do: whom the window heard alone elsewhere; else -1."""
    frames, size = len(first), sounds.activity.shape[1]
    votes = np.zeros((frames, people))
    for at, who in zip(sounds.window_frames, sounds.activity, strict=True):
        inside = who[: max(0, min(size, frames - at))]
        over = np.flatnonzero(inside.sum(axis=1) > 1)
        if not len(over):
            continue
        there = first[at : at + len(inside)]
        alone = (inside.sum(axis=1) == 1) & (there >= 0)
        for local in np.flatnonzero(inside[over].any(axis=0)):
            own = there[alone & inside[:, local]]
            if len(own):
                whose = int(np.bincount(own, minlength=people).argmax())
                mine = over[inside[over, local]]
                votes[at + mine, whose] += 1
    at_once = sounds.speakers > 1
    heard = np.flatnonzero(first >= 0)
    votes[heard, first[heard]] = 0
    return np.where(at_once & (votes.max(axis=1) > 0), votes.argmax(axis=1), -1)


def _spans(
    sounds: Sounds, speaks: NDArray[np.bool_], score: NDArray[np.float64]
) -> list[tuple[float, float, int, float]]:
    nobody = ~speaks.any(axis=1)
    silence = np.concatenate([[0], np.cumsum(nobody)])
    found = []
    for person in range(speaks.shape[1]):
        own = speaks[:, person]
        joined: list[tuple[int, int]] = []
        for start, end in runs_of(own):
            gap = start - joined[-1][1] if joined else 0
            is_breath = joined and silence[start] - silence[joined[-1][1]] == gap
            if is_breath and gap * sounds.frame_s <= _LONGEST_BREATH_S:
                joined[-1] = (joined[-1][0], end)
            else:
                joined.append((start, end))
        found += [
            (
                round(sounds.begins_s + start * sounds.frame_s, 3),
                round(sounds.begins_s + end * sounds.frame_s, 3),
                person,
                round(float(score[start:end][own[start:end]].mean()), 4),
            )
            for start, end in joined
            if (end - start) * sounds.frame_s >= _SHORTEST_TURN_S
        ]
    return found
