"""A data folder under an address, here of this machine's own disk: planned, run and put back as any other."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from running import write_wav
from voicing import FakeEars, FakeVoices, in_turns, sound

from pipeline.config import Settings, load_settings
from pipeline.errors import BusyError
from pipeline.run import episode as episode_runs
from pipeline.run.compact import compact
from pipeline.run.forget import forget
from pipeline.run.ingest import IngestReport, ingest
from pipeline.run.tools import Tools
from pipeline.scale import lock, opened
from pipeline.scale.lock import PlaceLock
from pipeline.scale.mirror import Mirror
from pipeline.scale.place import Place, PlaceError
from pipeline.store import Store

Tree = dict[str, bytes]


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else comes within the same second."""
    monkeypatch.setattr(lock, "SETTLE_S", 0.0)


@pytest.fixture
def remote(data: Path, tmp_path: Path) -> Path:
    """The folder that the address names."""
    shutil.copytree(data, tmp_path / "bucket")
    return tmp_path / "bucket"


@pytest.fixture
def away(remote: Path, tmp_path: Path) -> Settings:
    values = load_settings(data=tmp_path / "mirror").model_dump()
    return Settings.model_construct(**{**values, "place": f"file://{remote}"})


def run(settings: Settings, **how: Any) -> IngestReport:
    with opened(settings) as engine:
        return ingest(settings, engine=engine, **how)


def test_tables_under_an_address_are_those_of_a_folder(
    settings: Settings, away: Settings, remote: Path, data: Path, tables: Callable[[Path], Tree]
) -> None:
    assert ingest(settings).is_ok
    made = run(away)
    assert made.is_ok, made.outcomes
    assert len(made.outcomes) == 2
    assert tables(remote) == tables(data)
    records = [path.read_text(encoding="utf-8") for path in (remote / "processed").rglob("*.json")]
    assert str(away.data) not in "".join(records)
    assert run(away).outcomes == []


def test_another_machine_finds_nothing_to_do(away: Settings, remote: Path, tmp_path: Path) -> None:
    run(away)
    other = away.model_copy(update={"data": tmp_path / "elsewhere"})
    assert (run(other).outcomes, sorted(run(other).fresh)) == ([], ["定例", "第1回"])


def test_what_is_edited_or_deleted_under_the_address_is_followed(
    away: Settings, remote: Path, tables: Callable[[Path], Tree]
) -> None:
    run(away)
    before = tables(remote)
    raw = remote / "raw" / "定例.txt"
    raw.write_text(raw.read_text(encoding="utf-8") + "田中：予算は来週です。\n", encoding="utf-8")
    (remote / "processed" / "cards" / "第1回.parquet").unlink()
    made = run(away)
    assert {o.episode_id: o.stages_run[0] for o in made.outcomes} == {
        "定例": "transcribe", "第1回": "card",
    }  # fmt: skip
    after = tables(remote)
    assert after["cards/第1回.parquet"] == before["cards/第1回.parquet"]
    assert after["segments/定例.parquet"] != before["segments/定例.parquet"]


def test_compact_and_forget_reach_the_address(away: Settings, remote: Path) -> None:
    people = remote / "speakers.yaml"
    people.write_text("定例: {佐藤: 0:01-0:04}\n第1回: {桐谷: 0:01-0:04}\n", encoding="utf-8")
    run(away)
    with opened(away):
        compact(Store(away.processed))
    assert [p.name for p in (remote / "processed" / "cards").iterdir()] == [
        "bansou-part-000001.parquet"
    ]
    assert list((remote / "processed" / "_state" / "records").glob("*.json")) == []
    assert run(away).outcomes == []
    with opened(away):
        forget(Store(away.processed), ["定例"])
    left = b"".join(p.read_bytes() for p in (remote / "processed").rglob("*") if p.is_file())
    assert "定例".encode() not in left
    said = people.read_text(encoding="utf-8")
    assert "佐藤" not in said
    assert "桐谷" in said
    assert len(Store(remote / "processed").read("cards", "第1回")) > 0


def test_language_stages_of_a_compacted_episode_run_again_from_its_rows(
    away: Settings, remote: Path
) -> None:
    run(away)
    with opened(away):
        compact(Store(away.processed))
    (remote / "terms.yaml").write_text(
        "terms:\n  - {id: shimekiri, term: 締め切り, reading: シメキリ}\n", encoding="utf-8"
    )
    made = run(away)
    assert [o.error for o in made.outcomes] == [None, None]
    assert all(o.stages_run[0] == "repair" for o in made.outcomes)


def test_a_copy_cut_short_is_mended_by_the_next_run(
    away: Settings, remote: Path, tables: Callable[[Path], Tree]
) -> None:
    run(away)
    before = tables(remote)
    shutil.copytree(remote / "processed", remote.parent / "old")
    with opened(away):
        compact(Store(away.processed))
    for table in ("cards", "segments"):  # the deletions did not come to pass
        for path in (remote.parent / "old" / table).iterdir():
            shutil.copy2(path, remote / "processed" / table)
    assert run(away).outcomes == []
    after = tables(remote)
    assert {k: v for k, v in after.items() if k.startswith("cards/")} == {
        k: v for k, v in before.items() if k.startswith("cards/")
    }


