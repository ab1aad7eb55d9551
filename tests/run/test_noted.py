"""What is noted of finished episodes changes how long a run looks, never what it decides."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import pipeline
from pipeline.config import load_settings
from pipeline.run import planning, stale
from pipeline.run.compact import compact
from pipeline.run.forget import forget
from pipeline.run.ingest import IngestReport, ingest
from pipeline.store import Store
from tests.conftest import DIALOGUE, HOST_TEXT

SIGNS = "00:01\n返事が短くなるのは解約の兆候だと思います。\n"
NOTES = ("noted-plan.json", "noted-records.json")
Change = Callable[[Path, pytest.MonkeyPatch], None]


def state(data: Path) -> Path:
    return data / "processed" / "_state"


def table(data: Path, name: str, episode: str = "第1回") -> Path:
    return Store(data / "processed").table_path(name, episode)


def put_back(path: Path, times_ns: int) -> None:
    os.utime(path, ns=(times_ns, times_ns))


def copy_data(before: Path, data: Path) -> None:
    """Copy a folder; its records name its own files."""
    shutil.copytree(before, data)
    for record in (state(data) / "records").iterdir():
        text = record.read_text("utf-8")
        record.write_text(text.replace(str(before), str(data)), "utf-8")


@pytest.fixture(scope="module")
def _ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three finished episodes, one of which bears another name than its file."""
    data = tmp_path_factory.mktemp("ingested") / "data"
    (data / "raw").mkdir(parents=True)
    for name, text in (("第1回", HOST_TEXT), ("定例", DIALOGUE), ("a", SIGNS)):
        (data / "raw" / f"{name}.txt").write_text(text, "utf-8")
    (data / "raw" / "a.yaml").write_text("guid: 名前付き\ntitle: 兆候\n", "utf-8")
    assert ingest(load_settings(data=data)).is_ok
    return data


