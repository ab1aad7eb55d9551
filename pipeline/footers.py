"""The footers of a table's parts as they lie in the files: read whole, but not taken apart.

A footer tells of every episode in its part (:mod:`pipeline.parts`). Taking those of an archive of thousands
apart costs more than all else that a run does with nothing to do; whether a few episodes stand in one is
seen in its text.
"""

from __future__ import annotations

import functools
import json
import os
import re
from collections.abc import Collection
from pathlib import Path

from pipeline.noted import mark_of
from pipeline.parts import find_entries, part_number

_ENDS = b"PAR1"
_TAIL_BYTES = 8  # the footer's length, and how a parquet file ends
_FEW = 6  # episodes that are looked for one by one
_STEM = re.compile(rb'\["((?:[^"\\]|\\.)*)",')


def parts_mark(folder: Path) -> str:
    """What changes with the parts in a table's folder; empty where there is none.

    Where it is that of an earlier look, everything that :func:`~pipeline.parts.find_entries` and
    :func:`~pipeline.parts.find_shadowed` found then, they would find again.
    """
    return "\n".join(f"{path.name} {mark_of(path.stat())}" for path in _parts(folder))


def find_packed(folder: Path, stems: Collection[str]) -> set[str]:
    """Which of some episodes stand in a table's parts, whose footers are known to be whole.

    How an episode stands in a footer stands nowhere else in its list, as a quotation mark within a name
    is escaped there; and where what is around the list looks like it, the list itself is asked.

    Raises:
        TableError: a part is damaged.
    """
    texts = _texts(folder)
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


def _texts(folder: Path) -> list[bytes]:
    """The footer of every part; empty where the file does not end as one must."""
    return [_text(path, mark_of(path.stat())) for path in _parts(folder)]


def _parts(folder: Path) -> list[Path]:
    try:
        status = folder.stat()
        names = _part_names(folder, status.st_ino, status.st_mtime_ns)
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [folder / name for name in names]


@functools.lru_cache(maxsize=64)
def _part_names(folder: Path, _inode: int, _mtime_ns: int) -> tuple[str, ...]:
    """Listed once while the folder is as it was: besides parts there may be ten thousands of files."""
    return tuple(sorted(name for name in os.listdir(folder) if part_number(name)))  # noqa: PTH208


@functools.lru_cache(maxsize=256)
def _text(path: Path, _mark: str) -> bytes:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TAIL_BYTES))
        tail = file.read(_TAIL_BYTES)
        length = int.from_bytes(tail[:4], "little")
        if tail[4:] != _ENDS or length + _TAIL_BYTES > size:
            return b""
        file.seek(size - _TAIL_BYTES - length)
        return file.read(length)
