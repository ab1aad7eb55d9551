"""Compaction: few files, and everything reads the same as before."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pandas as pd
import pytest
from many import make_many, make_one
from typer.testing import CliRunner

import pipeline as bs
from pipeline.chain import trace
from pipeline.cli import app
from pipeline.config import Settings, load_settings
from pipeline.errors import TableError
from pipeline.export.read import read_corpus
from pipeline.run.compact import compact
from pipeline.run.corpus import link_corpus
from pipeline.run.forget import forget
from pipeline.run.ingest import ingest
from pipeline.search import search
from pipeline.store import Store

QUERIES = ("episodes", "segments", "words", "utterances", "passages", "repairs", "tags", "cards",
           "card_links", "card_sources")  # fmt: skip
GLOBBED = ("episodes", "segments", "passages", "tags", "cards")
COUNT = 24


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("many") / "data"
    link_corpus(make_many(folder, COUNT).store)
    return folder


@pytest.fixture
def archive(many: Path, tmp_path: Path) -> Path:
    shutil.copytree(many, tmp_path / "many")
    return tmp_path / "many"


def asked(data: Path) -> dict[str, pd.DataFrame]:
    return {name: getattr(bs, name)(data=data, private=True) for name in QUERIES}


def globbed(data: Path) -> dict[str, list[str]]:
    """All rows as pandas reads the folders, in an order of their own."""
    frames = {name: pd.read_parquet(data / "processed" / name) for name in GLOBBED}
    return {
        name: sorted(json.dumps(row, default=str) for row in frame.to_dict("records"))
        for name, frame in frames.items()
    }


def parts(data: Path, table: str) -> list[Path]:
    return sorted((data / "processed" / table).glob("bansou-part-*.parquet"))


def assert_same(before: dict[str, pd.DataFrame], after: dict[str, pd.DataFrame]) -> None:
    for name, frame in before.items():
        pd.testing.assert_frame_equal(frame, after[name], obj=name)


def test_many_files_become_few_and_every_query_says_the_same(archive: Path) -> None:
    store, settings = Store(archive / "processed"), load_settings(data=archive)

    def everything() -> tuple[object, ...]:
        return (
            globbed(archive), search(archive, "手順書 店長"), search(archive, "電話", passages=True),
            trace(archive, "c000111"), read_corpus(store, settings), store.load_records(),
        )  # fmt: skip

    frames, said = asked(archive), everything()
    made = compact(store)
    assert sum(made.before.values()) == 9 * COUNT
    assert sorted(made.after.values()) == [0, 0] + [1] * 9  # no turns, no speakers: nobody listened
    assert_same(frames, asked(archive))
    assert everything() == said
    assert not link_corpus(store)
    assert compact(store).after == made.after


def test_parts_stop_at_the_size_asked_for_and_small_ones_grow_together(archive: Path) -> None:
    store, before = Store(archive / "processed"), globbed(archive)
    compact(store, part_mib=0.003)
    assert 1 < len(parts(archive, "cards")) < COUNT / 2
    assert globbed(archive) == before
    compact(store)
    assert len(parts(archive, "cards")) == 1
    assert globbed(archive) == before


def test_what_came_later_goes_in_the_next_time(archive: Path, many: Path) -> None:
    from archive import Archive

    store = Store(archive / "processed")
    compact(store)
    make_one(Archive(archive), "z-later", COUNT)
    assert len(bs.cards(data=archive, private=True)) == 2 * (COUNT + 1)
    compact(store)
    assert len(list((archive / "processed" / "cards").iterdir())) == 1
    assert bs.cards(data=archive, private=True)["card_id"].nunique() == 2 * (COUNT + 1)


def test_the_search_index_is_not_made_anew_because_files_moved(archive: Path) -> None:
    indexed: list[int] = []
    search(archive, "手順書", report=lambda done, _all: indexed.append(done))
    assert indexed[-1] == COUNT
    compact(Store(archive / "processed"))
    indexed.clear()
    search(archive, "手順書", report=lambda done, _all: indexed.append(done))
    assert [n for n in indexed if n] == []


def test_duckdb_reads_the_glob_as_before(archive: Path) -> None:
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed (make test-scale)")
    files = str(archive / "processed" / "cards" / "*.parquet")
    before = duckdb.read_parquet(files).order("card_id").fetchall()
    compact(Store(archive / "processed"))
    assert duckdb.read_parquet(files).order("card_id").fetchall() == before
    assert len(before) == 2 * COUNT


def test_a_compacted_archive_is_fresh_and_an_edited_episode_replaces_its_rows(
    data: Path, settings: Settings
) -> None:
    ingest(settings)
    before = globbed(data)
    made = compact(Store(settings.processed))
    assert all(count <= 1 for count in made.after.values())
    again = ingest(settings)
    assert (again.outcomes, again.damaged, sorted(again.fresh)) == ([], [], ["定例", "第1回"])
    assert ingest(settings, verify=True).outcomes == []
    raw = data / "raw" / "定例.txt"
    text = raw.read_text(encoding="utf-8")
    raw.write_text(text + "田中：予算の計画は来週までに送ります。\n", encoding="utf-8")
    assert [outcome.episode_id for outcome in ingest(settings).outcomes] == ["定例"]
    segments = pd.read_parquet(data / "processed" / "segments")
    assert not segments.duplicated(["episode_id", "segment_index"]).any()
    assert segments["text"].str.contains("予算の計画").sum() == 1
    raw.write_text(text, encoding="utf-8")
    ingest(settings)
    after = globbed(data)
    assert {t: after[t] for t in ("segments", "passages", "tags", "cards")} == {
        t: before[t] for t in ("segments", "passages", "tags", "cards")
    }


def test_a_new_glossary_leaves_compacted_transcripts_where_they_are(
    data: Path, settings: Settings
) -> None:
    ingest(settings)
    compact(Store(settings.processed))
    kept = parts(data, "segments")[0].stat().st_ino
    (data / "terms.yaml").write_text(
        "terms:\n  - {id: shimekiri, term: 締め切り, reading: シメキリ}\n", encoding="utf-8"
    )
    made = ingest(load_settings(data=data))
    assert made.is_ok, [made.problems, made.outcomes]
    assert all("transcribe" not in outcome.stages_run for outcome in made.outcomes)
    assert len(made.outcomes) == 2
    assert parts(data, "segments")[0].stat().st_ino == kept
    assert parts(data, "repairs") == []
    assert not pd.read_parquet(settings.processed / "cards")["card_id"].duplicated().any()


def test_forgotten_rows_leave_every_part(archive: Path) -> None:
    store = Store(archive / "processed")
    compact(store)
    made = forget(store, ["e00011"])
    assert made.tables_removed == 8
    left = b"".join(p.read_bytes() for p in (archive / "processed").rglob("*.parquet"))
    assert b"e00011" not in left  # beside forgotten.json, which holds its file's hash
    assert not any("e00011" in row for rows in globbed(archive).values() for row in rows)
    assert len(bs.episodes(data=archive, private=True)) == COUNT - 1
    assert "e00011" not in store.episode_ids()


def test_an_episodes_own_file_counts_before_its_rows_in_a_part(archive: Path) -> None:
    from archive import Archive

    store = Store(archive / "processed")
    compact(store)
    make_one(Archive(archive), "e00005", 4)  # as a copy from elsewhere brings it, cut short
    assert set(store.read("cards", "e00005")["card_id"].to_pylist()) == {"c000040", "c000041"}
    with store.lock():
        store.recover()
    assert len(pd.read_parquet(archive / "processed" / "cards")) == 2 * COUNT


KILLED = """
import os, signal, sys
from pathlib import Path
import pipeline.{module} as module
from pipeline.run.compact import compact
from pipeline.store import Store

