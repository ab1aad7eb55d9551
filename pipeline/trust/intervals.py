"""Intervals for shares: Wilson's (1927), which behave where few or all of few requests are of a kind."""

from __future__ import annotations

import math
from dataclasses import dataclass

_Z = 1.959963984540054  # 97.5 % point of the normal distribution


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its 95 % interval (0 to 1); ``value`` is None where there is nothing to share."""

    value: float | None
    low: float
    high: float


def wilson(count: int, total: int) -> Share:
    """Wilson's score interval for ``count`` of ``total``; 0 to 1 where ``total`` is 0.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22
    (1927), 209-212; why it and not the usual one: Brown, Cai & DasGupta, Statistical Science 16 (2001).

    Raises:
        ValueError: not 0 <= count <= total.
    """
    if not 0 <= count <= total:
        raise ValueError(f"{count} of {total} is no share")
    if total == 0:
        return Share(None, 0.0, 1.0)
    share = count / total
    scale = 1 + _Z**2 / total
    middle = (share + _Z**2 / (2 * total)) / scale
    half = _Z / scale * math.sqrt(share * (1 - share) / total + _Z**2 / (4 * total**2))
    # Rounding must not put the share itself outside of its interval.
    low = min(share, max(0.0, middle - half))
    high = max(share, min(1.0, middle + half))
    return Share(share, low, high)
