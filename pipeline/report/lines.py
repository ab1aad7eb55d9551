"""Rows of the tables as passages of lines, each line cut where its marks begin and end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from pipeline.edits import Edit, EditedText
from pipeline.export.clean import clean, one_line
from pipeline.report.model import Line, Piece

Row = Mapping[str, Any]
# start, end in the repaired text of the line, and what it marks
Span = tuple[int, int, Piece]


def visible(text: str) -> str:
    """A piece of a text without characters that are not seen or steer the screen; outer spaces stay."""
    if clean(text) == text and "\n" not in text:
        return text
    return "".join(" " if c.isspace() else c for c in text if c.isspace() or clean(c))


def make_lines(
    segments: Sequence[Row], repairs: Sequence[Row], utterances: Sequence[Row],
    passages: Sequence[Row], tags: Sequence[Row],
) -> dict[int, Line]:  # fmt: skip
    """The utterances of an episode as lines, by index."""
    edited = _edited(segments, repairs)
    evidence = _evidence(utterances, passages, tags)
    made = {}
    for row in utterances:
        index = row["utterance_index"]
        spans = [*_fixes(row, edited), *evidence[index], *_asked(row)]
        made[index] = Line(
            index, one_line(row["speaker"] or ""), row["start_s"], row["end_s"],
            cut(row["text"], spans), None if row["request"] == "none" else row["request"],
            row["request_abstained"],
        )  # fmt: skip
    return made


def cut(text: str, spans: Iterable[Span]) -> tuple[Piece, ...]:
    """A text in pieces, each under the same marks from its first character to its last."""
    marks = [(max(0, a), min(len(text), b), piece) for a, b, piece in spans]
    marks = [mark for mark in marks if mark[0] < mark[1]]
    borders = sorted({0, len(text), *(at for a, b, _ in marks for at in (a, b))})
    # A repaired word is shown as one, whatever else ends within it.
    whole = [(a, b) for a, b, piece in marks if piece.raw is not None]
    borders = [at for at in borders if not any(a < at < b for a, b in whole)]
    pieces = []
    for start, end in pairwise(borders):
        over = [piece for a, b, piece in marks if a < end and start < b]
        raw = next((piece.raw for piece in over if piece.raw is not None), None)
        about = tuple(dict.fromkeys(tag for piece in over for tag in piece.tags))
        shown = visible(text[start:end])
        if shown:
            pieces.append(Piece(shown, raw, about, any(piece.asks for piece in over)))
    return tuple(pieces)


def _edited(segments: Sequence[Row], repairs: Sequence[Row]) -> dict[int, EditedText]:
    edits: dict[int, list[Edit]] = defaultdict(list)
    for row in repairs:
        edits[row["segment_index"]].append(Edit(row["start_char"], row["end_char"], row["after"]))
    return {
        row["segment_index"]: EditedText(row["text"], edits[row["segment_index"]])
        for row in segments
        if row["segment_index"] in edits
    }


def _fixes(utterance: Row, edited: Mapping[int, EditedText]) -> Iterable[Span]:
    """Where the line has repairs: each part of it is looked up in the line, one behind the other."""
    at = 0
    for part in utterance["parts"]:
        text = edited.get(part["segment_index"])
        if text is None:
            continue
        start, end = text.to_edited(part["start_char"], part["end_char"])
        said = text.text[start:end]
        found = utterance["text"].find(said.strip(), at)
        if found < 0:  # written by another version: better no mark than a wrong one
            continue
        shift = found - start - (len(said) - len(said.lstrip()))
        for edit in text.edits:
            if part["start_char"] <= edit.start and edit.end <= part["end_char"]:
                first, last = text.to_edited(edit.start, edit.end)
                before = visible(text.raw[edit.start : edit.end])
                yield first + shift, last + shift, Piece("", before)
        at = found + len(said.strip())


def _evidence(
    utterances: Sequence[Row], passages: Sequence[Row], tags: Sequence[Row]
) -> dict[int, list[Span]]:
    """Evidence of tags by line; its offsets are of the passage's text, an utterance a line."""
    texts = {row["utterance_index"]: row["text"] for row in utterances}
    starts: dict[str, list[tuple[int, int]]] = {}
    for row in passages:
        at, known = 0, []
        for index in range(row["first_utterance"], row["last_utterance"] + 1):
            known.append((at, index))
            at += len(texts[index]) + 1
        starts[row["passage_id"]] = known
    found: dict[int, list[Span]] = defaultdict(list)
    for row in tags:
        for at, index in starts.get(row["passage_id"], ()):
            first, last = row["start_char"] - at, row["end_char"] - at
            if first < len(texts[index]) and last > 0:
                found[index].append((first, last, Piece("", tags=(row["tag"],))))
    return found


def _asked(utterance: Row) -> Iterable[Span]:
    start, end = utterance["request_start_char"], utterance["request_end_char"]
    if utterance["request"] != "none" and start is not None and end is not None:
        yield start, end, Piece("", asks=True)
