"""Many episodes' rows of a table in one file: how such a part is named, and how it is read.

A part lies beside the episodes' own files, ``<table>/bansou-part-000001.parquet``. Which rows are
whose stands in its own footer, so there is no list beside it that could say otherwise. Nothing of a
part is ever changed: it is replaced with its whole folder (:mod:`pipeline.arrange`).
"""

from __future__ import annotations

import functools
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import TableError, first_line

if TYPE_CHECKING:
    import pyarrow as pa

_NAME = re.compile(r"bansou-part-(\d{6,})\.(parquet|jsonl)")
_BEGINS = "bansou-part-"
_FOOTER_KEY = "bansou"
_ROW_GROUP_ROWS = 20_000
_ROW_GROUP_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Facts:
    """An episode's own file as it was before its rows went into a part."""

    size: int
    sha256: str
    mtime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class Entry:
    """Where an episode's rows stand."""

    part: Path
    first_row: int
    rows: int
    facts: Facts


def part_name(number: int, suffix: str = "parquet") -> str:
    return f"bansou-part-{number:06d}.{suffix}"


def part_number(name: str) -> int | None:
    """The number of a part by its file's name; None for an episode's own file."""
    if not name.startswith(_BEGINS):  # nearly all names in an archive of thousands
        return None
    match = _NAME.fullmatch(name)
    return int(match[1]) if match else None


def find_entries(folder: Path) -> Mapping[str, Entry]:
    """The episodes in a table's parts, by the stem of their files.

    Raises:
        TableError: a part is damaged.
    """
    try:
        status = folder.stat()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    return _entries(folder, status.st_ino, status.st_mtime_ns)


@functools.lru_cache(maxsize=64)
def _entries(folder: Path, _inode: int, _mtime_ns: int) -> Mapping[str, Entry]:
    found: dict[str, Entry] = {}
    for footer in _footers(folder):  # where two tell of one episode, the newer counts
        found.update(footer)
    return found


def find_shadowed(folder: Path) -> set[Path]:
    """Parts with rows of an episode that a newer part holds too."""
    entries = find_entries(folder)
    if not entries:
        return set()
    return {
        entry.part for footer in _footers(folder) for stem, entry in footer.items()
        if entries[stem].part != entry.part
    }  # fmt: skip


def _footers(folder: Path) -> list[Mapping[str, Entry]]:
    """What each part tells, the oldest first."""
    numbered = []
    with os.scandir(folder) as listed:
        for file in listed:
            number = part_number(file.name)
            if number is not None:
                status = file.stat()
                numbered.append((number, Path(file.path), status.st_ino, status.st_mtime_ns))
    return [_footer(path, inode, mtime_ns) for _, path, inode, mtime_ns in sorted(numbered)]


@functools.lru_cache(maxsize=4096)
def _footer(path: Path, _inode: int, _mtime_ns: int) -> Mapping[str, Entry]:
    found, first = {}, 0
    with _errors_told(path), _open(path) as file:
        told = json.loads(file.metadata.metadata[_FOOTER_KEY.encode()])
        for stem, rows, *facts in told["episodes"]:
            found[stem] = Entry(path, first, rows, Facts(*facts))
            first += rows
        if first != file.metadata.num_rows:
            raise ValueError(f"{file.metadata.num_rows} rows, {first} told of")
    return found


def read_rows(entry: Entry, columns: Sequence[str] | None = None) -> pa.Table:
    """The rows of one episode, as stored; with only these columns where some are named.

    Raises:
        TableError: the part is damaged.
    """
    with _errors_told(entry.part):
        bounds = _bounds(entry.part, entry.part.stat().st_ino)
        last = entry.first_row + max(entry.rows, 1)
        groups = tuple(
            n for n, (first, end) in enumerate(bounds) if first < last and end > entry.first_row
        )
        start = bounds[groups[0]][0] if groups else 0
        table = _groups(
            entry.part, entry.part.stat().st_ino, groups, tuple(columns) if columns else None
        )
        return table.slice(entry.first_row - start, entry.rows)


@functools.lru_cache(maxsize=4096)
def _bounds(path: Path, _inode: int) -> tuple[tuple[int, int], ...]:
    """First row and end of every row group."""
    found, first = [], 0
    with _open(path) as file:
        for number in range(file.metadata.num_row_groups):
            end = first + file.metadata.row_group(number).num_rows
            found.append((first, end))
            first = end
    return tuple(found)


@functools.lru_cache(maxsize=8)  # episodes are read in order: the next one stands in the same group
def _groups(
    path: Path, _inode: int, groups: tuple[int, ...], columns: tuple[str, ...] | None
) -> pa.Table:
    with _open(path) as file:
        return file.read_row_groups(list(groups), columns=list(columns) if columns else None)


def _open(path: Path) -> Any:
    import pyarrow.parquet as pq

    return pq.ParquetFile(path, page_checksum_verification=True)


class _errors_told:  # noqa: N801  reads as a function, and is cheaper than a generator
    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        import pyarrow as pa

        damage = (pa.ArrowException, KeyError, TypeError, ValueError, OSError)
        if isinstance(error, damage) and not isinstance(error, FileNotFoundError):
            raise TableError(
                f"{self._path} cannot be read ({first_line(error)}); put it back from a copy, or "
                "delete it and run `bansou ingest`, which makes its episodes anew"
            ) from error


class PartWriter:
    """Writes one part, episode after episode.

    Args:
        path: the file to make.
        columns: the table's schema.
    """

    def __init__(self, path: Path, columns: pa.Schema) -> None:
        import pyarrow.parquet as pq

        self._columns = columns
        self._file = path.open("wb")
        self._writer = pq.ParquetWriter(
            self._file, columns, compression="zstd", write_page_checksum=True
        )
        self._waiting: list[pa.Table] = []
        self._waiting_rows = self._waiting_bytes = 0
        self._told: list[tuple[Any, ...]] = []

    @property
    def size(self) -> int:
        """Bytes written so far, those that wait in memory as they lie there."""
        return self._file.tell() + self._waiting_bytes // 4

    def add(self, stem: str, table: pa.Table, facts: Facts) -> None:
        """Take in an episode's rows."""
        self._told.append(
            (stem, table.num_rows, facts.size, facts.sha256, facts.mtime_ns, facts.inode)
        )
        if not table.num_rows:
            return
        self._waiting.append(table)
        self._waiting_rows += table.num_rows
        self._waiting_bytes += table.nbytes
        if self._waiting_rows >= _ROW_GROUP_ROWS or self._waiting_bytes >= _ROW_GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        """Write the footer; the file is on the disk then."""
        self._flush()
        told = json.dumps({"episodes": self._told}, ensure_ascii=False, separators=(",", ":"))
        self._writer.add_key_value_metadata({_FOOTER_KEY: told})
        self._writer.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def _flush(self) -> None:
        import pyarrow as pa

        if self._waiting:
            whole = pa.concat_tables(self._waiting).combine_chunks()
            self._writer.write_table(whole, row_group_size=whole.num_rows)
            self._waiting, self._waiting_rows, self._waiting_bytes = [], 0, 0


def own_files(folder: Path) -> Iterator[os.DirEntry[str]]:
    """The episodes' own files of a table."""
    if folder.is_dir():
        with os.scandir(folder) as listed:
            for file in listed:
                is_table = file.name.endswith(".parquet") and not file.name.startswith(".")
                if is_table and part_number(file.name) is None:
                    yield file
