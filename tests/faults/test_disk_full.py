"""No room on the disk: the file is named, what was there stays, and a rerun ends as an undisturbed run."""

from __future__ import annotations

from pathlib import Path

import pytest
from disks import SmallDisk
from folders import Run, copy_of, write_raw
from running import Done, ledger, leftovers, partial_tables
from scenes import tables_of

from tests.feeds.server import SOUND, Server, item, rss

REMEDY = "no space left on the disk; make room and run again"


def is_told(done: Done, path: Path) -> None:
    assert done.code == 1, done.text
    (line,) = done.err.strip().splitlines()
    assert f"{path}: {REMEDY}" in line


@pytest.mark.parametrize("left", [0, 40_000])
def test_ingest(disk: SmallDisk, another: Path, run: Run, left: int) -> None:
    write_raw(disk.folder)
    disk.fill(left=left)
    done = run("ingest", "--data", disk.folder)
    assert done.code == 1
    assert f"{disk.folder / 'processed'}: {REMEDY}" in done.err
    assert partial_tables(disk.folder) == []
    disk.free()
    done = run("ingest", "--data", disk.folder)
    assert done.code == 0, done.text
    assert tables_of(disk.folder) == tables_of(another)
    assert ledger(disk.folder) == ledger(another)
    assert leftovers(disk.folder) == []


def test_fetch(disk: SmallDisk, server: Server, run: Run, tmp_path: Path) -> None:
    url = server.feed(rss(item(server.sound("/1.mp3"))))
    args = ("fetch", url, "--allow-private", "--data")
    disk.fill(left=150_000)
    done = run(*args, disk.folder)
    is_told(done, disk.folder / "raw" / "2026-04-06 引き継ぎの話.part")
    disk.free()
    done = run(*args, disk.folder)
    assert done.code == 0, done.text
    assert run(*args, tmp_path / "undisturbed").code == 0
    assert raw_files(disk.folder) == raw_files(tmp_path / "undisturbed")
    assert SOUND in raw_files(disk.folder).values()
    if disk.is_real:
        assert any("Range" in headers for _, headers in server.asked), "what came is not lost"


def raw_files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "raw").iterdir()}


@pytest.mark.parametrize("form", ["csv", "mediawiki", "srt"])
def test_export(disk: SmallDisk, another: Path, run: Run, form: str) -> None:
    copy_of(another, disk.folder)
    args = ("export", form, "--data", disk.folder, *(["--force"] if form == "srt" else []))
    assert run(*args).code == 0
    (made,) = (p for p in (disk.folder / "export").rglob("[!.]*") if p.is_file())
    whole = made.read_bytes()
    made.unlink()
    made.write_bytes(b"of an earlier day")
    disk.fill()
    is_told(run(*args), made)
    assert made.read_bytes() == b"of an earlier day"
    disk.free()
    done = run(*args)
    assert done.code == 0, done.text
    assert made.read_bytes() == whole
    assert not list((disk.folder / "export").rglob("*.tmp"))


def test_review_import(disk: SmallDisk, another: Path, run: Run) -> None:
    copy_of(another, disk.folder)
    args = ("review", "import", another / "cards.csv", "--reviewer", "佐藤", "--data")
    before = tables_of(disk.folder), ledger(disk.folder)
    disk.fill()
    is_told(run(*args, disk.folder), disk.folder / "processed/reviews/corpus.parquet")
    assert (tables_of(disk.folder), ledger(disk.folder)) == before
    disk.free()
    assert run(*args, disk.folder).code == 0
    assert run(*args, another).code == 0
    assert tables_of(disk.folder) == tables_of(another)
    assert ledger(disk.folder) == ledger(another)
    assert leftovers(disk.folder) == []
