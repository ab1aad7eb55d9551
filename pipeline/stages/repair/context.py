"""What stands around a place in an episode, and what kind of talk the episode is."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.glossary import Glossary

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
        #: domain words in a thousand characters
        self.density = 1000 * (_STRONG * strong + _WEAK * weak) / max(len(self._text), 1)

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

    def topic(self, around: Surroundings) -> float:
        """How much a place is about the domain: distinct domain words, the far ones for half."""
        near = _STRONG * len(found(self._strong, around.near)) + _WEAK * len(
            found(self._weak, around.near)
        )
        far = _STRONG * len(found(self._strong, around.far)) + _WEAK * len(
            found(self._weak, around.far)
        )
        return near + 0.5 * far

    def line_of(self, offset: int) -> int:
        """The line that holds an offset of the joined text."""
        return bisect.bisect_right(self._starts, offset) - 1


def found(words: Iterable[str], text: str) -> list[str]:
    """Which of some words occur in a text."""
    return [word for word in words if word in text]
