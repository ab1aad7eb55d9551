"""Which word the text around it is about: the term, or the word of the same sound that stands there.

Word vectors of the content words around are compared with those of the term (and of the words that
the glossary names around it) and with that of the word that recognition wrote.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.glossary import Glossary, Term
from pipeline.morph import Token, tokens
from pipeline.sound import distance, key
from pipeline.stages.repair.context import NEAR_CHARS
from pipeline.vectors import mean, row

if TYPE_CHECKING:
    from numpy.typing import NDArray

# How much of a term's direction is that of the domain as a whole.
_DOMAIN_SHARE = 0.5


_LEAST_SLIP = 0.3
# Stands for the place itself in the words of a rival.
_PLACE = "〜"
_SENTENCE_END = re.compile(r"[。？！?!\n]")


class Place(NamedTuple):
    """What stands left and right of a place in its line, and the sentence without it."""

    left: str
    right: str
    sentence: str

    @classmethod
    def of(cls, text: str, start: int, end: int) -> Place:
        """Those of ``text[start:end]``."""
        left, right = text[:start], text[end:]
        before, after = in_sentence(left[-NEAR_CHARS:], right[:NEAR_CHARS])
        return cls(left, right, f"{before}\n{after}")


def in_sentence(left: str, right: str) -> tuple[str, str]:
    """What of the text left and right of a place stands in the same sentence."""
    return _SENTENCE_END.split(left)[-1], _SENTENCE_END.split(right, maxsplit=1)[0]


class Told(NamedTuple):
    """What the glossary says of a rival: what stands right before and behind it, what in its sentence."""

    before: tuple[str, ...]
    behind: tuple[str, ...]
    near: tuple[str, ...]

    @classmethod
    def of(cls, words: Sequence[str]) -> Told:
        """Sort the words; 〜 in one stands for the place."""
        return cls(
            tuple(w[:-1] for w in words if w.endswith(_PLACE)),
            tuple(w[1:] for w in words if w.startswith(_PLACE)),
            tuple(w for w in words if _PLACE not in w),
        )

    def seen(self, around: Place) -> tuple[list[str], list[str]]:
        """Which of them stand right beside a place, and which in its sentence."""
        beside = [w for w in self.before if around.left.endswith(w)]
        beside += [w for w in self.behind if around.right.startswith(w)]
        return beside, [w for w in self.near if w in around.sentence]


class Meanings:
    """What the terms of a glossary are about.

    Args:
        glossary: its ``for`` words and domain words give the directions.
    """

    def __init__(self, glossary: Glossary) -> None:
        self._domain = (*glossary.domain_strong, *glossary.domain_weak)
        #: ordinary words that sound like any of the terms
        self.rivals = tuple(dict.fromkeys(word for term in glossary.terms for word in term.rivals))
        self._sounds = [(w, sound_of(w), frozenset(key(sound_of(w)))) for w in self.rivals]
        self.alike = functools.lru_cache(maxsize=4096)(self._alike)
        #: what the glossary says of the rivals, by term and rival
        self.told = {
            term.id: {rival: Told.of(words) for rival, words in term.rivals_with}
            for term in glossary.terms
        }
        self._directions: dict[str, NDArray[Any]] = {}

    def _alike(self, reading: str, limit: float) -> tuple[tuple[str, float], ...]:
        """The rivals that sound like a reading, and how far off they are: at most ``limit``."""
        folded = frozenset(key(reading))
        return tuple(
            (word, away) for word, sound, other in self._sounds
            # Each slip costs that much at least and makes at most two sounds differ.
            if len(folded ^ other) * _LEAST_SLIP / 2 <= limit
            and (away := distance(reading, sound, limit)) <= limit
        )  # fmt: skip

    def nearer(self, term: Term, others: Sequence[str], around: Sequence[Token]) -> float | None:
        """By how much the words around are nearer to a term than to the nearest of other words.

        Args:
            term: of the glossary.
            others: what may be meant instead.
            around: the words of the line without the place itself.

        Returns:
            -2 to 2, mostly -0.4 to 0.7; null where one side is not known.
        """
        context = mean(around)
        if not context.any():
            return None
        near = [float(context @ v) for v in map(_of_text, others) if v.any()]
        return float(context @ self._direction(term)) - max(near) if near else None

    def _direction(self, term: Term) -> NDArray[Any]:
        known = self._directions.get(term.id)
        if known is None:
            import numpy as np

            own = mean(tokens(" ".join((term.term, *term.contexts_for))))
            mixed = own + _DOMAIN_SHARE * _of_text(" ".join(self._domain))
            length = float(np.linalg.norm(mixed))
            known = self._directions[term.id] = mixed / length if length else mixed
        return known


@functools.lru_cache(maxsize=4096)
def _of_text(text: str) -> NDArray[Any]:
    return mean(tokens(text))


def is_rare(word: Token) -> bool:
    """A dictionary lists the word, but hardly a text has it: it has no vector."""
    return row(word.norm) is None and row(word.surface) is None


@functools.lru_cache(maxsize=4096)
def sound_of(word: str) -> str:
    """The katakana reading of a dictionary word."""
    return "".join(token.reading for token in tokens(word))
