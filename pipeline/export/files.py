"""Writes exports: a file as a whole, a folder so that what people changed in it stays."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from pipeline.export.read import ExportError
from pipeline.store import naming_file, read_json, write_bytes, write_json

MANIFEST = ".bansou-export.json"


@dataclass(slots=True)
class Written:
    """What became of a folder's files.

    Attributes:
        kept: files that are not ours or that somebody changed, left as they are.
    """

    written: int = 0
    unchanged: int = 0
    removed: int = 0
    kept: list[Path] = field(default_factory=list)


def write_folder(
    folder: Path, files: Mapping[str, bytes], *, force: bool = False, is_partial: bool = False
) -> Written:
    """Make a folder hold these files, and remove earlier ones that are no longer among them.

    A manifest in the folder knows what was written. A file that is not in it, or that was changed since,
    is somebody's work: it is neither written over nor removed.

    Args:
        folder: made where it is missing.
        files: content by path, ``/`` between folders.
        force: write over changed files too; what is to be removed but was changed still stays.
        is_partial: these are not all files, so remove none.

    Raises:
        ExportError: the folder is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise ExportError(f"{folder} is a file, not a folder; name another by --out")
    known = _manifest(folder)
    made = Written()
    now: dict[str, str] = {}
    for path, data in files.items():
        target = folder / path
        current = _hash_of(target)
        if current not in (None, known.get(path), _hash(data)) and not force:
            made.kept.append(target)
            if path in known:
                now[path] = known[path]
            continue
        now[path] = _hash(data)
        if current == now[path]:
            made.unchanged += 1
        else:
            _write(target, data)
            made.written += 1
    for path in sorted(set(known) - set(files)):
        if is_partial:
            now[path] = known[path]
        elif _hash_of(folder / path) == known[path]:
            _remove(folder, path)
            made.removed += 1
        elif (folder / path).exists():
            made.kept.append(folder / path)
            now[path] = known[path]
    if now != known or not (folder / MANIFEST).exists():
        write_json(folder / MANIFEST, {"files": now})
    return made


def write_file(path: Path, data: bytes) -> None:
    """Write one file as a whole; one that holds these bytes already is not touched.

    Raises:
        ExportError: there is a folder of that name.
    """
    if path.is_dir():
        raise ExportError(f"{path} is a folder; name a file by --out")
    if _hash_of(path) != _hash(data):
        write_bytes(path, data)


def _manifest(folder: Path) -> dict[str, str]:
    """What an earlier export wrote; a path that leads out of the folder is none of ours."""
    files = (read_json(folder / MANIFEST) or {}).get("files")
    if not isinstance(files, dict):
        return {}
    return {
        path: digest
        for path, digest in files.items()
        if isinstance(digest, str) and _is_inside(PurePosixPath(path))
    }


def _is_inside(path: PurePosixPath) -> bool:
    return not path.is_absolute() and ".." not in path.parts and bool(path.parts)


def _write(target: Path, data: bytes) -> None:
    """Whole or not at all; without waiting for the disk, as a thousand files would take minutes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{hashlib.sha256(target.name.encode()).hexdigest()[:16]}.tmp")
    try:
        with naming_file(target):
            beside.write_bytes(data)
            beside.replace(target)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def _remove(folder: Path, path: str) -> None:
    (folder / path).unlink()
    above = (folder / path).parent
    while above != folder and not any(above.iterdir()):
        above.rmdir()
        above = above.parent


def _hash_of(path: Path) -> str | None:
    return _hash(path.read_bytes()) if path.is_file() else None


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
