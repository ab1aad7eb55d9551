"""The learned part of the tagger: one regularised model for all tags, fitted by ``training/tags``.

Each tag has weights for words, rules and cues; the weights for how its evidence looks (strength,
number, spread, rivals) are shared by all tags, after Wolpert 1992, "Stacked generalization".
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import schema
from pipeline.linear import LinearModel, load_linear, make_features
from pipeline.stages.tag.features import Features

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEXICON = Path(__file__).resolve().parent.parent.parent / "lexicon"
WORDS_FILE = _LEXICON / "tags_words.npz"
EVIDENCE_FILE = _LEXICON / "tags_evidence.npz"


@functools.lru_cache(maxsize=1)
def _models() -> tuple[LinearModel, LinearModel]:
    return (
        load_linear(WORDS_FILE, labels=schema.TAGS),
        load_linear(EVIDENCE_FILE, labels=("any",)),
    )


def probabilities(features: Features) -> NDArray[Any]:
    """The chance of each tag of :data:`pipeline.schema.TAGS`.

    Raises:
        ModelError: the weights do not load.
    """
    import numpy as np

    _, evidence = _models()
    sums = word_scores(features.names)
    sums = sums + features.shared @ evidence.dense[:, 0] + evidence.bias[0]
    chances: NDArray[Any] = 1 / (1 + np.exp(-sums))
    return chances


def word_scores(names: Mapping[str, float]) -> NDArray[Any]:
    """What named features say for each tag, before the evidence is weighed."""
    import numpy as np

    words, _ = _models()
    return words.scores(make_features(names, (), np.zeros(0)))
