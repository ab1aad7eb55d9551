"""A folder that goes with its process, also where that is killed.

A worker's holds recordings, transcripts and voice prints. Ray ends workers by killing them, and a killed
process tidies nothing up, so another one, which nobody knows as its child, waits for its end.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# What Ray kills takes its children along; so the one that waits has no parent.
_TIDY = """
import os, shutil, sys
if os.fork():
    os._exit(0)
sys.stdin.read()
shutil.rmtree(sys.argv[1], ignore_errors=True)
"""


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder for this user alone, gone when the block or the process ends.

    Where the system cannot fork, a killed process leaves it behind.
    """
    with tempfile.TemporaryDirectory(prefix="bansou-") as name:
        tidy = subprocess.Popen(  # noqa: S603  this interpreter, the text above
            [sys.executable, "-I", "-S", "-c", _TIDY, name],
            stdin=subprocess.PIPE,  # whose end is this process's end
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd=tempfile.gettempdir(),
        )
        tidy.wait()
        try:
            yield Path(name)
        finally:
            if tidy.stdin is not None:
                tidy.stdin.close()
