"""What goes wrong around a run: no room, no rights, Ctrl-C, kill -9, a second run, odd names, damage."""

from __future__ import annotations

import ctypes
import json
import os
import pty
import random
import re
import shutil
import signal
import subprocess
import time
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from running import (
    BANSOU,
    bansou,
    finish,
    interrupt,
    ledger,
    leftovers,
    make_episodes,
    partial_tables,
    speech,
    start,
    wait_for,
    write_wav,
)

from pipeline.config import load_settings
from pipeline.run.ingest import ingest

pytestmark = pytest.mark.integration

Tables = Callable[[Path], dict[str, bytes]]
COUNT = 6


@pytest.fixture
def six(tmp_path: Path) -> Path:
    """A data folder with six transcript episodes."""
    folder = tmp_path / "six"
    make_episodes(folder / "raw", COUNT)
    return folder


@pytest.fixture(scope="module")
def _reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    make_episodes(folder / "raw", COUNT)
    assert ingest(load_settings(data=folder)).is_ok
    return folder


@pytest.fixture
def undisturbed(_reference: Path, tables: Tables) -> tuple[dict[str, bytes], list[object]]:
    """Tables and ledger of the same episodes, made without a fault."""
    return tables(_reference), list(ledger(_reference))


def one_line(text: str) -> str:
    (line,) = text.strip().splitlines()
    return line


# -- no room --------------------------------------------------------------------------------


@pytest.fixture
def small_disk(six: Path) -> Iterator[Path]:
    """``processed/`` on a disk of 160 kB."""
    folder = six / "processed"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=160k", "tmpfs", str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_named_and_the_run_goes_on_once_there_is_room(
    six: Path, small_disk: Path, undisturbed: tuple[object, object], tables: Tables
) -> None:
    done = bansou("ingest", "--data", six)
    assert done.code == 1
    assert "Traceback" not in done.text
    assert f"{small_disk}: no space left on the disk; make room" in done.err
    assert partial_tables(six) == []
    room = ["mount", "-o", "remount,size=16m", str(small_disk)]
    subprocess.run(room, check=True)
    done = bansou("ingest", "--data", six)
    assert done.code == 0, done.text
    assert (tables(six), ledger(six)) == undisturbed
    assert leftovers(six) == []


SHIM = """
import errno, os
_left = {after}
_fsync = os.fsync
def fsync(handle):
    global _left
    _left -= 1
    if _left < 0:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    _fsync(handle)
os.fsync = fsync
"""


@pytest.mark.parametrize("after", [7, 95])
def test_no_room_for_a_file_keeps_what_is_finished(
    six: Path, tmp_path: Path, undisturbed: tuple[object, object], tables: Tables, after: int
) -> None:
    (tmp_path / "shim").mkdir()
    (tmp_path / "shim/sitecustomize.py").write_text(SHIM.format(after=after))
    done = bansou("ingest", "--data", six, env={"PYTHONPATH": str(tmp_path / "shim")})
    assert done.code == 1, done.text
    assert f"{six / 'processed'}: no space left on the disk; make room" in done.err
    assert partial_tables(six) == []
    done = bansou("ingest", "--data", six)
    assert done.code == 0, done.text
    assert (tables(six), ledger(six)) == undisturbed
    assert leftovers(six) == []


# -- no rights ------------------------------------------------------------------------------

_LIBC = ctypes.CDLL(None)
_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 24, 1, 2


def _bind_root() -> None:
    """Root without the right to pass over permissions, from the next program on."""
    for capability in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):
        if _LIBC.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0):
            os._exit(99)


@pytest.fixture
def bound(tmp_path: Path) -> dict[str, object]:
    """Options for a run to which permissions apply, root or not."""
    options: dict[str, object] = {"preexec_fn": _bind_root} if os.geteuid() == 0 else {}
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    done = subprocess.run(["touch", str(closed / "x")], check=False, capture_output=True, **options)  # type: ignore[call-overload]
    if done.returncode != 1:
        pytest.skip("root cannot be bound to permissions here (no CAP_SETPCAP)")
    return options


