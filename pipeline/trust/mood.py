"""What a customer's sentence sounds like, whatever words it uses: strained, eased, or neither.

A multinomial logistic regression over rows of characters, words and word vectors, fitted on sentences
composed for this project (``training/trust``). It hears what no pattern of ``cues.yaml`` foresaw.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

from pipeline import morph
from pipeline.linear import Features, LinearModel, load_linear
from pipeline.stages.tag.meaning import sentence_features

MODEL_FILE = Path(__file__).with_name("mood.npz")
LABELS = ("strain", "ease", "none")


@functools.lru_cache(maxsize=1)
def _model() -> LinearModel:
    return load_linear(MODEL_FILE, labels=LABELS)


def read_features(text: str) -> Features:
    """What the model sees of a sentence."""
    return sentence_features(text, morph.tokens(text))


def moods(texts: Sequence[str]) -> list[tuple[float, float]]:
    """The probability of strain and of ease for each sentence (0 to 1).

    Raises:
        ModelError: the model or the dictionary does not load.
    """
    found = []
    for text in texts:
        strain, ease, _ = _model().probabilities(read_features(text)).tolist()
        found.append((strain, ease))
    return found
