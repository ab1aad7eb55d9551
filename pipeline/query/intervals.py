"""Intervals for shares and their differences."""

from __future__ import annotations

import math

_Z = 1.959963984540054  # 95 %


def wilson(count: int, total: int) -> tuple[float, float]:
    """The 95% interval of a share after Wilson (1927); 0 to 1 where there is nothing to go by."""
    if total <= 0:
        return 0.0, 1.0
    share, square = count / total, _Z * _Z
    middle = share + square / (2 * total)
    spread = _Z * math.sqrt(share * (1 - share) / total + square / (4 * total * total))
    low, high = ((middle + sign * spread) / (1 + square / total) for sign in (-1, 1))
    return (0.0 if count == 0 else low), (1.0 if count == total else high)


def difference(
    early: tuple[int, int], late: tuple[int, int]
) -> tuple[float, float, float, float, float]:
    """Two shares, how much larger the later is, and the 95% interval of that (Newcombe 1998, method 10).

    Args:
        early, late: count and total.
    """
    one, other = (count / total if total else math.nan for count, total in (early, late))
    (a, b), (c, d) = wilson(*early), wilson(*late)
    change = other - one
    low = change - math.hypot(other - c, b - one)
    return one, other, change, low, change + math.hypot(d - other, one - a)
