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
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import morph, schema, vectors
from pipeline.linear import (
    FeatureRows,
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
_KIND_BITS = 2
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
    for table in np.split(odds, np.cumsum([len(s) for s in spans])[:-1]):
        whole = table[0]
        together = np.stack(
            [whole, table.max(axis=0), np.log1p(np.exp(table)).mean(axis=0), whole - whole.max()],
            axis=1,
        )
        found.append((together, table[1:] if len(table) > 1 else table))
    return found


def _log_odds(
    passages: Sequence[Passage], spans: Sequence[Sequence[tuple[int, int]]], model: LinearModel
) -> NDArray[Any]:
    """What the model says of each span: :func:`sentence_features` of all in one go."""
    import numpy as np

    keys, kinds, owners, words = _features(passages, spans)
    count = len(words)
    values = np.array([_PAIR, _WORD, _GRAMS])[kinds]
    lengths = np.sqrt(np.bincount(owners, weights=values**2, minlength=count))
    lengths[lengths == 0] = 1.0
    rows = FeatureRows(keys, values / lengths[owners], owners, vectors.means(words) * _VECTOR)
    return model.scores_of_all(rows)


def _features(
    passages: Sequence[Passage], spans: Sequence[Sequence[tuple[int, int]]]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], list[Sequence[morph.Token]]]:
    """Keys, kinds (0 a pair of words, 1 a word, 2 a row of characters) and spans of all features; the spans' words."""
    import numpy as np

    named: list[int] = []
    numbers: list[int] = []  # of the span, and of the kind
    inside: list[Sequence[morph.Token]] = []
    begins: list[int] = []
    sizes: list[int] = []
    at = 0
    for passage, own in zip(passages, spans, strict=True):
        content = [w for w in passage.words if w.pos[0] in _CONTENT]
        norms = [w.norm for w in content]
        singles = [_key("m " + norm) for norm in norms]
        pairs = [feature_key(f"m {a} {b}") for a, b in pairwise(norms)]
        content_starts = [w.start for w in content]
        starts = [w.start for w in passage.words]
        for start, end in own:
            first, last = bisect_left(content_starts, start), bisect_left(content_starts, end)
            between = pairs[first : max(first, last - 1)]
            named += between
            named += singles[first:last]
            number = len(inside) << _KIND_BITS
            numbers += [number] * len(between)
            numbers += [number | 1] * (last - first)
            inside.append(passage.words[bisect_left(starts, start) : bisect_left(starts, end)])
            begins.append(at + start)
            sizes.append(end - start)
        at += len(passage.text)
    rows = gram_keys_at("".join(p.text for p in passages), _KIND, _SIZES)
    all_keys = [np.array(named, dtype=np.uint64)]
    all_numbers = [np.array(numbers, dtype=np.uint64)]
    for size, row in zip(_SIZES, rows, strict=True):
        counts = np.maximum(np.array(sizes) - (size - 1), 0)
        owners = np.repeat(np.arange(len(sizes)), counts)
        # The places at which the rows of a span begin: its first, and one more each time.
        places = np.arange(len(owners)) + np.repeat(begins - (counts.cumsum() - counts), counts)
        all_keys.append(row[places].astype(np.uint64))
        all_numbers.append(owners.astype(np.uint64) << np.uint64(_KIND_BITS) | np.uint64(2))
    # Each key of a span once, as the kind that weighs in first: by key, so that a look-up walks through the model.
    both = np.concatenate(all_keys) << np.uint64(32) | np.concatenate(all_numbers)
    both.sort()
    alike = both >> np.uint64(_KIND_BITS)
    is_new = np.ones(len(both), dtype=bool)
    np.not_equal(alike[1:], alike[:-1], out=is_new[1:])
    both = both[is_new]
    low = (both & np.uint64(0xFFFF_FFFF)).astype(np.intp)
    return (
        (both >> np.uint64(32)).astype(np.uint32), low & (2**_KIND_BITS - 1), low >> _KIND_BITS, inside,
    )  # fmt: skip
