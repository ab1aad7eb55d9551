"""Scores sentence boundaries: F1 over the places inside a text where a sentence ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.evaluate.report import Mistake, Report, label_score
from pipeline.run.tools import Tools
from pipeline.stages.segment import sentence_ends

_SHOWN = 12


def score(gold: Sequence[dict[str, Any]], tools: Tools) -> Report:
    """``boundaries`` are offsets at which a sentence ends; the text's own end is not scored.

    White space counts for nothing: a boundary before a space is the one behind it.
    """
    right = given = wanted = 0
    mistakes = []
    for row in gold:
        text = row["text"]
        ends = {_solid(text, n): n for n in row["boundaries"]}
        got = {_solid(text, n): n for n in sentence_ends(text)}
        last = _solid(text, len(text))
        for found in (ends, got):
            found.pop(0, None)
            found.pop(last, None)
        right += len(ends.keys() & got.keys())
        given += len(got)
        wanted += len(ends)
        for key in sorted(ends.keys() ^ got.keys()):
            at = ends.get(key, got.get(key, 0))
            shown = f"{text[max(0, at - _SHOWN) : at]} | {text[at : at + _SHOWN]}"
            kind = ("end", "-") if key in ends else ("-", "end")
            mistakes.append(Mistake(row["id"], shown, *kind, 1.0))
    scores = label_score("end", right=right, given=given, wanted=wanted)
    figures = {
        "f1": scores.f1 or 0.0,
        "precision": scores.precision or 0.0,
        "recall": scores.recall,
    }
    return Report("segments", len(gold), ("f1",), figures, [scores], {}, mistakes)


def _solid(text: str, offset: int) -> int:
    """How many characters that are no white space stand before an offset."""
    return sum(not c.isspace() for c in text[:offset])
