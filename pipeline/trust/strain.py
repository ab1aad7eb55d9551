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
# What the sentence model says of a calm, a strained and an eased sentence (means over made-up meetings), how far a
# sentence lies from its mean, and how many count: neighbours say the same again.
_CALM_TONE, _STRAINED_TONE, _TONE_SPREAD = 0.27, 0.45, 0.17
_UNEASED_TONE, _EASED_TONE = 0.22, 0.38
_MOST_TONES, _TONE_WORTH = 8, 0.5
# Who asked for views and no longer does: a hint, for he may just have had another topic.
_ASKS_WHEN_STRAINED, _MOST_OF_SILENCE = 0.08, 1.0
# How much one such sign speaks against strain, as log odds, and how many count.
_EASE, _MOST_EASE = 1.1, 3.0
_OPINION, _MOST_OPINIONS = 0.5, 3.0
# So much must speak for calm before a strained relation counts as calm again: silence alone is none.
_EASE_TO_SHOW = 1.2
_EROSION = 1.0
_MOST_OF_OURS = 2.4


@dataclass(frozen=True, slots=True)
class Mood:
    """What a meeting gives to go by: sums of weights, and the customer's telling sentences.

    ``erosion`` is the best score of a passage tagged ``trust.erosion``; ``ours`` our apologies and
    evasions; ``tones`` how strained and how eased each telling sentence sounds (0 to 1), those
    aside that ask for a view; ``requests`` how much was asked for, ``opinions`` of it views.
    """

    sentences: int
    strain: float
    ease: float
    opinions: float
    erosion: float
    ours: float
    requests: float = 0.0
    tones: tuple[tuple[float, float], ...] = ()


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
    seen = np.exp([_log_odds(mood, moods[:number]) for number, mood in enumerate(moods)])
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


def _log_odds(mood: Mood, before: Sequence[Mood]) -> tuple[float, float, float, float]:
    """Log likelihood of a meeting in each state, less that of a calm one."""
    ease = _EASE * min(mood.ease, _MOST_EASE) + _OPINION * min(mood.opinions, _MOST_OPINIONS)
    shown = _EROSION * mood.erosion + min(mood.ours, _MOST_OF_OURS)
    shown += _silence(mood, before)
    strains, eases = [s for s, _ in mood.tones], [e for _, e in mood.tones]
    ease += max(0.0, _tone_odds(eases, _UNEASED_TONE, _EASED_TONE))
    tone = _tone_odds(strains, _CALM_TONE, _STRAINED_TONE)
    strained = _rate_odds(mood, _STRAINED_RATE) + tone + shown - ease
    withdrawn = _rate_odds(mood, _WITHDRAWN_RATE) + 0.5 * (tone + shown) - ease
    return 0.0, strained, withdrawn, min(0.0, ease - _EASE_TO_SHOW)


def _tone_odds(tones: Sequence[float], low: float, high: float) -> float:
    """Log odds that sentences sound as those of the higher mean do, not as those of the lower."""
    if not tones:
        return 0.0
    mean, worth = sum(tones) / len(tones), _TONE_WORTH * min(len(tones), _MOST_TONES)
    return worth * ((mean - low) ** 2 - (mean - high) ** 2) / (2 * _TONE_SPREAD**2)


def _silence(mood: Mood, before: Sequence[Mood]) -> float:
    """Log odds for strain where views were asked for before, and hardly are in this meeting."""
    asked = sum(m.requests for m in before)
    share = (sum(m.opinions for m in before) + 1.0) / (asked + 3.0)
    rest = max(0.0, mood.requests - mood.opinions)
    low = _ASKS_WHEN_STRAINED
    odds = mood.opinions * math.log(low / share) + rest * math.log((1 - low) / (1 - share))
    return min(_MOST_OF_SILENCE, max(0.0, odds))


def _rate_odds(mood: Mood, rate: float) -> float:
    silent = max(0.0, min(mood.sentences, _MOST_SENTENCES) - mood.strain)
    heard = mood.strain * math.log(rate / _CALM_RATE)
    return heard + silent * math.log((1 - rate) / (1 - _CALM_RATE))
