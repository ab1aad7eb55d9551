"""What stands around a place in an episode, and what kind of talk the episode is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.glossary import Glossary, Term

# Characters of the same line, and of the passage across lines, that speak about a word.
NEAR_CHARS = 45
FAR_CHARS = 160
_STRONG, _WEAK = 1.0, 0.4


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The text about a span, the span itself left out: the same line, and the passage beyond."""

    near: str
    far: str


class Episode:
    """The lines of an episode as one text.

    Args:
        lines: in order.
        glossary: whose domain words tell how much the episode is about the domain.
    """

    def __init__(self, lines: Sequence[str], glossary: Glossary) -> None:
        self._text = "\n".join(lines)
        self._starts = [0]
        for line in lines:
            self._starts.append(self._starts[-1] + len(line) + 1)
        self._strong, self._weak = glossary.domain_strong, glossary.domain_weak
        strong = sum(map(self._text.count, self._strong))
        weak = sum(map(self._text.count, self._weak))
        self.size = len(self._text)
        #: domain words in a thousand characters
        self.density = 1000 * (_STRONG * strong + _WEAK * weak) / max(len(self._text), 1)
        self._domain = _STRONG * strong + _WEAK * weak
        self._shares: dict[str, float] = {}

    def around(self, line: int, start: int, end: int) -> Surroundings:
        """What stands around ``lines[line][start:end]``."""
        first, last = self._starts[line], self._starts[line + 1] - 1
        a, b = first + start, first + end
        left, right = max(first, a - NEAR_CHARS), min(last, b + NEAR_CHARS)
        text = self._text
        return Surroundings(
            f"{text[left:a]}\n{text[b:right]}",
            f"{text[max(0, a - FAR_CHARS) : left]}\n{text[right : b + FAR_CHARS]}",
        )

    def topic(self, text: str) -> float:
        """How much a text is about the domain: distinct domain words, the weak ones for less."""
        return _STRONG * len(found(self._strong, text)) + _WEAK * len(found(self._weak, text))

    def share_against(self, term: Term) -> float:
        """How much of the episode's talk is of the kind that speaks against a term: 0 to 1."""
        share = self._shares.get(term.id)
        if share is None:
            against = sum(map(self._text.count, term.contexts_against))
            share = self._shares[term.id] = against / max(against + self._domain, 1.0)
        return share


def found(words: Iterable[str], text: str) -> list[str]:
    """Which of some words occur in a text."""
    return [word for word in words if word in text]
