"""A folder that may only be read: looking works, writing says which file it cannot write and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from disks import MIB, mount, remount, unmount
from folders import Run, copy_of

from tests.feeds.server import Server, item, rss

Freeze = Callable[[], Path]


@pytest.fixture
def frozen(another: Path, tmp_path: Path) -> Iterator[Freeze]:
    """Two ingested episodes on a disk that is only read from now on (root passes over mere permissions)."""
    folder = tmp_path / "disk"
    why_not = mount(folder, size=64 * MIB)
    if why_not:
        pytest.skip(f"no disk can be mounted here to be made read-only: {why_not}")
    copy_of(another, folder)

    def freeze() -> Path:
        remount(folder, "ro")
        return folder

    yield freeze
    unmount(folder)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_what_only_looks_works(frozen: Freeze, run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    assert run("search", "手順書", "--data", folder).code == 0  # makes the index
    frozen()
    before = tree(folder)
    assert "ok" in run("status", "--data", folder).out
    assert "見ながら進めました" in run("search", "手順書", "--data", folder).out
    assert run("trust", "acme", "--data", folder).code == 0
    for args in (
        ("export", "csv", "--out", tmp_path / "cards.csv"),
        ("review", "export", tmp_path / "sheet.csv"),
        ("report", "第1回", "--out", tmp_path / "page.html"),
    ):
        done = run(*args, "--data", folder)
        assert done.code == 0, done.text
    assert tree(folder) == before


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (("ingest",), "processed/_state/lock"),
        (("ingest", "--force"), "processed/_state/lock"),
        (("export", "csv"), "export"),
        (("review", "import", "{data}/cards.csv", "--reviewer", "佐藤"), "processed/_state/lock"),
        (("search", "手順書"), "processed/_state/search.lock"),
        (("forget", "第1回", "--yes"), "processed/_state/lock"),
        (("fetch", "{url}", "--allow-private"), "feeds"),
    ],
)
def test_what_writes_names_the_file_and_the_remedy(
    frozen: Freeze, run: Run, server: Server, args: tuple[str, ...], named: str
) -> None:
    url = server.feed(rss(item(server.sound("/1.mp3"))))
    folder = frozen()
    before = tree(folder)
    done = run(*(a.format(data=folder, url=url) for a in args), "--data", folder)
    assert done.code == 1, done.text
    (line,) = done.err.strip().splitlines()
    assert str(folder / named) in line
    assert "give this user the right" in line
    assert tree(folder) == before
