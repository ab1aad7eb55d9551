"""Which pairs of cards are worth comparing, without looking at all pairs.

An inverted index of what each card tells: its weightiest concepts, alone, by twos and threes, and the
words used alike (by the word vectors). What stands in very many cards brings none together by itself; in a
large archive the pairs of concepts do. So a card's cost stays the same however many there are.
"""

from __future__ import annotations

import functools
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from pipeline import claims, vectors
from pipeline.stages.link.index import Index
from pipeline.stages.link.said import Said

# Cards of one episode that stand so near are compared whatever their words.
NEAR_PASSAGES, NEAR_CARDS = 1, 4
# And those that stand side by side, or nearly, wherever a passage ends.
BESIDE = 2
_MOST_CONCEPTS = 8
_COMMON = 60  # cards a key may bring together
# What many say in so many of the same words is compared with those who said it first.
_SPECIFIC, _MOST_OF_THREE, _FIRST = 3, 5, 8
_MOST_CANDIDATES = 24
_ALIKE, _MOST_ALIKE = 0.6, 4

Key = tuple[str, ...]


class Finder:
    """Finds for an episode's cards those before them, and of their episode, to compare them with.

    Args:
        index: of the cards before.
        line: their audience's.
        row_words: concepts of the line by the row of their vector.
    """

    def __init__(self, index: Index, line: int, row_words: Mapping[int, Sequence[str]]) -> None:
        self._index = index
        self._line = line
        self._row_words = row_words
        self._having: dict[int, list[int]] = {}

    def find(self, first: int, said: Sequence[Said]) -> tuple[list[list[int]], list[set[int]]]:
        """Look an episode's cards up.

        Args:
            first: number of the first of them.
            said: what they say, weighed.

        Returns:
            For each the keys by which later cards shall find it, and the numbers of cards to compare it
            with: of other episodes, and of its own both before and behind it.
        """
        keys = [_keys(card) for card in said]
        own: list[list[int]] = [[] for _ in said]
        for at, weights in enumerate(keys):
            for key in weights:
                number = self._number(key)
                having = self._cards(number)
                if len(having) <= _COMMON:
                    having.append(first + at)
                    own[at].append(number)
        near: list[set[int]] = [set() for _ in said]
        for at, weights in enumerate(keys):
            for other in self._best(first + at, weights, said[at]):
                near[at].add(other)
                if other >= first:
                    near[other - first].add(first + at)
        for at, a in enumerate(said):
            for to in range(at + 1, min(len(said), at + 1 + NEAR_CARDS)):
                if to - at <= BESIDE or is_near(a, said[to]):
                    near[at].add(first + to)
                    near[to].add(first + at)
        return own, near

    def _best(self, number: int, own: Mapping[Key, float], card: Said) -> list[int]:
        scores: dict[int, float] = defaultdict(float)
        for key, weight in own.items():
            found = self._cards(self._number(key))
            is_specific = len(key) == _SPECIFIC and len(found) > _COMMON
            _add(scores, found[:_FIRST] if is_specific else found, weight)
            if len(key) == 1 and card.topic[key[0]] >= claims.TELLING:
                for having, cosine in self._used_alike(key[0]):
                    _add(scores, having, weight * cosine)
        scores.pop(number, None)
        ranked = sorted((-score, number - other, other) for other, score in scores.items())
        return [other for _, _, other in ranked[:_MOST_CANDIDATES]]

    def _used_alike(self, concept: str) -> list[tuple[list[int], float]]:
        """The cards of the few words of the line that are used most alike."""
        row = vectors.row(concept)
        found: list[tuple[list[int], float]] = []
        for other_row, cosine in _nearest(row) if row is not None else ():
            for other in self._row_words.get(other_row, ()):
                having = self._cards(self._number((other,)))
                if other != concept and having:
                    found.append((having, cosine))
            if len(found) >= _MOST_ALIKE:
                break
        return found[:_MOST_ALIKE]

    def _cards(self, key: int) -> list[int]:
        """The first cards with a key, one more than may be brought together by it."""
        if key not in self._having:
            self._having[key] = self._index.having(key, most=_COMMON + 1)
        return self._having[key]

    def _number(self, key: Key) -> int:
        text = "\0".join((str(self._line), *key))
        digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big", signed=True)


def is_near(a: Said, b: Said) -> bool:
    """Whether two cards stand in the same stretch of an episode."""
    return (
        a.episode_id == b.episode_id
        and abs(a.passage - b.passage) <= NEAR_PASSAGES
        and abs(a.position - b.position) <= NEAR_CARDS
    )


def _keys(card: Said) -> dict[Key, float]:
    """A card's weightiest concepts, alone, by twos and threes, with their weights."""
    told = sorted(((-x, c) for c, x in card.topic.items() if x >= claims.TELLING))[:_MOST_CONCEPTS]
    if not told:
        told = sorted((-x, c) for c, x in card.topic.items())[:_MOST_CONCEPTS]
    weights = {c: -x for x, c in told}
    keys: dict[Key, float] = {(c,): x for c, x in weights.items()}
    for a, b in combinations(sorted(weights), 2):
        keys[a, b] = weights[a] + weights[b]
    for three in combinations(sorted(c for _, c in told[:_MOST_OF_THREE]), 3):
        keys[three] = sum(weights[c] for c in three)
    return keys


def _add(scores: dict[int, float], numbers: Sequence[int], weight: float) -> None:
    if len(numbers) <= _COMMON:
        for other in numbers:
            scores[other] += weight


@functools.lru_cache(maxsize=32_768)
def _nearest(row: int) -> tuple[tuple[int, float], ...]:
    """The words used alike, of all that the table of vectors knows: row and cosine, the nearest first."""
    import numpy as np

    table: Any = vectors.matrix()
    cosines = table @ table[row]
    cosines[row] = 0.0
    found = np.flatnonzero(cosines >= _ALIKE)
    order = found[np.argsort(-cosines[found], kind="stable")]
    return tuple((int(n), float(cosines[n])) for n in order)
