"""How good a card a draft would head: learned from drafts that editors graded 0 to 4.

4: kept as it stands; 3: after a touch; 2: the matter is worth a card, the sentence is not one; 1: nothing to
keep; 0: wrong or broken. Fitted by ``training/cards/train.py``.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import morph, vectors
from pipeline.linear import (
    FeatureRows,
    Features,
    LinearModel,
    feature_key,
    gram_keys_of_all,
    load_linear,
    make_features,
)
from pipeline.morph import Token
from pipeline.stages.card.drafts import Draft
from pipeline.stages.card.titles import cues_of, informative_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

GRADES = ("0", "1", "2", "3", "4")
MODEL_FILE = Path(__file__).parents[2] / "lexicon" / "card_grades.npz"
_OPEN = frozenset(["名詞", "動詞", "形容詞", "形状詞", "副詞"])
# Kinds of rows of characters.
_IN_TITLE, _AT_END = 11, 12
# How much a kind of feature weighs before it is learned: how a sentence is built and how it ends tell
# more than its words, these more than the words around it.
_SHAPE, _EDGE, _WORD, _NEAR, _GRAMS, _END_GRAMS = 0.4, 0.5, 0.5, 0.25, 0.15, 0.3
_VECTOR, _NEAR_VECTOR = 1.5, 1.05
_END_CHARS, _LENGTH_STEP, _MOST_STEPS = 8, 5, 9


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """What stands around a draft: the content words of its passage and their direction."""

    words: frozenset[str]
    vector: NDArray[Any]


def context(utterances: Sequence[str]) -> Context:
    """Read a passage once for all its drafts.

    Args:
        utterances: their texts, repaired.
    """
    words = [w for u in utterances for w in morph.tokens(u)]
    content = frozenset(w.norm for w in words if w.pos[0] in _OPEN)
    return Context(content, vectors.mean(words))


def contexts(passages: Sequence[Sequence[str]]) -> list[Context]:
    """What :func:`context` reads of many passages, at a fifth of the cost."""
    words = [[w for u in utterances for w in morph.tokens(u)] for utterances in passages]
    return [
        Context(frozenset(w.norm for w in own if w.pos[0] in _OPEN), vector)
        for own, vector in zip(words, vectors.means(words), strict=True)
    ]


def grades(offered: Sequence[Draft], around: Context) -> list[float]:
    """The grade to expect of each draft (0 to 4).

    Raises:
        ModelError: the model is missing or damaged.
    """
    return grades_of_all([offered], [around])[0]


def grades_of_all(
    offered: Sequence[Sequence[Draft]], around: Sequence[Context]
) -> list[list[float]]:
    """What :func:`grades` says of the drafts of many passages, at half the cost.

    Args:
        offered: the drafts of each passage.
        around: what stands around them.

    Raises:
        ModelError: the model is missing or damaged.
    """
    import numpy as np

    listed = list(chain.from_iterable(offered))
    if not listed:
        return [[] for _ in offered]
    model = _model()
    near = [_sums_around(one) for own, one in zip(offered, around, strict=True) for _ in own]
    sums = model.scores_of_all(_of_drafts(listed)) + np.stack(near) - model.bias
    grown = np.exp((sums - sums.max(axis=1, keepdims=True)) / model.temperature)
    shares = grown / grown.sum(axis=1, keepdims=True)
    expected = iter((shares @ np.arange(len(GRADES))).tolist())
    return [[next(expected) for _ in own] for own in offered]


@functools.lru_cache(maxsize=1024)
def _sums_around(around: Context) -> NDArray[Any]:
    """What a passage adds to each grade's sum: the same for all its drafts and sentences."""
    return _model().scores(_of_context(around))


def features(draft: Draft, around: Context) -> Features:
    """What the model sees of a draft, all at once: for training."""
    import numpy as np

    own, near = _of_drafts([draft]), _of_context(around)
    return Features(
        np.concatenate([own.keys, near.keys]), np.concatenate([own.values, near.values]),
        own.vectors[0] + near.vector,
    )  # fmt: skip


