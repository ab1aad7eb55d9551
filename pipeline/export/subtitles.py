"""Subtitles of an episode, repaired or as recognised: SubRip and WebVTT.

A cue keeps the time of the segment it is made of; a long one is cut where a sentence or phrase ends, at
the time of the word there, or in proportion where there are no words.
"""

from __future__ import annotations

import bisect
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.edits import Edit, EditedText
from pipeline.export.clean import clean, one_line
from pipeline.store import Store

Row = Mapping[str, Any]
Form = Literal["srt", "vtt"]

MAX_CUE_CHARS = 40
_LINE_CHARS = 20
_LEAST_CUE_S = 0.05
# Where a phrase most likely begins: behind a particle or an ending, before a word written otherwise.
_SOFT = re.compile(r"(?<=[ぁ-ゖ])(?=[^ぁ-ゖー、。！？」』）\s])")
_ENDS = re.compile(r"[。！？!?]+[」』）)]*\s*|[、，,]\s*|\s+")
_VTT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
# SubRip has no escape, and players read <i> and {\an8}.
_SRT = str.maketrans("<>{}", "＜＞｛｝")


@dataclass(frozen=True, slots=True)
class Cue:
    """A text on the screen from ``start_s`` to ``end_s``."""

    start_s: float
    end_s: float
    text: str
    speaker: str | None


def make_subtitles(store: Store, episode_id: str, form: Form, *, raw: bool = False) -> bytes | None:
    """The subtitles of an episode; None where its source has no times.

    Args:
        store: the tables.
        episode_id: one that may leave this machine; the caller sees to that.
        form: ``srt`` or ``vtt``.
        raw: as recognised, without repairs.

    Raises:
        TableError: a table is missing or damaged.
    """
    segments = store.read("segments", episode_id).to_pylist()
    words = store.read("words", episode_id).to_pylist()
    repairs = [] if raw else store.read("repairs", episode_id).to_pylist()
    cues = make_cues(segments, words, repairs)
    return write_cues(cues, form).encode() if cues else None


def make_cues(segments: Sequence[Row], words: Sequence[Row], repairs: Sequence[Row]) -> list[Cue]:
    """Cues of the segments that have times and are used."""
    edits: dict[int, list[Edit]] = defaultdict(list)
    for r in repairs:
        edits[r["segment_index"]].append(Edit(r["start_char"], r["end_char"], r["after"]))
    spoken: dict[int, list[Row]] = defaultdict(list)
    for word in words:
        spoken[word["segment_index"]].append(word)
    cues: list[Cue] = []
    for segment in segments:
        if segment["dropped_reason"] or segment["start_s"] is None or segment["end_s"] is None:
            continue
        index = segment["segment_index"]
        text = EditedText(segment["text"], edits[index])
        cues += _cut(segment, text, _times(segment, spoken[index]))
    return cues


def _times(segment: Row, words: Sequence[Row]) -> list[tuple[int, float]]:
    """(character of the raw text, second) in order: both ends, and where words begin."""
    start, end, length = segment["start_s"], segment["end_s"], len(segment["text"])
    known, at = [(0, start)], 0
    if "".join(word["text"] for word in words) == segment["text"]:
        for word in words:
            if word["start_s"] is not None and at and known[-1][1] <= word["start_s"] <= end:
                known.append((at, word["start_s"]))
            at += len(word["text"])
    return [*known, (length, end)]


def _second(times: Sequence[tuple[int, float]], char: int) -> float:
    after = min(max(bisect.bisect_left(times, (char, float("-inf"))), 1), len(times) - 1)
    (first, start), (last, end) = times[after - 1], times[after]
    share = (char - first) / (last - first) if last > first else 0.0
    return start + (end - start) * min(max(share, 0.0), 1.0)


def _cut(segment: Row, text: EditedText, times: Sequence[tuple[int, float]]) -> Iterable[Cue]:
    speaker = one_line(segment["speaker"] or "") or None
    at = segment["start_s"]
    pieces = _pieces(text.text)
    for number, (start, end) in enumerate(pieces):
        is_last = number == len(pieces) - 1
        until = segment["end_s"] if is_last else _second(times, text.to_raw(start, end)[1])
        shown = clean(text.text[start:end])
        if shown:
            yield Cue(at, max(until, at + _LEAST_CUE_S), shown.replace("\n", " "), speaker)
        at = max(until, at)


def _pieces(text: str) -> list[tuple[int, int]]:
    """Spans of at most 40 characters, cut behind a sentence, else a phrase, else anywhere."""
    ends = [match.end() for match in _ENDS.finditer(text)]
    strong = {m.end() for m in _ENDS.finditer(text) if m[0][0] in "。！？!?"}
    words = [m.end() for m in _SOFT.finditer(text)]
    pieces, start = [], 0
    while len(text) - start > MAX_CUE_CHARS:
        near = [e for e in ends if start + 8 <= e <= start + MAX_CUE_CHARS]
        firm = [e for e in near if e in strong]
        soft = [e for e in words if start + 8 <= e <= start + MAX_CUE_CHARS]
        end = max(firm or near or soft, default=start + MAX_CUE_CHARS)
        pieces.append((start, end))
        start = end
    if start < len(text):
        pieces.append((start, len(text)))
    return pieces


def write_cues(cues: Iterable[Cue], form: Form) -> str:
    """The cues as a file; a speaker is named where there is one."""
    blocks = ["WEBVTT"] if form == "vtt" else []
    for number, cue in enumerate(cues, start=1):
        times = f"{_stamp(cue.start_s, form)} --> {_stamp(cue.end_s, form)}"
        if form == "vtt":
            # A name that ends in -- would make an arrow of the bracket behind it.
            name = (cue.speaker or "").translate(_VTT).replace("-", "\u2010")
            voice = f"<v {name}>" if name else ""
            blocks.append(f"{times}\n{voice}{_broken(cue.text).translate(_VTT)}")
        else:
            who = f"{cue.speaker}：" if cue.speaker else ""
            shown = _broken(who + cue.text).translate(_SRT).replace("--", "－－")
            blocks.append(f"{number}\n{times}\n{shown}")
    return "\n\n".join(blocks) + "\n"


def _broken(text: str) -> str:
    """Two lines of about the same length where one would be too long for a screen."""
    if len(text) <= _LINE_CHARS:
        return text
    middle = len(text) / 2
    at = 0
    for pattern in (_ENDS, _SOFT):
        ends = [m.end() for m in pattern.finditer(text)]
        at = at or min((e for e in ends if abs(e - middle) <= len(text) / 5), key=lambda e: abs(e - middle), default=0)  # fmt: skip
    at = at or round(middle)
    first, second = text[:at].strip(), text[at:].strip()
    return f"{first}\n{second}" if first and second else text


def _stamp(seconds: float, form: Form) -> str:
    milliseconds = round(seconds * 1000)
    whole, milli = divmod(milliseconds, 1000)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02d}:{minute:02d}:{second:02d}{'.' if form == 'vtt' else ','}{milli:03d}"
