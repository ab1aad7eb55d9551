"""Runs: what one speaker says over several lines, with what the listener puts in between left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.stages.segment.pieces import Line

# So many listener's words may stand between two parts of a sentence.
_MAX_ASIDES = 3

_LISTENS = (
    r"はい|ええ|うん|うーん|ああ|あー|おお|おー|へえ|へー|ほう|ふーん|なるほど|なるほどですね|そうそう"
    r"|そうですね|そうですよね|そうなんですね|そうなんですか|そうっすね|そうだね|ですよね|ですね"
)
_AMBIGUOUS = (
    r"|そう|確かに|たしかに|いや|まあ|本当に|ほんとに|本当ですか|おっしゃる通りです?|面白い|すごい|すごいですね"
    r"|いいですね|面白いですね|ほんとですか"
)
_BACKCHANNEL = re.compile(rf"(?:(?:{_LISTENS}{_AMBIGUOUS})[、。！？!?…\s]*)+")
# Without a mark only these are told from the beginning of a sentence.
_PLAINLY = re.compile(rf"(?:(?:{_LISTENS})[、。！？!?…\s]*)+")
_LEADING = re.compile(rf"(?:(?:{_LISTENS}{_AMBIGUOUS})[。！!？?]+\s*)+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line: offsets of its repaired text, outer white space left out."""

    line: Line
    start: int
    end: int
    voice: str | None

    @property
    def text(self) -> str:
        return self.line.text[self.start : self.end]

    def within(self, start: int, end: int) -> Piece | None:
        """The part between two offsets of the piece, None where only white space is left."""
        text = self.text[max(0, start) : max(0, end)]
        if not text.strip():
            return None
        first = self.start + max(0, start) + len(text) - len(text.lstrip())
        return Piece(self.line, first, first + len(text.strip()), self.voice)


def is_backchannel(text: str) -> bool:
    """Whether a text only says that somebody listens (はい。なるほど。そうですね。)."""
    return bool(_BACKCHANNEL.fullmatch(text.strip()))


def runs(lines: Sequence[Line], *, lines_are_paragraphs: bool = False) -> Iterator[list[Piece]]:
    """Join lines into runs; a sentence never leaves its run.

    A run ends where the voice changes, where a dropped segment lies between, and with each line of
    written text. A backchannel is a run of its own and does not end the run it stands in.

    Yields:
        The pieces of a run in order; runs in the order in which they close.
    """
    current: list[Piece] = []
    asides = 0
    before: Line | None = None
    for line in lines:
        is_cut_off = before is not None and line.segment_index > before.segment_index + 1
        before = line
        for piece in _pieces(line):
            is_aside = _is_aside(piece, current)
            if current and (
                lines_are_paragraphs
                or (is_cut_off and piece.line is not current[-1].line)
                or (not is_aside and piece.voice != current[-1].voice)
                or (is_aside and asides == _MAX_ASIDES)
            ):
                yield current
                current, asides = [], 0
            if is_aside and not lines_are_paragraphs:
                yield [piece]
                asides += 1
            else:
                current.append(piece)
                asides = 0
    if current:
        yield current


def _pieces(line: Line) -> Iterator[Piece]:
    """A line, cut where the voice changes; the marked backchannels at its beginning stand apart."""
    voices = line.voices or [(0, line.speaker)]
    edges = [0, *(line.edited.to_edited(at, at)[0] for at, _ in voices[1:]), len(line.text)]
    for (start, end), (_, voice) in zip(pairwise(edges), voices, strict=True):
        whole = Piece(line, 0, len(line.text), voice).within(start, end)
        if whole is not None:
            yield from _without_lead(line, whole)


def _without_lead(line: Line, whole: Piece) -> Iterator[Piece]:
    lead = _LEADING.match(whole.text)
    cut = lead.end() if lead else 0
    spans = [line.edited.to_edited(e.start, e.end) for e in line.edited.edits]
    if any(a < whole.start + cut < b for a, b in spans):
        cut = 0
    for part in (whole.within(0, cut), whole.within(cut, len(whole.text))):
        if part is not None:
            yield part


def _is_aside(piece: Piece, current: Sequence[Piece]) -> bool:
    text = piece.text
    if not is_backchannel(text):
        return False
    is_other = bool(current) and piece.voice != current[-1].voice
    return is_other or text[-1] in "。！？!?" or bool(_PLAINLY.fullmatch(text))
