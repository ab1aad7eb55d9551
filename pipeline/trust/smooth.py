"""How a share moves from meeting to meeting, and how sure that is.

A share's log odds walk at random from meeting to meeting; what was counted is binomial. The exact
posterior on a grid comes from Kitagawa's filter ("Non-Gaussian state-space modeling of nonstationary
time series", JASA 82, 1987, 1032-1041), whole trajectories from it by backward sampling (Carter & Kohn,
Biometrika 81, 1994). How fast the walk is, is not set: three speeds, and a steady drift (a straight line of
the log odds), are weighed by their likelihood.
A meeting may stand apart from the others (a mixture, as in robust filters: West, JRSS B 46, 1984).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Requests are told apart by a model that is wrong now and then (docs/models.md: 7 to 14 in 100).
MISREAD = 0.08
# One meeting in so many is about something else (a new product, an audit) and says nothing of the rest.
_APART = 0.1
# Log odds a meeting: hardly moving, drifting, jumping.
_SPEEDS = (0.1, 0.5, 1.2)
_GRID, _EDGE = 81, 4.5
DRAWS = 3000
_SEED = 1987


def trajectories(
    counts: Sequence[float], totals: Sequence[float], *, seed: int = 0
) -> NDArray[Any]:
    """Plausible trajectories of a share.

    Args:
        counts: per meeting, in order, how many of its requests are of the kind; weights may be broken.
        totals: how many requests there are; a meeting without any says nothing.
        seed: told apart where several shares of one relation are drawn.

    Returns:
        A matrix of :data:`DRAWS` rows, one column a meeting, of shares (0 to 1); the same input gives
        the same draws.

    Raises:
        ValueError: no meeting, lists of different lengths, or a count outside of 0 to its total.
    """
    import numpy as np

    k, n = np.asarray(counts, float), np.asarray(totals, float)
    if not len(k) or len(k) != len(n) or (k < 0).any() or (k > n + 1e-9).any():
        raise ValueError(f"counts {list(counts)} do not fit totals {list(totals)}")
    odds = np.linspace(-_EDGE, _EDGE, _GRID)
    share = 1 / (1 + np.exp(-odds))
    seen = MISREAD + (1 - 2 * MISREAD) * share
    usual = np.exp(k[:, None] * np.log(seen) + np.maximum(n - k, 0)[:, None] * np.log(1 - seen))
    likelihood = (1 - _APART) * usual + _APART * _any_share(k, n)[:, None]
    prior = share * (1 - share)
    runs = [_filter(likelihood, odds, prior, speed) for speed in _SPEEDS]
    line, line_evidence = _line(likelihood, prior)
    evidence = np.array([*(run[2] for run in runs), line_evidence])
    # A steady drift is as likely beforehand as all walks together.
    weights = np.exp(evidence - evidence.max()) * ([1 / len(runs)] * len(runs) + [1.0])
    rng = np.random.default_rng((_SEED, seed))
    *sizes, rest = _split(DRAWS, weights / weights.sum())
    drawn = [
        share[_sample(filtered, step, size, rng)]
        for (filtered, step, _), size in zip(runs, sizes, strict=True)
        if size
    ]
    return np.concatenate([*drawn, share[_sample_lines(line, len(k), rest, rng)]])


def _line(likelihood: NDArray[Any], prior: NDArray[Any]) -> tuple[NDArray[Any], float]:
    """Chances of every straight line from a first to a last place on the grid, and their log evidence."""
    import numpy as np

    chance = np.outer(prior, prior) / prior.sum() ** 2
    for number, places in enumerate(_places(len(likelihood))):
        chance = chance * likelihood[number][places]
    total = float(chance.sum())
    return chance / total, float(np.log(total))


def _places(meetings: int) -> list[NDArray[Any]]:
    """Per meeting the place on the grid of the line from each first (row) to each last place (column)."""
    import numpy as np

    first, last = np.meshgrid(np.arange(_GRID), np.arange(_GRID), indexing="ij")
    steps = max(1, meetings - 1)
    return [np.rint(first + (last - first) * (n / steps)).astype(int) for n in range(meetings)]


def _sample_lines(chance: NDArray[Any], meetings: int, size: int, rng: Any) -> NDArray[Any]:
    import numpy as np

    at = np.searchsorted(np.cumsum(chance.ravel()), rng.random(size))
    at = np.minimum(at, chance.size - 1)
    return np.stack([places.ravel()[at] for places in _places(meetings)], axis=1)


def _any_share(k: NDArray[Any], n: NDArray[Any]) -> NDArray[Any]:
    """Likelihood of a meeting whose share may be anything: the binomial's mean over all shares."""
    import numpy as np

    pairs = zip(k.tolist(), np.maximum(n - k, 0).tolist(), strict=True)
    return np.array(
        [
            math.exp(math.lgamma(a + 1) + math.lgamma(b + 1) - math.lgamma(a + b + 2))
            for a, b in pairs
        ]
    )


def _filter(
    likelihood: NDArray[Any], odds: NDArray[Any], prior: NDArray[Any], speed: float
) -> tuple[NDArray[Any], NDArray[Any], float]:
    """What is known after each meeting, the step from meeting to meeting, and the log evidence."""
    import numpy as np

    step = np.exp(-0.5 * ((odds[:, None] - odds[None, :]) / speed) ** 2)
    step /= step.sum(axis=1, keepdims=True)
    now, evidence, known = prior / prior.sum(), 0.0, []
    for number, row in enumerate(likelihood):
        if number:
            now = now @ step
        now = now * row
        total = float(now.sum())
        evidence += float(np.log(total))
        now = now / total
        known.append(now)
    return np.array(known), step, evidence


def _sample(filtered: NDArray[Any], step: NDArray[Any], size: int, rng: Any) -> NDArray[Any]:
    """Places on the grid, drawn backwards from the last meeting."""
    import numpy as np

    last = len(filtered) - 1
    places = np.empty((size, last + 1), int)
    chosen = np.minimum(np.searchsorted(np.cumsum(filtered[last]), rng.random(size)), _GRID - 1)
    places[:, last] = chosen
    for number in range(last - 1, -1, -1):
        chances = filtered[number][None, :] * step[:, places[:, number + 1]].T
        sums = np.cumsum(chances, axis=1)
        at = rng.random(size) * sums[:, -1]
        places[:, number] = np.minimum((sums < at[:, None]).sum(axis=1), _GRID - 1)
    return places


def _split(total: int, weights: NDArray[Any]) -> list[int]:
    """Whole numbers near ``total × weights`` that add up to ``total``."""
    import numpy as np

    ends = np.rint(np.cumsum(weights) * total).astype(int)
    return [int(size) for size in np.diff(ends, prepend=0)]
