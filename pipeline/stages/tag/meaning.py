"""What a sentence sounds like it is about, whatever words it uses: learned from single sentences.

A linear model a tag over rows of characters, words and word vectors, fitted on sentences that carry one
idea and on near misses (``training/tags``). It sees what no cue foresaw, is often wrong alone, and is one
of the things that the learned part of the tagger weighs.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import morph, schema, vectors
from pipeline.linear import Features, LinearModel, gram_keys, load_linear, make_features

if TYPE_CHECKING:
    from numpy.typing import NDArray

MEANING_FILE = Path(__file__).resolve().parent.parent.parent / "lexicon" / "tags_meaning.npz"
#: what :func:`scores` gives for each tag
SCORES = ("whole", "best", "mean", "lead")
_CONTENT = frozenset(["名詞", "動詞", "形容詞", "形状詞", "副詞", "連体詞", "代名詞"])
_GRAMS, _WORD, _PAIR, _VECTOR = 1.0, 1.5, 1.0, 1.0


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
    keys = gram_keys(text, 3, (2, 3))
    length = math.sqrt(sum(v * v for v in named.values()) + _GRAMS * len(keys)) or 1.0
    scaled = {name: value / length for name, value in named.items()}
    return make_features(scaled, [(keys, _GRAMS / length)], vectors.mean(words) * _VECTOR)


def sentence_scores(text: str, words: Sequence[morph.Token]) -> NDArray[Any]:
    """Log odds of each tag for one sentence."""
    return _model().scores(sentence_features(text, words))


def scores(
    text: str,
    words: Sequence[morph.Token],
    sentences: Sequence[tuple[int, int]],
    *,
    model: LinearModel | None = None,
) -> NDArray[Any]:
    """How much a passage sounds like each tag.

    Args:
        text: the passage.
        words: its words.
        sentences: spans of its sentences.
        model: another than the shipped one (for training).

    Returns:
        (tags, :data:`SCORES`): log odds of the whole passage and of its best sentence, the mean of the
        sentences' evidence, and the lead over the best tag.

    Raises:
        ModelError: the weights do not load.
    """
    import numpy as np

    model = _model() if model is None else model
    whole = model.scores(sentence_features(text, words))
    parts = [whole]
    if len(sentences) > 1:
        for start, end in sentences:
            inside = [w for w in words if start <= w.start < end]
            parts.append(model.scores(sentence_features(text[start:end], inside)))
    table = np.array(parts)
    return np.stack(
        [whole, table.max(axis=0), np.log1p(np.exp(table)).mean(axis=0), whole - whole.max()],
        axis=1,
    )