def test_a_folder_without_rights_is_named(data: Path, bound: dict[str, object]) -> None:
    data.chmod(0o500)
    try:
        done = bansou("ingest", "--data", data, **bound)
        assert done.code == 1
        assert one_line(done.err).startswith(f"error: {data / 'processed'}")
        assert "permission denied; give this user the right" in done.err
        looked = bansou("doctor", "--data", data, **bound)
        assert looked.code == 1
        assert "cannot be written" in looked.out
    finally:
        data.chmod(0o700)
    assert bansou("ingest", "--data", data, **bound).code == 0


def test_tables_without_rights_are_named(data: Path, bound: dict[str, object]) -> None:
    assert ingest(load_settings(data=data)).is_ok
    folder = data / "processed" / "tags"
    folder.chmod(0o500)
    try:
        done = bansou("ingest", "--data", data, "--force", **bound)
        assert done.code == 1
        assert "Traceback" not in done.text
        assert "permission denied" in done.err
        assert str(folder) in done.err
    finally:
        folder.chmod(0o700)
    assert bansou("ingest", "--data", data, **bound).code == 0
    assert leftovers(data) == []


def test_a_raw_folder_that_may_only_be_read_is_enough(data: Path, bound: dict[str, object]) -> None:
    for path in (data / "raw").iterdir():
        path.chmod(0o400)
    (data / "raw").chmod(0o500)
    try:
        done = bansou("ingest", "--data", data, **bound)
        assert (done.code, done.err) == (0, ""), done.text
    finally:
        (data / "raw").chmod(0o700)


def test_an_unreadable_file_or_folder_never_stops_the_others(
    data: Path, bound: dict[str, object]
) -> None:
    closed = data / "raw" / "閉じた"
    closed.mkdir()
    shutil.copy(data / "raw" / "定例.txt", closed / "別件.txt")
    with (closed / "別件.txt").open("a", encoding="utf-8") as out:
        out.write("佐藤：これは別の会の記録です。\n")
    assert ingest(load_settings(data=data)).is_ok
    before = pd.read_parquet(data / "processed/cards")
    secret = data / "raw" / "読めない.txt"
    secret.write_text("読めない話です。\n", encoding="utf-8")
    secret.chmod(0)
    (data / "raw" / "新しい.txt").write_text(
        "05:00\n伴走とは隣で進めることです。\n", encoding="utf-8"
    )
    closed.chmod(0)
    try:
        done = bansou("ingest", "--data", data, **bound)
    finally:
        closed.chmod(0o700)
    assert done.code == 1
    assert sorted(line.split(":")[1].strip() for line in done.failures) == sorted(
        [str(secret), str(closed)]
    ), done.err
    assert all("permission" in line for line in done.failures)
    assert "done: 新しい" in done.out
    after = pd.read_parquet(data / "processed/cards")
    assert set(before["card_id"]) < set(after["card_id"]), "a closed folder loses no card"


def test_a_file_where_a_folder_is_needed_is_named(data: Path) -> None:
    (data / "processed").write_text("x", encoding="utf-8")
    for verb in ("ingest", "status"):
        done = bansou(verb, "--data", data)
        assert done.code == 1
        assert str(data / "processed") in one_line(done.err)
        assert "move it away" in done.err
    assert bansou("doctor", "--data", data).code == 1
    (data / "processed").unlink()
    shutil.rmtree(data / "raw")
    (data / "raw").write_text("x", encoding="utf-8")
    assert "is a file, not a folder" in one_line(bansou("ingest", "--data", data).err)


# -- interrupted, killed, twice at once -----------------------------------------------------


@pytest.mark.parametrize(
    ("jobs", "moment"),
    [(1, "start"), (1, "stages"), (1, "tables"), (2, "start"), (2, "tables")],
)
def test_ctrl_c_ends_at_once_and_the_rerun_goes_on(
    six: Path, undisturbed: tuple[object, object], tables: Tables, jobs: int, moment: str
) -> None:
    run = start("ingest", "--data", six, "--jobs", jobs)
    state = "_state/staging/*/*.parquet" if moment == "stages" else "cards/*.parquet"
    pattern = "_state/lock" if moment == "start" else state
    wait_for(six / "processed", pattern)
    if moment == "start" and jobs == 2:
        time.sleep(0.3)  # the worker processes are just being started
    interrupt(run)
    began = time.monotonic()
    done = finish(run)
    assert time.monotonic() - began < 3
    assert done.code == 130
    assert one_line(done.err) == "interrupted; what is finished is kept, run again to go on"
    assert not list((six / "processed").rglob("*.tmp"))
    assert partial_tables(six) == []
    done = bansou("ingest", "--data", six, "--jobs", jobs)
    assert done.code == 0, done.text
    if moment == "tables":
        assert " 0 up to date" not in done.out, "finished episodes are not done again"
    assert (tables(six), ledger(six)) == undisturbed
    assert leftovers(six) == []


