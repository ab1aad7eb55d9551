"""Moves episodes of a table between files of their own and parts; readers see the old folder or the new.

The new folder is built beside, out of hard links to what stays and of new files, and then takes the
old one's place: in one step where the system can exchange two names, else in two, of which a killed
one is finished by :func:`mend`. What lies in the building folder after that is rubbish either way.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import schema
from pipeline.footers import find_packed, parts_mark
from pipeline.parts import (
    Entry,
    Facts,
    PartWriter,
    find_entries,
    find_shadowed,
    own_files,
    part_name,
    part_number,
)

if TYPE_CHECKING:
    import pyarrow as pa

Read = Callable[[str, Path | Entry], "pa.Table"]
Write = Callable[[Path, str, "pa.Table"], object]
Healed = list[Any]  # the mark of a table's parts, and the episodes with files of their own

_EXCHANGE = 2  # RENAME_EXCHANGE of renameat2(2)
_HERE = -100  # AT_FDCWD


@dataclass(frozen=True, slots=True)
class Arranger:
    """Arranges the tables under one ``processed/`` folder; whoever uses it holds the tables' lock.

    Args:
        root: the folder of the tables.
        building: where new folders are built; on the same disk.
        read: reads a file, or an episode's rows of a part, checked against the schema.
        write: writes a table to a file.
    """

    root: Path
    building: Path
    read: Read
    write: Write

    def take_out(self, table: str, stems: Collection[str], *, keep: bool) -> bool:
        """Move episodes out of a table's parts; False where none was in one.

        Args:
            keep: give them files of their own; else their rows are gone, and their own files too.
        """
        folder = self.root / table
        # What shall be gone is looked for in the list itself, whoever looked at that before.
        wanted = find_packed(folder, stems) if keep else set(stems) & find_entries(folder).keys()
        if wanted:
            entries = find_entries(folder)
            self._rewrite(table, {entries[stem].part for stem in wanted}, wanted, keep=keep)
        return bool(wanted)

    def _rewrite(
        self, table: str, parts: Collection[Path], wanted: Collection[str], *, keep: bool
    ) -> None:
        folder = self.root / table
        entries = find_entries(folder)
        own = {file.name for file in own_files(folder)}
        left = {s: e for s, e in entries.items() if e.part in parts and s not in wanted}
        out = {s: entries[s] for s in wanted if keep and f"{s}.parquet" not in own}
        gone = {part.name for part in parts}
        if not keep:
            gone |= {f"{stem}.parquet" for stem in wanted}

        def build(new: Path) -> None:
            for stem, entry in out.items():
                self.write(new / f"{stem}.parquet", table, self.read(table, entry))
            numbers = self._free_numbers(folder)
            for part in sorted(parts):
                rest = {s: e for s, e in left.items() if e.part == part}
                self._write_parts(new, table, rest.items(), numbers, None)

        self._replace(table, gone, build)

    def compact(self, table: str, *, target_bytes: int) -> list[tuple[Path, Exception]]:
        """Move every episode into parts, and small parts together; returns files that cannot be read."""
        folder = self.root / table
        sources: dict[str, Path | Entry] = {}
        entries = find_entries(folder)
        small = {e.part for e in entries.values() if e.part.stat().st_size * 2 < target_bytes}
        own = {Path(file.path).stem: Path(file.path) for file in own_files(folder)}
        if not own and len(small) < 2:
            return []
        sources |= {stem: entry for stem, entry in entries.items() if entry.part in small}
        sources |= own
        damaged: list[tuple[Path, Exception]] = []
        gone = {part.name for part in small}

        def readable() -> Iterator[tuple[str, Path | Entry]]:
            for stem in sorted(sources):
                yield stem, sources[stem]

        def build(new: Path) -> None:
            numbers = self._free_numbers(folder)
            self._write_parts(new, table, readable(), numbers, target_bytes, damaged)
            bad = {path for path, _ in damaged}
            for path in own.values():
                if path not in bad:
                    (new / path.name).unlink()

        self._replace(table, gone, build)
        return damaged

    def heal(self, table: str, *, healed: Healed) -> Healed:
        """Leave every episode's rows in one place: its own file, else the newest part.

        They stand in two where a copy to or from elsewhere was cut short.

        Args:
            healed: what this returned before. Parts of that mark were all taken apart then: they are whole,
                and no two tell of one episode, nor of those that had files of their own. So only other
                own files are left to be looked for in them.

        Returns:
            The mark of the parts, empty where there are none; and the episodes with files of their own.

        Raises:
            TableError: a part is damaged.
        """
        folder = self.root / table
        mark = parts_mark(folder)
        if not mark:
            return ["", []]
        own = {file.name.removesuffix(".parquet") for file in own_files(folder)}
        if mark == healed[0]:
            doubled, shadowed = find_packed(folder, own.difference(healed[1])), set()
        else:
            doubled, shadowed = own & find_entries(folder).keys(), find_shadowed(folder)
        if doubled or shadowed:
            parts = {find_entries(folder)[stem].part for stem in doubled} | shadowed
            self._rewrite(table, parts, doubled, keep=True)
            mark = parts_mark(folder)
        return [mark, sorted(own) if mark else []]

    def _write_parts(
        self, new: Path, table: str, sources: Iterable[tuple[str, Path | Entry]],
        numbers: Iterator[int], target_bytes: int | None,
        damaged: list[tuple[Path, Exception]] | None = None,
    ) -> None:  # fmt: skip
        from pipeline.errors import TableError

        writer: PartWriter | None = None
        for stem, source in sources:
            try:
                rows = self.read(table, source)
            except TableError as error:
                if damaged is None or not isinstance(source, Path):
                    raise
                damaged.append((source, error))
                continue
            if writer is None:
                path = new / part_name(next(numbers))
                writer = PartWriter(path, schema.arrow_schema(table))
            writer.add(stem, rows, source.facts if isinstance(source, Entry) else facts_of(source))
            if target_bytes is not None and writer.size >= target_bytes:
                writer.close()
                writer = None
        if writer is not None:
            writer.close()

    @staticmethod
    def _free_numbers(folder: Path) -> Iterator[int]:
        number = max((part_number(path.name) or 0 for path in folder.iterdir()), default=0)
        while True:
            number += 1
            yield number

    def _replace(self, table: str, gone: Collection[str], build: Callable[[Path], None]) -> None:
        old, new = self.root / table, self.building / table
        shutil.rmtree(self.building, ignore_errors=True)
        new.mkdir(parents=True)
        shutil.copymode(old, new)
        with os.scandir(old) as listed:
            for file in listed:
                if file.name not in gone and not file.name.endswith(".tmp"):
                    _link(Path(file.path), new / file.name)
        build(new)
        _sync_folder(new)
        _exchange(old, new, spare=self.building / f"{table}.old")
        _sync_folder(self.root)
        shutil.rmtree(self.building)


def facts_of(path: Path) -> Facts:
    """What to remember of an episode's own file."""
    status = path.stat()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Facts(status.st_size, digest, status.st_mtime_ns, status.st_ino)


def mend(root: Path, building: Path) -> None:
    """Finish a folder's replacement that was killed between its two renames, and tidy up."""
    for spare in building.glob("*.old"):
        table = spare.name.removesuffix(".old")
        if not (root / table).exists():
            whole = building / table
            (whole if whole.is_dir() else spare).rename(root / table)
    shutil.rmtree(building, ignore_errors=True)


def _link(old: Path, new: Path) -> None:
    try:
        os.link(old, new)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EXDEV, errno.EMLINK, errno.ENOTSUP):
            raise
        shutil.copy2(old, new)


def _exchange(old: Path, new: Path, *, spare: Path) -> None:
    """Give ``new`` the name of ``old``; the old folder ends in the building folder."""
    if sys.platform == "linux":
        call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
        if call is not None and not call(
            _HERE, os.fsencode(old), _HERE, os.fsencode(new), _EXCHANGE
        ):
            return
    old.rename(spare)
    new.rename(old)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
