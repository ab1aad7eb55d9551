"""What every reader of a transcript returns."""

from __future__ import annotations

from dataclasses import dataclass, field

# Longer than any conversation: a time beyond it is a broken file, not an episode.
MAX_TIME_S = 100 * 3600.0


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A line, cue or segment as its source wrote it: only outer white space is trimmed.

    ``start_s`` and ``end_s`` are seconds from the start of the episode, None where the source has
    no times. ``time_is_interpolated`` holds as soon as one of the two is estimated.
    ``source_line`` is the 0-based line of a text source, blank lines and time marks counted.
    """

    start_s: float | None
    end_s: float | None
    time_is_interpolated: bool
    source_line: int | None
    text: str
    speaker: str | None = None
    avg_logprob: float | None = None
    no_speech_prob: float | None = None


@dataclass(frozen=True, slots=True)
class WordRow:
    """A word with its times; the texts of a segment's words joined give the segment's text."""

    segment_index: int
    word_index: int
    start_s: float | None
    end_s: float | None
    text: str
    probability: float | None


@dataclass(frozen=True, slots=True)
class Transcript:
    """A finished transcript: ``kind`` is one of ``schema.SOURCE_KINDS`` except ``audio``."""

    kind: str
    segments: tuple[SegmentRow, ...]
    words: tuple[WordRow, ...] = field(default=())
    duration_s: float | None = None
    language: str | None = None
    model: str | None = None
    title: str | None = None


def last_end(segments: tuple[SegmentRow, ...]) -> float | None:
    """The latest end of the segments in seconds, None where none has one."""
    return max((s.end_s for s in segments if s.end_s is not None), default=None)
