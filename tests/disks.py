"""A disk of a few megabytes that tests fill up, or forbid to write to."""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

MIB = 2**20


def mount(folder: Path, *, size: int) -> str:
    """A disk of its own in the place of a folder; why not, where this user may mount none."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    try:
        made = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "there is no mount command"
    return made.stderr.strip() if made.returncode else ""


def remount(folder: Path, option: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{option}", str(folder)], check=True)


def unmount(folder: Path) -> None:
    # Lazily: the command's log may still be open in this very process.
    subprocess.run(["umount", "-l", str(folder)], check=True)


class SmallDisk:
    """A data folder whose disk can be filled and freed.

    A real disk (tmpfs) where this user may mount one; elsewhere the system's calls that write to a disk
    say that it is full, once it is to be full.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._patch = pytest.MonkeyPatch()
        self._filler = folder / "filler"
        self.is_real = not mount(folder, size=16 * MIB)

    def fill(self, *, left: int = 0) -> None:
        """Leave so many bytes."""
        if not self.is_real:
            self._fill_by_shim()
            return
        status = os.statvfs(self.folder)
        with self._filler.open("wb") as out:
            out.write(bytes(status.f_bavail * status.f_frsize - left))

    def free(self) -> None:
        if self.is_real:
            self._filler.unlink()
        else:
            self._patch.undo()

    def _fill_by_shim(self) -> None:
        def full(*_: Any) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        self._patch.setattr(os, "fsync", full)
        self._patch.setattr(Path, "write_bytes", full)

    def close(self) -> None:
        self._patch.undo()
        if self.is_real:
            unmount(self.folder)
