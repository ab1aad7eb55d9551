"""What one unit (a sentence, a transcript line) asks of somebody: opinion, answer, action or none.

Rules after the codebook of this project read the unit: the clause that asks last, vetoes for
agreement-seeking, echoes and formulas, deeds, and weighted cues for opinion against answer
(``lexicon/requests.yaml``). A trained linear model decides, with the rules' verdict as one of the
things it sees (``training/``, ``docs/models.md``).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline import schema
from pipeline.linear import LinearModel, load_linear
from pipeline.requests.features import Reading, features_of_all, read_open
from pipeline.requests.rules import load

__all__ = [
    "MODEL_FILE",
    "RULES_VERSION",
    "THRESHOLD",
    "RequestJudgement",
    "classify",
    "classify_all",
]

RULES_VERSION = 2
# Below this score the label is a guess: readers should see it as one.
THRESHOLD = 0.6
# No word of the unit can ask: in 500 such training units 9 of 10 exceptions were elided beyond telling.
_GATE_SHUT = 0.97
# Units looked up together: enough to be quick, few enough for some 20 MB.
_TOGETHER = 256
MODEL_FILE = Path(__file__).parent.parent / "lexicon" / "ja_bansou" / "requests" / "model.npz"


@dataclass(frozen=True, slots=True)
class RequestJudgement:
    """What a unit asks for.

    ``label`` is opinion, answer, action or none; ``score`` is the probability of that label (0 to 1);
    ``abstained`` tells that the score is below :data:`THRESHOLD`; ``start`` and ``end`` are the
    evidence's half-open span in code points of the text given, None where nothing is asked.
    """

    label: str
    score: float
    abstained: bool
    start: int | None
    end: int | None


_NOTHING = RequestJudgement("none", _GATE_SHUT, False, None, None)


@functools.lru_cache(maxsize=1)
def _model() -> LinearModel:
    return load_linear(MODEL_FILE, labels=schema.REQUESTS)


def classify(text: str) -> RequestJudgement:
    """Classify one unit; where it holds several requests the last one counts.

    Args:
        text: a sentence, a transcript line or a short turn, with or without punctuation.

    Raises:
        ModelError: the dictionary, the word vectors or the model do not load.
        ConfigError: the cue file is damaged.
    """
    return classify_all([text])[0]


def classify_all(texts: Sequence[str]) -> list[RequestJudgement]:
    """Classify many units, each for itself: what :func:`classify` says of each, at twice the speed.

    Args:
        texts: sentences, transcript lines or short turns.

    Raises:
        ModelError: the dictionary, the word vectors or the model do not load.
        ConfigError: the cue file is damaged.
    """
    rules = load()
    judged: list[RequestJudgement] = []
    for at in range(0, len(texts), _TOGETHER):
        judged += _judge_all([read_open(text, rules) for text in texts[at : at + _TOGETHER]])
    return judged


def _judge_all(readings: Sequence[Reading | None]) -> list[RequestJudgement]:
    seen = [reading for reading in readings if reading is not None]
    if not seen:
        return [_NOTHING] * len(readings)
    shares = _model().probabilities_of_all(features_of_all(seen))
    best = zip(shares.argmax(axis=1).tolist(), shares.max(axis=1).tolist(), strict=True)
    return [
        _NOTHING if reading is None else _judgement(reading, *next(best)) for reading in readings
    ]


def _judgement(reading: Reading, best: int, share: float) -> RequestJudgement:
    label, score = schema.REQUESTS[best], round(share, 4)
    start, end = (None, None) if label == "none" else _evidence(reading, label)
    return RequestJudgement(label, score, score < THRESHOLD, start, end)


def _evidence(reading: Reading, label: str) -> tuple[int | None, int | None]:
    verdict, clause = reading.verdict, reading.clause
    if verdict is not None and verdict.label == label:
        return verdict.start, verdict.end
    return (None, None) if clause is None else (clause.start, clause.end)
