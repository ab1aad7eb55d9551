"""Sentences from lines that were cut anywhere."""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pipeline.stages.segment.borders import BorderModel, border_model
from pipeline.stages.segment.pieces import Line
from pipeline.stages.segment.runs import Piece, is_backchannel, runs
from pipeline.stages.segment.words import Words

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Speech runs on: past this length an utterance is cut where a sentence most likely ends, so that no
# passage can grow beyond what a reader takes in.
HARD_CHARS = 280
_MIN_CHARS = 40
# Log odds above which the model ends a sentence: below 0, since a reader misses an end more than he
# minds one too many, and F1 is best below even odds where the model is unsure.
THRESHOLD = -0.9
# What is added to the threshold where the text marks its sentences itself.
_TRUST = 4.0
_MARKED_CHARS = 80  # a text with a mark so often is taken to mark every sentence
_WINDOW = 250
# Log odds that a pause of so many seconds adds; by hand, as the training texts have no times.
_PAUSES = ((1.0, 1.2), (0.5, 0.6))

# and that a space or a new line of recognition adds
_BREATHS = frozenset(("s", "n"))
_BREATH = 0.5
# Below this no pause and no length makes an end.
_HOPELESS = -5.0

_TERMINAL = re.compile(r"(?:[。！？!?]+|[．.](?![0-9０-９A-Za-z]))[」』）)】\"”]*")
# A question inside a sentence: 「伴走って何？っていう話」
_QUOTED = re.compile(r"って|と(?:いう|いった|思|言|聞|か)|みたいな")
_QUOTE = re.compile(r"「[^「」]{0,120}」|『[^『』]{0,120}』")
# What follows a quotation within its sentence: 「どうしますか？」と聞く
_GOES_ON = re.compile(r"(?<=[」』）)])(?:[とをがはにのも、。]|から|まで|だ)")
_NO_START = frozenset("。．！？!?…、，」』）)】”〉》ー～")
_NO_END = frozenset("「『（(【“〈《")


@dataclass(frozen=True, slots=True)
class Utterance:
    """A sentence: repaired text, raw text, and the raw spans it comes from."""

    text: str
    raw_text: str
    voice: str | None
    start_s: float | None
    end_s: float | None
    # (segment_index, start, end) in raw text; more than one segment apart where a backchannel of
    # somebody else stands between
    parts: tuple[tuple[int, int, int], ...]

    @property
    def first_segment(self) -> int:
        return self.parts[0][0]

    @property
    def first_char(self) -> int:
        return self.parts[0][1]

    @property
    def last_segment(self) -> int:
        return self.parts[-1][0]

    @property
    def last_char(self) -> int:
        return self.parts[-1][2]


def build_utterances(
    lines: Sequence[Line], *, lines_are_paragraphs: bool = False
) -> list[Utterance]:
    """Join and cut lines into sentences, in the order in which they begin.

    Every character of the lines but outer white space stands in exactly one utterance.

    Args:
        lines: kept segments in order.
        lines_are_paragraphs: written text: a line never joins the next, and its marks are trusted.
    """
    joined = [_Run(p) for p in runs(lines, lines_are_paragraphs=lines_are_paragraphs)]
    model = border_model()
    # All runs at once: the model works on arrays.
    odds = model.log_odds([run.words for run in joined])
    found = [
        utterance
        for run, at_borders in zip(joined, odds, strict=True)
        for utterance in run.utterances(model, at_borders, is_written=lines_are_paragraphs)
    ]
    return sorted(found, key=lambda u: u.parts[0])


