"""Commands run in this process, and a folder of two episodes that were ingested."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from disks import SmallDisk
from folders import Run, copy_of, write_raw
from running import Done
from scenes import decide_all
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.config import load_settings
from pipeline.run.ingest import ingest
from tests.feeds.server import Server, serving


@pytest.fixture
def run() -> Run:
    """A command of bansou, as a user gives it."""

    def go(*args: object) -> Done:
        done = CliRunner().invoke(app, [str(a) for a in args])
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert "Traceback" not in done.output
        return Done(done.exit_code, done.stdout, done.stderr)

    return go


@pytest.fixture(scope="session")
def _ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ingested") / "data"
    write_raw(folder)
    assert ingest(load_settings(data=folder)).is_ok
    done = CliRunner().invoke(app, ["review", "export", str(folder / "cards.csv"), "--data", str(folder)])  # fmt: skip
    assert done.exit_code == 0, done.output
    decide_all(folder / "cards.csv")
    return folder


@pytest.fixture
def done_folder(_ingested: Path, tmp_path: Path) -> Path:
    """A folder of two ingested episodes, with a filled in ``cards.csv``."""
    return copy_of(_ingested, tmp_path / "data")


@pytest.fixture
def another(_ingested: Path, tmp_path: Path) -> Path:
    """The same once more, to be left in peace."""
    return copy_of(_ingested, tmp_path / "another")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    made = SmallDisk(tmp_path / "disk")
    yield made
    made.close()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running
