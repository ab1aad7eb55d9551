"""A raw file replaced while it is read: the tables are of one content, and what is stale is called so."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from folders import Run
from scenes import tables_of

from pipeline.run import episode
from pipeline.store import Store

OLD = "00:01\n手順書を一緒に作って、隣で見ながら進めました。\n01:00\n約束は小さくても守ることが大事です。\n"
NEW = "00:01\n研修は月に一度だけ開いて、質問を先に集めました。\n01:00\n代わりに全部やるのは引き継ぎではありません。\n"
Change = Callable[[], None]


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "raw" / "第1回.txt"
    path.parent.mkdir(parents=True)
    path.write_text(OLD, encoding="utf-8")
    return path


def replace(path: Path, text: str, *, like: os.stat_result | None = None) -> None:
    """As an editor or a synchronisation does it: written beside, then renamed."""
    beside = path.with_name(".beside")
    beside.write_text(text, encoding="utf-8")
    if like:
        os.utime(beside, ns=(like.st_atime_ns, like.st_mtime_ns))
    beside.replace(path)


def disturb(monkeypatch: pytest.MonkeyPatch, *, before: Change, after: Change) -> None:
    """Have the file changed right before and right after the next time it is read."""
    read = episode.read_transcript

    def disturbed(path: Path) -> object:
        monkeypatch.undo()
        before()
        made = read(path)
        after()
        return made

    monkeypatch.setattr(episode, "read_transcript", disturbed)


def told_content(data: Path) -> tuple[str, str]:
    """What the tables say, and the hash of the file that they say it comes from."""
    text = "".join(pd.read_parquet(data / "processed/segments")["text"])
    (digest,) = pd.read_parquet(data / "processed/episodes")["source_sha256"]
    return text, digest


def is_of_one(data: Path) -> bool:
    text, digest = told_content(data)
    content = {hashlib.sha256(t.encode()).hexdigest(): t for t in (OLD, NEW)}[digest]
    return all(part in content for part in text.split("。"))


@pytest.mark.parametrize(
    ("how", "is_known"),
    [("before", False), ("after", True), ("and back", True), ("written to", False)],
)
def test_nothing_of_a_replaced_file_is_kept(
    raw: Path, run: Run, monkeypatch: pytest.MonkeyPatch, how: str, is_known: bool
) -> None:
    data, status = raw.parent.parent, raw.stat()
    if is_known:
        assert run("ingest", "--data", data).code == 0
    tables = tables_of(data)

    def nothing() -> None: ...

    def new() -> None:
        if how == "written to":
            raw.write_text(NEW, encoding="utf-8")
        else:
            replace(raw, NEW)

    def back() -> None:
        replace(raw, OLD, like=status)

    change = {"after": (nothing, new), "and back": (new, back)}
    before, after = change.get(how, (new, nothing))
    with monkeypatch.context() as patch:
        disturb(patch, before=before, after=after)
        done = run("ingest", "--data", data, "--force")
    assert done.code == 1, done.text
    assert f"failed: 第1回: {raw}: was replaced while it was read; run again" in done.err
    assert tables_of(data) == tables, "the old state stays"
    if how != "and back" or not is_known:
        (shown,) = json.loads(run("status", "--data", data, "--json").out)["episodes"]
        assert shown["stages"]["transcribe"]
    done = run("ingest", "--data", data)
    assert done.code == 0, done.text
    assert is_of_one(data)
    assert told_content(data)[1] == hashlib.sha256(raw.read_bytes()).hexdigest()


def test_a_file_replaced_again_and_again(raw: Path, run: Run) -> None:
    """Whatever the moment: what is stored belongs to one content."""
    data = raw.parent.parent
    is_over = threading.Event()

    def flip() -> None:
        for turn in range(1_000_000):
            replace(raw, NEW if turn % 2 else OLD)
            if is_over.wait(0.02):
                return

    flipping = threading.Thread(target=flip)
    flipping.start()
    codes = set()
    try:
        for _ in range(3):
            codes.add(run("ingest", "--data", data, "--from-stage", "transcribe").code)
            if Store(data / "processed").load_records():
                assert is_of_one(data)
    finally:
        is_over.set()
        flipping.join()
    assert run("ingest", "--data", data).code == 0
    assert is_of_one(data)
    assert "nothing to do" in run("ingest", "--data", data).out


def test_a_sidecar_replaced_while_it_is_read(
    raw: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, sidecar = raw.parent.parent, raw.with_suffix(".yaml")
    sidecar.write_text("title: 前の題\n", encoding="utf-8")
    read = episode.read_sidecar

    def disturbed(path: Path) -> object:
        replace(sidecar, "title: 今の題\n")
        return read(path)

    with monkeypatch.context() as patch:
        patch.setattr(episode, "read_sidecar", disturbed)
        done = run("ingest", "--data", data)
    assert done.code == 1
    assert f"{sidecar}: was replaced while it was read; run again" in done.err
    assert run("ingest", "--data", data).code == 0
    assert pd.read_parquet(data / "processed/episodes")["title"].tolist() == ["今の題"]
