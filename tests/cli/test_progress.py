"""The bar of a run that goes on: the rate and the time left are of this run alone."""

from __future__ import annotations

import pytest

from pipeline.cli.progress import Pace


def test_the_rate_counts_what_this_run_has_done() -> None:
    pace = Pace("transcribe", 10_800.0, since=100.0, from_s=5_400.0)
    assert pace.shown(5_400.0, 100.0) == "5400/10800 s"
    assert pace.ends_at(5_400.0, 110.0) is None
    assert pace.shown(6_000.0, 160.0) == "6000/10800 s · 10.0 ×"
    assert pace.ends_at(6_000.0, 160.0) == pytest.approx(160.0 + 480.0)


def test_stages_without_seconds_show_none() -> None:
    assert Pace("repair", 0.0, since=0.0, from_s=0.0).shown(0.0, 3.0) == ""
