"""Long audio: a run killed at any moment goes on where it was, and ends as an undisturbed one."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from long_ears import LONGEST_S, SHORTEST_S, Ears
from running import RATE, Done, finish, leftovers, speech, wait_for, write_wav

from pipeline import stretches
from pipeline.config import Settings, load_settings
from pipeline.errors import ModelError
from pipeline.run.episode import Event
from pipeline.run.forget import forget
from pipeline.run.ingest import ingest
from pipeline.run.tools import Tools
from pipeline.store import Store

Tables = Callable[[Path], dict[str, bytes]]
SECONDS = 170
EARS = Path(__file__).with_name("long_ears.py")


def start_ears(
    data: Path, log: Path, *options: object, wait_s: float = 1.0
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, EARS, "ingest", "--data", data, *map(str, options)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True, env={**os.environ, "EARS_LOG": str(log), "EARS_WAIT": str(wait_s)},
    )  # fmt: skip


def run_ears(data: Path, log: Path, *options: object) -> Done:
    return finish(start_ears(data, log, *options, wait_s=0))


def heard_lengths(log: Path) -> list[float]:
    return [float(line) for line in log.read_text().splitlines()] if log.is_file() else []


def write_talk(path: Path, seconds: int = SECONDS, *, turned_by: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_wav(path, np.resize(np.roll(speech(200), turned_by * RATE), seconds * RATE))


def kept(data: Path) -> list[str]:
    return sorted(p.name for p in (data / "processed/_state/heard").glob("*/[0-9]*.json"))


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """A data folder with one long episode."""
    write_talk(tmp_path / "data" / "raw" / "長い回.wav")
    return tmp_path / "data"


def test_killed_again_and_again_it_goes_on_and_ends_as_an_undisturbed_run(
    talk: Path, tmp_path: Path, tables: Tables
) -> None:
    whole = tmp_path / "whole"
    shutil.copytree(talk / "raw", whole / "raw")
    done = run_ears(whole, tmp_path / "whole.log")
    assert done.code == 0, done.text
    lengths = heard_lengths(tmp_path / "whole.log")
    assert len(lengths) >= 3
    assert sum(lengths) == SECONDS
    assert all(SHORTEST_S <= length_s <= LONGEST_S for length_s in lengths[:-1])
    for step, awaited in enumerate(("plan.json", "0000.json", "0001.json")):
        log = tmp_path / f"{step}.log"
        run = start_ears(talk, log)
        wait_for(talk / "processed/_state/heard", f"*/{awaited}")
        time.sleep(0.3)  # into the next stretch
        os.kill(run.pid, signal.SIGKILL)
        finish(run)
        assert len(kept(talk)) == step
        assert heard_lengths(log)[0] == lengths[max(0, step - 1)], "none is heard twice"
    done = run_ears(talk, tmp_path / "last.log")
    assert done.code == 0, done.text
    assert heard_lengths(tmp_path / "last.log") == lengths[2:]
    assert tables(talk) == tables(whole)
    assert leftovers(talk) == []
    assert not any((talk / "processed/_state/heard").iterdir())


def test_episodes_side_by_side_are_killed_and_go_on_too(
    talk: Path, tmp_path: Path, tables: Tables
) -> None:
    write_talk(talk / "raw" / "もう一つ.wav", 110, turned_by=40)
    whole = tmp_path / "whole"
    shutil.copytree(talk / "raw", whole / "raw")
    assert run_ears(whole, tmp_path / "whole.log").code == 0
    run = start_ears(talk, tmp_path / "killed.log", "--jobs", 2)
    for name in ("長い回", "もう一つ"):
        digest = stretches_folder(talk, name)
        wait_for(talk / "processed/_state/heard", f"{digest}/0000.json")
    os.kill(run.pid, signal.SIGKILL)
    finish(run)
    before = len(kept(talk))
    assert before >= 2
    done = run_ears(talk, tmp_path / "last.log", "--jobs", 2)
    assert done.code == 0, done.text
    total = len(heard_lengths(tmp_path / "whole.log"))
    assert len(heard_lengths(tmp_path / "last.log")) <= total - before
    assert tables(talk) == tables(whole)
    assert not any((talk / "processed/_state/heard").iterdir())


def stretches_folder(data: Path, name: str) -> str:
    import hashlib

    return hashlib.sha256((data / "raw" / f"{name}.wav").read_bytes()).hexdigest()[:32]


def test_ctrl_c_ends_it_at_once_and_keeps_what_is_finished(talk: Path, tmp_path: Path) -> None:
    run = start_ears(talk, tmp_path / "a.log", wait_s=6)
    wait_for(talk / "processed/_state/heard", "*/0000.json")
    began = time.monotonic()
    os.killpg(run.pid, signal.SIGINT)
    done = finish(run)
    assert time.monotonic() - began < 4
    assert done.code == 130
    assert "Traceback" not in done.text
    assert kept(talk) == ["0000.json"]


# -- in this process --------------------------------------------------------------------------


class Listened:
    """Runs with ears in this process; they may fail at a stretch."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lengths: list[float] = []
        self.fails_at = -1
        self.model = "ears"
        self.events: list[Event] = []
        monkeypatch.setattr(stretches, "_LONGEST", LONGEST_S * RATE)
        monkeypatch.setattr(stretches, "_SHORTEST", SHORTEST_S * RATE)
        monkeypatch.setattr(Tools, "recogniser", lambda _tools, model: self._named(model))

    def _named(self, model: str) -> Listened:
        self.model = model
        return self

    def conditions(self) -> dict[str, object]:
        return {"model": self.model}

    def recognise(self, audio: object, **how: object) -> object:
        if len(self.lengths) == self.fails_at:
            raise ModelError("the model broke; try another")
        self.lengths.append(audio.duration_s)  # type: ignore[attr-defined]
        return Ears(self.model).recognise(audio, **how)  # type: ignore[arg-type]

    def run(self, settings: Settings, *, fails_at: int = -1) -> list[float]:
        """Run; returns the lengths of what was listened to."""
        self.lengths, self.fails_at, self.events = [], fails_at, []
        made = ingest(settings, report=self.events.append)
        assert made.is_ok == (fails_at < 0), [o.error for o in made.failed]
        return self.lengths


