"""Whole runs over a local Ray cluster and an S3 store on this machine: the real command, disturbed."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from running import bansou, finish, ledger, make_episodes, speech, start, write_wav

from pipeline.config import load_settings
from pipeline.run.ingest import ingest

pytestmark = pytest.mark.integration
Tree = dict[str, bytes]
TWO_WORKERS = {"BANSOU_CORES": "1", "BANSOU_WORKERS": "2", "RAY_AUTH_MODE": "disabled"}
NO_RAY = "ray is not installed (make test-scale)"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two transcripts and a short talk, ingested on this machine alone."""
    data = tmp_path_factory.mktemp("scale") / "data"
    make_episodes(data / "raw", 2, lines=6)
    write_wav(data / "raw" / "talk.wav", speech(12))
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


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc")
def test_a_killed_workers_episode_is_run_again_and_the_tables_are_those_of_one_machine(
    made: Path, tmp_path: Path, tables: Callable[[Path], Tree]
) -> None:
    pytest.importorskip("ray", reason=NO_RAY)
    data = tmp_path / "data"
    shutil.copytree(made / "raw", data / "raw")
    run = start("ingest", "--engine", "ray", "--data", data, "-v", env=TWO_WORKERS)
    end = time.monotonic() + 240
    while not (busy := workers_of(run.pid)):
        assert time.monotonic() < end, "no worker began"
        assert run.poll() is None, run.communicate()
        time.sleep(0.02)
    os.kill(busy[0], signal.SIGKILL)
    done = finish(run, seconds=400)
    assert done.code == 0, done.text
    assert "3 done, 0 failed" in done.out
    assert tables(data) == tables(made)
    assert ledger(data) == ledger(made)
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


def files_of(store: dict[str, str]) -> object:
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

    there = files_of(store)
    copy_files(str(made / "raw"), "talks/archive/raw", source_filesystem=LocalFileSystem(),
               destination_filesystem=there)  # fmt: skip
    ours = store | TWO_WORKERS | {"BANSOU_CACHE": str(tmp_path / "cache")}
    _share_model(load_settings().cache, tmp_path / "cache")
    address = "s3://talks/archive"
    done = bansou("ingest", "--engine", "ray", "--data", address, env=ours)
    assert done.code == 0, done.text
    assert "3 done, 0 failed" in done.out
    back = tmp_path / "back"
    back.mkdir()
    copy_files("talks/archive", str(back), source_filesystem=there,
               destination_filesystem=LocalFileSystem())  # fmt: skip
    assert tables(back) == tables(made)
    assert ledger(back) == ledger(made)
    assert "nothing to do" in bansou("ingest", "--data", address, env=ours).out
    assert "files became" in bansou("compact", "--data", address, env=ours).out
    assert "forgot" in bansou("forget", "talk", "--yes", "--data", address, env=ours).out
    names = [info.path for info in _all(there)]
    assert sum("/processed/cards/" in name for name in names) == 1
    assert not any("place-lock" in name for name in names)


def _share_model(cache: Path, other: Path) -> None:
    other.mkdir(parents=True, exist_ok=True)
    for entry in cache.iterdir() if cache.is_dir() else ():
        (other / entry.name).symlink_to(entry)


def _all(files: object) -> list[object]:
    from pyarrow.fs import FileSelector, FileType

    listed = files.get_file_info(FileSelector("talks/archive", recursive=True))  # type: ignore[attr-defined]
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