def _of_context(around: Context) -> Features:
    import numpy as np

    vector = np.concatenate([np.zeros_like(around.vector), around.vector * _NEAR_VECTOR])
    return make_features({f"n:{norm}": _NEAR for norm in sorted(around.words)}, [], vector)


def _of_drafts(offered: Sequence[Draft]) -> FeatureRows:
    import numpy as np

    words = [morph.tokens(draft.text) for draft in offered]
    named = [_named(draft, own) for draft, own in zip(offered, words, strict=True)]
    keys = [np.fromiter(map(feature_key, chain.from_iterable(named)), dtype=np.uint32)]
    values = [np.fromiter(chain.from_iterable(n.values() for n in named), dtype=np.float64)]
    owners = [np.repeat(np.arange(len(named)), [len(n) for n in named])]
    for texts, kind, sizes, weight in (
        ([d.text for d in offered], _IN_TITLE, (2, 3), _GRAMS),
        ([d.text[-_END_CHARS:] for d in offered], _AT_END, (2, 3, 4), _END_GRAMS),
    ):
        found, places = gram_keys_of_all(texts, kind, sizes)
        keys.append(found)
        values.append(np.full(len(found), weight))
        owners.append(places)
    directions = vectors.means(words) * _VECTOR
    return FeatureRows(
        np.concatenate(keys), np.concatenate(values), np.concatenate(owners),
        np.concatenate([directions, np.zeros_like(directions)], axis=1),
    )  # fmt: skip


def _named(draft: Draft, words: Sequence[Token]) -> dict[str, float]:
    text = draft.text
    return (
        _outside(draft)
        | cues_of(text)
        | {
            f"length:{min(_MOST_STEPS, len(text) // _LENGTH_STEP)}": 1.0,
            "informative": min(8, len(informative_words(words))) / 4,
            "commas": float(text.count("、")),
            "clauses": float(draft.last - draft.first),
            "quoted": float("「" in text),
            "number": float(any(c.isdigit() for c in text)),
        }
        | inside(words)
    )


def _outside(draft: Draft) -> dict[str, float]:
    """How the draft was cut out of what was said."""
    return {
        f"before:{draft.before}": 1.0, f"after:{draft.after}": 1.0,
        f"between:{draft.before}:{draft.after}": 0.7,
        f"tie:{draft.tie}": 1.0, "tied": float(bool(draft.tie)),
    }  # fmt: skip


def inside(words: Sequence[Token]) -> dict[str, float]:
    """How the sentence is built (particles and endings as they stand, other words by their class), and its words."""
    named: dict[str, float] = {}
    shapes = ["<", *(_shape(w) for w in words), ">"]
    for size in (1, 2, 3):
        for at in range(len(shapes) - size + 1):
            named["s:" + " ".join(shapes[at : at + size])] = _SHAPE
    surfaces = [w.surface for w in words]
    for size in (1, 2, 3, 4):
        named["e:" + " ".join(surfaces[-size:])] = _EDGE
    for size in (1, 2):
        named["b:" + " ".join(surfaces[:size])] = _EDGE
    for word in words:
        if word.pos[0] in _OPEN:
            named[f"w:{word.norm}"] = _WORD
    return named


def edge_rows(text: str, marks: str) -> list[str]:
    """The first and the last one, two and three words of a text without marks at its end: what models see of it."""
    surfaces = [w.surface for w in morph.tokens(text)]
    while surfaces and not surfaces[-1].strip(marks):
        surfaces.pop()
    begins = [f"b:{' '.join(surfaces[:n])}" for n in (1, 2, 3)]
    return begins + [f"e:{' '.join(surfaces[-n:])}" for n in (1, 2, 3)]


def _shape(word: Token) -> str:
    if word.pos[0] in _OPEN or word.pos[0] == "接尾辞":
        form = word.pos[5][:3] if word.pos[5] != "*" else ""
        return f"{word.pos[0]}{word.pos[1][:2]}{form}"
    return word.surface


@functools.lru_cache(maxsize=1)
def _model() -> LinearModel:
    return load_linear(MODEL_FILE, labels=GRADES)