def test_a_second_writer_is_told_who_holds_the_address_and_how_to_take_it(
    away: Settings, remote: Path
) -> None:
    held = PlaceLock(Place.at(str(away.place)))
    held.acquire()
    with pytest.raises(BusyError, match=r"@.*since 20.*--break-lock"), opened(away):
        pass
    with opened(away, break_lock=True) as engine:
        assert ingest(away, engine=engine).is_ok
    with pytest.raises(BusyError, match="has taken the lock"):
        held.check()
    held.release()  # not its own any more: nothing happens
    with opened(away):
        assert json.loads((remote / "processed/_state/place-lock.json").read_bytes())["owner"]
    assert not (remote / "processed/_state/place-lock.json").exists()


def test_audio_is_planned_without_being_copied(remote: Path, tmp_path: Path) -> None:
    (remote / "raw" / "talk.mp3").write_bytes(b"ID3" + bytes(range(256)) * 400)
    mirror = Mirror(Place.at(f"file://{remote}"), tmp_path / "mirror")
    mirror.folder.mkdir()
    mirror.pull()
    copy = tmp_path / "mirror" / "raw" / "talk.mp3"
    assert copy.stat().st_size == (remote / "raw" / "talk.mp3").stat().st_size
    assert not any(copy.read_bytes())
    from pipeline.run.plan import FileSeen

    seen, real = mirror.look(copy, None), FileSeen.look(remote / "raw" / "talk.mp3", None)
    assert (seen.sha256, seen.size) == (real.sha256, real.size)


def test_an_address_is_told_from_a_folder(tmp_path: Path) -> None:
    far = load_settings(data=Path("s3://bucket/archive/"))
    assert far.place == "s3://bucket/archive"
    assert far.data.is_relative_to(far.cache.absolute())
    near = load_settings(data=Path(f"file://{tmp_path}"))
    assert (near.place, near.data) == (None, tmp_path)


def test_what_cannot_be_reached_is_told_in_one_sentence(remote: Path) -> None:
    with pytest.raises(PlaceError, match=f"file://{remote}: cannot read"):
        Place.at(f"file://{remote}").read("raw/nothing.txt")


@pytest.fixture
def talks(data: Path, remote: Path, monkeypatch: pytest.MonkeyPatch) -> FakeVoices:
    """Two recordings of the same people, in the folder and under the address; no models are needed."""
    ears, voices = FakeEars(), FakeVoices()
    monkeypatch.setattr(Tools, "recogniser", lambda _self, _model: ears)
    monkeypatch.setattr(Tools, "voices", voices)
    monkeypatch.setattr(episode_runs, "check_installed", lambda: None)
    for raw in (data / "raw", remote / "raw"):
        for transcript in raw.glob("*.txt"):
            transcript.unlink()
        write_wav(raw / "一.wav", sound(in_turns([0, 1, 0, 0, 1, 0])) * (32_767 / 32_000))
        write_wav(raw / "二.wav", sound(in_turns([1, 1, 0, 1, 1, 1])) * (32_767 / 32_000))
    return voices


def test_names_of_voices_reach_an_address_as_a_folder_and_no_audio_is_fetched_for_them(
    settings: Settings, away: Settings, remote: Path, data: Path, tables: Callable[[Path], Tree],
    talks: FakeVoices,
) -> None:  # fmt: skip
    here, there = (s.model_copy(update={"speakers": True}) for s in (settings, away))
    assert ingest(here).is_ok
    assert run(there).is_ok
    assert tables(remote) == tables(data)
    for talk in (remote / "raw").glob("*.wav"):  # whoever reads it now notices
        status = talk.stat()
        talk.write_bytes(bytes(status.st_size))
        os.utime(talk, ns=(status.st_mtime_ns, status.st_mtime_ns))
    for said, names in (("一:\n  水沢: 0:03.4-0:06.4\n", ["水沢"]), ("", [])):
        for folder in (data, remote):
            (folder / "speakers.yaml").write_text(said, encoding="utf-8")
        at_home, away_from_it = ingest(here), run(there)
        assert at_home.is_ok
        assert away_from_it.is_ok
        for made in (at_home, away_from_it):
            assert {outcome.episode_id for outcome in made.outcomes} == {"一", "二"}
        assert tables(remote) == tables(data)
        assert run(there).outcomes == []
        known = pd.read_parquet(remote / "processed/speakers/二.parquet")["speaker"]
        assert known.dropna().to_list() == names
    assert talks.listened == 4  # two recordings, once each here and there
    heard_again = run(there, from_stage="transcribe").failed
    assert [("was changed" in str(outcome.error)) for outcome in heard_again] == [True, True]
    assert not list((remote / "processed").rglob("voices"))
