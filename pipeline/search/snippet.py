"""The part of a text around what was found, with the found words' spans."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from pipeline.search.query import Query
from pipeline.search.words import Word, analyse, katakana, runs

LONGEST = 90
_BEFORE = 24
_LONGEST_RUN = 4

Span = tuple[int, int]


def snippet(text: str, query: Query, likes: AbstractSet[int]) -> tuple[str, tuple[Span, ...]]:
    """Cut a text to at most :data:`LONGEST` characters around the first words found.

    Args:
        likes: rows of word vectors to mark too.

    Returns:
        The part on one line, … where it is cut, and the spans of the found words in it.
    """
    spans = found_spans(text, query, likes)
    start, end = _window(text, spans)
    head = "…" if start else ""
    tail = "…" if end < len(text) else ""
    shift = len(head) - start
    inside = [
        (max(a, start) + shift, min(b, end) + shift) for a, b in spans if a < end and b > start
    ]
    # A line break counts as one character, a space: offsets stay.
    shown = "".join(" " if c in "\n\r\t" else c for c in text[start:end])
    return f"{head}{shown}{tail}", tuple(inside)


def found_spans(text: str, query: Query, likes: AbstractSet[int]) -> list[Span]:
    """Spans of the words of a text that the query asks for; words side by side are one span."""
    found: list[Span] = []
    for run in runs(analyse(text)):
        found += _in_run(run, query, likes)
    joined: list[Span] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _in_run(run: Sequence[Word], query: Query, likes: AbstractSet[int]) -> list[Span]:
    if 1 < len(run) <= _LONGEST_RUN and _reading(run) in query.readings:
        return [(run[0].token.start, run[-1].token.end)]
    found: list[Span] = []
    for word in run:
        is_like = word.is_content and bool(likes) and not likes.isdisjoint(word.rows)
        if is_like or katakana(word.token.reading) in query.readings:
            found.append((word.token.start, word.token.end))
            continue
        found += [
            (unit.start, unit.end)
            for unit in word.units
            if unit.norm in query.norms or unit.reading in query.readings
        ]
    return found


def _reading(run: Sequence[Word]) -> str:
    return katakana("".join(word.token.reading for word in run))


def _window(text: str, spans: Sequence[Span]) -> Span:
    if len(text) <= LONGEST:
        return 0, len(text)
    first = spans[0][0] if spans else 0
    start = max(0, min(first - _BEFORE, len(text) - LONGEST))
    return start, start + LONGEST