class _Run:
    """The joined text of a run, and the way back to its pieces."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.pieces = pieces
        self.starts: list[int] = []
        text = ""
        parts: list[str] = []
        size = 0
        for piece in pieces:
            added = piece.text
            needs_space = text[-1:].isascii() and text[-1:].isalnum() and added[0].isascii()
            space = " " if needs_space and added[0].isalnum() else ""
            self.starts.append(size + len(space))
            parts += [space, added]
            size += len(space) + len(added)
            text = added
        self.text = "".join(parts)
        self.words = Words(self.text, self.starts[1:])
        self._is_timed = any(p.line.words or p.line.start_s is not None for p in pieces)
        self._barred = [
            (start + a - piece.start, start + b - piece.start)
            for start, piece in zip(self.starts, pieces, strict=True)
            for a, b in (
                piece.line.edited.to_edited(e.start, e.end) for e in piece.line.edited.edits
            )
        ]

    def utterances(
        self, model: BorderModel, odds: NDArray[Any], *, is_written: bool
    ) -> Iterator[Utterance]:
        """The sentences of the run, given what the model says of its borders."""
        cuts = self._cuts(model, odds, is_written)
        for start, end in pairwise([0, *cuts, len(self.text)]):
            first, last = (
                max(0, bisect_right(self.starts, start) - 1),
                bisect_left(self.starts, end),
            )
            parts = [
                part
                for at, piece in zip(self.starts[first:last], self.pieces[first:last], strict=True)
                if (part := piece.within(start - at, end - at)) is not None
            ]
            if parts:
                yield _utterance(self.text[start:end].strip(), parts)

    def _cuts(self, model: BorderModel, odds: NDArray[Any], is_written: bool) -> list[int]:
        marks = _marks(self.text)
        if not is_written and is_backchannel(self.text):
            return self._allowed(marks)
        scored = self._scored(model, odds.tolist(), marks, is_written)
        cuts = [*marks, *(end for end, excess in scored if excess > 0)]
        return self._no_longer_than(self._allowed(cuts), scored)

    def _allowed(self, cuts: Sequence[int]) -> list[int]:
        """No cut at the ends, or within a repair, whose raw text is one piece."""
        return sorted(c for c in set(cuts) if 0 < c < len(self.text) and self._beyond(c) == c)

    def _scored(
        self, model: BorderModel, odds: Sequence[float], marks: Sequence[int], is_written: bool
    ) -> list[tuple[int, float]]:
        """By how much the log odds of every border pass what is asked of it.

        From left to right: they depend on where the sentence begins.
        """
        excess = [value - THRESHOLD for value in odds]
        since = number = 0
        ends, starts, gaps = self.words.ends, self.words.starts, self.words.gaps
        for at, value in enumerate(excess):
            if value <= _HOPELESS:
                continue
            end, start = ends[at], starts[at + 1]
            while number < len(marks) and marks[number] <= start:
                since = max(since, marks[number])
                number += 1
            known = value + model.length_odds(end - since)
            known += self._breath_odds(end, start, gaps[at])
            if known > 0:
                known -= _TRUST * (1.0 if is_written else self._marked(marks, end))
            if known > 0:
                since = start
            excess[at] = known
        return list(zip(ends, excess, strict=False))

    def _breath_odds(self, end: int, start: int, gap: str) -> float:
        """What a pause, a space or a new line adds; nothing ends before a closing mark."""
        if self.text[start] in _NO_START or self.text[end - 1] in _NO_END:
            return -math.inf
        return _pause_odds(self._pause(end)) + _BREATH * (gap in _BREATHS)

    def _marked(self, marks: Sequence[int], at: int) -> float:
        """How far the text around an offset marks its own sentences, 0 to 1."""
        first, last = max(0, at - _WINDOW), min(len(self.text), at + _WINDOW)
        count = bisect_right(marks, last) - bisect_left(marks, first)
        return min(1.0, count * _MARKED_CHARS / max(1, last - first))

    def _pause(self, end: int) -> float:
        """Seconds of silence at a border, 0 where that is not known."""
        if not self._is_timed:
            return 0.0
        number = bisect_right(self.starts, max(0, end - 1)) - 1
        piece = self.pieces[number]
        at = piece.start + end - self.starts[number]
        raw = piece.line.edited.to_raw(max(0, at - 1), at)[1]
        if at < piece.end:
            return piece.line.pause_after(raw)
        after = self.pieces[number + 1] if number + 1 < len(self.pieces) else piece
        if after.line.segment_index != piece.line.segment_index + 1:
            return 0.0
        until_s = piece.line.time_at(raw, is_end=True)
        from_s = after.line.time_at(after.line.edited.to_raw(after.start, after.end)[0])
        return 0.0 if from_s is None or until_s is None else from_s - until_s

    def _no_longer_than(
        self, cuts: Sequence[int], scored: Sequence[tuple[int, float]]
    ) -> list[int]:
        """Cut what is too long where a sentence most likely ends, and at the limit else."""
        found: list[int] = []
        for start, end in pairwise([0, *cuts, len(self.text)]):
            at = start
            while end - at > HARD_CHARS:
                lowest = bisect_left(scored, (at + _MIN_CHARS, -math.inf))
                highest = bisect_right(scored, (at + HARD_CHARS, math.inf))
                near = [(odds, n) for n, odds in scored[lowest:highest] if self._beyond(n) == n]
                at = max(near)[1] if near else self._beyond(at + HARD_CHARS)
                if at < end:
                    found.append(at)
            found.append(end)
        return found[:-1]

    def _beyond(self, cut: int) -> int:
        """The offset, or the end of the repair it stands in."""
        number = bisect_left(self._barred, (cut, 0)) - 1
        return max(cut, self._barred[number][1]) if number >= 0 else cut


def _marks(text: str) -> list[int]:
    """Where punctuation ends a sentence; a mark within a quotation ends none."""
    quotes = {at: q.end() for q in _QUOTE.finditer(text) for at in range(q.start(), q.end())}
    found = []
    for match in _TERMINAL.finditer(text):
        end = match.end()
        is_inside = end < quotes.get(match.start(), 0)
        is_spoken = text[end - 1] in _NO_START and _GOES_ON.match(text, end)
        if not (is_inside or is_spoken or _QUOTED.match(text, end)):
            found.append(end)
    return found


def _pause_odds(seconds: float) -> float:
    return next((odds for least, odds in _PAUSES if seconds >= least), 0.0)


def _utterance(text: str, pieces: Sequence[Piece]) -> Utterance:
    parts = []
    for number, piece in enumerate(pieces):
        edited = piece.line.edited
        start, end = edited.to_raw(piece.start, piece.end)
        # Where a sentence goes on, the white space at the break belongs to it.
        if number and not edited.raw[:start].strip():
            start = 0
        if number < len(pieces) - 1 and not edited.raw[end:].strip():
            end = len(edited.raw)
        parts.append((piece.line.segment_index, start, end))
    first, last = pieces[0].line, pieces[-1].line
    raw = [p.line.edited.raw[a:b] for p, (_, a, b) in zip(pieces, parts, strict=True)]
    return Utterance(
        text, "\n".join(raw), pieces[0].voice,
        first.time_at(parts[0][1]), last.time_at(parts[-1][2], is_end=True),
        tuple(parts),
    )  # fmt: skip