real, calls = module.{name}, [0]
def dying(*args, **kwargs):
    calls[0] += 1
    if calls[0] == {call} and not {after}:
        os.kill(os.getpid(), signal.SIGKILL)
    made = real(*args, **kwargs)
    if calls[0] == {call}:
        os.kill(os.getpid(), signal.SIGKILL)
    return made
module.{name} = dying
compact(Store(Path(sys.argv[1]) / "processed"))
"""


@pytest.mark.parametrize(
    ("module", "name", "call", "after"),
    [
        ("arrange", "_link", 20, False), ("arrange", "facts_of", 40, True),
        ("arrange", "_exchange", 2, False), ("arrange", "_exchange", 2, True),
        ("store", "write_bytes", 1, False), ("store", "write_bytes", 1, True),
    ],
)  # fmt: skip
def test_a_kill_leaves_the_old_files_or_the_new(
    archive: Path, module: str, name: str, call: int, *, after: bool
) -> None:
    before, records = globbed(archive), Store(archive / "processed").load_records()
    code = KILLED.format(module=module, name=name, call=call, after=after)
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code), archive], check=False)
    assert done.returncode == -signal.SIGKILL
    assert globbed(archive) == before
    assert Store(archive / "processed").load_records() == records
    made = compact(Store(archive / "processed"))
    assert max(made.after.values()) == 1
    assert globbed(archive) == before
    assert not (archive / "processed" / "_state" / "arranging").exists()


def test_where_names_cannot_be_exchanged_a_kill_between_two_renames_is_mended(
    archive: Path,
) -> None:
    before, store = globbed(archive), Store(archive / "processed")
    compact(store, part_mib=0.003)
    building = store.state / "arranging"
    shutil.copytree(archive / "processed" / "cards", building / "cards")
    (archive / "processed" / "cards").rename(building / "cards.old")
    with store.lock():
        store.recover()
    assert globbed(archive) == before
    assert not building.exists()


def test_a_damaged_file_is_left_alone_and_named(archive: Path) -> None:
    bad = archive / "processed" / "cards" / "e00003.parquet"
    bad.write_bytes(b"PAR1 nothing")
    done = CliRunner().invoke(app, ["compact", "--data", str(archive)])
    assert done.exit_code == 1
    assert f"left as it is: {bad}" in done.stderr
    assert bad.is_file()
    assert len(parts(archive, "cards")) == 1


def test_a_damaged_part_is_told_with_the_remedy(archive: Path) -> None:
    store = Store(archive / "processed")
    compact(store)
    part = parts(archive, "cards")[0]
    data = bytearray(part.read_bytes())
    damage = slice(len(data) // 8, len(data) // 8 + 100)
    data[damage] = bytes(byte ^ 0xFF for byte in data[damage])
    part.write_bytes(data)
    with pytest.raises(TableError, match=r"bansou-part-000001\.parquet cannot be read .*delete it"):
        [store.read("cards", i) for i in store.episode_ids()]


def test_the_command_says_how_many_files_there_are_now(archive: Path) -> None:
    run = CliRunner().invoke
    assert "216 files became 9" in run(app, ["compact", "--data", str(archive)]).stdout
    assert "nothing to do" in run(app, ["compact", "--data", str(archive)]).stdout
    missing = run(app, ["compact", "--data", str(archive / "nowhere")])
    assert missing.exit_code == 1
    assert "bansou ingest" in missing.stderr
