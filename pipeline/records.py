"""Episodes' records: ``_state/records/<episode>.json``, what each stage read and wrote.

What planning and linking ask of every record, its brief, is noted in ``_state/noted-records.json``, so that
a run reads only the records that changed since the one before.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeGuard

from pipeline import schema
from pipeline.atomic import read_json
from pipeline.listing import listed
from pipeline.noted import Rows, mark_of, read_noted, write_noted
from pipeline.packed import Line, find_damaged_packed, find_lines, read_packed
from pipeline.parts import part_number

Record = dict[str, Any]
Row = Sequence[str]  # of a brief: as the places below say

TABLES = tuple(name for name, spec in schema.TABLES.items() if spec.scope == "episode")
_HASHED = ("episodes", "utterances", "passages", "tags", "cards")  # what the corpus stages go by
_FORMAT = [2, *TABLES, *_HASHED]
_STEM, _MARK, _DIGEST, _ID, _IS_SAMPLE, _PATH, _SHA256, _SIZES = range(8)
_HASHES = _SIZES + len(TABLES)
_PACKED = "packed"


class Briefs:
    """The briefs of all records.

    Args:
        rows: by the stem of the record's file.
        damaged: files that hold no record.
    """

    def __init__(self, rows: Rows, damaged: Iterable[Path] = ()) -> None:
        self.rows = rows
        self.damaged = sorted(damaged)

    def digest(self, stem: str) -> str | None:
        """What changes with what an episode's record says; None where there is none."""
        return self.rows.value(stem, _DIGEST)

    def digests(self) -> dict[str, str]:
        """As :meth:`digest`, of all by stem."""
        return self._by(_STEM, _DIGEST)

    def by_id(self) -> dict[str, str]:
        """Episode → stem."""
        return self._by(_ID, _STEM)

    def by_hash(self) -> dict[str, str]:
        """Hash of the raw file → episode."""
        return self._by(_SHA256, _ID)

    def by_path(self) -> dict[str, str]:
        """Raw file → episode."""
        return self._by(_PATH, _ID)

    def by_stem(self) -> dict[str, str]:
        """Stem → episode."""
        return self._by(_STEM, _ID)

    def hashes_by_stem(self) -> dict[str, str]:
        """Stem → hash of the raw file."""
        return self._by(_STEM, _SHA256)

    def paths(self) -> list[str]:
        """Every episode's raw file."""
        return self.rows.column(_PATH)

    def samples(self) -> list[str]:
        pairs = zip(self.rows.column(_ID), self.rows.column(_IS_SAMPLE), strict=True)
        return [episode_id for episode_id, is_sample in pairs if is_sample]

    def stems(self) -> list[str]:
        return self.rows.column(_STEM)

    def sizes(self, table: str) -> list[str]:
        """The recorded size of each episode's table, as :meth:`stems` has them; empty where there is none."""
        return self.rows.column(_SIZES + TABLES.index(table))

    def size(self, table: str, stem: str) -> str:
        """As :meth:`sizes`, of one episode."""
        return self.rows.value(stem, _SIZES + TABLES.index(table)) or ""

    def hashes(self, *tables: str) -> dict[str, tuple[str, ...]]:
        """Episode → recorded hashes, of the episodes that have all these tables."""
        columns = [self.rows.column(_HASHES + _HASHED.index(table)) for table in tables]
        found = dict(zip(self.rows.column(_ID), zip(*columns, strict=True), strict=True))
        if any("" in column for column in columns):
            return {i: hashes for i, hashes in found.items() if "" not in hashes}
        return found

    def _by(self, key: int, value: int) -> dict[str, str]:
        return dict(zip(self.rows.column(key), self.rows.column(value), strict=True))


