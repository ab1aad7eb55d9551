"""How many recordings are heard at a time where nobody says."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import Settings
from pipeline.run.plan import FileSeen, Job
from pipeline.run.workers import jobs_at_a_time
from pipeline.sources import Source


def recordings(count: int, *, stale: dict[str, str] | None = None) -> list[Job]:
    made = []
    for number in range(count):
        path = Path(f"/raw/{number}.mp3")
        source = Source(str(number), path, None, None, None)
        job = Job(str(number), source, FileSeen(str(path), 1, 1, "0"), None, None)
        job.stale = {"transcribe": "never run"} if stale is None else stale
        made.append(job)
    return made


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BANSOU_JOBS")
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    sizes = {"SC_AVPHYS_PAGES": 3_000_000, "SC_PAGE_SIZE": 4096}  # 12 GB
    monkeypatch.setattr(os, "sysconf", sizes.__getitem__)


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(
    ("count", "more", "wanted"),
    [
        pytest.param(1, {}, 1, id="one recording has all cores"),
        pytest.param(3, {}, 3, id="one each"),
        pytest.param(9, {}, 4, id="no more than cores"),
        pytest.param(9, {"model": "large-v3"}, 1, id="memory of other models is not known"),
        pytest.param(9, {"device": "cuda"}, 1, id="a GPU has one model"),
        pytest.param(9, {"jobs": 2}, 2, id="as set"),
    ],
)
def test_recordings_share_the_cores(count: int, more: dict[str, Any], wanted: int) -> None:
    assert jobs_at_a_time(recordings(count), Settings(**{"device": "cpu", **more})) == wanted


@pytest.mark.usefixtures("machine")
def test_what_was_heard_before_needs_no_cores() -> None:
    jobs = recordings(5, stale={"repair": "changed: glossary"})
    assert jobs_at_a_time(jobs, Settings(device="cpu")) == 1


@pytest.mark.usefixtures("machine")
def test_no_more_than_memory_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {"SC_AVPHYS_PAGES": 800_000, "SC_PAGE_SIZE": 4096}  # 3.3 GB
    monkeypatch.setattr(os, "sysconf", sizes.__getitem__)
    assert jobs_at_a_time(recordings(5), Settings(device="cpu")) == 2
