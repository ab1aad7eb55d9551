"""Whose voice it is: what people said about this recording, then what is known of other ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from pipeline.stages.speakers.voices import Turn, Voice

if TYPE_CHECKING:
    from numpy.typing import NDArray

Span = tuple[float, float]

# Cosine of the prints of a whole episode's speech. Synthetic voices of one maker come up to 0.65 to
# 0.9 to each other, people up to 0.78; one voice in two episodes to 0.96 and more.
THRESHOLD = 0.82
# The person must be so much nearer than the next one (of 1 - cosine): where two are alike, both are near.
_NEARER = 0.6
# A print of less speech names nobody.
_LEAST_SPOKEN_S = 4.0
# So much of the times a person gives must be one voice's.
_LEAST_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Known:
    """A person's voice print from another episode."""

    speaker: str
    episode_id: str
    voice_print: NDArray[np.float32]
    spoken_s: float


@dataclass(frozen=True, slots=True)
class Given:
    """What people said about an episode.

    Attributes:
        labels: voice or label of a transcript → name; an empty name: nobody knows.
        spoken: name → seconds in which this person speaks.
    """

    labels: Mapping[str, str]
    spoken: Mapping[str, Sequence[Span]]


@dataclass(frozen=True, slots=True)
class Named:
    """A voice of an episode and what is known of it.

    Attributes:
        voice: ``SPEAKER_01`` and so on, or the label of a transcript.
        speaker: name; None where unknown.
        known_by: ``named`` by a person, ``voice`` by a voice print, ``transcript``, or ``unknown``.
        score: how sure, 0 to 1; of an unknown voice, how near the nearest known person is.
        spoken_s: seconds of speech; None where the source has no times.
    """

    voice: str
    speaker: str | None
    known_by: str
    score: float
    spoken_s: float | None


def name_voices(
    voices: Sequence[Voice], turns: Sequence[Turn], given: Given, known: Sequence[Known]
) -> list[Named]:
    """Say who the voices of a recording are.

    What a person said of this recording counts before any print. Two voices may be one person's,
    where one person was taken for two.

    Args:
        voices: of the recording; a print of zeros was deleted.
        turns: of the recording.
        given: what people said of it.
        known: voice prints of other recordings.
    """
    told = _told(turns, given.spoken) | dict(given.labels)
    people = _people(known)
    return [_named(told[v.label], v) if v.label in told else _matched(v, people) for v in voices]


def _named(name: str, voice: Voice) -> Named:
    is_known = bool(name.strip())
    return Named(
        voice.label, name.strip() or None, "named" if is_known else "unknown",
        1.0 if is_known else 0.0, voice.spoken_s,
    )  # fmt: skip


def _told(turns: Sequence[Turn], spoken: Mapping[str, Sequence[Span]]) -> dict[str, str]:
    """The voice that speaks in the times given for a person."""
    found: dict[str, tuple[float, str]] = {}
    for name, spans in spoken.items():
        heard: dict[str, float] = {}
        for turn in turns:
            for start_s, end_s in spans:
                shared_s = min(end_s, turn.end_s) - max(start_s, turn.start_s)
                if shared_s > 0:
                    heard[turn.voice] = heard.get(turn.voice, 0.0) + shared_s
        if not heard:
            continue
        voice, most_s = max(heard.items(), key=lambda item: (item[1], item[0]))
        if most_s >= _LEAST_SHARE * sum(heard.values()) and most_s > found.get(voice, (0.0, ""))[0]:
            found[voice] = (most_s, name)
    return {voice: name for voice, (_, name) in found.items()}


def _people(known: Sequence[Known]) -> list[tuple[str, NDArray[np.float32]]]:
    """A print a person: the mean of all, by seconds of speech, one minute at most of each."""
    found = []
    ordered = sorted(known, key=lambda k: k.speaker)
    for speaker, group in groupby(ordered, key=lambda k: k.speaker):
        summed = np.sum([k.voice_print * min(k.spoken_s, 60.0) for k in group], axis=0)
        norm = float(np.linalg.norm(summed))
        if norm:
            found.append((speaker, np.asarray(summed / norm, np.float32)))
    return found


def _matched(voice: Voice, people: Sequence[tuple[str, NDArray[np.float32]]]) -> Named:
    near = sorted(
        ((float(voice.voice_print @ voice_print), name) for name, voice_print in people),
        key=lambda item: (-item[0], item[1]),
    )
    best, name = near[0] if near else (0.0, "")
    next_best = near[1][0] if len(near) > 1 else -1.0
    is_known = (
        best >= THRESHOLD
        and 1.0 - best <= _NEARER * (1.0 - next_best)
        and voice.spoken_s >= _LEAST_SPOKEN_S
    )
    return Named(
        voice.label, name if is_known else None, "voice" if is_known else "unknown",
        round(min(max(best, 0.0), 1.0), 4), voice.spoken_s,
    )  # fmt: skip
