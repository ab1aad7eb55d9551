"""Whether a relation is calm, strained, withdrawn, or calm again: a hidden Markov model over meetings.

States and their chances after Rabiner ("A tutorial on hidden Markov models", Proc. IEEE 77, 1989). What
is heard in a meeting is compared with what the cues hear by mistake in a calm one, so a single
unlucky sentence decides nothing, and calm after strain must be shown, not only not be denied.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

CALM, STRAINED, WITHDRAWN, RECOVERED = range(4)
_START = (0.9, 0.1, 0.0, 0.0)
_STEP = (
    (0.93, 0.07, 0.00, 0.00),
    (0.00, 0.45, 0.25, 0.30),
    (0.00, 0.20, 0.60, 0.20),
    (0.03, 0.07, 0.00, 0.90),
)
# Share of a customer's sentences in which displeasure is heard: where there is none (the cues'
# mistakes), where there is some, where he has fallen silent.
_CALM_RATE, _STRAINED_RATE, _WITHDRAWN_RATE = 0.03, 0.25, 0.06
# A complaint takes a few sentences, however long the rest of the meeting is.
_MOST_SENTENCES = 10
# How much one such sign speaks against strain, as log odds, and how many count.
_EASE, _MOST_EASE = 1.1, 3.0
_OPINION, _MOST_OPINIONS = 0.5, 3.0
_EROSION = 1.0
_MOST_OF_OURS = 2.4


@dataclass(frozen=True, slots=True)
class Mood:
    """What a meeting gives to go by: sums of weights, and the customer's telling sentences.

    ``erosion`` is the best score of a passage tagged ``trust.erosion``; ``ours`` our apologies and
    evasions.
    """

    sentences: int
    strain: float
    ease: float
    opinions: float
    erosion: float
    ours: float


def state_chances(moods: Sequence[Mood]) -> tuple[NDArray[Any], NDArray[Any]]:
    """How the relation stands.

    Args:
        moods: the meetings, in order.

    Returns:
        Per meeting the chances of the four states given all meetings (rows add up to 1), and the
        chances after the last one.

    Raises:
        ValueError: no meeting.
    """
    import numpy as np

    if not moods:
        raise ValueError("no meeting")
    step = np.array(_STEP)
    seen = np.exp([_log_odds(mood) for mood in moods])
    forward = [np.array(_START) * seen[0]]
    forward[0] = forward[0] / forward[0].sum()
    for row in seen[1:]:
        now = (forward[-1] @ step) * row
        forward.append(now / now.sum())
    backward = [np.ones(4)]
    for row in seen[:0:-1]:
        before = step @ (row * backward[0])
        backward.insert(0, before / before.sum())
    joint = np.array(forward) * np.array(backward)
    return joint / joint.sum(axis=1, keepdims=True), forward[-1]


def _log_odds(mood: Mood) -> tuple[float, float, float, float]:
    """Log likelihood of a meeting in each state, less that of a calm one."""
    ease = _EASE * min(mood.ease, _MOST_EASE) + _OPINION * min(mood.opinions, _MOST_OPINIONS)
    shown = _EROSION * mood.erosion + min(mood.ours, _MOST_OF_OURS)
    strained = _rate_odds(mood, _STRAINED_RATE) + shown - ease
    withdrawn = _rate_odds(mood, _WITHDRAWN_RATE) + 0.5 * shown - ease
    return 0.0, strained, withdrawn, 0.0


def _rate_odds(mood: Mood, rate: float) -> float:
    silent = max(0.0, min(mood.sentences, _MOST_SENTENCES) - mood.strain)
    heard = mood.strain * math.log(rate / _CALM_RATE)
    return heard + silent * math.log((1 - rate) / (1 - _CALM_RATE))
