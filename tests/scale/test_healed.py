"""Parts whose footers were once taken apart are not again, and still nothing that is wrong goes unseen."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
from many import make_many, make_one

from pipeline import parts
from pipeline.errors import TableError
from pipeline.footers import find_packed, parts_mark
from pipeline.run.compact import compact
from pipeline.store import Store

COUNT = 6


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A compacted archive, of which a run has noted that it is in order."""
    archive = make_many(tmp_path / "data", COUNT)
    for name in ("定例 [1]", "it's, so"):
        make_one(archive, name, COUNT)
    store = Store(tmp_path / "data" / "processed")
    compact(store)
    store.recover()
    return store


def part(store: Store, table: str) -> Path:
    return next((store.root / table).glob("bansou-part-*"))


def cards(store: Store) -> list[str]:
    return sorted(pd.read_parquet(store.root / "cards")["card_id"])


def taken_apart(store: Store, monkeypatch: pytest.MonkeyPatch) -> set[Path]:
    """The parts whose lists of episodes the next run reads."""
    seen: set[Path] = set()
    read = parts._footer.__wrapped__
    parts._entries.cache_clear()

    def footer(path: Path, inode: int, mtime_ns: int) -> object:
        seen.add(path)
        return read(path, inode, mtime_ns)

    with monkeypatch.context() as patch:
        patch.setattr(parts, "_footer", footer)
        store.recover()
    return seen


def as_another_process() -> None:
    parts._entries.cache_clear()
    parts._footer.cache_clear()


def test_what_is_in_order_is_not_taken_apart_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert taken_apart(store, monkeypatch) == set()
    (store.state / "noted-parts.json").write_bytes(b"{}")
    assert len(taken_apart(store, monkeypatch)) == 8
    assert taken_apart(store, monkeypatch) == set()


@pytest.mark.parametrize("stem", ["e00003", "定例 [1]", "it's, so"])
@pytest.mark.parametrize("others", [0, 20])
def test_a_file_beside_its_part_is_found(store: Store, stem: str, others: int) -> None:
    before = cards(store)
    source = part(store, "cards")
    for number in range(others):
        shutil.copy(source, source.with_name(f"other{number}.parquet"))
    own = source.with_name(f"{stem}.parquet")
    pd.read_parquet(source).query("episode_id == @stem").to_parquet(own)
    store.recover()
    for number in range(others):
        source.with_name(f"other{number}.parquet").unlink()
    assert own.exists()
    assert part(store, "cards") != source
    assert cards(store) == before
    assert find_packed(store.root / "cards", {stem}) == set()


def test_a_part_besides_that_tells_of_the_same_episodes_is_found(store: Store) -> None:
    before, source = cards(store), part(store, "cards")
    shutil.copy(source, source.with_name("bansou-part-000077.parquet"))
    store.recover()
    assert cards(store) == before
    assert part(store, "cards").name == "bansou-part-000077.parquet"


def test_a_footer_damaged_without_a_trace_of_it_is_named(store: Store) -> None:
    path = part(store, "tags")
    times, data = path.stat().st_mtime_ns, path.read_bytes()
    path.write_bytes(data.replace(b'["e00002",', b'[*e00002",'))
    os.utime(path, ns=(times, times))
    as_another_process()
    with pytest.raises(TableError, match=path.name):
        store.recover()


def test_a_part_cut_short_is_named(store: Store) -> None:
    path = part(store, "tags")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(TableError, match=path.name):
        store.recover()
    as_another_process()
    with pytest.raises(TableError, match=path.name):
        find_packed(store.root / "tags", {"e00001"})


def test_the_mark_is_that_of_names_and_files(store: Store) -> None:
    folder = store.root / "tags"
    before = parts_mark(folder)
    path = part(store, "tags")
    path.rename(path.with_name("bansou-part-000099.parquet"))
    assert parts_mark(folder) != before
    assert parts_mark(store.root / "nothing") == ""
