"""What a clause costs in Sudachi's lattice, with what stands there and with something else in its place."""

from __future__ import annotations

import functools

from pipeline.morph import lattice_cost

CLAUSE_MARKS = "、。 \u3000?？!！,."
_CLAUSE_CHARS = 15


def clause_gain(text: str, start: int, end: int, term: str, stand_in: str) -> float:
    """How much cheaper the clause gets with the term (or any word of its kind) in the span."""
    cheapest = min(clause_cost(text, start, end, word) for word in (term, stand_in))
    return clause_cost(text, start, end, text[start:end]) - cheapest


def clause_cost(text: str, start: int, end: int, word: str) -> float:
    """What the clause costs with a word in the span."""
    left = max(text.rfind(mark, 0, start) for mark in CLAUSE_MARKS) + 1
    rights = [at for at in (text.find(mark, end) for mark in CLAUSE_MARKS) if at >= 0]
    tail = text[end : min([*rights, end + _CLAUSE_CHARS])]
    return float(_cost(text[max(left, start - _CLAUSE_CHARS) : start] + word + tail))


@functools.lru_cache(maxsize=4096)
def strangeness(surface: str) -> float:
    """How much dearer than a common noun a word is where any noun may stand."""
    return float(_cost(f"その{surface}がある") - _cost("その支援がある"))


@functools.lru_cache(maxsize=16384)
def _cost(text: str) -> int:
    return lattice_cost(text)
