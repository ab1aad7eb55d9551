"""Tables in and out: atomic, checked, readable by what analysts use."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import schema
from pipeline.errors import BusyError, TableError
from pipeline.store import Store, file_stem, read_parquet, write_json, write_parquet


def turns(episode_id: str, n: int = 2) -> object:
    return schema.to_table(
        "turns",
        [
            {"episode_id": episode_id, "turn_index": i, "start_s": float(i), "end_s": i + 1.0,
             "speaker": "田中", "score": 0.5}
            for i in range(n)
        ],
    )  # fmt: skip


@given(st.text(min_size=1), st.text(min_size=1))
def test_file_names_stay_in_their_folder_and_apart(a: str, b: str) -> None:
    a, b = a.encode(errors="ignore").decode(), b.encode(errors="ignore").decode()
    name = file_stem(a)
    assert "/" not in name
    assert "\\" not in name
    assert not name.startswith((".", "_"))
    assert len(name.encode()) <= 200
    if a != b:
        assert file_stem(a) != file_stem(b)


def test_one_folder_is_one_table_for_pandas(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for episode in ("第1回 伴走とは", "第2回"):
        write_parquet(store.table_path("turns", episode), "turns", turns(episode))
    write_parquet(store.table_path("turns", "空の回"), "turns", turns("空の回", 0))
    frame = pd.read_parquet(tmp_path / "turns")
    assert len(frame) == 4
    assert set(frame["episode_id"]) == {"第1回 伴走とは", "第2回"}


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_parquet(tmp_path / name, "turns", turns("e"))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_table_cut_short_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    write_parquet(path, "turns", turns("e"))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(TableError, match=r"t\.parquet.*bansou ingest"):
        read_parquet("turns", path)


def test_a_second_writer_is_turned_away(tmp_path: Path) -> None:
    with Store(tmp_path).lock(), pytest.raises(BusyError, match="another"), Store(tmp_path).lock():
        pass


def test_a_kill_while_publishing_is_finished_by_the_next_run(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.prepare()
    folder = store.staging_folder("e")
    write_parquet(folder / "turns.parquet", "turns", turns("e"))
    read = {"path": "e.txt", "size": 1, "mtime_ns": 1, "sha256": "0"}
    record = {"episode_id": "e", "files": {"primary": read, "sidecar": None}, "stages": {}}
    write_json(folder / "complete.json", record)
    assert store.recover() == ["e"]
    assert store.read("turns", "e").num_rows == 2
    assert list(store.load_records()) == ["e"]
    assert not folder.exists()
    assert store.recover() == []


def test_a_kill_before_publishing_leaves_the_old_tables(tmp_path: Path) -> None:
    store = Store(tmp_path)
    write_parquet(store.table_path("turns", "e"), "turns", turns("e"))
    write_parquet(store.staging_folder("e") / "turns.parquet", "turns", turns("e", 9))
    store.recover()
    assert store.read("turns", "e").num_rows == 2


def test_dropping_an_episode_leaves_its_neighbour(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for episode in ("e1", "e10"):
        write_parquet(store.table_path("turns", episode), "turns", turns(episode))
    store.drop_episode("e1")
    assert [p.name for p in (tmp_path / "turns").iterdir()] == ["e10.parquet"]
