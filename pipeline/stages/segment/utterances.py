"""Sentences from lines that were cut anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.edits import span_text
from pipeline.stages.segment.pieces import Line, cuts_within, goes_on, is_finished

# Speech runs on: past this length the next clause end closes the utterance, and past the hard limit
# any place does, so that no passage can grow beyond what a reader takes in.
SOFT_CHARS = 140
HARD_CHARS = 280

_BACKCHANNEL = re.compile(
    r"(?:(?:はい|ええ|うん|うーん|ああ|あー|おお|へえ|へー|ほう|なるほど|確かに|たしかに|そう|そうそう"
    r"|そうですね|そうですよね|そうなんですね|そうっすね|そうだね|ですよね|ですね|いや|まあ|本当に|ほんとに"
    r"|おっしゃる通りです?|面白い|すごい|いいですね)[、。！？!?…\s]*)+"
)
_CLAUSE_END = re.compile(r"(?:、|けど|ので|から|て|し)[、\s]*$")


@dataclass(frozen=True, slots=True)
class Utterance:
    """A sentence: repaired text, raw text, and the raw span it comes from."""

    text: str
    raw_text: str
    speaker: str | None
    start_s: float | None
    end_s: float | None
    first_segment: int
    first_char: int
    last_segment: int
    last_char: int


@dataclass(frozen=True, slots=True)
class _Piece:
    line: Line
    start: int  # in the line's repaired text, outer white space left out
    end: int

    @property
    def text(self) -> str:
        return self.line.text[self.start : self.end]


def is_backchannel(text: str) -> bool:
    """Whether a text only says that somebody listens (はい。なるほど。そうですね。)."""
    return bool(_BACKCHANNEL.fullmatch(text.strip()))


def build_utterances(
    lines: Sequence[Line], *, lines_are_paragraphs: bool = False
) -> list[Utterance]:
    """Join and cut lines into sentences.

    Every character of the lines but outer white space stands in exactly one utterance, in order.

    Args:
        lines: kept segments in order.
        lines_are_paragraphs: written text: a line never joins the next.
    """
    found: list[Utterance] = []
    open_pieces: list[_Piece] = []
    for piece in (p for line in lines for p in _pieces(line)):
        if open_pieces and _breaks(open_pieces, piece, lines_are_paragraphs):
            found.append(_join(open_pieces))
            open_pieces = []
        open_pieces.append(piece)
    if open_pieces:
        found.append(_join(open_pieces))
    return found


def _pieces(line: Line) -> Iterator[_Piece]:
    edges = [0, *cuts_within(line), len(line.text)]
    for start, end in pairwise(edges):
        for a, b in _no_longer_than(line, start, end):
            text = line.text[a:b]
            if text.strip():
                yield _Piece(
                    line, a + len(text) - len(text.lstrip()), b - len(text) + len(text.rstrip())
                )


def _no_longer_than(line: Line, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut a run without sentence ends at commas, and where there are none at the limit."""
    spans = [line.edited.to_edited(e.start, e.end) for e in line.edited.edits]
    while end - start > HARD_CHARS:
        comma = line.text.rfind("、", start + SOFT_CHARS // 2, start + HARD_CHARS)
        cut = comma + 1 if comma > 0 else start + HARD_CHARS
        cut = next((b for a, b in spans if a < cut < b), cut)
        yield start, cut
        start = cut
    yield start, end


def _breaks(open_pieces: Sequence[_Piece], piece: _Piece, lines_are_paragraphs: bool) -> bool:
    last = open_pieces[-1]
    text = "".join(p.text for p in open_pieces)
    is_new_line = piece.line is not last.line
    if piece.line.segment_index > last.line.segment_index + 1:  # a dropped segment lies between
        return True
    if is_new_line and (lines_are_paragraphs or piece.line.speaker != last.line.speaker):
        return True
    if len(text) + len(piece.text) > HARD_CHARS:
        return True
    if is_finished(last.text):
        return not (is_new_line and last.text[-1] not in "。！？!?" and goes_on(piece.text))
    if is_new_line and (is_backchannel(piece.text) or is_backchannel(text)):
        return True
    if not is_new_line:  # cut inside a line: only where a sentence ends or a run is too long
        return True
    return len(text) > SOFT_CHARS and bool(_CLAUSE_END.search(text))


def _join(pieces: Sequence[_Piece]) -> Utterance:
    first, last = pieces[0], pieces[-1]
    text = ""
    for piece in pieces:
        needs_space = text[-1:].isascii() and text[-1:].isalnum() and piece.text[0].isascii()
        text += (" " if needs_space and piece.text[0].isalnum() else "") + piece.text
    first_char = first.line.edited.to_raw(first.start, first.end)[0]
    last_char = last.line.edited.to_raw(last.start, last.end)[1]
    texts = {p.line.segment_index: p.line.edited.raw for p in pieces}
    span = (first.line.segment_index, first_char, last.line.segment_index, last_char)
    return Utterance(
        text, span_text(texts, *span), first.line.speaker,
        first.line.time_at(first_char), last.line.time_at(last_char, is_end=True),
        *span,
    )  # fmt: skip