def test_ctrl_c_need_not_wait_for_recognition(tmp_path: Path) -> None:
    (tmp_path / "data/raw").mkdir(parents=True)
    write_wav(tmp_path / "data/raw/長い.wav", speech(120))
    run = start("ingest", "--data", tmp_path / "data", "-v")
    time.sleep(5)
    interrupt(run)
    began = time.monotonic()
    done = finish(run)
    assert time.monotonic() - began < 1.5
    assert done.code == 130
    assert done.err.splitlines()[-1].startswith("interrupted; ")
    assert leftovers(tmp_path / "data") == []


def test_several_jobs_killed_leave_what_an_undisturbed_run_makes(
    six: Path, undisturbed: tuple[object, object], tables: Tables
) -> None:
    rng = random.Random(22)  # noqa: S311
    for _ in range(2):
        run = start("ingest", "--data", six, "--jobs", 2)
        wait_for(six / "processed", "_state/lock")
        time.sleep(rng.uniform(0.05, 1.5))
        os.kill(run.pid, signal.SIGKILL)  # the workers are not told
        finish(run)
        assert partial_tables(six) == []
    done = bansou("ingest", "--data", six, "--jobs", 2)
    assert done.code == 0, done.text
    assert (tables(six), ledger(six)) == undisturbed
    assert leftovers(six) == []


