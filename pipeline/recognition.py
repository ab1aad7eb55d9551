"""What speech recognition gives: words and segments with times and figures of certainty."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RecognisedWord:
    """A word with times in seconds and the probability of recognition."""

    text: str
    start_s: float
    end_s: float
    probability: float


@dataclass(frozen=True, slots=True)
class RecognisedSegment:
    """A stretch of speech as recognised; its words joined rebuild its text."""

    text: str
    start_s: float
    end_s: float
    avg_logprob: float
    no_speech_prob: float
    words: tuple[RecognisedWord, ...]


@dataclass(frozen=True, slots=True)
class Recognition:
    """What was heard, by which model, with which hints."""

    segments: tuple[RecognisedSegment, ...]
    model: str
    hotwords: str | None