@pytest.fixture
def ears(monkeypatch: pytest.MonkeyPatch) -> Listened:
    return Listened(monkeypatch)


def test_what_was_heard_before_an_error_is_not_heard_again(talk: Path, ears: Listened) -> None:
    settings = load_settings(data=talk)
    first = ears.run(settings, fails_at=2)
    assert len(first) == 2
    assert kept(talk) == ["0000.json", "0001.json"]
    rest = ears.run(settings)
    assert sum(first) + sum(rest) == SECONDS


def test_a_renamed_file_goes_on(talk: Path, ears: Listened) -> None:
    settings = load_settings(data=talk)
    found_s = sum(ears.run(settings, fails_at=2))
    (talk / "raw" / "長い回.wav").rename(talk / "raw" / "新しい名.wav")
    assert sum(ears.run(settings)) == SECONDS - found_s


def test_progress_never_goes_back_and_counts_what_was_heard_before(
    talk: Path, ears: Listened
) -> None:
    settings = load_settings(data=talk)
    found_s = sum(ears.run(settings, fails_at=2))
    ears.run(settings)
    told = [e for e in ears.events if e.stage == "transcribe" and e.total_s]
    assert told[0].done_s == found_s
    assert {e.total_s for e in told} == {float(SECONDS)}
    assert [e.done_s for e in told] == sorted(e.done_s for e in told)
    assert told[-1].done_s == SECONDS


def test_a_damaged_stretch_is_heard_again(talk: Path, ears: Listened, tables: Tables) -> None:
    settings = load_settings(data=talk)
    lengths = ears.run(settings)
    wanted = tables(talk)
    shutil.rmtree(talk / "processed")
    ears.run(settings, fails_at=2)
    first, second = sorted((talk / "processed/_state/heard").glob("*/0*.json"))
    first.write_bytes(first.read_bytes()[:-200])
    content = json.loads(second.read_bytes())
    content["heard"][0][0][0] = "別の言葉です。"
    second.write_text(json.dumps(content), encoding="utf-8")
    assert ears.run(settings) == lengths
    assert tables(talk) == wanted


@pytest.mark.parametrize("change", [{"model": "other"}, {"language": "ja", "hotwords": True}])
def test_under_other_conditions_all_is_heard_anew(
    talk: Path, ears: Listened, change: dict[str, object]
) -> None:
    ears.run(load_settings(data=talk), fails_at=2)
    if "model" not in change:
        terms = "terms:\n- {id: rakuraku, term: 楽々台帳, reading: ラクラクダイチョウ, kind: name, hotword: true}\n"
        (talk / "terms.yaml").write_text(terms, encoding="utf-8")
    assert sum(ears.run(load_settings(data=talk, **change))) == SECONDS


def test_another_recording_under_the_same_name_is_heard_from_its_start(
    talk: Path, ears: Listened
) -> None:
    settings = load_settings(data=talk)
    ears.run(settings, fails_at=2)
    write_talk(talk / "raw" / "長い回.wav", 150, turned_by=30)
    assert sum(ears.run(settings)) == 150
    assert not any((talk / "processed/_state/heard").iterdir())


def test_what_was_heard_of_a_file_that_is_gone_is_removed(talk: Path, ears: Listened) -> None:
    settings = load_settings(data=talk)
    ears.run(settings, fails_at=2)
    (talk / "raw" / "長い回.wav").unlink()
    ears.run(settings)
    assert not any((talk / "processed/_state/heard").iterdir())


def test_forgetting_leaves_nothing_half_heard(talk: Path, ears: Listened) -> None:
    settings = load_settings(data=talk)
    ears.run(settings)
    write_talk(talk / "raw" / "長い回.wav", 150, turned_by=30)
    ears.run(settings, fails_at=1)
    assert kept(talk)
    forget(Store(settings.processed), ["長い回"])
    assert kept(talk) == []


def test_short_audio_is_heard_in_one_piece_and_nothing_is_kept(
    tmp_path: Path, ears: Listened
) -> None:
    write_talk(tmp_path / "data/raw/短い回.wav", LONGEST_S)
    assert ears.run(load_settings(data=tmp_path / "data")) == [LONGEST_S]
    assert not (tmp_path / "data/processed/_state/heard").exists()
