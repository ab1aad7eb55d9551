"""Text files: the podcast host's transcript, dialogues with speakers, and plain articles."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import SourceError
from pipeline.sources.dialogue import find_speakers, is_name, split_label
from pipeline.sources.rows import SegmentRow, Transcript, last_end
from pipeline.sources.timing import Mark, Stamp, fill_times, read_stamp

# 「話者1  00:12」 on a line of its own heads a turn in the exports of meeting recorders.
_NAME_AND_TIME = re.compile(
    r"(?P<name>\S.{0,30}?)[ \t\u3000]+(?P<time>[\[(（]?[0-9][0-9:.]{3,11}[\])）]?)"
)
# A lone time this early in a file is the first mark of a short episode, not a clock.
_FIRST_MARK_S = 60.0
_HEADER_LINES = 5


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str
    stamp: Stamp | None

    @property
    def is_mark(self) -> bool:
        return self.stamp is not None and not self.stamp.rest

    @property
    def body(self) -> str:
        return self.stamp.rest if self.stamp is not None else self.text


def has_text(line: str) -> bool:
    """Does the line show anything? Control and zero-width characters do not."""
    return any(char.isprintable() and not char.isspace() for char in line)


def read_text(lines: Sequence[str], *, path: Path) -> Transcript:
    """Read a text file by its content.

    Args:
        lines: its lines.
        path: the file, for messages.

    Returns:
        A transcript of kind ``dialogue`` (speakers found), ``host_text`` (times found) or
        ``article``. A segment is a line; its text stands verbatim in that line.

    Raises:
        SourceError: no text, nothing but time marks, or times that run backwards.
    """
    shown = [_Line(n, line.strip(), None) for n, line in enumerate(lines) if has_text(line)]
    if not shown:
        raise SourceError(f"{path}: holds no text; export or download it again, or delete it")
    stamped = [_Line(line.number, line.text, read_stamp(line.text)) for line in shown]
    if _are_times(stamped):
        shown = stamped
    heads = _turn_heads(shown)
    rows, marks, speakers = _rows(shown, heads)
    if not rows:
        raise SourceError(
            f"{path}: holds time marks but no text; export the transcript again with its text"
        )
    segments = fill_times(rows, marks, path=path)
    kind = "dialogue" if speakers else "host_text" if marks else "article"
    return Transcript(kind=kind, segments=segments, duration_s=last_end(segments))


def is_timed_text(lines: Sequence[str]) -> bool:
    """Is this a transcript with time marks (and not an article in Markdown)?"""
    first = next((line for line in lines if has_text(line)), "")
    stamp = read_stamp(first)
    return stamp is not None and not stamp.rest


def name_speakers(rows: Sequence[SegmentRow], *, carry: bool) -> tuple[SegmentRow, ...]:
    """Turn labels at the head of texts into speakers, where the file has the shape of a dialogue.

    Args:
        rows: segments without speakers.
        carry: a row without a label belongs to the speaker above.

    Returns:
        The same rows with speakers, without labels and without rows that held a label only; the
        rows as they are where the file is no dialogue.
    """
    speakers = find_speakers([row.text for row in rows])
    if not speakers:
        return tuple(rows)
    named: list[SegmentRow] = []
    current: str | None = None
    for row in rows:
        name, text = _label_of(row.text, speakers)
        current = name or (current if carry else None)
        if text:
            named.append(
                SegmentRow(
                    row.start_s, row.end_s, row.time_is_interpolated, row.source_line, text, current
                )
            )
    return tuple(named) or tuple(rows)


def _are_times(lines: Sequence[_Line]) -> bool:
    """Do the times at the head of lines say when the line was spoken?"""
    stamped = [line for line in lines if line.stamp is not None]
    marks = [line for line in stamped if line.is_mark]
    if not stamped:
        return False
    if lines[0].is_mark or len(marks) > 1:
        return True
    if marks and marks[0] in lines[:_HEADER_LINES]:
        return marks[0].stamp is not None and marks[0].stamp.start_s < _FIRST_MARK_S
    if len(stamped) * 2 >= len(lines):
        return len(stamped) > 1 or split_label(stamped[0].body) is not None
    return sum(split_label(line.body) is not None for line in stamped) > 1


def _turn_heads(lines: Sequence[_Line]) -> dict[int, tuple[str, Stamp]]:
    """Line number → speaker and time of lines such as 「話者1  00:12」."""
    heads: dict[int, tuple[str, Stamp]] = {}
    for line in lines:
        match = _NAME_AND_TIME.fullmatch(line.text) if line.stamp is None else None
        stamp = read_stamp(match["time"]) if match is not None else None
        if match is not None and stamp is not None and not stamp.rest and is_name(match["name"]):
            heads[line.number] = (match["name"], stamp)
    counts = Counter(name for name, _ in heads.values())
    speaks_again = any(count > 1 for count in counts.values())
    # A table of contents has such lines too, but nothing is said between them.
    if len(heads) < 2 or not speaks_again or len(lines) < 2 * len(heads):
        return {}
    return heads


def _rows(
    lines: Sequence[_Line], heads: dict[int, tuple[str, Stamp]]
) -> tuple[list[SegmentRow], list[Mark], frozenset[str]]:
    bodies = [line.body for line in lines if line.body and line.number not in heads]
    all_timed = all(line.stamp is not None and line.body for line in lines)
    speakers = frozenset() if heads else find_speakers(bodies, timed=all_timed)
    rows: list[SegmentRow] = []
    marks: list[Mark] = []
    speaker: str | None = None
    range_end: float | None = None
    for line in lines:
        head = heads.get(line.number)
        stamp = head[1] if head is not None else line.stamp
        if stamp is not None:
            # A range that overlaps the next line ends where that begins.
            if range_end is not None and range_end < stamp.start_s:
                marks.append(Mark(len(rows), range_end, line.number))
            marks.append(Mark(len(rows), stamp.start_s, line.number))
            range_end = stamp.end_s
        if head is not None:
            speaker = head[0]
            continue
        name, text = _label_of(line.body, speakers)
        speaker = name or speaker
        if text:
            rows.append(SegmentRow(None, None, False, line.number, text, speaker))
    if range_end is not None and range_end >= marks[-1].time_s:
        marks.append(Mark(len(rows), range_end, lines[-1].number))
    return rows, marks, speakers or frozenset(name for name, _ in heads.values())


def _label_of(body: str, speakers: frozenset[str]) -> tuple[str | None, str]:
    label = split_label(body) if speakers else None
    if label is not None and label[0] in speakers:
        return label
    return None, body
