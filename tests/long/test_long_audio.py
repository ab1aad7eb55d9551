"""Eleven minutes with the real model, killed in the second stretch, against an undisturbed run."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from running import RATE, bansou, finish, leftovers, speech, start, wait_for, write_wav

pytestmark = pytest.mark.long

SECONDS = 11 * 60


def test_a_killed_run_goes_on_and_ends_as_an_undisturbed_one(
    tmp_path: Path, tables: Callable[[Path], dict[str, bytes]]
) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    (whole / "raw").mkdir(parents=True)
    write_wav(whole / "raw" / "長い回.wav", np.resize(speech(250), SECONDS * RATE))
    shutil.copytree(whole, killed)
    run = start("ingest", "--data", killed)
    wait_for(killed / "processed/_state/heard", "*/0000.json", seconds=900)
    time.sleep(5)
    os.kill(run.pid, signal.SIGKILL)
    finish(run)
    for data in (killed, whole):
        done = finish(start("ingest", "--data", data), seconds=900)
        assert done.code == 0, done.text
    assert "goes on after 0:0" in (killed / "processed/_state/logs/bansou.log").read_text()
    assert tables(killed) == tables(whole)
    assert leftovers(killed) == []
    assert "nothing to do" in bansou("ingest", "--data", killed).out
