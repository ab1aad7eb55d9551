"""How many people speak, and what each of them sounds like.

No single distance tells: two narrators of one studio are nearer to each other than one person is to
himself over two telephones. So the tree of prints (average linkage) is cut into two, three, … people,
each cut settles along time, and the largest is taken in which everybody is somebody: clearly another
voice than the others, or a near one that comes back turn after turn and lies apart from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.stages.speakers.along import Units, mean, settle, unit_length

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SURE_S = 1.0  # prints of less speech do not grow the tree
_MOST_PEOPLE = 12
_MOST_CUTS = 24
_MOST_PRINTS = 3000  # of more, every second, third, … one counts: the tree needs their square

# Cosine of two people's prints: below the first they are two; above the second nobody can tell.
_TWO_VOICES, _ONE_VOICE = 0.72, 0.93
# Between the two: turns of each, long enough to be sure of; and how many standard deviations the
# units of one lie apart from those of the other. A single voice cut in two comes to 2 or 3.
_LEAST_TURNS, _TURN_S = 4, 1.5
_LEAST_APART = 3.9


def find_people(
    units: Units, *, count: int | None
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Who speaks each unit, and a print of every person.

    Args:
        units: of a recording, at least one.
        count: how many people speak, where that is known.

    Returns:
        A person's number for every unit, shape (units,), and prints, shape (people, size).
    """
    everybody = np.ones(len(units.prints), bool)
    alone = mean(units.prints, units.lengths_s, everybody)[None]
    best = np.zeros(len(units.prints), np.int64), alone
    if count == 1 or len(units.prints) < 2:
        return best
    best_apart = 0.0
    for first in _cuts(units):
        person, centres = settle(units, first)
        people, most = len(centres), len(best[1])
        if people == 1 or (count is None and people > _MOST_PEOPLE):
            continue
        apart, are_people = _judge(units, person, centres)
        if count is not None:
            is_better = abs(people - count) < abs(most - count)
        else:
            is_better = are_people and people > most
        if is_better or (people == most and apart > best_apart and (are_people or count)):
            best, best_apart = (person, centres), apart
    return best


def _cuts(units: Units) -> list[NDArray[np.float32]]:
    """First prints of two, three, … people.

    What all voices of a recording have in common is taken off first: among near voices little else
    is left in a print.
    """
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import pdist

    sure = np.flatnonzero(units.lengths_s >= _SURE_S)
    sure = sure if len(sure) > 1 else np.arange(len(units.prints))
    sure = sure[:: -(-len(sure) // _MOST_PRINTS)]
    prints, weights = units.smoothed()[sure], units.lengths_s[sure]
    centred = Units(
        unit_length(units.prints - units.prints.mean(axis=0)), units.lengths_s, units.at_break
    )
    distances = pdist(centred.smoothed()[sure], "cosine")
    tree = linkage(np.clip(np.nan_to_num(distances), 0.0, 2.0), "average")
    found = []
    for number in range(2, min(_MOST_CUTS, len(prints)) + 1):
        marks = fcluster(tree, number, "maxclust")
        found.append(np.stack([mean(prints, weights, marks == m) for m in np.unique(marks)]))
    return found


def _judge(
    units: Units, person: NDArray[np.int64], centres: NDArray[np.float32]
) -> tuple[float, bool]:
    """How far the nearest two lie apart, and whether everybody is somebody."""
    near = centres @ centres.T
    turns = _long_turns(units, person, len(centres))
    nearest, are_people = np.inf, True
    for one in range(len(centres)):
        for other in range(one):
            apart = _apart(units, person, centres, one, other)
            nearest = min(nearest, apart)
            is_clear = near[one, other] <= _TWO_VOICES
            is_likely = (
                near[one, other] <= _ONE_VOICE
                and min(turns[one], turns[other]) >= _LEAST_TURNS
                and apart >= _LEAST_APART
            )
            are_people = are_people and (is_clear or is_likely)
    return nearest, are_people


def _long_turns(units: Units, person: NDArray[np.int64], people: int) -> NDArray[np.int64]:
    """How many turns of each person are long enough to be sure of."""
    starts = np.flatnonzero(np.concatenate([[True], person[1:] != person[:-1]]))
    lengths_s = np.add.reduceat(units.lengths_s, starts)
    whose = person[starts][lengths_s >= _TURN_S]
    return np.bincount(whose, minlength=people)


def _apart(
    units: Units, person: NDArray[np.int64], centres: NDArray[np.float32], one: int, other: int
) -> float:
    """How far the units of two people lie apart along the line between their prints, in sigmas."""
    line = centres[one] - centres[other]
    here, there = units.prints[person == one] @ line, units.prints[person == other] @ line
    count = len(here) + len(there)
    spread = np.sqrt((here.var() * len(here) + there.var() * len(there)) / count)
    return float((here.mean() - there.mean()) / max(float(spread), 1e-9))