class Records:
    """The records in one folder.

    Args:
        folder: of the records.
        noted: the file of their briefs.
    """

    def __init__(self, folder: Path, noted: Path) -> None:
        self._folder = folder
        self._noted = noted
        self._shadowed: list[str] = []
        self._parts: dict[str, str] = {}
        self._lines_found: tuple[int, dict[str, Line]] | None = None
        self._parsed: dict[str, tuple[tuple[int, ...], Record | None]] = {}

    def load(self) -> dict[str, Record]:
        """Every record by episode; a damaged one is left out (its episode is redone)."""
        found = {}
        if self._folder.is_dir():
            own = sorted(self._folder.glob("*.json"))
            stems = {path.stem for path in own}
            for stem, record in read_packed(self._folder):
                if is_record(record) and stem not in stems:
                    found[record["episode_id"]] = record
            for path in own:
                own_record = self._own(path)
                if own_record is not None:
                    found[own_record["episode_id"]] = own_record
        return found

    def read(self, stem: str) -> Record | None:
        """One record, by the stem of its file; None where there is none or it is damaged."""
        path = self._folder / f"{stem}.json"
        if path.exists():
            return self._own(path)
        for _ in range(2):  # a file of many may have been replaced within a tick of the clock
            line = self._lines().get(stem)
            record = line.read(stem) if line else None
            if is_record(record):
                return record
            self._lines_found = None
        return None

    def _lines(self) -> dict[str, Line]:
        """Where the packed records stand: found once, and again where the folder has changed."""
        try:
            changed_ns = self._folder.stat().st_mtime_ns
        except FileNotFoundError:
            return {}
        if self._lines_found is None or self._lines_found[0] != changed_ns:
            self._lines_found = (changed_ns, find_lines(self._folder))
        return self._lines_found[1]

    def _own(self, path: Path) -> Record | None:
        """A record as it is now; a run asks for some more than once, so it is parsed once."""
        try:
            status = path.stat()
        except FileNotFoundError:
            return None
        mark = (status.st_ino, status.st_size, status.st_mtime_ns)
        known = self._parsed.get(path.name)
        if known is None or known[0] != mark:
            record = read_json(path)
            known = self._parsed[path.name] = (mark, record if is_record(record) else None)
        return known[1]

    def briefs(self) -> Briefs:
        """What there is now; only what changed since it was noted is read."""
        noted = read_noted(self._noted)
        if noted.get("format") != _FORMAT:
            noted = {}
        rows: Rows = noted.get("briefs", Rows())
        own, parts = self._look()
        damaged: list[Path] = []
        marks = dict(zip(rows.column(_STEM), rows.column(_MARK), strict=True)) if noted else {}
        changed = {stem for stem, mark in own.items() if marks.get(stem) != mark}
        shadowed: list[str] = noted.get("shadowed", [])
        if parts == noted.get("parts", {}) and own.keys() >= set(shadowed):
            packed: list[Row] = []
            self._shadowed = shadowed + [s for s in changed if marks.get(s) == _PACKED]
            gone = {s for s, mark in marks.items() if mark != _PACKED and s not in own}
        else:
            damaged += find_damaged_packed(self._folder)
            packed = self._packed(own)
            gone = {s for s, mark in marks.items() if mark == _PACKED or s not in own}
        rows.drop(gone | changed)
        for row in packed:
            rows.put(row)
        for stem in sorted(changed):
            path = self._folder / f"{stem}.json"
            record = self._own(path)
            if record is None:
                damaged.append(path)
            else:
                rows.put(_brief(stem, record, own[stem]))
        self._parts = parts
        return Briefs(rows, damaged)

    def again(self, briefs: Briefs, stems: Iterable[str]) -> Briefs:
        """The briefs after some episodes' own records were written, and nothing else was changed."""
        rows = briefs.rows.copy()
        damaged = set(briefs.damaged)
        for stem in sorted(stems):
            path = self._folder / f"{stem}.json"
            if rows.value(stem, _MARK) == _PACKED:
                self._shadowed.append(stem)
            rows.drop((stem,))
            record = self._own(path)
            damaged.discard(path)
            if record is not None:
                rows.put(_brief(stem, record, mark_of(path.stat())))
            elif path.exists():
                damaged.add(path)
        return Briefs(rows, damaged)

    def note(self, briefs: Briefs) -> None:
        """Write the briefs down, where that spares the next run enough."""
        if not briefs.damaged and briefs.rows.is_worth_noting():
            content = {
                "format": _FORMAT,
                "parts": self._parts,
                "shadowed": self._shadowed,
                "briefs": briefs.rows,
            }
            write_noted(self._noted, content)

    def _look(self) -> tuple[dict[str, str], dict[str, str]]:
        """The marks of the records' own files, by stem, and of files with many."""
        own, parts = {}, {}
        try:
            with listed(self._folder) as entries:
                for file in entries:
                    name = file.name
                    if name.endswith(".json"):
                        own[name[:-5]] = mark_of(file.stat())
                    elif part_number(name):
                        parts[name] = mark_of(file.stat())
        except (FileNotFoundError, NotADirectoryError):
            return {}, {}
        return own, parts

    def _packed(self, own: Collection[str]) -> list[Row]:
        """The briefs of packed records; those that have a file of their own besides are kept in mind."""
        found: dict[str, Row] = {}
        self._shadowed = []
        for stem, record in read_packed(self._folder):
            if stem in own:
                self._shadowed.append(stem)
            elif is_record(record):
                found[stem] = _brief(stem, record, _PACKED)
        return list(found.values())


class Lazy(Mapping[str, Record]):
    """Records by episode, each read when it is asked for."""

    def __init__(self, records: Records, briefs: Briefs) -> None:
        self._records = records
        self._stems = briefs.by_id()
        self._read: dict[str, Record] = {}

    def __getitem__(self, episode_id: str) -> Record:
        if episode_id not in self._read:
            record = self._records.read(self._stems[episode_id])
            if record is None:  # gone since it was listed
                raise KeyError(episode_id)
            self._read[episode_id] = record
        return self._read[episode_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._stems)

    def __len__(self) -> int:
        return len(self._stems)


def _brief(stem: str, record: Record, mark: str) -> Row:
    marks = {
        t: m for entry in reversed(record["stages"].values()) for t, m in entry["tables"].items()
    }
    primary = record["files"]["primary"]
    text = json.dumps(record, ensure_ascii=True, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return [
        stem, mark, digest[:32], record["episode_id"], "sample" if record.get("is_sample") else "",
        primary["path"], primary["sha256"],
        *(repr(marks[t]["size"]) if t in marks else "" for t in TABLES),
        *(str(marks[t]["sha256"]) if t in marks else "" for t in _HASHED),
    ]  # fmt: skip


def is_record(content: dict[str, Any] | None) -> TypeGuard[dict[str, Any]]:
    """Whether a JSON object is an episode's record: of which files, and which stage wrote what."""
    try:
        record: Any = content
        files, stages = record["files"], record["stages"]
        seen = [file for file in (files["primary"], files["sidecar"]) if file is not None]
        marks = [mark for stage in stages.values() for mark in stage["tables"].values()]
        return (
            isinstance(record["episode_id"], str)
            and files["primary"] is not None
            and all(file.keys() == {"path", "size", "mtime_ns", "sha256"} for file in seen)
            and all(isinstance(file[key], str) for file in seen for key in ("path", "sha256"))
            and all(mark.keys() == {"size", "sha256"} for mark in marks)
            and all(isinstance(stage["key"], str) for stage in stages.values())
            and all(isinstance(stage["parts"], dict) for stage in stages.values())
            and ("transcribe" not in stages or isinstance(record["facts"]["source_kind"], str))
        )
    except (KeyError, TypeError, AttributeError):
        return False
