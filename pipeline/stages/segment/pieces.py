"""An episode's kept segments as repaired lines."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.edits import Edit, EditedText
from pipeline.stages.segment.voices import give_voices


@dataclass(slots=True)
class Line:
    """One kept segment: its repaired text, speaker and times."""

    segment_index: int
    edited: EditedText
    speaker: str | None
    start_s: float | None
    end_s: float | None
    # (start of the word in raw text, start_s, end_s), where recognition gave words
    words: list[tuple[int, float, float]] = field(default_factory=list)
    # (offset in raw text, voice that speaks from there on), where voices were told apart
    voices: list[tuple[int, str | None]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.edited.text

    def time_at(self, char: int, *, is_end: bool = False) -> float | None:
        """The second at which a raw offset is spoken: from the words, else by share of the text."""
        if self.start_s is None or self.end_s is None:
            return None
        if self.words:
            starts = [w[0] for w in self.words]
            number = max(0, bisect_right(starts, char - 1 if is_end else char) - 1)
            return self.words[number][2 if is_end else 1]
        share = char / max(1, len(self.edited.raw))
        return round(self.start_s + (self.end_s - self.start_s) * share, 3)

    def pause_after(self, char: int) -> float:
        """Seconds of silence after a raw offset, 0 where there are no word times."""
        starts = [w[0] for w in self.words]
        number = bisect_right(starts, char - 1) - 1
        if not 0 <= number < len(self.words) - 1 or starts[number + 1] < char:
            return 0.0
        return self.words[number + 1][1] - self.words[number][2]


def read_lines(
    segments: Sequence[dict[str, Any]],
    words: Sequence[dict[str, Any]],
    repairs: Sequence[dict[str, Any]],
    turns: Sequence[dict[str, Any]] = (),
) -> list[Line]:
    """Rows of the tables ``segments``, ``words``, ``repairs`` and ``turns`` as lines.

    Dropped segments are left out.
    """
    edits: dict[int, list[Edit]] = defaultdict(list)
    for r in repairs:
        edits[r["segment_index"]].append(Edit(r["start_char"], r["end_char"], r["after"]))
    timed: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for w in words:
        timed[w["segment_index"]].append(w)
    lines = [
        Line(
            s["segment_index"], EditedText(s["text"], edits[s["segment_index"]]), s["speaker"],
            s["start_s"], s["end_s"], _word_starts(s["text"], timed[s["segment_index"]]),
        )
        for s in segments
        if s["dropped_reason"] is None
    ]  # fmt: skip
    if turns:
        give_voices(lines, turns)
    return lines


def _word_starts(text: str, words: Sequence[dict[str, Any]]) -> list[tuple[int, float, float]]:
    if not words or "".join(w["text"] for w in words) != text:
        return []
    if any(w["start_s"] is None or w["end_s"] is None for w in words):
        return []
    starts, offset = [], 0
    for w in words:
        starts.append((offset, w["start_s"], w["end_s"]))
        offset += len(w["text"])
    return starts
