"""What a sentence sounds like it is about, whatever words it uses: learned from single sentences.

A linear model a tag over rows of characters, words and word vectors, fitted on sentences that carry one
idea and on near misses (``training/tags``). It sees what no cue foresaw, is often wrong alone, and is one
of the things that the learned part of the tagger weighs.
"""

from __future__ import annotations

import functools
import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
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


def scores(
    text: str,
    words: Sequence[morph.Token],
    sentences: Sequence[tuple[int, int]],
    *,
    model: LinearModel | None = None,
) -> tuple[NDArray[Any], NDArray[Any]]:
    """How much a passage sounds like each tag.

    Args:
        text: the passage.
        words: its words.
        sentences: spans of its sentences.
        model: another than the shipped one (for training).

    Returns:
        (tags, :data:`SCORES`): log odds of the whole passage and of its best sentence, the mean of the
        sentences' evidence, and the lead over the best tag; and (sentences, tags): each sentence's log odds.

    Raises:
        ModelError: the weights do not load.
    """
    import numpy as np

    model = _model() if model is None else model
    spans = [(0, len(text)), *(sentences if len(sentences) > 1 else ())]
    table = _log_odds(text, words, spans, model)
    whole = table[0]
    together = np.stack(
        [whole, table.max(axis=0), np.log1p(np.exp(table)).mean(axis=0), whole - whole.max()],
        axis=1,
    )
    return together, table[1:] if len(sentences) > 1 else table


def _log_odds(
    text: str, words: Sequence[morph.Token], spans: Sequence[tuple[int, int]], model: LinearModel
) -> NDArray[Any]:
    """What the model says of each span: :func:`sentence_features` of all in one go."""
    import numpy as np

    content = [w for w in words if w.pos[0] in _CONTENT]
    norms = [w.norm for w in content]
    kinds = [
        np.array([feature_key("m " + norm) for norm in norms], dtype=np.uint32),
        np.array([feature_key(f"m {a} {b}") for a, b in pairwise(norms)], dtype=np.uint32),
        *gram_keys_at(text, _KIND, _SIZES),
    ]
    keys, places = np.unique(np.concatenate(kinds), return_inverse=True)
    word, pair, *rows = np.split(places, np.cumsum([len(kind) for kind in kinds])[:-1])
    values = np.full(len(keys), _GRAMS)
    values[word], values[pair] = _WORD, _PAIR
    stands = np.zeros((len(spans), len(keys)))
    content_starts, starts = [w.start for w in content], [w.start for w in words]
    means = []
    for stand, (start, end) in zip(stands, spans, strict=True):
        first, last = bisect_left(content_starts, start), bisect_left(content_starts, end)
        stand[word[first:last]] = 1.0
        stand[pair[first : max(first, last - 1)]] = 1.0
        for size, row in zip(_SIZES, rows, strict=True):
            stand[row[start : max(start, end - size + 1)]] = 1.0
        means.append(vectors.mean(words[bisect_left(starts, start) : bisect_left(starts, end)]))
    lengths = np.sqrt(stands @ (values**2))
    lengths[lengths == 0] = 1.0
    sums = (stands * values) @ model.weights_of(keys) / lengths[:, None]
    odds: NDArray[Any] = sums + np.array(means) * _VECTOR @ model.dense + model.bias
    return odds
