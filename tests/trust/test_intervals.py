"""Intervals hold what they claim."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.trust import wilson

COUNTS = st.integers(0, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(COUNTS)
def test_a_share_lies_in_its_interval_and_the_interval_between_0_and_1(
    pair: tuple[int, int],
) -> None:
    count, total = pair
    share = wilson(count, total)
    assert 0 <= share.low <= share.high <= 1
    if total:
        assert share.value == count / total
        assert share.low <= share.value <= share.high
    else:
        assert (share.value, share.low, share.high) == (None, 0, 1)


@given(COUNTS)
def test_it_is_symmetric(pair: tuple[int, int]) -> None:
    count, total = pair
    one, other = wilson(count, total), wilson(total - count, total)
    assert one.low == pytest.approx(1 - other.high)


@given(st.integers(1, 40), st.integers(0, 40))
def test_more_of_the_same_narrows_it(total: int, count: int) -> None:
    count = min(count, total)
    one, ten = wilson(count, total), wilson(10 * count, 10 * total)
    assert ten.high - ten.low < one.high - one.low


def test_known_values() -> None:
    share = wilson(8, 10)  # as in Brown, Cai & DasGupta and any table
    assert (share.low, share.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)


def test_it_covers_what_it_claims() -> None:
    rng = np.random.default_rng(7)
    for share in (0.1, 0.3, 0.5):
        inside = [
            (w := wilson(int(k), 20)).low <= share <= w.high for k in rng.binomial(20, share, 4000)
        ]
        assert 0.92 < np.mean(inside) < 0.985


@pytest.mark.parametrize(("count", "total"), [(-1, 3), (4, 3), (1, 0)])
def test_no_share_of_nothing(count: int, total: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        wilson(count, total)
