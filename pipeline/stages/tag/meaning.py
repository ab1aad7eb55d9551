"""What a sentence sounds like it is about, whatever words it uses: learned from single sentences.

A linear model a tag over rows of characters, words and word vectors, fitted on sentences that carry one
idea and on near misses (``training/tags``). It sees what no cue foresaw, is often wrong alone, and is one
of the things that the learned part of the tagger weighs.
"""

from __future__ import annotations

import functools
import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import morph, schema, vectors
from pipeline.linear import (
    Features,
    LinearModel,
    feature_key,
    gram_keys,
    gram_keys_at,
    load_linear,
    make_features,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

MEANING_FILE = Path(__file__).resolve().parent.parent.parent / "lexicon" / "tags_meaning.npz"
#: what :func:`scores` gives for each tag
SCORES = ("whole", "best", "mean", "lead")
_CONTENT = frozenset(["名詞", "動詞", "形容詞", "形状詞", "副詞", "連体詞", "代名詞"])
_GRAMS, _WORD, _PAIR, _VECTOR = 1.0, 1.5, 1.0, 1.0
# Rows of 2 and 3 characters, apart from those that the request model sees.
_KIND, _SIZES = 3, (2, 3)
_start = attrgetter("start")
# Words of a trade return all the time.
_key = functools.lru_cache(maxsize=8192)(feature_key)


@functools.lru_cache(maxsize=1)
def _model() -> LinearModel:
    return load_linear(MEANING_FILE, labels=schema.TAGS)


def sentence_features(text: str, words: Sequence[morph.Token]) -> Features:
    """Rows of 2 and 3 characters, content words and their pairs, together of length 1; and a vector.

    Args:
        text: a sentence, or a whole passage.
        words: its words.
    """
    norms = [w.norm for w in words if w.pos[0] in _CONTENT]
    named = {"m " + norm: _WORD for norm in norms}
    named |= {f"m {a} {b}": _PAIR for a, b in pairwise(norms)}
    keys = gram_keys(text, _KIND, _SIZES)
    length = math.sqrt(sum(v * v for v in named.values()) + _GRAMS * len(keys)) or 1.0
    scaled = {name: value / length for name, value in named.items()}
    return make_features(scaled, [(keys, _GRAMS / length)], vectors.mean(words) * _VECTOR)


@dataclass(frozen=True, slots=True)
class Passage:
    """A text, its words, and the spans of its sentences."""

    text: str
    words: Sequence[morph.Token]
    sentences: Sequence[tuple[int, int]]


def scores(
    passages: Sequence[Passage], *, model: LinearModel | None = None
) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """How much passages sound like each tag.

    Args:
        passages: any number.
        model: another than the shipped one (for training).

    Returns:
        For each passage (tags, :data:`SCORES`): log odds of the whole passage and of its best sentence,
        the mean of the sentences' evidence, and the lead over the best tag; and (sentences, tags): each
        sentence's log odds.

    Raises:
        ModelError: the weights do not load.
    """
    import numpy as np

    spans = [
        [(0, len(p.text)), *(p.sentences if len(p.sentences) > 1 else ())] for p in passages
    ]  # fmt: skip
    odds = _log_odds(passages, spans, _model() if model is None else model)
    found = []
    for table in odds:
        whole = table[0]
        together = np.stack(
            [whole, table.max(axis=0), np.log1p(np.exp(table)).mean(axis=0), whole - whole.max()],
            axis=1,
        )
        found.append((together, table[1:] if len(table) > 1 else table))
    return found


def _log_odds(
    passages: Sequence[Passage], spans: Sequence[Sequence[tuple[int, int]]], model: LinearModel
) -> Iterator[NDArray[Any]]:
    """(spans, tags) of each passage: :func:`sentence_features` of all its spans in one go."""
    rows = gram_keys_at("".join(p.text for p in passages), _KIND, _SIZES)
    directions = vectors.means(
        [
            _within(passage.words, span)
            for passage, listed in zip(passages, spans, strict=True)
            for span in listed
        ]
    )
    at = number = 0
    for passage, listed in zip(passages, spans, strict=True):
        own = [
            row[at : at + max(0, len(passage.text) - size + 1)]
            for size, row in zip(_SIZES, rows, strict=True)
        ]
        sums = _sums(passage, listed, own, model)
        near = directions[number : number + len(listed)]
        odds: NDArray[Any] = sums + near * _VECTOR @ model.dense + model.bias
        yield odds
        at, number = at + len(passage.text), number + len(listed)


def _within(words: Sequence[morph.Token], span: tuple[int, int]) -> Sequence[morph.Token]:
    first = bisect_left(words, span[0], key=_start)
    return words[first : bisect_left(words, span[1], first, key=_start)]


def _sums(
    passage: Passage,
    spans: Sequence[tuple[int, int]],
    rows: Sequence[NDArray[Any]],
    model: LinearModel,
) -> NDArray[Any]:
    """(spans, tags): what words and rows of characters add up to, the rows' numbers given."""
    import numpy as np

    content = [w for w in passage.words if w.pos[0] in _CONTENT]
    norms = [w.norm for w in content]
    kinds = [
        np.array([_key("m " + norm) for norm in norms], dtype=np.uint32),
        np.array([feature_key(f"m {a} {b}") for a, b in pairwise(norms)], dtype=np.uint32),
        *rows,
    ]
    keys, places = np.unique(np.concatenate(kinds), return_inverse=True)
    word, pair, *grams = np.split(places, np.cumsum([len(kind) for kind in kinds])[:-1])
    values = np.full(len(keys), _GRAMS)
    values[word], values[pair] = _WORD, _PAIR
    stands = np.zeros((len(spans), len(keys)))
    starts = [w.start for w in content]
    for stand, (start, end) in zip(stands, spans, strict=True):
        first, last = bisect_left(starts, start), bisect_left(starts, end)
        stand[word[first:last]] = 1.0
        stand[pair[first : max(first, last - 1)]] = 1.0
        for size, row in zip(_SIZES, grams, strict=True):
            stand[row[start : max(start, end - size + 1)]] = 1.0
    lengths = np.sqrt(stands @ (values**2))
    lengths[lengths == 0] = 1.0
    sums: NDArray[Any] = (stands * values) @ model.weights_of(keys) / lengths[:, None]
    return sums
