"""Two commands at once on one folder: one writes, the other says so, and both ways end right."""

from __future__ import annotations

from pathlib import Path

import pytest
from folders import Run, write_raw
from running import bansou, finish, ledger, leftovers, start
from scenes import tables_of

from pipeline.store import Store


@pytest.mark.integration
def test_two_ingests_at_once(tmp_path: Path, another: Path) -> None:
    data = tmp_path / "data"
    write_raw(data)
    runs = [start("ingest", "--data", data) for _ in range(2)]
    ended = [finish(run) for run in runs]
    assert 0 in [done.code for done in ended]
    for done in ended:
        assert done.code == 0 or "another bansou is writing to" in done.err, done.text
    assert "nothing to do" in bansou("ingest", "--data", data).out
    assert tables_of(data) == tables_of(another)
    assert ledger(data) == ledger(another)
    assert leftovers(data) == []


@pytest.mark.parametrize(
    "args",
    [
        ("ingest",),
        ("review", "import", "{data}/cards.csv", "--reviewer", "佐藤"),
        ("forget", "第1回", "--yes"),
    ],
)
def test_who_writes_beside_an_ingest_is_told_to_wait(
    done_folder: Path, run: Run, args: tuple[str, ...]
) -> None:
    before = tables_of(done_folder)
    with Store(done_folder / "processed").lock():
        done = run(*(a.format(data=done_folder) for a in args), "--data", done_folder)
    assert done.code == 1
    (line,) = done.err.strip().splitlines()
    assert line.startswith("error: another bansou is writing to ")
    assert "run again" in line
    assert tables_of(done_folder) == before
