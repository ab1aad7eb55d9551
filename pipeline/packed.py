"""Records of many episodes in one file, a line each: ``_state/records/bansou-part-000001.jsonl``.

An episode's own record counts before its line here, so a record is replaced without touching this.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.parts import part_name, part_number

Write = Callable[[Path, bytes], None]

_TARGET_BYTES = 32 * 1024 * 1024


def read_packed(records: Path) -> Iterator[tuple[str, Any]]:
    """Stem and record of every line; the record is None where the line is damaged."""
    for path in _files(records):
        for line in path.read_bytes().splitlines():
            try:
                stem, record = json.loads(line)
                yield str(stem), record
            except (ValueError, TypeError, RecursionError):
                yield "", None


@dataclass(frozen=True, slots=True)
class Line:
    """Where an episode's line stands."""

    path: Path
    offset: int
    size: int

    def read(self, stem: str) -> Any:
        """The record; None where the line is damaged, or is another's by now."""
        with contextlib.suppress(ValueError, TypeError, RecursionError, FileNotFoundError):
            with self.path.open("rb") as file:
                file.seek(self.offset)
                its_stem, record = json.loads(file.read(self.size))
            return record if its_stem == stem else None
        return None


def find_lines(records: Path) -> dict[str, Line]:
    """The line of every packed record, by stem; of two the newer counts. Only stems are parsed."""
    found = {}
    decoder = json.JSONDecoder()
    for path in _files(records):
        offset = 0
        with path.open("rb") as file:
            for line in file:
                with contextlib.suppress(ValueError):
                    stem, _ = decoder.raw_decode(line.decode(), 1)
                    found[str(stem)] = Line(path, offset, len(line))
                offset += len(line)
    return found


def find_damaged_packed(records: Path) -> list[Path]:
    """Files with a line that cannot be read; `bansou compact` writes them anew."""
    return [
        path for path in _files(records)
        if any(not _is_line(line) for line in path.read_bytes().splitlines())
    ]  # fmt: skip


def pack(records: Path, known: Mapping[str, Any], *, write: Write) -> None:
    """Write all records into few files and remove their own; an own record stays until it is in one."""
    old = _files(records)
    number = max((part_number(path.name) or 0 for path in old), default=0)
    for lines in _batches(known):
        number += 1
        write(records / part_name(number, "jsonl"), lines)
    for path in old:  # the newer file counts, so a kill in between leaves the same records
        path.unlink()
    for stem in known:
        (records / f"{stem}.json").unlink(missing_ok=True)


def drop_packed(records: Path, stems: Collection[str], *, write: Write) -> bool:
    """Take episodes out of the packed records; returns whether one was there."""
    starts = tuple(f"[{json.dumps(stem, ensure_ascii=False)},".encode() for stem in stems)
    is_found = False
    for path in _files(records):
        lines = path.read_bytes().splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(starts)]
        if len(kept) < len(lines):
            is_found = True
            write(path, b"".join(kept))
    return is_found


def _batches(known: Mapping[str, Any]) -> Iterator[bytes]:
    lines, size = [], 0
    for stem in sorted(known):
        text = json.dumps(
            [stem, known[stem]], ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
        lines.append(text.encode() + b"\n")
        size += len(lines[-1])
        if size >= _TARGET_BYTES:
            yield b"".join(lines)
            lines, size = [], 0
    if lines:
        yield b"".join(lines)


def _is_line(line: bytes) -> bool:
    try:
        stem, record = json.loads(line)
    except (ValueError, TypeError, RecursionError):
        return False
    return isinstance(stem, str) and isinstance(record, dict)


def _files(records: Path) -> list[Path]:
    return sorted(records.glob("bansou-part-*.jsonl"))
