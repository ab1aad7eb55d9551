"""The learned part of the tagger: one regularised model for all tags, fitted by ``training/tags``.

Each tag has weights for words, rules and cues; the weights for how its evidence looks (strength,
number, spread, rivals) are shared by all tags, after Wolpert 1992, "Stacked generalization".
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import schema
from pipeline.linear import FeatureRows, LinearModel, feature_key, load_linear
from pipeline.stages.tag.features import Features

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEXICON = Path(__file__).resolve().parent.parent.parent / "lexicon"
WORDS_FILE = _LEXICON / "tags_words.npz"
EVIDENCE_FILE = _LEXICON / "tags_evidence.npz"
# Rules, cues and the words of a trade return all the time.
_key = functools.lru_cache(maxsize=16_384)(feature_key)


@functools.lru_cache(maxsize=1)
def _models() -> tuple[LinearModel, LinearModel]:
    return (
        load_linear(WORDS_FILE, labels=schema.TAGS),
        load_linear(EVIDENCE_FILE, labels=("any",)),
    )


def probabilities(seen: Sequence[Features]) -> NDArray[Any]:
    """(passages, tags): the chance of each tag of :data:`pipeline.schema.TAGS`.

    Raises:
        ModelError: the weights do not load.
    """
    import numpy as np

    _, evidence = _models()
    shared = np.stack([one.shared for one in seen])
    sums = word_scores([one.names for one in seen])
    sums = sums + shared @ evidence.dense[:, 0] + evidence.bias[0]
    chances: NDArray[Any] = 1 / (1 + np.exp(-sums))
    return chances


def word_scores(names: Sequence[Mapping[str, float]]) -> NDArray[Any]:
    """(passages, tags): what named features say for each tag, before the evidence is weighed."""
    import numpy as np

    words, _ = _models()
    keys = np.fromiter(map(_key, chain.from_iterable(names)), dtype=np.uint32)
    values = np.fromiter(chain.from_iterable(one.values() for one in names), dtype=np.float64)
    owners = np.repeat(np.arange(len(names)), [len(one) for one in names])
    return words.scores_of_all(FeatureRows(keys, values, owners, np.zeros((len(names), 0))))
