"""Whole runs over a local Ray cluster and an S3 store on this machine: the real command, disturbed."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pyarrow.parquet as pq
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from running import (
    Done,
    bansou,
    finish,
    ledger,
    make_episodes,
    speech,
    start,
    why_no_voices,
    write_wav,
)

from pipeline.config import load_settings
from pipeline.run.ingest import ingest

pytestmark = pytest.mark.integration
Tree = dict[str, bytes]
TWO_WORKERS = {"BANSOU_CORES": "1", "BANSOU_WORKERS": "2", "RAY_AUTH_MODE": "disabled"}
NEEDS_PROC = pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc")
NO_RAY = "ray is not installed (make test-scale)"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A transcript and two short talks, ingested on this machine alone."""
    data = tmp_path_factory.mktemp("scale") / "data"
    make_episodes(data / "raw", 1, lines=6)
    write_wav(data / "raw" / "talk.wav", speech(12))
    write_wav(data / "raw" / "talk-2.wav", speech(8, start_s=30))
    assert ingest(load_settings(data=data)).is_ok
    return data


def workers_of(driver: int) -> list[int]:
    """The processes below a run in which Ray runs an episode right now."""
    parents, busy = {}, []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int(
                (folder / "stat").read_text().rpartition(")")[2].split()[1]
            )
            if (folder / "cmdline").read_bytes().startswith(b"ray::Worker.work"):
                busy.append(int(folder.name))
        except (OSError, ValueError):
            continue

    def is_below(pid: int) -> bool:
        while pid in parents and pid != driver:
            pid = parents[pid]
        return pid == driver

    return [pid for pid in busy if is_below(pid)]


def run_with_a_killed_worker(data: object, env: dict[str, str], *more: str) -> Done:
    """Kill one of two workers while both are at it: the recordings come first, so each has one."""
    run = start("ingest", "--engine", "ray", "--data", data, *more, env=TWO_WORKERS | env)
    end = time.monotonic() + 240
    while len(busy := workers_of(run.pid)) < 2:
        assert time.monotonic() < end, "no two workers began"
        assert run.poll() is None, run.communicate()
        time.sleep(0.02)
    os.kill(busy[0], signal.SIGKILL)
    return finish(run, seconds=400)


@NEEDS_PROC
def test_a_killed_workers_recording_is_heard_again_and_the_tables_are_those_of_one_machine(
    made: Path, tmp_path: Path, tables: Callable[[Path], Tree]
) -> None:
    pytest.importorskip("ray", reason=NO_RAY)
    data, left = tmp_path / "data", tmp_path / "left"
    shutil.copytree(made / "raw", data / "raw")
    left.mkdir()
    done = run_with_a_killed_worker(data, {"TMPDIR": str(left), "RAY_TMPDIR": gettempdir()})
    assert done.code == 0, done.text
    assert "3 done, 0 failed" in done.out
    assert tables(data) == tables(made)
    assert ledger(data) == ledger(made)
    assert list(left.glob("bansou-*")) == [], "a worker left its folder behind"
    again = bansou("ingest", "--data", data)
    assert "nothing to do: 3 episodes" in again.out


def test_without_the_package_the_remedy_is_told(made: Path, tmp_path: Path) -> None:
    (tmp_path / "ray.py").write_text("raise ImportError('no ray')\n", encoding="utf-8")
    done = bansou("ingest", "--engine", "ray", "--data", made, env={"PYTHONPATH": str(tmp_path)})
    assert done.code == 1
    assert "pip install 'bansou[ray]'" in done.err


def test_a_cluster_that_is_not_there_is_told(made: Path) -> None:
    pytest.importorskip("ray", reason=NO_RAY)
    done = bansou("ingest", "--engine", "ray", "--address", "127.0.0.1:1", "--data", made)
    assert done.code == 1
    assert "no Ray cluster answers at 127.0.0.1:1" in done.err
    assert "--address" in done.err


@pytest.fixture(scope="module")
def store() -> Iterator[dict[str, str]]:
    """An S3 store with a bucket; yields the environment in which it is found."""
    server = pytest.importorskip("moto.server", reason="moto is not installed (make test-scale)")
    from pyarrow.fs import S3FileSystem

    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    S3FileSystem(
        access_key="test", secret_key="test", scheme="http", endpoint_override=f"{host}:{port}",  # noqa: S106
        region="us-east-1", allow_bucket_creation=True,
    ).create_dir("talks")  # fmt: skip
    yield keys | {"AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_DEFAULT_REGION": "us-east-1"}
    running.stop()


def files_of(store: dict[str, str]) -> Any:
    from pyarrow.fs import S3FileSystem

    return S3FileSystem(
        access_key="test", secret_key="test", scheme="http", region="us-east-1",  # noqa: S106
        endpoint_override=store["AWS_ENDPOINT_URL"].removeprefix("http://"),
    )  # fmt: skip


