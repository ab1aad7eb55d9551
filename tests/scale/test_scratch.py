"""The folder of a worker: whatever ends the process, nothing of the recordings stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORKER = """
import sys, time
from pipeline.scale.scratch import scratch_folder
with scratch_folder() as folder:
    (folder / "deep").mkdir()
    (folder / "deep" / "voices.json").write_text("{}")
    (folder / "talk.wav").symlink_to(sys.argv[1])
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a killed process leaves its folder here")
@pytest.mark.parametrize("sign", [None, signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_folder_goes_with_its_process(sign: int | None, tmp_path: Path) -> None:
    raw = tmp_path / "talk.wav"
    raw.write_bytes(b"RIFF")
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, raw], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True, start_new_session=True, cwd=ROOT,
    )  # fmt: skip
    assert worker.stdin is not None
    assert worker.stdout is not None
    folder = Path(worker.stdout.readline().strip())
    assert (folder / "deep" / "voices.json").is_file()
    assert folder.stat().st_mode & 0o777 == 0o700
    if sign is None:
        worker.stdin.close()
    else:
        os.killpg(worker.pid, sign)
    worker.wait(timeout=60)
    end = time.monotonic() + 60
    while folder.exists():
        assert time.monotonic() < end, "the folder is still there"
        time.sleep(0.02)
    assert raw.read_bytes() == b"RIFF", "what the folder only points to stays"
