"""Who speaks each unit, decided along time: a hidden Markov model whose states are the people.

After Landini et al., *Bayesian HMM clustering of x-vector sequences (VBx) in speaker diarization*
(Computer Speech & Language 71, 2022), with cosines for its likelihoods: there is no corpus here to
learn a PLDA from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Log odds of a unit for a person, a cosine of 1 against one of 0.
_SHARPNESS = 60.0
# What it costs to change the voice: where speech goes on, and after a pause or a heard change.
_SWITCH_WITHIN, _SWITCH_AT_PAUSE = 4.0, 0.7
_ROUNDS = 6
_LEAST_HEARD_S = 4.0  # of units, which overlap: whoever is heard for less is somebody else


@dataclass(frozen=True, slots=True)
class Units:
    """The units of a recording in order.

    Attributes:
        prints: of unit length, shape (units, size).
        lengths_s: seconds of each.
        at_break: does a pause or a heard change come before it.
    """

    prints: NDArray[np.float32]
    lengths_s: NDArray[np.float64]
    at_break: NDArray[np.bool_]

    def smoothed(self) -> NDArray[np.float32]:
        """Prints with what is said just before and after in one breath: less noise, same voice."""
        summed = self.prints.copy()
        joined = ~self.at_break
        summed[1:][joined[1:]] += self.prints[:-1][joined[1:]]
        summed[:-1][joined[1:]] += self.prints[1:][joined[1:]]
        return unit_length(summed)


def settle(
    units: Units, centres: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Decide who speaks, take each person's print anew, and again, until it has settled.

    Args:
        centres: a first print of every person, shape (people, size).

    Returns:
        The person of every unit, and the prints of the people that are left.
    """
    prints = units.smoothed()
    for _ in range(_ROUNDS):
        person = decide(prints @ centres.T, units.at_break)
        heard_s = np.bincount(person, weights=units.lengths_s, minlength=len(centres))
        kept = np.flatnonzero(heard_s >= min(_LEAST_HEARD_S, float(heard_s.max())))
        centres = np.stack([mean(prints, units.lengths_s, person == p) for p in kept])
    # Smoothed prints tell people apart; the plain ones tell where one begins.
    return decide(units.prints @ centres.T, units.at_break), centres


def decide(near: NDArray[np.float32], at_break: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The likeliest person of every unit, given the units around it (Viterbi).

    Args:
        near: cosine of every unit with every person, shape (units, people).
        at_break: does a pause or a heard change come before the unit.
    """
    odds = near.astype(np.float64) * _SHARPNESS
    count, people = odds.shape
    costs = np.where(at_break, _SWITCH_AT_PAUSE, _SWITCH_WITHIN)
    best = np.zeros((count, people), np.int64)
    score, everybody = odds[0], np.arange(people)
    for unit in range(1, count):
        leader = int(score.argmax())
        least = score[leader] - costs[unit]
        best[unit] = np.where(score >= least, everybody, leader)
        score = np.maximum(score, least) + odds[unit]
    found = np.zeros(count, np.int64)
    found[-1] = int(score.argmax())
    for unit in range(count - 1, 0, -1):
        found[unit - 1] = best[unit, found[unit]]
    return found


def sureness(near: NDArray[np.float32], person: NDArray[np.int64]) -> NDArray[np.float64]:
    """Probability of the chosen person by the unit's own print."""
    odds = near.astype(np.float64) * _SHARPNESS
    odds -= odds.max(axis=1, keepdims=True)
    weights = np.exp(odds)
    own = weights[np.arange(len(person)), person]
    return np.asarray(own / weights.sum(axis=1), np.float64)


def mean(
    prints: NDArray[np.float32], weights: NDArray[np.float64], chosen: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """One print of many, by their weights."""
    return unit_length((prints[chosen] * weights[chosen, None]).sum(axis=0))


def unit_length(prints: NDArray[np.floating]) -> NDArray[np.float32]:
    """Prints with a length of one."""
    lengths = np.linalg.norm(prints, axis=-1, keepdims=True)
    return np.asarray(prints / np.maximum(lengths, 1e-9), np.float32)