def test_raw_files_and_tables_in_s3_give_the_same_tables(
    made: Path, store: dict[str, str], tmp_path: Path, tables: Callable[[Path], Tree]
) -> None:
    pytest.importorskip("ray", reason=NO_RAY)
    from pyarrow.fs import LocalFileSystem, copy_files

    there, address = files_of(store), "s3://talks/archive"
    copy_files(str(made / "raw"), "talks/archive/raw", source_filesystem=LocalFileSystem(),
               destination_filesystem=there)  # fmt: skip
    ours = environment(store, tmp_path)
    done = bansou("ingest", "--engine", "ray", "--data", address, env=ours)
    assert done.code == 0, done.text
    assert "3 done, 0 failed" in done.out
    back = fetched(there, "archive", tmp_path / "back")
    assert tables(back) == tables(made)
    assert ledger(back) == ledger(made)
    assert "nothing to do" in bansou("ingest", "--data", address, env=ours).out
    assert "files became" in bansou("compact", "--data", address, env=ours).out
    assert "forgot" in bansou("forget", "talk", "--yes", "--data", address, env=ours).out
    names = [info.path for info in _all(there) if "/archive/" in info.path]
    assert sum("/processed/cards/" in name for name in names) == 1
    assert not any("place-lock" in name for name in names)


@pytest.mark.skipif(
    bool(why_no_voices("pip install '.[speakers]' in .venv-scale")),
    reason=why_no_voices("pip install '.[speakers]' in .venv-scale"),
)
@NEEDS_PROC
def test_voices_in_s3_are_told_apart_and_named_as_on_one_machine(
    store: dict[str, str], tmp_path: Path, tables: Callable[[Path], Tree]
) -> None:
    pytest.importorskip("ray", reason=NO_RAY)
    from pyarrow.fs import LocalFileSystem, copy_files

    data, there, address = tmp_path / "data", files_of(store), "s3://talks/voices"
    make_episodes(data / "raw", 1, lines=2)
    write_wav(data / "raw" / "one.wav", speech(14, start_s=30))
    write_wav(data / "raw" / "two.wav", speech(14, start_s=68))
    (data / "raw" / "one.yaml").write_text("spoken: {水沢: 0:00-0:12}\n", encoding="utf-8")
    copy_files(str(data / "raw"), "talks/voices/raw", source_filesystem=LocalFileSystem(),
               destination_filesystem=there)  # fmt: skip
    ours = environment(store, tmp_path)
    done = run_with_a_killed_worker(address, ours, "--speakers")
    assert done.code == 0, done.text
    assert ingest(load_settings(data=data, speakers=True)).is_ok
    back = fetched(there, "voices", tmp_path / "back")
    assert tables(back) == tables(data)
    assert ledger(back) == ledger(data)
    assert speakers(back, "two") == {"水沢": "voice", None: "unknown"}

    said = "two:\n  桐谷: 0:00-0:04\n"
    (data / "speakers.yaml").write_text(said, encoding="utf-8")
    with there.open_output_stream("talks/voices/speakers.yaml") as out:
        out.write(said.encode())
    done = bansou("ingest", "--engine", "ray", "--data", address, env=ours)
    assert done.code == 0, done.text
    at_home = ingest(load_settings(data=data))
    assert {outcome.episode_id for outcome in at_home.outcomes} == {"one", "two"}
    assert {line.split(": ")[1] for line in done.out.splitlines() if line.startswith("done: ")} == {
        "one", "two",
    }  # fmt: skip
    back = fetched(there, "voices", tmp_path / "again")
    assert tables(back) == tables(data)
    assert speakers(back, "two") == {"水沢": "voice", "桐谷": "named"}
    assert not any("/_state/voices/" in info.path for info in _all(there)), (
        "prints left the machine"
    )
    assert "nothing to do: 3 episodes" in bansou("ingest", "--data", address, env=ours).out


def speakers(data: Path, episode: str) -> dict[str | None, str]:
    """Who speaks, and how that is known."""
    rows = pq.read_table(data / "processed" / "speakers" / f"{episode}.parquet").to_pylist()
    return {row["speaker"]: row["known_by"] for row in rows}


def environment(store: dict[str, str], folder: Path) -> dict[str, str]:
    """That of two workers before the store, with a cache of their own that has the model."""
    _share_model(load_settings().cache, folder / "cache")
    return store | TWO_WORKERS | {"BANSOU_CACHE": str(folder / "cache")}


def fetched(there: Any, name: str, target: Path) -> Path:
    from pyarrow.fs import LocalFileSystem, copy_files

    target.mkdir()
    copy_files(f"talks/{name}", str(target), source_filesystem=there,
               destination_filesystem=LocalFileSystem())  # fmt: skip
    return target


def _share_model(cache: Path, other: Path) -> None:
    other.mkdir(parents=True, exist_ok=True)
    for entry in cache.iterdir() if cache.is_dir() else ():
        (other / entry.name).symlink_to(entry)


def _all(files: Any) -> list[Any]:
    from pyarrow.fs import FileSelector, FileType

    listed = files.get_file_info(FileSelector("talks", recursive=True))
    return [info for info in listed if info.type == FileType.File]


@pytest.mark.parametrize(
    ("address", "more", "remedy"),
    [
        ("s3://nowhere/archive", {}, "there is no such bucket"),
        ("s3://talks/archive", {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, "check the address"),
    ],
)
def test_a_store_that_does_not_answer_is_told_with_the_remedy(
    store: dict[str, str], tmp_path: Path, address: str, more: dict[str, str], remedy: str
) -> None:
    env = store | {"BANSOU_CACHE": str(tmp_path), "AWS_MAX_ATTEMPTS": "1"} | more
    done = bansou("ingest", "--data", address, env=env)
    assert done.code == 1
    assert address in done.err
    assert remedy in done.err
    assert "Traceback" not in done.err
