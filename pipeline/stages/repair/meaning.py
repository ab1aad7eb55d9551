"""Which word the text around it is about: the term, or the word of the same sound that stands there.

Word vectors of the content words around are compared with those of the term (and of the words that
the glossary names around it) and with that of the word that recognition wrote.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pipeline.glossary import Glossary, Term
from pipeline.morph import Token, tokens
from pipeline.vectors import mean, row

if TYPE_CHECKING:
    from numpy.typing import NDArray

# How much of a term's direction is that of the domain as a whole.
_DOMAIN_SHARE = 0.5


class Meanings:
    """What the terms of a glossary are about.

    Args:
        glossary: its ``for`` words and domain words give the directions.
    """

    def __init__(self, glossary: Glossary) -> None:
        self._domain = (*glossary.domain_strong, *glossary.domain_weak)
        #: ordinary words that sound like any of the terms
        self.rivals = tuple(dict.fromkeys(word for term in glossary.terms for word in term.rivals))
        self._directions: dict[str, NDArray[Any]] = {}

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
