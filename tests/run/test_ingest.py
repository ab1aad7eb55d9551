"""Whole runs over transcripts: incremental, safe, one bad file never stops the others."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from pipeline.config import Settings, load_settings
from pipeline.edits import span_text
from pipeline.errors import BansouError, BusyError
from pipeline.run.ingest import ingest
from pipeline.store import Store

Tables = Callable[[Path], dict[str, bytes]]


def table(data: Path, name: str) -> pd.DataFrame:
    return pd.read_parquet(data / "processed" / name)


def test_a_run_fills_every_table_and_a_second_one_does_nothing(
    data: Path, settings: Settings, tables: Tables
) -> None:
    first = ingest(settings)
    assert first.is_ok
    assert {o.episode_id for o in first.outcomes} == {"第1回", "定例"}
    before = tables(data)
    stamps = {p: p.stat().st_mtime_ns for p in (data / "processed").rglob("*.parquet")}
    second = ingest(settings)
    assert (second.outcomes, sorted(second.fresh)) == ([], ["定例", "第1回"])
    assert tables(data) == before
    assert stamps == {p: p.stat().st_mtime_ns for p in (data / "processed").rglob("*.parquet")}


def test_from_a_card_one_walks_back_to_the_raw_line(data: Path, settings: Settings) -> None:
    ingest(settings)
    cards, segments = table(data, "cards"), table(data, "segments")
    assert len(cards) >= 3
    lines = (data / "raw" / "第1回.txt").read_text(encoding="utf-8").splitlines()
    for card in cards.to_dict("records"):
        own = segments[segments["episode_id"] == card["episode_id"]]
        texts = dict(zip(own["segment_index"], own["text"], strict=True))
        span = [card[c] for c in ("first_segment", "first_char", "last_segment", "last_char")]
        assert card["quote_raw"] == span_text(texts, *span)
        assert len(card["title"]) <= 45
        if card["episode_id"] == "第1回":
            for part, index in zip(
                card["quote_raw"].split("\n"), range(span[0], span[2] + 1), strict=True
            ):
                row = own[own["segment_index"] == index].iloc[0]
                assert part in lines[int(row["source_line"])]


def test_speakers_of_a_dialogue_are_kept(data: Path, settings: Settings) -> None:
    ingest(settings)
    said = table(data, "utterances").query("episode_id == '定例'")
    assert list(said["speaker"]) == ["佐藤", "田中", "佐藤", "田中", "佐藤"]
    assert said["request"].iloc[3] == "opinion"


def test_only_the_changed_episode_runs_again(data: Path, settings: Settings) -> None:
    ingest(settings)
    with (data / "raw" / "定例.txt").open("a", encoding="utf-8") as out:
        out.write("田中：分かりました。\n")
    made = ingest(settings)
    assert [o.episode_id for o in made.outcomes] == ["定例"]
    assert made.fresh == ["第1回"]


def test_a_new_title_touches_no_language_stage(data: Path, settings: Settings) -> None:
    ingest(settings)
    (data / "raw" / "定例.yaml").write_text("title: 四月の定例\nguests: [田中]\n", encoding="utf-8")
    made = ingest(settings)
    assert [o.stages_run for o in made.outcomes] == [["source"]]
    row = table(data, "episodes").set_index("episode_id").loc["定例"]
    assert row["title"] == "四月の定例"
    assert list(row["guests"]) == ["田中"]


def test_a_glossary_edit_makes_repair_stale_never_transcription(
    data: Path, settings: Settings
) -> None:
    ingest(settings)
    (data / "terms.yaml").write_text(
        "terms:\n- {id: rakuraku, term: 楽々台帳, reading: ラクラクダイチョウ, kind: name}\n",
        encoding="utf-8",
    )
    made = ingest(load_settings(data=data))
    assert made.is_ok, made.failed
    for outcome in made.outcomes:
        assert "repair" in outcome.stages_run
        assert "transcribe" not in outcome.stages_run
        assert "cards" not in outcome.counts, "no word changed, so what follows is as it was"


def test_a_renamed_file_keeps_its_id_and_its_cards(data: Path, settings: Settings) -> None:
    ingest(settings)
    ids = set(table(data, "cards")["card_id"])
    (data / "raw" / "第1回.txt").rename(data / "raw" / "2026-04-07 引き継ぎ.txt")
    assert ingest(settings).is_ok
    episodes = table(data, "episodes").set_index("episode_id")
    assert episodes.loc["第1回", "source_path"] == "raw/2026-04-07 引き継ぎ.txt"
    assert set(table(data, "cards")["card_id"]) == ids


def test_a_copied_data_folder_goes_on_with_its_own_files(data: Path, settings: Settings) -> None:
    (data / "raw" / "前期").mkdir()
    (data / "raw" / "定例.txt").rename(data / "raw" / "前期" / "定例.txt")
    assert ingest(settings).is_ok
    copy = shutil.copytree(data, data.parent / "copy")
    made = ingest(load_settings(data=copy))
    assert made.is_ok, made.problems
    assert ingest(load_settings(data=copy)).outcomes == []
    with (copy / "raw" / "第1回.txt").open("a", encoding="utf-8") as out:
        out.write("09:00\nここだけの話です。\n")
    changed = ingest(load_settings(data=copy))
    assert [outcome.episode_id for outcome in changed.outcomes] == ["第1回"], changed.problems
    assert ingest(settings).outcomes == []


def test_a_renamed_file_stays_the_same_episode_in_every_later_run(
    data: Path, settings: Settings
) -> None:
    ingest(settings)
    renamed = data / "raw" / "引き継ぎ.txt"
    (data / "raw" / "第1回.txt").rename(renamed)
    ingest(settings)
    again = ingest(settings)
    assert (again.outcomes, sorted(again.fresh)) == ([], ["定例", "第1回"])
    with renamed.open("a", encoding="utf-8") as out:
        out.write("09:00\n次は一緒に予定を決めます。\n")
    assert [o.episode_id for o in ingest(settings).outcomes] == ["第1回"]
    assert set(table(data, "episodes")["episode_id"]) == {"定例", "第1回"}


def test_two_files_of_one_stem_are_named_and_the_rest_goes_on(
    data: Path, settings: Settings
) -> None:
    (data / "raw" / "sub").mkdir()
    (data / "raw" / "sub" / "定例.txt").write_text("別の話です。\n", encoding="utf-8")
    made = ingest(settings)
    assert not made.is_ok
    assert "定例.txt" in made.problems[0].message
    assert [o.episode_id for o in made.outcomes if not o.error] == ["第1回"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("空.mp3", b"", "empty"),
        ("空.txt", b"", "empty"),
        ("壊れた.mp3", b"\xff\xfb\x90\x00" + b"\x00\x01\x02" * 40, "壊れた.mp3"),
        ("本当は文章.wav", "これは音声ではなく文章です。\n".encode() * 9, "text"),
        ("途中.json", b'{"segments": [{"start": 0, "end"', "途中.json"),
        ("絵.png.txt", b"\x89PNG\r\n\x1a\n\x00\x00", "絵.png.txt"),
    ],
)
def test_one_bad_file_never_stops_the_others(
    data: Path, settings: Settings, name: str, content: bytes, words: str
) -> None:
    (data / "raw" / name).write_bytes(content)
    made = ingest(settings)
    assert not made.is_ok
    messages = [o.error or "" for o in made.failed] + [
        f"{p.path} {p.message}" for p in made.problems
    ]
    assert len(messages) == 1
    assert words in messages[0]
    assert len(table(data, "episodes")) == 2
    (data / "raw" / name).unlink()
    assert ingest(settings).is_ok


def test_a_file_from_elsewhere_is_taken_without_copying(
    data: Path, settings: Settings, tmp_path: Path
) -> None:
    outside = tmp_path / "よそ" / "番外編.txt"
    outside.parent.mkdir()
    outside.write_text(
        "05:00\n伴走とは、お客さんが自分で走れるように横につくことです。\n", encoding="utf-8"
    )
    assert ingest(settings, [outside]).is_ok
    assert table(data, "episodes")["source_path"].tolist() == [str(outside)]
    assert ingest(settings).is_ok
    assert set(table(data, "episodes")["episode_id"]) == {"番外編", "定例", "第1回"}


def test_samples_step_aside_for_own_episodes(tmp_path: Path) -> None:
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    (raw / "sample-x.txt").write_text("横で一緒に走るのが伴走です。\n", encoding="utf-8")
    (raw / "sample-x.yaml").write_text("sample: true\n", encoding="utf-8")
    settings = load_settings(data=tmp_path / "data")
    ingest(settings)
    assert table(tmp_path / "data", "episodes")["is_sample"].tolist() == [True]
    (raw / "own.txt").write_text("代わりに全部やってしまうのが代走です。\n", encoding="utf-8")
    made = ingest(settings)
    assert made.samples_removed == ["sample-x"]
    assert table(tmp_path / "data", "episodes")["episode_id"].tolist() == ["own"]


def test_force_and_a_fresh_folder_give_the_same_bytes(
    data: Path, settings: Settings, tables: Tables, tmp_path: Path
) -> None:
    ingest(settings)
    once = tables(data)
    ingest(settings, force=True)
    assert tables(data) == once
    other = tmp_path / "other"
    shutil.copytree(data / "raw", other / "raw")
    ingest(load_settings(data=other))
    assert tables(other) == once


def test_a_damaged_table_is_found_and_made_again(
    data: Path, settings: Settings, tables: Tables
) -> None:
    ingest(settings)
    before = tables(data)
    path = Store(settings.processed).table_path("utterances", "定例")
    path.write_bytes(path.read_bytes()[:-100])
    made = ingest(settings)
    assert [o.episode_id for o in made.outcomes] == ["定例"]
    assert tables(data) == before
    same_size = bytearray(path.read_bytes())
    same_size[200] ^= 0xFF
    path.write_bytes(bytes(same_size))
    assert ingest(settings).outcomes == []
    assert ingest(settings, verify=True).is_ok
    assert tables(data) == before


def test_a_dry_run_writes_nothing_and_says_why(data: Path, settings: Settings) -> None:
    made = ingest(settings, dry_run=True)
    assert not (data / "processed").exists()
    assert {job.episode_id: job.stale["transcribe"] for job in made.planned} == {
        "定例": "never run", "第1回": "never run",
    }  # fmt: skip


def test_a_second_ingest_at_once_is_turned_away(settings: Settings) -> None:
    with Store(settings.processed).lock(), pytest.raises(BusyError, match="another"):
        ingest(settings)


def test_a_missing_raw_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(BansouError, match="does not exist"):
        ingest(load_settings(data=tmp_path / "nowhere"))


def test_an_episode_whose_file_is_gone_keeps_its_tables(data: Path, settings: Settings) -> None:
    ingest(settings)
    (data / "raw" / "定例.txt").unlink()
    assert ingest(settings).is_ok
    assert set(table(data, "episodes")["episode_id"]) == {"定例", "第1回"}
    assert ingest(settings, from_stage="repair").is_ok
    assert set(table(data, "cards")["episode_id"]) == {"定例", "第1回"}


def test_episodes_in_parallel_give_the_same_tables(
    data: Path, settings: Settings, tables: Tables, tmp_path: Path
) -> None:
    ingest(settings)
    other = tmp_path / "other"
    shutil.copytree(data / "raw", other / "raw")
    made = ingest(load_settings(data=other, jobs=2))
    assert made.is_ok
    assert tables(other) == tables(data)


def test_a_killed_run_goes_on_from_its_last_stage(
    data: Path, settings: Settings, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(settings)
    whole = tables(data)
    shutil.rmtree(data / "processed")
    from pipeline.stages import tag

    with monkeypatch.context() as patch:

        def die(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        patch.setattr(tag, "tag", die)
        with pytest.raises(KeyboardInterrupt):
            ingest(settings)
    assert tables(data) == {}
    made = ingest(settings)
    assert "transcribe" not in made.outcomes[0].stages_run
    assert "tag" in made.outcomes[0].stages_run
    assert tables(data) == whole


def test_a_file_from_elsewhere_is_watched(data: Path, settings: Settings, tmp_path: Path) -> None:
    outside = tmp_path / "番外編.txt"
    outside.write_text("05:00\n隣で一緒に進めました。\n", encoding="utf-8")
    ingest(settings, [outside])
    ingest(settings)
    outside.write_text("05:00\n代わりに全部やりました。\n", encoding="utf-8")
    assert [o.episode_id for o in ingest(settings).outcomes] == ["番外編"]


def test_force_keeps_what_was_read_from_a_file_that_is_gone(
    data: Path, settings: Settings, tables: Tables
) -> None:
    (data / "raw" / "定例.yaml").write_text("title: 四月の定例\n", encoding="utf-8")
    ingest(settings)
    before = tables(data)
    (data / "raw" / "定例.txt").unlink()
    (data / "raw" / "定例.yaml").unlink()
    made = ingest(settings, force=True)
    assert made.is_ok, made.failed
    assert tables(data) == before
    ingest(settings)
    assert ingest(settings).planned == []


def test_a_folder_that_only_holds_episodes_from_elsewhere_needs_no_raw(tmp_path: Path) -> None:
    outside = tmp_path / "番外編.txt"
    outside.write_text("05:00\n隣で一緒に進めました。\n", encoding="utf-8")
    settings = load_settings(data=tmp_path / "new")
    assert ingest(settings, [outside]).is_ok
    assert ingest(settings).fresh == ["番外編"]
