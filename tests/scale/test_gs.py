"""A data folder in Google's store, spoken by a server of this machine (``make test-scale``)."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from running import bansou

Tree = dict[str, bytes]

ADDRESS = "gs://talks/archive"


@pytest.fixture(scope="module")
def store() -> Iterator[dict[str, str]]:
    """A store with a bucket; yields the environment in which it is found."""
    server = pytest.importorskip(
        "gcp_storage_emulator.server", reason="no stand-in for gs:// is installed (make test-scale)"
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = server.create_server("127.0.0.1", port, in_memory=True, default_bucket="talks")
    running.start()
    yield {"STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{port}"}
    running.stop()


def test_raw_files_and_tables_in_gs_give_the_same_tables(
    data: Path, store: dict[str, str], tmp_path: Path, tables: Callable[[Path], Tree]
) -> None:
    from pyarrow.fs import FileSelector, FileType, GcsFileSystem, LocalFileSystem, copy_files

    there = GcsFileSystem(
        anonymous=True,
        scheme="http",
        endpoint_override=store["STORAGE_EMULATOR_HOST"].removeprefix("http://"),
    )
    copy_files(str(data / "raw"), "talks/archive/raw", source_filesystem=LocalFileSystem(),
               destination_filesystem=there)  # fmt: skip
    assert bansou("ingest", "--data", data).code == 0
    env = store | {"BANSOU_CACHE": str(tmp_path / "cache")}
    done = bansou("ingest", "--data", ADDRESS, env=env)
    assert done.code == 0, done.text
    assert "2 done, 0 failed" in done.out
    for info in there.get_file_info(FileSelector("talks/archive", recursive=True)):
        back = tmp_path / "back" / info.path.removeprefix("talks/archive/")
        if info.type == FileType.File:
            back.parent.mkdir(parents=True, exist_ok=True)
            back.write_bytes(there.open_input_stream(info.path).read())
    assert tables(tmp_path / "back") == tables(data)
    shutil.rmtree(tmp_path / "cache")
    assert "nothing to do" in bansou("ingest", "--data", ADDRESS, env=env).out
    assert "forgot" in bansou("forget", "第1回", "--yes", "--data", ADDRESS, env=env).out
    assert "第1回" not in bansou("status", "--data", ADDRESS, env=env).out


def test_a_bucket_that_is_not_there_is_told(store: dict[str, str], tmp_path: Path) -> None:
    env = store | {"BANSOU_CACHE": str(tmp_path)}
    done = bansou("ingest", "--data", "gs://nowhere/archive", env=env)
    assert done.code == 1
    assert "gs://nowhere/archive" in done.err
    assert "there is no such bucket" in done.err
    assert "Traceback" not in done.err
