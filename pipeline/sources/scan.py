"""Which files lie in a folder, as the system tells it: nothing is opened, and no path is built for a file."""

from __future__ import annotations

import os
import stat
import time
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.listing import listed
from pipeline.noted import mark_of
from pipeline.sources.names import is_nobodys


@dataclass(slots=True)
class Scan:
    """What a walk through a folder found.

    Attributes:
        files: path → mark; empty where the file cannot be looked at.
        folders: with their places in the walk.
        unreadable: folders that cannot be listed, with the system's reason.
        began_ns: when the walk began; what was changed in that moment may change again unseen.
    """

    files: dict[str, str] = field(default_factory=dict)
    folders: dict[str, int] = field(default_factory=dict)
    unreadable: list[tuple[Path, str | None]] = field(default_factory=list)
    began_ns: int = field(default_factory=time.time_ns)


def scan(top: Path) -> Scan:
    """Walk through a folder; symbolic links are followed, each folder once."""
    found = Scan()
    seen: set[tuple[int, int]] = set()
    waiting = [str(top)]
    while waiting:
        folder = waiting.pop()
        try:
            status = os.stat(folder)  # noqa: PTH116  as everywhere here: a path object costs more than the call
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            files, inner = _list(folder)
        except OSError as error:
            found.unreadable.append((Path(folder), error.strerror))
            continue
        found.files |= files
        found.folders[folder] = len(found.folders)
        waiting += sorted(inner, key=_name_key, reverse=True)
    return found


def _list(folder: str) -> tuple[dict[str, str], list[str]]:
    files, inner = {}, []
    begin = os.path.join(folder, "")  # noqa: PTH118
    with listed(folder) as entries:
        for file in entries:
            path = begin + file.name
            try:
                status = file.stat()
            except (OSError, ValueError):
                files[path] = ""
                continue
            if not stat.S_ISDIR(status.st_mode):
                files[path] = mark_of(status)
            elif not is_nobodys(unicodedata.normalize("NFC", file.name).lower()):
                inner.append(path)
    return files, inner


def _name_key(path: str) -> str:
    return unicodedata.normalize("NFC", os.path.basename(path))  # noqa: PTH119


def in_order(paths: list[str], among: Scan) -> list[Path]:
    """Some of the files in the order in which a walk meets them."""

    def key(path: str) -> tuple[int, str]:
        return among.folders[os.path.dirname(path)], _name_key(path)  # noqa: PTH120

    return [Path(path) for path in sorted(paths, key=key)]
