"""Times of lines between the time marks of a transcript.

Speech runs at a nearly even rate of characters a second, so the time between two marks is shared
out by character count; after the last mark the file's own rate goes on.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import SourceError
from pipeline.sources.rows import MAX_TIME_S, SegmentRow

# Japanese speech: 6 to 7 characters of kanji and kana a second, pauses counted.
DEFAULT_CHARS_PER_S = 6.0
_RATE_LOW, _RATE_HIGH = 1.0, 20.0

_TIME = r"(?:([0-9]{1,2}):)?([0-9]{1,3}):([0-5][0-9](?:[.,][0-9]{1,3})?)"
_RANGE = rf"{_TIME}(?:\s*(?:-->|[-–~〜～])\s*{_TIME})?"
_STAMP = re.compile(
    rf"\s*(?:[\[(（［【]\s*{_RANGE}\s*[\])）］】]|{_RANGE}(?=\s|$))\s*(?P<rest>.*)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time at the head of a line, its end where a range is given, and the text behind it."""

    start_s: float
    end_s: float | None
    rest: str


@dataclass(frozen=True, slots=True)
class Mark:
    """``time_s`` is the time just before segment ``index``; ``line`` is 0-based."""

    index: int
    time_s: float
    line: int


def read_stamp(line: str) -> Stamp | None:
    """The time that a line begins with: ``03:04``, ``[1:02:03]``, ``[00:01.000 --> 00:04.000]``."""
    match = _STAMP.match(line)
    if match is None:
        return None
    groups = match.groups()
    times = [_seconds(*groups[at : at + 3]) for at in (0, 3, 6, 9) if groups[at + 1] is not None]
    if not times or any(time is None for time in times):
        return None
    start_s, end_s = times[0], times[1] if len(times) > 1 else None
    return Stamp(start_s or 0.0, end_s, match["rest"].strip())


def _seconds(hours: str | None, minutes: str, seconds: str) -> float | None:
    if hours is not None and int(minutes) > 59:
        return None
    return int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds.replace(",", "."))


def clock(time_s: float) -> str:
    """``H:MM:SS`` of a time, for messages."""
    whole = int(time_s)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def fill_times(
    rows: Sequence[SegmentRow], marks: Sequence[Mark], *, path: Path
) -> tuple[SegmentRow, ...]:
    """Give every row a start and an end from the marks between them.

    Args:
        rows: segments in order, without times.
        marks: times in order of their index.
        path: the file, for messages.

    Returns:
        The rows with times: between two marks by character count, before the first mark from
        0, after the last at the file's own rate. Without marks the rows as they are.

    Raises:
        SourceError: marks run backwards, naming the line.
    """
    if not marks:
        return tuple(rows)
    _check_order(marks, path)
    # Two marks before one segment: the earlier ends what was said, the later starts the next.
    ends: dict[int, float] = {}
    starts: dict[int, float] = {}
    for mark in marks:
        ends.setdefault(mark.index, mark.time_s)
        starts[mark.index] = mark.time_s
    bounds = sorted(starts)
    if bounds[0] > 0:
        bounds.insert(0, 0)
        starts[0] = 0.0
    rate = _chars_per_s(rows, bounds, starts, ends)
    filled: list[SegmentRow] = []
    for at, first in enumerate(bounds):
        last = bounds[at + 1] if at + 1 < len(bounds) else len(rows)
        end_s = ends[last] if at + 1 < len(bounds) else None
        filled += _share_out(rows[first:last], starts[first], end_s, rate)
    return tuple(filled)


def _check_order(marks: Sequence[Mark], path: Path) -> None:
    for before, mark in itertools.pairwise(marks):
        if mark.time_s < before.time_s:
            raise SourceError(
                f"{path}: the times run backwards in line {mark.line + 1}: {clock(mark.time_s)} "
                f"after {clock(before.time_s)} in line {before.line + 1}; correct one of them"
            )
    if marks[-1].time_s > MAX_TIME_S:
        raise SourceError(
            f"{path}: line {marks[-1].line + 1} gives a time of {clock(marks[-1].time_s)}, over "
            f"{MAX_TIME_S / 3600:.0f} hours; correct it"
        )


def _chars_per_s(
    rows: Sequence[SegmentRow], bounds: list[int], starts: dict[int, float], ends: dict[int, float]
) -> float:
    chars = 0
    seconds = 0.0
    for first, last in itertools.pairwise(bounds):
        chars += sum(len(row.text) for row in rows[first:last])
        seconds += ends[last] - starts[first]
    if not chars or seconds <= 0:
        return DEFAULT_CHARS_PER_S
    # A jingle or a broken mark must not stretch the end to hours or squeeze it to nothing.
    return min(max(chars / seconds, _RATE_LOW), _RATE_HIGH)


def _share_out(
    rows: Sequence[SegmentRow], start_s: float, end_s: float | None, rate: float
) -> list[SegmentRow]:
    total = sum(len(row.text) for row in rows)
    span = max(end_s - start_s, 0.0) if end_s is not None else total / rate
    done = 0
    filled = []
    at = start_s
    for row in rows:
        done += len(row.text)
        until = end_s if done == total and end_s is not None else start_s + span * done / total
        filled.append(
            SegmentRow(
                at, until, len(rows) > 1 or end_s is None, row.source_line, row.text, row.speaker
            )
        )
        at = until
    return filled