def test_workers_end_with_their_parent(six: Path) -> None:
    run = start("ingest", "--data", six, "--jobs", "2")
    wait_for(six / "processed", "_state/staging/*")
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    end = time.monotonic() + 5
    while time.monotonic() < end:
        try:
            os.killpg(run.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("a worker lives on after its parent was killed")


def test_of_two_ingests_the_second_says_so_at_once(six: Path) -> None:
    first = start("ingest", "--data", six)
    wait_for(six / "processed", "_state/staging/*")
    os.killpg(first.pid, signal.SIGSTOP)
    second = bansou("ingest", "--data", six)
    assert second.code == 1
    assert one_line(second.err).startswith("error: another bansou is writing to ")
    os.killpg(first.pid, signal.SIGCONT)
    assert finish(first).code == 0


# -- what a user watches --------------------------------------------------------------------


def watch(*args: object) -> tuple[int, str]:
    """Run the command in a terminal of its own; everything it showed."""
    ours, theirs = pty.openpty()
    run = subprocess.Popen(
        [BANSOU, *map(str, args)], stdin=theirs, stdout=theirs, stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120"}, close_fds=True,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 65_536)
        except OSError:  # the last process that held the terminal is gone
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    return run.wait(), shown.decode(errors="replace")


def test_a_terminal_shows_episode_stage_seconds_and_time_left(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "raw").mkdir(parents=True)
    write_wav(data / "raw" / "第9回.wav", speech(10))
    code, shown = watch("ingest", "--data", data)
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown)
    assert code == 0, plain
    assert "第9回 · transcribe" in plain
    assert re.search(r"\d+/10 s", plain)
    assert re.search(r"transcribe.*\d:\d\d:\d\d left", plain)
    assert "done: 第9回" in plain


def test_no_bar_where_nobody_watches_and_the_log_tells_all(data: Path) -> None:
    done = bansou("ingest", "--data", data)
    assert "\x1b" not in done.text
    assert "·" not in done.text
    assert done.err == ""
    loud = bansou("ingest", "--data", data, "--from-stage", "tag", "-v")
    assert "INFO 定例: tag (forced)" in loud.err
    log = (data / "processed/_state/logs/bansou.log").read_text(encoding="utf-8")
    for episode in ("第1回", "定例"):
        assert f"INFO {episode}: transcribe (never run)" in log
        assert f"INFO {episode}: done" in log


def test_the_log_of_several_jobs_tells_the_same(data: Path) -> None:
    (data / "raw" / "空き地.mp3").write_bytes(b"\xff\xfb\x90\x00" + bytes(200))
    done = bansou("ingest", "--data", data, "--jobs", "2")
    assert done.code == 1
    assert len(done.failures) == 1
    assert done.err.strip() == done.failures[0], "workers print nothing of their own"
    log = (data / "processed/_state/logs/bansou.log").read_text(encoding="utf-8")
    for episode in ("第1回", "定例"):
        assert f"INFO {episode}: card (never run)" in log
        assert f"INFO {episode}: done" in log
    assert "ERROR 空き地: " in log


# -- names ----------------------------------------------------------------------------------

ODD_NAMES = (
    "it's \"quoted\"", "#12 C%23 100%", "🎙️ 伴走ラジオ", "-dash", "--force", "a.b.c", "名" * 66,
    "con", "$(touch x); `id`", "[bold]枠", " 前後に空白 ", "ep=3&x", unicodedata.normalize("NFD", "ガイドブック"),
)  # fmt: skip


def test_odd_names_and_folders_are_nothing_special(tmp_path: Path) -> None:
    data = tmp_path / "私の データ #1"
    (data / "raw").mkdir(parents=True)
    for number, name in enumerate(ODD_NAMES):
        text = f"0{number % 9}:00\n{number}件目です。伴走とは隣で一緒に進めることだと思います。\n"
        (data / "raw" / f"{name}.txt").write_text(text, encoding="utf-8")
    (data / "raw" / ".隠れた.txt").write_text("見えません。\n", encoding="utf-8")
    done = bansou("ingest", "--data", data)
    assert (done.code, done.err) == (0, ""), done.text
    ids = {unicodedata.normalize("NFC", name) for name in ODD_NAMES}
    episodes = pd.read_parquet(data / "processed" / "episodes")
    assert set(episodes["episode_id"]) == ids
    assert len(pd.read_parquet(data / "processed" / "cards")) == len(ids)
    assert "nothing to do" in bansou("ingest", "--data", data).out
    shown = bansou("status", "--data", data, "--json")
    assert {e["episode_id"] for e in json.loads(shown.out)["episodes"]} == ids
    assert bansou("status", "--data", data, env={"COLUMNS": "300"}).code == 0
    gone = bansou("forget", "--data", data, "--yes", "--", "-dash", "名" * 66)
    assert gone.code == 0, gone.text
    assert len(pd.read_parquet(data / "processed" / "episodes")) == len(ids) - 2


def test_a_name_of_macos_is_the_same_episode(data: Path) -> None:
    name = "第10回 ガイド.txt"
    (data / "raw" / unicodedata.normalize("NFD", name)).write_text("隣で進めました。\n", "utf-8")
    assert ingest(load_settings(data=data)).is_ok
    (data / "raw" / unicodedata.normalize("NFD", name)).rename(data / "raw" / name)
    assert bansou("ingest", "--data", data).code == 0
    ids = pd.read_parquet(data / "processed/episodes")["episode_id"].tolist()
    assert sorted(ids) == sorted(["第10回 ガイド", "第1回", "定例"])


# -- damage ---------------------------------------------------------------------------------


def damage_one_each(data: Path, ways: list[object]) -> dict[str, object]:
    """Episodes that are done, one for every way of damage."""
    make_episodes(data / "raw", len(ways), lines=3)
    for path in (data / "raw").glob("[!第]*"):
        path.unlink()
    assert ingest(load_settings(data=data)).is_ok
    return {f"第{number}回": way for number, way in enumerate(ways)}


def test_damaged_records_are_named_and_their_episodes_made_anew(data: Path, tables: Tables) -> None:
    contents: list[object] = [
        b"", b'{"episode_id": "', b'{"episode_id": "x"}', b"[1]", b"\xff\xfe\x00", b"[" * 9_999,
    ]  # fmt: skip
    ways = damage_one_each(data, [*contents, None])
    before = tables(data)
    paths = {
        e: data / f"processed/_state/records/{e}.json" for e, way in ways.items() if way is not None
    }
    sound = {path: json.loads(path.read_bytes()) for path in paths.values()}
    for episode, path in paths.items():
        path.write_bytes(ways[episode])  # type: ignore[arg-type]
    done = bansou("ingest", "--data", data)
    assert done.code == 0, done.text
    assert [line.split(": ")[1] for line in done.err.splitlines()] == [
        str(p) for p in paths.values()
    ]
    assert all("made anew" in line for line in done.err.splitlines())
    assert "6 done, 0 failed, 1 up to date" in done.out
    assert tables(data) == before
    assert {path: json.loads(path.read_bytes()) for path in paths.values()} == sound
    assert "nothing to do" in bansou("ingest", "--data", data).out


def test_damaged_and_stray_staging_folders_do_no_harm(data: Path, tables: Tables) -> None:
    names = ["record.json", "complete.json", "tags.parquet", "stray", ".half.tmp"]
    ways = damage_one_each(data, [(n, c) for n in names for c in (b"", b'{"x": 1}')])
    before = tables(data)
    state = data / "processed/_state"
    for episode, way in ways.items():
        name, content = way  # type: ignore[misc]
        (state / "staging" / episode).mkdir()
        (state / "staging" / episode / name).write_bytes(content)
    (state / "staging/よそ者").write_bytes(b"")
    (state / "staging/空").mkdir()
    (state / "records/.half.tmp").write_bytes(b"")
    done = bansou("ingest", "--data", data)
    assert done.code == 0, done.text
    told = [line for line in done.err.splitlines() if line.startswith("damaged: ")]
    assert len(told) == 2
    assert all("complete.json: is damaged" in line for line in told)
    assert tables(data) == before
    assert "nothing to do" in bansou("ingest", "--data", data).out
    assert leftovers(data) == ["_state/staging/よそ者"]


@pytest.mark.parametrize("how", ["cut", "gone", "noise"])
def test_damaged_tables_are_found_named_and_made_anew(data: Path, tables: Tables, how: str) -> None:
    names: list[object] = [
        "segments",
        "words",
        "utterances",
        "passages",
        "tags",
        "cards",
        "episodes",
    ]
    ways = damage_one_each(data, [*names, None])
    before = tables(data)
    for episode, table in ways.items():
        path = data / "processed" / str(table) / f"{episode}.parquet"
        if table and how == "gone":
            path.unlink()
        elif table:
            content = path.read_bytes()
            path.write_bytes(content[:-9] if how == "cut" else os.urandom(len(content)))
    done = bansou("ingest", "--data", data, *(["--verify"] if how == "noise" else []))
    assert done.code == 0, done.text
    what = "missing" if how == "gone" else "damaged"
    assert sorted(done.err.splitlines()) == sorted(
        f"damaged: {episode}: table {table} is {what}; it is made anew"
        for episode, table in ways.items()
        if table
    )
    assert tables(data) == before


def test_damaged_corpus_tables_are_made_anew_but_the_ledger_only_when_given_up(
    data: Path, tables: Tables
) -> None:
    ingest(load_settings(data=data))
    before, entries = tables(data), ledger(data)

    def cut_short(table: str) -> Path:
        path = data / "processed" / table / "corpus.parquet"
        path.write_bytes(path.read_bytes()[:-9])
        return path

    cut_short("card_links")
    cut_short("card_sources")
    done = bansou("ingest", "--data", data)
    assert done.code == 0, done.text
    assert (tables(data), ledger(data)) == (before, entries)
    path = cut_short("card_ledger")  # it knows since when cards are there
    done = bansou("ingest", "--data", data)
    assert done.code == 1
    assert one_line(done.err).startswith(f"failed: {path} cannot be read")
    assert "delete it and run" in done.err
    path.unlink()
    assert bansou("ingest", "--data", data).code == 0
    assert (tables(data), ledger(data)) == (before, entries)


def test_a_damaged_list_of_forgotten_episodes_brings_none_back(data: Path) -> None:
    ingest(load_settings(data=data))
    assert bansou("forget", "定例", "--data", data, "--yes").code == 0
    path = data / "processed/_state/forgotten.json"
    path.write_bytes(path.read_bytes()[:9])
    done = bansou("ingest", "--data", data)
    assert done.code == 1
    assert str(path) in one_line(done.err)
    assert pd.read_parquet(data / "processed/episodes")["episode_id"].tolist() == ["第1回"]


def test_a_wrong_glossary_is_told_once_in_one_line(six: Path) -> None:
    (six / "terms.yaml").write_text("terms: [", encoding="utf-8")
    done = bansou("ingest", "--data", six, "--jobs", "2")
    assert done.code == 1
    assert one_line(done.err).startswith(f"error: glossary {six / 'terms.yaml'} ")
    (six / "terms.yaml").unlink()
    assert ingest(load_settings(data=six)).is_ok
