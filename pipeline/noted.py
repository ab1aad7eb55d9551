"""What was seen of files, noted for the next run: it holds nothing of its own and can be deleted at any time.

A note that is damaged, or of another format, counts as none; then everything is looked at anew.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.atomic import write_bytes

_WRITTEN_IN_THE_TIME_OF_ONE = 200


def mark_of(status: os.stat_result) -> str:
    """What of a file changes with it: where it lies on the disk, its size, rights and times.

    The second time is that of the system itself, which nobody can set back.
    """
    return (
        f"{status.st_mode} {status.st_ino} {status.st_size} {status.st_mtime_ns} "
        f"{status.st_ctime_ns}"
    )


def changed_at_ns(mark: str) -> int:
    """The later of the times in a mark."""
    return max(int(time) for time in mark.split(" ")[3:])


def read_noted(path: Path) -> dict[str, Any]:
    """A note; empty where there is none, or none that is whole."""
    try:
        check, _, body = path.read_bytes().partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() != check:
            return {}
        content = json.loads(body)
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def write_noted(path: Path, content: Any) -> None:
    """Write a note atomically."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    write_bytes(path, hashlib.sha256(body).hexdigest().encode() + b"\n" + body)


def is_worth_noting(noted: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether so many entries changed that looking at them again costs more than writing all."""
    changed = sum(noted.get(name) != entry for name, entry in now.items())
    changed += sum(name not in now for name in noted)
    return bool(changed * _WRITTEN_IN_THE_TIME_OF_ONE >= max(1, len(now)))
