"""Trajectories follow the data as far as the data go."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.trust.smooth import DRAWS, trajectories


def ends(counts: list[float], totals: list[float]) -> tuple[float, float]:
    drawn = trajectories(counts, totals)
    return float(drawn[:, 0].mean()), float(drawn[:, -1].mean())


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=9))
def test_draws_are_shares_one_column_a_meeting(pairs: list[tuple[int, int]]) -> None:
    counts, rest = [k for k, _ in pairs], [r for _, r in pairs]
    drawn = trajectories(counts, [k + r for k, r in zip(counts, rest, strict=True)])
    assert drawn.shape == (DRAWS, len(pairs))
    assert ((drawn > 0) & (drawn < 1)).all()


def test_it_rises_where_the_counts_rise() -> None:
    early, late = ends([0, 1, 2, 4, 5], [5, 5, 5, 5, 5])
    assert early < 0.25
    assert late > 0.75


def test_more_data_make_it_surer() -> None:
    few, many = (trajectories([k, k, k], [2 * k] * 3)[:, 1] for k in (1, 20))
    assert np.std(many) < 0.6 * np.std(few)


def test_one_meeting_about_something_else_does_not_turn_it() -> None:
    calm = trajectories([4, 4, 0, 4, 4], [5, 5, 5, 5, 5])
    assert calm[:, -1].mean() > 0.65


def test_nothing_asked_says_nothing() -> None:
    drawn = trajectories([0, 0], [0, 0])
    assert drawn.mean() == pytest.approx(0.5, abs=0.05)
    assert np.quantile(drawn[:, 0], 0.05) < 0.15


def test_the_same_counts_give_the_same_draws() -> None:
    assert (trajectories([1, 2], [3, 3]) == trajectories([1, 2], [3, 3])).all()


@pytest.mark.parametrize(("counts", "totals"), [([], []), ([2], [1]), ([1], [1, 1]), ([-1], [2])])
def test_counts_that_cannot_be_are_refused(counts: list[float], totals: list[float]) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        trajectories(counts, totals)
