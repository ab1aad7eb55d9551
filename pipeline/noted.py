"""What was seen of files, noted for the next run: it holds nothing of its own and can be deleted at any time.

A note that is damaged, or of another format, counts as none; then everything is looked at anew.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, compress, pairwise
from pathlib import Path
from typing import Any

from pipeline.atomic import write_bytes

_WRITTEN_IN_THE_TIME_OF_ONE = 200
_END = "\0"  # of a value: no file's name has it
_CHECK_BYTES = 64  # of a hash as text
_HEAD_BYTES = 20  # within which stands how long the JSON is
_ROWS = "rows"  # what of a note tells how long the columns behind it are


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
        data = memoryview(path.read_bytes())  # of which parts are no copies
        body = data[_CHECK_BYTES + 1 :]
        if hashlib.sha256(body).hexdigest().encode() != data[:_CHECK_BYTES]:
            return {}
        size, _, _ = bytes(body[:_HEAD_BYTES]).partition(b"\n")
        first = len(size) + 1
        content = json.loads(bytes(body[first : first + int(size)]))
        at = first + int(size)
        for name, sizes in content.pop(_ROWS).items():
            ends = list(accumulate(sizes, initial=at))
            content[name] = Rows([body[a:b] for a, b in pairwise(ends)])
            at = ends[-1]
    except (OSError, ValueError, RecursionError, AttributeError, KeyError, TypeError):
        return {}
    return dict(content)


def write_noted(path: Path, content: Mapping[str, Any]) -> None:
    """Write a note atomically; values that are :class:`Rows` are read as such.

    Nothing is written where one of these holds what stands between two values.
    """
    rows = {name: value.texts() for name, value in content.items() if isinstance(value, Rows)}
    if None in rows.values():
        return
    plain = {name: value for name, value in content.items() if name not in rows}
    columns = {name: [text.encode() for text in texts or ()] for name, texts in rows.items()}
    sizes = {name: list(map(len, texts)) for name, texts in columns.items()}
    head = json.dumps(plain | {_ROWS: sizes}, ensure_ascii=False, separators=(",", ":")).encode()
    body = b"%d\n" % len(head) + head
    body += b"".join(text for texts in columns.values() for text in texts)
    write_bytes(path, hashlib.sha256(body).hexdigest().encode() + b"\n" + body)


class Rows:
    """Rows of text by their first value: those of a note, less what changed since, and what came.

    A note has them by columns, each one text: ten thousand rows are read in a tenth of the time that as many
    lists would take, and a column that nobody asks for is never taken apart.

    Args:
        texts: as :meth:`texts` gave them, encoded; none are no rows.
    """

    def __init__(self, texts: Sequence[memoryview] = ()) -> None:
        self._texts = texts
        self._columns: dict[int, list[str]] = {}
        self._places: dict[str, int] | None = None
        self._gone: set[str] = set()
        self._kept: list[bool] | None = None  # which of the note's rows are not gone
        self.fresh: dict[str, Sequence[str]] = {}

    def column(self, at: int) -> list[str]:
        """A value of every row, in one order for all columns."""
        noted = self._column(at) if self._texts else []
        if self._gone:
            if self._kept is None:
                self._kept = [key not in self._gone for key in self._column(0)]
            noted = list(compress(noted, self._kept))
        return noted + [row[at] for row in self.fresh.values()] if self.fresh else noted

    def value(self, key: str, at: int) -> str | None:
        """A value of a row; None where there is no such row."""
        if key in self.fresh:
            return self.fresh[key][at]
        place = None if key in self._gone else self._place(key)
        return None if place is None else self._column(at)[place]

    def put(self, row: Sequence[str]) -> None:
        """Add a row, in the place of one with the same first value."""
        key = row[0]
        self.drop((key,))
        place = self._place(key)
        if place is not None and all(
            self._column(at)[place] == value for at, value in enumerate(row)
        ):
            self._gone.discard(key)
        else:
            self.fresh[key] = row

    def drop(self, keys: Iterable[str]) -> None:
        """Take rows out, where they are there."""
        for key in keys:
            self.fresh.pop(key, None)
            if self._place(key) is not None:
                self._gone.add(key)
                self._kept = None

    def copy(self) -> Rows:
        made = Rows(self._texts)
        made._columns, made._places = self._columns, self._places
        made._gone, made.fresh = set(self._gone), dict(self.fresh)
        return made

    def __len__(self) -> int:
        return (len(self._column(0)) if self._texts else 0) - len(self._gone) + len(self.fresh)

    def is_worth_noting(self) -> bool:
        """Whether so many rows changed that looking at them again costs more than writing all."""
        changed = len(self._gone | self.fresh.keys())
        return bool(changed * _WRITTEN_IN_THE_TIME_OF_ONE >= max(1, len(self)))

    def texts(self) -> list[str] | None:
        """The columns for a note; None where a value has in it what stands between two."""
        width = len(self._texts) or max(map(len, self.fresh.values()), default=0)
        made = ["".join(f"{value}{_END}" for value in self.column(at)) for at in range(width)]
        return None if any(text.count(_END) != len(self) for text in made) else made

    def _column(self, at: int) -> list[str]:
        if at not in self._columns:
            self._columns[at] = str(self._texts[at], "utf-8").split(_END)[:-1]
        return self._columns[at]

    def _place(self, key: str) -> int | None:
        if self._places is None:
            keys = self._column(0) if self._texts else []
            self._places = {key: at for at, key in enumerate(keys)}
        return self._places.get(key)