@pytest.fixture
def done(_ingested: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of them of which everything is noted."""
    data = tmp_path / "data"
    copy_data(_ingested, data)
    monkeypatch.setattr(
        "pipeline.run.settled._TICK_NS", 0
    )  # else a test would wait for two seconds
    time.sleep(0.05)
    assert len(looked_at(data, monkeypatch)) == 3
    assert not ingest(load_settings(data=data)).planned
    assert looked_at(data, monkeypatch) == []
    return data


def looked_at(data: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The episodes that a plan looks at closely."""
    seen: list[str] = []

    def find(job: object, *args: object, **how: object) -> dict[str, str]:
        seen.append(job.episode_id)  # type: ignore[attr-defined]
        return stale.find_stale(job, *args, **how)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(planning, "find_stale", find)
        ingest(load_settings(data=data), dry_run=True)
    return seen


def decided(data: Path) -> object:
    made: IngestReport = ingest(load_settings(data=data), dry_run=True)
    return (
        [(job.episode_id, job.stale, job.primary.path) for job in made.planned],
        sorted(made.fresh),
        [(str(p.path), p.message) for p in (*made.problems, *made.notes)],
    )


def without_notes(data: Path) -> object:
    kept = {name: (state(data) / name).read_bytes() for name in NOTES}
    for name in NOTES:
        (state(data) / name).unlink()
    made = decided(data)
    for name, content in kept.items():
        (state(data) / name).write_bytes(content)
    return made


def cut(data: Path, _: pytest.MonkeyPatch) -> None:
    path = table(data, "tags")
    path.write_bytes(path.read_bytes()[:-2])


def swap(data: Path, _: pytest.MonkeyPatch) -> None:
    path = table(data, "segments")
    path.write_bytes(table(data, "segments", "定例").read_bytes())


def folder_for_table(data: Path, _: pytest.MonkeyPatch) -> None:
    table(data, "words").unlink()
    table(data, "words").mkdir()


def change_raw_of_same_size_and_time(data: Path, _: pytest.MonkeyPatch) -> None:
    path = data / "raw" / "a.yaml"
    times = path.stat().st_mtime_ns
    path.write_text(path.read_text("utf-8").replace("guid: 名前付き", "guid: 名無しの"), "utf-8")
    put_back(path, times)


def replace_record(data: Path, _: pytest.MonkeyPatch) -> None:
    path = state(data) / "records" / "定例.json"
    record = json.loads(path.read_bytes())
    record["stages"]["tag"]["key"] = "0" * 64
    times = path.stat().st_mtime_ns
    path.write_text(
        json.dumps(record, ensure_ascii=False, sort_keys=True, indent=1) + "\n", "utf-8"
    )
    put_back(path, times)


def stage_something(data: Path, _: pytest.MonkeyPatch) -> None:
    folder = state(data) / "staging" / "定例"
    folder.mkdir()
    shutil.copy(table(data, "tags", "定例"), folder / "tags.parquet")


def copy_before(data: Path, _: pytest.MonkeyPatch) -> None:
    shutil.copy(data / "raw" / "定例.txt", data / "raw" / "0写し.txt")


def two_of_one_guid(data: Path, _: pytest.MonkeyPatch) -> None:
    (data / "raw" / "b.txt").write_text("00:01\n別の話です。\n", "utf-8")
    (data / "raw" / "b.yaml").write_text("guid: 名前付き\n", "utf-8")


def same_stem_elsewhere(data: Path, _: pytest.MonkeyPatch) -> None:
    (data / "raw" / "sub").mkdir()
    (data / "raw" / "sub" / "定例.txt").write_text("別の話です。\n", "utf-8")


def sidecar(text: str) -> Change:
    return lambda data, _: (data / "raw" / "定例.yaml").write_text(text, "utf-8") and None


def setting(**given: str) -> Change:
    def change(_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in given.items():
            monkeypatch.setenv(f"BANSOU_{name.upper()}", value)

    return change


def terms(data: Path, _: pytest.MonkeyPatch) -> None:
    (data / "terms.yaml").write_text(
        "terms:\n- {id: r, term: 楽々台帳, reading: ラクラクダイチョウ, kind: name}\n", "utf-8"
    )


def clock_set_back(data: Path, _: pytest.MonkeyPatch) -> None:
    path = data / "raw" / "第1回.txt"
    path.write_text(path.read_text("utf-8").replace("03:02", "03:04"), "utf-8")
    put_back(path, 10**18)


def junk_note(data: Path, _: pytest.MonkeyPatch) -> None:
    cut(data, _)
    for name in NOTES:
        whole = (state(data) / name).read_bytes()
        (state(data) / name).write_bytes(whole[: len(whole) // 2] + b"{}")


def another_version(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "__version__", "9")
    cut(data, monkeypatch)


CHANGES: dict[str, Change] = {
    "nothing": lambda _data, _patch: None,
    "a table cut short": cut,
    "a table gone": lambda data, _: table(data, "cards").unlink(),
    "a table of another episode": swap,
    "a folder where a table was": folder_for_table,
    "a folder of tables gone": lambda data, _: shutil.rmtree(data / "processed" / "speakers"),
    "raw touched": lambda data, _: (data / "raw" / "定例.txt").touch(),
    "raw changed": lambda data, _: (data / "raw" / "定例.txt").write_text("佐藤：別の話です。\n", "utf-8") and None,
    "raw changed, clock set back": clock_set_back,
    "raw renamed": lambda data, _: (data / "raw" / "定例.txt").rename(data / "raw" / "名.txt") and None,
    "raw gone": lambda data, _: (data / "raw" / "定例.txt").unlink(),
    "a new episode": lambda data, _: (data / "raw" / "新.txt").write_text("00:01\n新しい話です。\n", "utf-8") and None,
    "a copy that stands before": copy_before,
    "two of one guid": two_of_one_guid,
    "the stem in another folder": same_stem_elsewhere,
    "a sidecar new": sidecar("title: 四月\n"),
    "a sidecar that is broken": sidecar("titel: 四月\n"),
    "a sidecar that makes it a sample": sidecar("sample: true\n"),
    "a sidecar changed, its size and time kept": change_raw_of_same_size_and_time,
    "a sidecar gone": lambda data, _: (data / "raw" / "a.yaml").unlink(),
    "a record changed, its size and time kept": replace_record,
    "a record cut short": lambda data, _: (state(data) / "records" / "定例.json").write_bytes(b"{") and None,
    "a record gone": lambda data, _: (state(data) / "records" / "定例.json").unlink(),
    "staged leftovers": stage_something,
    "another language": setting(language="en"),
    "a setting that matters to none": setting(batch_size="4"),
    "a glossary": terms,
    "notes damaged": junk_note,
    "another version": another_version,
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_a_plan_is_the_same_with_and_without_notes(
    done: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    CHANGES[what](done, monkeypatch)
    assert decided(done) == without_notes(done)


def test_after_compaction_too(done: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compact(Store(done / "processed"))
    ingest(load_settings(data=done))
    assert looked_at(done, monkeypatch) == []
    assert decided(done) == without_notes(done)
    part = next((done / "processed" / "tags").glob("bansou-part-*"))
    kept = done / "kept.parquet"
    part.rename(kept)
    assert decided(done) == without_notes(done)
    assert len(looked_at(done, monkeypatch)) == 3
    kept.rename(part)
    (done / "raw" / "定例.txt").write_text("佐藤：別の話です。\n", "utf-8")
    assert ingest(load_settings(data=done)).is_ok
    assert decided(done) == without_notes(done)


@pytest.fixture(scope="module")
def _mixed(_ingested: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three compacted, one of them run again since, so that it alone has files of its own."""
    data = tmp_path_factory.mktemp("mixed") / "data"
    copy_data(_ingested, data)
    compact(Store(data / "processed"))
    path = data / "raw" / "第1回.txt"
    path.write_text(path.read_text("utf-8").replace("03:02", "03:05"), "utf-8")
    assert ingest(load_settings(data=data)).is_ok
    return data


@pytest.fixture
def mixed(_mixed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    data = tmp_path / "data"
    copy_data(_mixed, data)
    monkeypatch.setattr("pipeline.run.settled._TICK_NS", 0)
    time.sleep(0.05)
    assert not ingest(load_settings(data=data)).planned
    assert looked_at(data, monkeypatch) == []
    return data


def part(data: Path, name: str) -> Path:
    return next((data / "processed" / name).glob("bansou-part-*.parquet"))


def zero_part(data: Path, _: pytest.MonkeyPatch) -> None:
    path = part(data, "tags")
    times, whole = path.stat().st_mtime_ns, path.read_bytes()
    path.write_bytes(whole[:4] + bytes(len(whole) // 4) + whole[4 + len(whole) // 4 :])
    put_back(path, times)


def own_beside_part(data: Path, _: pytest.MonkeyPatch) -> None:
    shutil.copy(table(data, "cards"), table(data, "cards", "定例"))


MIXED: dict[str, Change] = {
    "a part gone": lambda data, _: part(data, "cards").unlink(),
    "a part under another name": lambda data, _: part(data, "cards").rename(part(data, "cards").with_name("bansou-part-000099.parquet")) and None,
    "a part touched": lambda data, _: part(data, "cards").touch(),
    "a part with a hole": zero_part,
    "a file of another episode beside a part": own_beside_part,
    "all parts of all tables gone": lambda data, _: [p.unlink() for p in (data / "processed").glob("*/bansou-part-*.parquet")] and None,
    "the packed records gone": lambda data, _: next((state(data) / "records").glob("bansou-part-*")).unlink(),
    **{
        name: CHANGES[name]
        for name in (
            "nothing", "a table cut short", "a table gone", "a folder where a table was",
            "a folder of tables gone", "raw touched", "raw changed", "raw renamed", "raw gone", "a new episode",
            "a copy that stands before", "two of one guid", "a sidecar new", "a sidecar gone", "notes damaged",
        )
    },
}  # fmt: skip


@pytest.mark.parametrize("what", MIXED)
def test_so_it_is_where_some_are_compacted(
    mixed: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    MIXED[what](mixed, monkeypatch)
    assert decided(mixed) == without_notes(mixed)
    ingest(load_settings(data=mixed))
    assert decided(mixed) == without_notes(mixed)


@pytest.mark.parametrize(
    ("what", "episodes"),
    [
        ("a table cut short", ["第1回"]),
        ("raw touched", ["定例"]),
        ("a sidecar gone", ["a"]),
        ("a setting that matters to none", []),
    ],
)
def test_only_what_changed_is_looked_at(
    done: Path, monkeypatch: pytest.MonkeyPatch, what: str, episodes: list[str]
) -> None:
    CHANGES[what](done, monkeypatch)
    seen = looked_at(done, monkeypatch)
    assert len(seen) == len(episodes), seen


def test_forced_and_verifying_runs_look_at_all(done: Path) -> None:
    settings = load_settings(data=done)
    assert len(ingest(settings, dry_run=True, force=True).planned) == 3
    assert len(ingest(settings, dry_run=True, from_stage="tag").planned) == 3
    path = table(done, "tags")
    path.write_bytes(os.urandom(path.stat().st_size))
    assert not ingest(settings, dry_run=True).planned
    assert [j.episode_id for j in ingest(settings, dry_run=True, verify=True).planned] == ["第1回"]


def test_a_file_written_a_moment_ago_is_not_noted(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(load_settings(data=data))
    assert sorted(looked_at(data, monkeypatch)) == ["定例", "第1回"]


def test_what_was_forgotten_stands_in_no_note(done: Path) -> None:
    forget(Store(done / "processed"), ["定例"])
    ingest(load_settings(data=done))
    for name in NOTES:
        assert "定例" not in (state(done) / name).read_text("utf-8")
    assert decided(done) == without_notes(done)


def test_a_dry_run_writes_no_note(done: Path) -> None:
    for name in NOTES:
        (state(done) / name).unlink()
    ingest(load_settings(data=done), dry_run=True)
    assert not [name for name in NOTES if (state(done) / name).exists()]
