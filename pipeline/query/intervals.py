"""Intervals for shares and their differences."""

from __future__ import annotations

import math

from pipeline.trust.intervals import wilson


def difference(
    early: tuple[int, int], late: tuple[int, int]
) -> tuple[float, float, float, float, float]:
    """Two shares, how much larger the later is, and the 95% interval of that (Newcombe 1998, method 10).

    Args:
        early, late: count and total; NaN for what has no total.
    """
    one, other = wilson(*early), wilson(*late)
    before = math.nan if one.value is None else one.value
    after = math.nan if other.value is None else other.value
    change = after - before
    low = change - math.hypot(after - other.low, one.high - before)
    return before, after, change, low, change + math.hypot(other.high - after, before - one.low)
