"""Files written so that a reader sees the old content or the new, also after a kill or a power cut."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Half-written files bear a name that is nobody else's, for they may lie among people's own.
_HALF_PREFIX, _HALF_SUFFIX = ".bansou-", ".tmp"


def write_json(path: Path, content: Any, *, indent: int | None = 1) -> None:
    """Write JSON atomically, keys sorted; without indent, for what nobody reads, at a tenth of the cost."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, indent=indent)
    write_bytes(path, text.encode() + b"\n")


_MAYBE_HALF_CHARACTERS = (rb"\ud", rb"\uD")


def read_json(path: Path) -> dict[str, Any] | None:
    """A JSON object; None where there is none or it is damaged."""
    try:
        data = path.read_bytes()
        content = json.loads(data)
        if any(escape in data for escape in _MAYBE_HALF_CHARACTERS):
            # Half a character could not be written again.
            json.dumps(content, ensure_ascii=False).encode()
    except (FileNotFoundError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees the old content or the new, also after a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with naming_file(path):
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=_HALF_PREFIX, suffix=_HALF_SUFFIX)
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            Path(name).chmod(0o666 & ~_umask())
            Path(name).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise


@contextlib.contextmanager
def naming_file(path: Path) -> Iterator[None]:
    """Let an error of the system name the file meant: a full disk names none, a temporary file says little."""
    try:
        yield
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise


def sweep_half_written(folder: Path) -> None:
    """Remove what a killed :func:`write_bytes` left in a folder; nobody else may write there meanwhile."""
    for leftover in folder.glob(f"{_HALF_PREFIX}*{_HALF_SUFFIX}"):
        leftover.unlink()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
