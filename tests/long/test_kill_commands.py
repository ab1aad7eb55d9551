"""kill -9 again and again, at random moments of each command that writes.

``BANSOU_LONG_RUNS`` sets how many runs of each are killed (100).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from killing import Stage, kill_and_rerun
from scenes import decisions_for_all, feed_for_all, ingesting, pushing

pytestmark = pytest.mark.long
log = logging.getLogger(__name__)

RUNS = int(os.environ.get("BANSOU_LONG_RUNS", "100"))
SEED = int(os.environ.get("BANSOU_LONG_SEED", "1"))


@contextmanager
def _always(stage: Stage) -> Iterator[Stage]:
    yield stage


STAGES: dict[str, Callable[[Path], AbstractContextManager[Stage]]] = {
    "ingest": lambda _: _always(ingesting),
    "push": lambda _: _always(pushing),
    "fetch": lambda _: feed_for_all(),
    "review import": decisions_for_all,
}


@pytest.mark.parametrize("command", STAGES)
def test_killed_runs_end_as_undisturbed_ones(tmp_path: Path, command: str) -> None:
    with STAGES[command](tmp_path) as stage:
        tally = kill_and_rerun(stage, tmp_path / "k", runs=RUNS, seed=SEED)
    log.info("%s: %s", command, tally)  # shown by -o log_cli_level=INFO
    assert tally.killed >= RUNS
    assert tally.at_step
    assert tally.at_time
