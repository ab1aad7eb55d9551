"""kill -9 again and again, at any moment of runs over audio and transcripts.

``BANSOU_LONG_RUNS`` sets how many runs are killed (100).
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from running import (
    bansou,
    finish,
    ledger,
    leftovers,
    make_episodes,
    partial_tables,
    speech,
    start,
    write_wav,
)

pytestmark = pytest.mark.long

RUNS = int(os.environ.get("BANSOU_LONG_RUNS", "100"))
SEED = int(os.environ.get("BANSOU_LONG_SEED", "1"))
KILLS_A_ROUND = 5
TERMS = "terms:\n- {id: rakuraku, term: 楽々台帳, reading: ラクラクダイチョウ, kind: name}\n"


def test_killed_runs_end_as_undisturbed_ones(
    tmp_path: Path, tables: Callable[[Path], dict[str, bytes]]
) -> None:
    whole = tmp_path / "whole"
    make_episodes(whole / "raw", 5, lines=30)
    write_wav(whole / "raw" / "会話.wav", speech(12))
    began = time.monotonic()
    assert bansou("ingest", "--data", whole).code == 0
    longest_s = time.monotonic() - began
    (whole / "terms.yaml").write_text(TERMS, encoding="utf-8")
    assert bansou("ingest", "--data", whole).code == 0
    wanted = tables(whole), ledger(whole)

    rng = random.Random(SEED)  # noqa: S311
    killed = 0
    while killed < RUNS:
        data = tmp_path / f"round-{killed}"
        shutil.copytree(whole / "raw", data / "raw")
        for number in range(KILLS_A_ROUND):
            if number == 2:  # from here on, language stages of finished episodes are stale too
                (data / "terms.yaml").write_text(TERMS, encoding="utf-8")
            force = ["--from-stage", "repair"] if rng.random() < 0.2 else []
            run = start("ingest", "--data", data, "--jobs", rng.choice([1, 2]), *force)
            time.sleep(rng.uniform(0.2, longest_s))
            os.kill(run.pid, signal.SIGKILL)
            finish(run)
            killed += 1
            assert partial_tables(data) == []
        done = bansou("ingest", "--data", data)
        assert done.code == 0, done.text
        assert "damaged" not in done.err, done.err
        assert (tables(data), ledger(data)) == wanted, f"seed {SEED}, after {killed} kills"
        assert leftovers(data) == []
        shutil.rmtree(data)
