"""What the learned part of the tagger looks at: the rules' evidence for each tag, and the words."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline import morph, schema
from pipeline.stages.tag import meaning
from pipeline.stages.tag.concepts import Concepts, Found

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CONTENT = frozenset(["名詞", "動詞", "形容詞", "形状詞", "副詞", "代名詞", "接続詞", "感動詞"])
_DENIAL = frozenset(["ない", "無い", "ず", "ぬ"])
# Bands of a rule's score: it decides alone, it helps, it is a hint.
_STRONG, _MIDDLING = 0.45, 0.25
SHARED = (
    "strong", "top", "middling", "hints", "sentences", "best_sentence", "share", "lead", "density",
    "alone", "literal", "none_strong", *meaning.SCORES,
)  # fmt: skip
_OF_RULES = len(SHARED) - len(meaning.SCORES)


@dataclass(frozen=True, slots=True)
class Features:
    """``names`` → value for all tags together; ``shared`` is (tags, SHARED)."""

    names: dict[str, float]
    shared: NDArray[Any]


def features(
    concepts: Concepts, found: Mapping[str, Sequence[Found]], sounds: NDArray[Any], length: int
) -> Features:
    """Features of one passage.

    Args:
        concepts: of the passage.
        found: tag → its rules that hold.
        sounds: what :func:`pipeline.stages.tag.meaning.scores` gives.
        length: characters of the passage.
    """
    import numpy as np

    weights = {tag: sum(map(_weight, members)) for tag, members in found.items()}
    total = sum(weights.values())
    first, second = [*sorted(weights.values(), reverse=True), 0.0, 0.0][:2]
    any_strong = any(f.rule.score >= _STRONG for fs in found.values() for f in fs)
    shared = np.zeros((len(schema.TAGS), len(SHARED)))
    shared[:, _OF_RULES:] = sounds
    for tag, members in found.items():
        weight = weights[tag]
        lead = weight - (second if weight == first else first)
        shared[schema.TAGS.index(tag), :_OF_RULES] = [
            *_of_rules(members),
            weight / total,
            max(-2.0, min(2.0, lead)),
            weight * 100 / (length + 100),
            float(len(members) == 1),
            float(bool(concepts.blocked)) * weight,
            0.0 if any_strong else math.log1p(weight),
        ]
    return Features(_names(concepts, found), shared)


def _weight(found: Found) -> float:
    return _evidence(found.rule.score) * math.sqrt(max(1, len(found.cues)))


@functools.cache
def _evidence(score: float) -> float:
    return -math.log1p(-min(score, 0.95))


def _of_rules(found: Sequence[Found]) -> tuple[float, ...]:
    """The first six of SHARED."""
    strong = top = 0.0
    middling = hints = 0
    by_sentence: dict[int, float] = {}
    for f in found:
        score = f.rule.score
        top = max(top, score)
        if score >= _STRONG:
            strong += _evidence(score)
        elif score >= _MIDDLING:
            middling += len(f.cues)
        else:
            hints += len(f.cues)
        weight = _weight(f)
        for sentence in f.sentences:
            by_sentence[sentence] = by_sentence.get(sentence, 0.0) + weight
    best = max(by_sentence.values())
    sums = (middling, hints, len(by_sentence), best)
    return strong, top, *map(math.log1p, sums)


def _names(concepts: Concepts, found: Mapping[str, Sequence[Found]]) -> dict[str, float]:
    names: dict[str, float] = {}
    for tag, members in found.items():
        for f in members:
            names[f"r:{tag}/{f.rule.id}"] = math.log1p(len(f.cues)) / math.log(2) / 2
            for cue in f.cues:
                names[f"c:{tag}/{cue}"] = 0.3
    words = word_features(concepts.words)
    scale = 1 / math.sqrt(max(len(words), 1))
    names.update(dict.fromkeys(words, scale))
    return names


def word_features(words: Sequence[morph.Token]) -> list[str]:
    """The content words, and with each its denial, as features; numbers are all alike."""
    found: dict[str, None] = {}
    before = ""
    for word in words:
        if word.pos[0] in _CONTENT:
            norm = "0" if word.pos[1] == "数詞" else word.norm
            if before:
                found[f"w:{before}+{norm}"] = None
            before = norm
            found[f"w:{norm}"] = None
        elif before and word.norm in _DENIAL:
            found[f"w:{before}+ない"] = None
        elif word.pos[0] == "補助記号":
            before = ""
    return list(found)
