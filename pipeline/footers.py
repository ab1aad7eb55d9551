"""The footers of a table's parts as they lie in the files: read whole, but not taken apart.

A footer tells of every episode in its part (:mod:`pipeline.parts`). Taking those of an archive of thousands
apart costs more than all else that a run does with nothing to do; whether a few episodes stand in one is
seen in its text.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
from collections.abc import Collection
from pathlib import Path

from pipeline.parts import find_entries, part_number

_ENDS = b"PAR1"
_TAIL_BYTES = 8  # the footer's length, and how a parquet file ends
_FEW = 6  # episodes that are looked for one by one
_STEM = re.compile(rb'\["((?:[^"\\]|\\.)*)",')


def footers_mark(folder: Path) -> str:
    """A hash of the footers of all parts in a table's folder; empty where there is no part.

    Where it is that of an earlier look, everything that :func:`~pipeline.parts.find_entries` and
    :func:`~pipeline.parts.find_shadowed` found then, they would find again: they read nothing but
    these bytes and the parts' names.
    """
    texts = _texts(folder)
    if not texts:
        return ""
    made = hashlib.sha256()
    for name, text in texts:
        made.update(f"{name} {len(text)} ".encode())
        made.update(text)
    return made.hexdigest()


def find_packed(folder: Path, stems: Collection[str]) -> set[str]:
    """Which of some episodes stand in a table's parts, whose footers are known to be whole.

    How an episode stands in a footer stands nowhere else in its list, as a quotation mark within a name
    is escaped there; and where what is around the list looks like it, the list itself is asked.

    Raises:
        TableError: a part is damaged.
    """
    texts = [text for _, text in _texts(folder)]
    names = {stem: json.dumps(stem, ensure_ascii=False)[1:-1].encode() for stem in stems}
    if not all(texts):
        may_be = set(names)
    elif len(names) <= _FEW:
        may_be = {
            stem for stem, name in names.items() if any(b'["%b",' % name in text for text in texts)
        }
    else:
        there = {name for text in texts for name in _STEM.findall(text)}
        may_be = {stem for stem, name in names.items() if name in there}
    return may_be & find_entries(folder).keys() if may_be else set()


def _texts(folder: Path) -> list[tuple[str, bytes]]:
    """The footer of every part with its name; empty where the file does not end as one must."""
    found = []
    try:
        status = folder.stat()
        for name in _part_names(folder, status.st_ino, status.st_mtime_ns):
            path = f"{folder}/{name}"
            status = os.stat(path)  # noqa: PTH116
            mark = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
            found.append((name, _text(path, *mark)))
    except (FileNotFoundError, NotADirectoryError):
        return []
    return found


@functools.lru_cache(maxsize=64)
def _part_names(folder: Path, _inode: int, _mtime_ns: int) -> tuple[str, ...]:
    """Listed once while the folder is as it was: besides parts there may be ten thousands of files."""
    return tuple(sorted(name for name in os.listdir(folder) if part_number(name)))  # noqa: PTH208


@functools.lru_cache(maxsize=256)
def _text(path: str, _inode: int, size: int, _mtime_ns: int, _ctime_ns: int) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123
        file.seek(max(0, size - _TAIL_BYTES))
        tail = file.read(_TAIL_BYTES)
        length = int.from_bytes(tail[:4], "little")
        if tail[4:] != _ENDS or length + _TAIL_BYTES > size:
            return b""
        file.seek(size - _TAIL_BYTES - length)
        return file.read(length)
