"""Which pairs of cards are worth comparing, without looking at all pairs.

An inverted index of what each card tells: its weightiest concepts, alone, by twos and threes, and the
words used alike (by the word vectors). What stands in very many cards brings none together by itself; in a
large archive the pairs of concepts do. So a card's cost stays the same however many there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise
from typing import Any

from pipeline import claims, vectors
from pipeline.stages.link.said import Said

# Cards of one episode that stand so near are compared whatever their words.
NEAR_PASSAGES, NEAR_CARDS = 1, 4
_MOST_CONCEPTS = 8
_COMMON = 60  # cards a key may bring together
# What many say in so many of the same words is compared with those who said it first.
_SPECIFIC, _MOST_OF_THREE, _FIRST = 3, 5, 8
_MOST_CANDIDATES = 24
_ALIKE, _MOST_ALIKE = 0.6, 4
_BLOCK = 512

Key = tuple[str, ...]


def candidates(said: Sequence[Said]) -> list[tuple[int, ...]]:
    """For each card the others it should be compared with, in ascending order.

    The relation is symmetric, and does not depend on the order of the cards but for ties.
    """
    alike = _alike_words(said)
    keys = [_keys(card) for card in said]
    index: dict[Key, list[int]] = defaultdict(list)
    for number, own in enumerate(keys):
        for key in own:
            index[key].append(number)
    found: list[set[int]] = [set() for _ in said]
    for number, own in enumerate(keys):
        for other in _best(number, own, index, alike):
            found[number].add(other)
            found[other].add(number)
    for number, other in _neighbours(said):
        found[number].add(other)
        found[other].add(number)
    return [tuple(sorted(near)) for near in found]


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


def _best(
    number: int,
    own: Mapping[Key, float],
    index: Mapping[Key, Sequence[int]],
    alike: Mapping[str, Sequence[tuple[str, float]]],
) -> list[int]:
    scores: dict[int, float] = defaultdict(float)
    for key, weight in own.items():
        found = index[key]
        _add(
            scores,
            found[:_FIRST] if len(key) == _SPECIFIC and len(found) > _COMMON else found,
            weight,
        )
        if len(key) == 1:
            for word, cosine in alike.get(key[0], ()):
                _add(scores, index.get((word,), ()), weight * cosine)
    scores.pop(number, None)
    ranked = sorted((-score, abs(other - number), other) for other, score in scores.items())
    return [other for _, _, other in ranked[:_MOST_CANDIDATES]]


def _add(scores: dict[int, float], numbers: Sequence[int], weight: float) -> None:
    if len(numbers) <= _COMMON:
        for other in numbers:
            scores[other] += weight


def _neighbours(said: Sequence[Said]) -> list[tuple[int, int]]:
    episodes: dict[str, list[int]] = defaultdict(list)
    for number, card in enumerate(said):
        episodes[card.episode_id].append(number)
    return [
        (a, b)
        for numbers in episodes.values()
        for at, a in enumerate(numbers)
        for b in numbers[at + 1 : at + 1 + NEAR_CARDS]
        if is_near(said[a], said[b])
    ]


def _alike_words(said: Sequence[Said]) -> dict[str, list[tuple[str, float]]]:
    """For each telling concept the few others used most alike; the vocabulary ends, cards do not."""
    import numpy as np

    forms = {
        c: card.forms[c] for card in said for c in card.forms if card.topic[c] >= claims.TELLING
    }
    concepts = sorted(forms)
    if len(concepts) < 2:
        return {}
    rows: list[Any] = [vectors.vector(forms[c]) for c in concepts]
    table = np.stack(rows)
    found: dict[str, list[tuple[str, float]]] = {}
    starts = [*range(0, len(concepts), _BLOCK), len(concepts)]
    for start, end in pairwise(starts):
        cosines = table[start:end] @ table.T
        cosines[np.arange(end - start), np.arange(start, end)] = 0.0
        nearest = np.argsort(-cosines, axis=1, kind="stable")[:, :_MOST_ALIKE]
        for at in range(end - start):
            near = [
                (concepts[n], float(cosines[at, n]))
                for n in nearest[at]
                if cosines[at, n] >= _ALIKE
            ]
            if near:
                found[concepts[start + at]] = near
    return found
