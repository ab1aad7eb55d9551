"""``kill -9`` at random moments of the commands that write; ``tests/long`` does it a hundred times each."""

from __future__ import annotations

from pathlib import Path

import pytest
from killing import kill_and_rerun
from scenes import decisions_for_all, feed_for_all, ingesting, pushing

pytestmark = pytest.mark.integration

KILLS = 5


def test_ingest_killed_ends_as_an_undisturbed_run(tmp_path: Path) -> None:
    assert kill_and_rerun(ingesting, tmp_path / "k", runs=KILLS, seed=11, a_round=5).killed >= KILLS


def test_push_killed_writes_every_page_once(tmp_path: Path) -> None:
    assert kill_and_rerun(pushing, tmp_path / "k", runs=KILLS, seed=12, a_round=5).killed >= KILLS


def test_fetch_killed_brings_every_episode_once_and_whole(tmp_path: Path) -> None:
    with feed_for_all() as stage:
        assert kill_and_rerun(stage, tmp_path / "k", runs=KILLS, seed=13, a_round=5).killed >= KILLS


def test_review_import_killed_keeps_every_decision_once(tmp_path: Path) -> None:
    with decisions_for_all(tmp_path) as stage:
        assert kill_and_rerun(stage, tmp_path / "k", runs=KILLS, seed=14).killed >= KILLS
