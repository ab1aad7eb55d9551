"""How good a card a draft would head: learned from drafts that editors graded 0 to 4.

4: kept as it stands; 3: after a touch; 2: the matter is worth a card, the sentence is not one; 1: nothing to
keep; 0: wrong or broken. Fitted by ``training/cards/train.py``.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import morph, vectors
from pipeline.linear import (
    FeatureRows,
    Features,
    LinearModel,
    gram_keys,
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


@dataclass(frozen=True, slots=True)
class Context:
    """What stands around a draft: the content words of its passage, their direction, how many utterances."""

    words: frozenset[str]
    vector: NDArray[Any]
    utterances: int


def context(utterances: Sequence[str]) -> Context:
    """Read a passage once for all its drafts.

    Args:
        utterances: their texts, repaired.
    """
    words = [w for u in utterances for w in morph.tokens(u)]
    content = frozenset(w.norm for w in words if w.pos[0] in _OPEN)
    return Context(content, vectors.mean(words), len(utterances))


def grades(offered: Sequence[Draft], around: Context) -> list[float]:
    """The grade to expect of each draft (0 to 4).

    Raises:
        ModelError: the model is missing or damaged.
    """
    import numpy as np

    if not offered:
        return []
    seen = [features(draft, around) for draft in offered]
    rows = FeatureRows(
        np.concatenate([s.keys for s in seen]), np.concatenate([s.values for s in seen]),
        np.repeat(np.arange(len(seen)), [len(s.keys) for s in seen]), np.stack([s.vector for s in seen]),
    )  # fmt: skip
    shares = _model().probabilities_of_all(rows)
    return [float(x) for x in shares @ np.arange(len(GRADES))]


def features(draft: Draft, around: Context) -> Features:
    """What the model sees of a draft."""
    import numpy as np

    text = draft.text
    words = morph.tokens(text)
    named = _outside(draft, around) | cues_of(text)
    named |= {
        f"length:{min(_MOST_STEPS, len(text) // _LENGTH_STEP)}": 1.0,
        "informative": min(8, len(informative_words(words))) / 4,
        "commas": float(text.count("、")), "clauses": float(draft.last - draft.first),
        "quoted": float("「" in text), "number": float(any(c.isdigit() for c in text)),
    }  # fmt: skip
    named |= _inside(words)
    for norm in around.words:
        named[f"n:{norm}"] = _NEAR
    grams = [
        (gram_keys(text, _IN_TITLE, (2, 3)), _GRAMS),
        (gram_keys(text[-_END_CHARS:], _AT_END, (2, 3, 4)), _END_GRAMS),
    ]
    vector = np.concatenate([vectors.mean(words) * _VECTOR, around.vector * _NEAR_VECTOR])
    return make_features(named, grams, vector)


def _outside(draft: Draft, around: Context) -> dict[str, float]:
    """How the draft was cut out of what was said."""
    return {
        f"before:{draft.before}": 1.0, f"after:{draft.after}": 1.0,
        f"between:{draft.before}:{draft.after}": 0.7,
        f"tie:{draft.tie}": 1.0, "tied": float(bool(draft.tie)), "alone": float(around.utterances == 1),
    }  # fmt: skip


def _inside(words: Sequence[Token]) -> dict[str, float]:
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


def _shape(word: Token) -> str:
    if word.pos[0] in _OPEN or word.pos[0] == "接尾辞":
        form = word.pos[5][:3] if word.pos[5] != "*" else ""
        return f"{word.pos[0]}{word.pos[1][:2]}{form}"
    return word.surface


@functools.lru_cache(maxsize=1)
def _model() -> LinearModel:
    return load_linear(MODEL_FILE, labels=GRADES)
