"""Voices for tests without torch: who speaks is written into the samples, and heard from them.

A sample is a hundredth of the sum of the marks of those who speak (1, 2, 4, 8 …), with a little noise
that makes every piece of sound another one.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from running import RATE

from pipeline.audio import Audio
from pipeline.config import EMBEDDED_MODEL
from pipeline.recognition import RecognisedSegment, RecognisedWord, Recognition
from pipeline.stages.speakers import Sounds, Turn, Voice, find_voices, hear
from pipeline.voices import FRAME_S, FRAMES, LOCAL_VOICES, PRINT_SIZE, WINDOW_S

Schedule = Sequence[tuple[float, float, int]]  # start_s, end_s, whose voice
MOST = 5
SAYINGS = (
    "今日は引き継ぎの話をします。", "手順書を一緒に作って進めました。", "正直に言うのが大事です。",
    "意見を求めてくれるようになりました。", "最初の月は隣で見ています。",
)  # fmt: skip


def people(*, near: float = 0.3) -> np.ndarray:
    """A true print of each person; ``near``: the cosine of any two."""
    own = np.eye(PRINT_SIZE)[1 : MOST + 1]
    return np.sqrt(near) * np.eye(PRINT_SIZE)[0] + np.sqrt(1 - near) * own


def sound(schedule: Schedule, *, seconds: float | None = None) -> np.ndarray:
    """What is recorded when these people speak at these times."""
    length_s = seconds if seconds is not None else max(end for _, end, _ in schedule) + 0.5
    marks = np.zeros(round(length_s * RATE))
    for start_s, end_s, who in schedule:
        marks[round(start_s * RATE) : round(end_s * RATE)] += 2**who
    noise = np.random.default_rng(7).uniform(-0.3, 0.3, len(marks))
    return ((marks + np.where(marks > 0, noise, 0)) / 100).astype(np.float32)


def marks_in(samples: np.ndarray) -> np.ndarray:
    return np.rint(samples * 100).astype(int)


class FakeVoices:
    """Stands in for :class:`pipeline.voices.VoiceModels`.

    Args:
        prints: a true print of each person.
        noise: how far the print of a piece lies from the true one.
    """

    def __init__(self, prints: np.ndarray | None = None, *, noise: float = 0.5) -> None:
        self._true = people() if prints is None else prints
        self._noise = noise
        self.listened = 0

    def activity(self, samples: np.ndarray, starts: Sequence[int]) -> np.ndarray:
        self.listened += 1
        found = np.zeros((len(starts), FRAMES, LOCAL_VOICES), bool)
        middles = ((np.arange(FRAMES) + 0.5) * FRAME_S * RATE).astype(int)
        for row, start in enumerate(starts):
            at = start + middles
            marks = np.zeros(FRAMES, int)
            inside = at < len(samples)
            marks[inside] = marks_in(samples[at[inside]])
            heard: list[int] = []  # each window numbers its voices anew
            for who in range(MOST):
                if (marks & 2**who).any() and len(heard) < LOCAL_VOICES:
                    found[row, :, len(heard)] = marks & 2**who > 0
                    heard.append(who)
        return found

    def prints(self, pieces: Sequence[np.ndarray]) -> np.ndarray:
        made = np.zeros((len(pieces), PRINT_SIZE), np.float32)
        for row, piece in enumerate(pieces):
            marks = marks_in(piece)
            shares = np.array([(marks & 2**who > 0).mean() for who in range(MOST)])
            rng = np.random.default_rng(zlib.crc32(piece.tobytes()))
            away = rng.standard_normal(PRINT_SIZE) * self._noise / np.sqrt(PRINT_SIZE)
            made[row] = shares @ self._true + away
        return made / np.linalg.norm(made, axis=1, keepdims=True)


class FakeEars:
    """Stands in for :class:`pipeline.speech.Recogniser`: a sentence for every change of the marks."""

    def __init__(self) -> None:
        self.listened = 0

    def conditions(self) -> dict[str, Any]:
        return {"model": EMBEDDED_MODEL}

    def recognise(
        self,
        audio: Audio,
        *,
        language: str,
        terms: Sequence[str],
        on_progress: Callable[[float], None],
    ) -> Recognition:
        self.listened += 1
        on_progress(audio.duration_s)
        marks = marks_in(audio.samples)
        edges = [0, *(np.flatnonzero(np.diff(marks)) + 1), len(marks)]
        segments = []
        for start, end in pairwise(edges):
            if marks[start] and end - start >= RATE:
                segments.append(_spoken(SAYINGS[len(segments) % 5], start / RATE, end / RATE))
        return Recognition(tuple(segments), EMBEDDED_MODEL, None)


def _spoken(text: str, start_s: float, end_s: float) -> RecognisedSegment:
    times = np.linspace(start_s, end_s, len(text) + 1).round(3).tolist()
    words = tuple(RecognisedWord(c, times[n], times[n + 1], 0.9) for n, c in enumerate(text))
    return RecognisedSegment(text, start_s, end_s, -0.1, 0.01, words)


def heard(
    schedule: Schedule, models: FakeVoices | None = None, *, seconds: float | None = None
) -> Sounds:
    samples = sound(schedule, seconds=seconds)
    audio = Audio(samples, len(samples) / RATE, None)
    return hear(audio, models or FakeVoices(), begins_s=0.0, frame_s=FRAME_S, window_s=WINDOW_S)


def told(
    schedule: Schedule, models: FakeVoices | None = None, *, count: int | None = None
) -> tuple[list[Turn], list[Voice]]:
    return find_voices([heard(schedule, models)], count=count)


def in_turns(voices: Sequence[int], *, turn_s: float = 3.0, pause_s: float = 0.4) -> list[tuple[float, float, int]]:  # fmt: skip
    """One after the other."""
    step_s = turn_s + pause_s
    return [(n * step_s, n * step_s + turn_s, who) for n, who in enumerate(voices)]
