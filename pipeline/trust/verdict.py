"""Which story the meetings tell, and how sure that is.

Every story gets a probability. Strain comes first, from the hidden Markov model of
:mod:`pipeline.trust.strain`; where the relation was calm throughout, plausible trajectories of the
shares (:mod:`pipeline.trust.smooth`) are sorted by what they do, and a story's share of them is its
probability. The likeliest story is told if it is likelier than all others together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.trust.intervals import Share
from pipeline.trust.signs import Signs
from pipeline.trust.smooth import trajectories
from pipeline.trust.strain import RECOVERED, STRAINED, WITHDRAWN, state_chances

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST_MEETINGS = 3
# With fewer, even a turn from none to all is no news: 0 of 4 against 4 of 4 is the first that Fisher's
# exact test tells from chance (p = 0.03).
FEWEST_REQUESTS = 8
# A change of shares that somebody would notice in a meeting of five requests.
_CHANGE = 0.15
_MOSTLY = 0.6
_LEANING = 0.4
_TOLD = 0.5


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict with its probability, the chances of all stories, and what is drawn of each meeting.

    ``trends`` is the opinion share smoothed, ``strains`` the chance that the relation is strained.
    ``why_not`` says why there is no verdict.
    """

    verdict: str
    confidence: float
    chances: dict[str, float]
    trends: tuple[Share, ...]
    strains: tuple[float, ...]
    why_not: str


def judge(signs: Sequence[Signs]) -> Judged:
    """Judge the meetings of a relation, in order.

    Args:
        signs: the meetings; those in which no customer speaks say nothing and do not count.

    Raises:
        ValueError: no meeting.
    """
    heard = [s for s in signs if s.heeded]
    opinions, deeds = _drawn(signs)
    moods, last = state_chances([s.mood for s in signs])
    strains = tuple(float(row[STRAINED] + row[WITHDRAWN]) for row in moods)
    chances = _chances(signs, opinions, deeds, last)
    trends = tuple(_band(column) for column in opinions.T)
    verdict = max(chances, key=lambda name: chances[name])
    why_not = ""
    if len(heard) < FEWEST_MEETINGS:
        why_not = (
            f"顧客が話した会議が{len(heard)}回しかありません（{FEWEST_MEETINGS}回から判断します）"
        )
    elif verdict == "unclear":
        asked = sum(s.requests for s in signs)
        why_not = f"顧客の質問や依頼が合わせて{asked}件で、変化と偶然を見分けられません（{FEWEST_REQUESTS}件から判断します）"
    elif chances[verdict] < _TOLD:
        why_not = "どの見方も決め手を欠きます"
    if why_not:
        return Judged("unclear", 0.0, chances, trends, strains, why_not)
    return Judged(verdict, chances[verdict], chances, trends, strains, "")


def _drawn(signs: Sequence[Signs]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Plausible trajectories of the opinion share and of handed-over work among what is asked."""
    totals = [s.total for s in signs]
    return (
        trajectories([s.opinion for s in signs], totals, seed=1),
        trajectories([s.deeds for s in signs], totals, seed=2),
    )


def _chances(
    signs: Sequence[Signs], opinions: NDArray[Any], deeds: NDArray[Any], last: NDArray[Any]
) -> dict[str, float]:
    """The probability of every story."""
    eroded, recovered = float(last[STRAINED] + last[WITHDRAWN]), float(last[RECOVERED])
    calm = 1.0 - eroded - recovered
    asked = sum(s.requests for s in signs)
    if asked < FEWEST_REQUESTS:
        told = {"growing": 0.0, "flat": 0.0, "doing_for": 0.0, "unclear": calm}
    else:
        told = {name: calm * share for name, share in _stories(opinions, deeds).items()}
        told["unclear"] = 0.0
    return {**told, "recovered": recovered, "eroded": eroded}


def _stories(opinions: NDArray[Any], deeds: NDArray[Any]) -> dict[str, float]:
    """The share of trajectories that lean on doing it for them, grow, or stay."""
    early, late = _ends(opinions)
    deeds_early, deeds_late = _ends(deeds)
    leans = (deeds_late > _LEANING) & (deeds_late > late) & (deeds_late - deeds_early > -_CHANGE)
    grows = (late - early > _CHANGE) | ((late > _MOSTLY) & (late - early > -_CHANGE))
    return {
        "doing_for": float(leans.mean()),
        "growing": float((grows & ~leans).mean()),
        "flat": float((~grows & ~leans).mean()),
    }


def _ends(draws: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Each trajectory's mean over the first and over the last third of the meetings."""
    third = max(1, draws.shape[1] // 3)
    return draws[:, :third].mean(axis=1), draws[:, -third:].mean(axis=1)


def _band(column: NDArray[Any]) -> Share:
    import numpy as np

    low, high = np.quantile(column, (0.025, 0.975))
    return Share(float(column.mean()), float(low), float(high))
