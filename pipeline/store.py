"""Tables in and out of parquet files: atomic, checked against the schema, one file an episode.

Layout under ``processed/``::

    <table>/<episode>.parquet      what analysts read (corpus tables: <table>/corpus.parquet)
    <table>/bansou-part-*.parquet  many episodes in one file, after `bansou compact`
    _state/records/<episode>.json  what each stage read and wrote, written last
    _state/staging/<episode>/      an episode under work; published as a whole
    _state/logs/bansou.log
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from filelock import FileLock, Timeout

from pipeline import schema
from pipeline.arrange import Arranger, mend
from pipeline.atomic import naming_file, read_json, sweep_half_written, write_bytes, write_json
from pipeline.errors import BusyError, TableError, first_line
from pipeline.footers import find_packed
from pipeline.noted import read_noted, write_noted
from pipeline.packed import drop_packed, pack
from pipeline.parts import Entry, find_entries, read_rows
from pipeline.records import Briefs, Lazy, Records, is_record

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "CORPUS",
    "FileMark",
    "Store",
    "file_stem",
    "is_record",
    "naming_file",
    "read_json",
    "read_parquet",
    "read_part",
    "sweep_half_written",
    "write_bytes",
    "write_json",
    "write_parquet",
]

CORPUS = "corpus"
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*%]')
_MAX_NAME_BYTES = 180
_UNKNOWN = ["", []]
_EPISODE_TABLES = tuple(name for name, spec in schema.TABLES.items() if spec.scope == "episode")


@dataclass(frozen=True, slots=True)
class FileMark:
    """Size and hash of a stored table, as recorded when it was written."""

    size: int
    sha256: str


@functools.lru_cache(maxsize=65_536)
def file_stem(episode_id: str) -> str:
    """A file name for an episode id: readable, the same everywhere, never outside its folder."""
    safe = _UNSAFE.sub(lambda match: quote(match[0], safe=""), episode_id)
    if safe.startswith((".", "_")):  # hidden to parquet readers
        safe = f"%{ord(safe[0]):02X}{safe[1:]}"
    if len(safe.encode()) > _MAX_NAME_BYTES:
        digest = hashlib.sha256(episode_id.encode()).hexdigest()[:12]
        safe = safe.encode()[: _MAX_NAME_BYTES - 13].decode(errors="ignore") + "-" + digest
    return safe


class Store:
    """The tables under one ``processed/`` folder."""

    def __init__(self, processed: Path) -> None:
        self.root = processed
        self.state = processed / "_state"
        self.records = self.state / "records"
        self.staging = self.state / "staging"
        self.log_file = self.state / "logs" / "bansou.log"
        self._records = Records(self.records, self.state / "noted-records.json")

    def table_path(self, table: str, episode_id: str) -> Path:
        """The parquet file of an episode's table; corpus tables have a single file."""
        name = CORPUS if schema.TABLES[table].scope == "corpus" else file_stem(episode_id)
        return self.root / table / f"{name}.parquet"

    def prepare(self) -> None:
        """Make the folders, so that a folder without rights is named before work begins."""
        for folder in (self.records, self.staging, self.log_file.parent):
            folder.mkdir(parents=True, exist_ok=True)

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the folder against a second writer.

        Raises:
            BusyError: another process holds it.
        """
        self.prepare()
        path = self.state / "lock"
        lock = FileLock(path, timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise BusyError(
                f"another bansou is writing to {self.root}; wait until it is done and run again"
            ) from error
        try:
            yield
        finally:
            lock.release()

    # -- tables -----------------------------------------------------------------------------

    def read(self, table: str, episode_id: str = CORPUS) -> pa.Table:
        """Read a table of an episode (or a corpus table), checked against the schema.

        Raises:
            TableError: missing, cut short, or not what the schema says.
        """
        path = self.table_path(table, episode_id)
        entry = None if path.is_file() else self.compacted(table, episode_id)
        return read_parquet(table, path) if entry is None else read_part(table, entry)

    def has(self, table: str, episode_id: str = CORPUS) -> bool:
        """Whether there is a table of an episode, in a file of its own or in a part."""
        is_own = self.table_path(table, episode_id).is_file()
        return is_own or self.compacted(table, episode_id) is not None

    def compacted(self, table: str, episode_id: str) -> Entry | None:
        """Where an episode's rows stand in a part; its own file, where there is one, counts before."""
        if schema.TABLES[table].scope == "corpus":
            return None
        return find_entries(self.root / table).get(file_stem(episode_id))

    def compact(self, *, target_bytes: int) -> list[tuple[Path, Exception]]:
        """Move episodes' tables and records into few files; returns files that cannot be read.

        Args:
            target_bytes: a part takes no further episode once it is as large.
        """
        damaged = []
        for table in _EPISODE_TABLES:
            with self._arranging() as arranger:
                damaged += arranger.compact(table, target_bytes=target_bytes)
        records = {file_stem(i): record for i, record in self.load_records().items()}
        pack(self.records, records, write=write_bytes)
        return damaged

    def take_out(self, table: str, episode_ids: Collection[str]) -> None:
        """Give episodes files of their own, so that these can be replaced one by one."""
        stems = {file_stem(episode_id) for episode_id in episode_ids}
        if find_packed(self.root / table, stems):
            with self._arranging() as arranger:
                arranger.take_out(table, stems, keep=True)

    @contextlib.contextmanager
    def _arranging(self) -> Iterator[Arranger]:
        """Hold the tables' folders: nobody publishes into one while it is replaced."""
        self.state.mkdir(parents=True, exist_ok=True)
        with FileLock(self.state / "tables.lock"):
            yield Arranger(self.root, self.state / "arranging", _read_any, write_parquet)

    def episode_ids(self) -> list[str]:
        """Episodes with a record, sorted."""
        return sorted(self.load_records())

    # -- records ----------------------------------------------------------------------------

    def load_records(self) -> dict[str, dict[str, Any]]:
        """Every episode's record by id; a damaged one is left out (its episode is redone)."""
        return self._records.load()

    def briefs(self) -> Briefs:
        """What planning and linking ask of every record; little is read where little changed."""
        return self._records.briefs()

    def briefs_again(self, briefs: Briefs, episode_ids: Iterable[str]) -> Briefs:
        """The briefs after these episodes were published, and nothing else was changed."""
        return self._records.again(briefs, map(file_stem, episode_ids))

    def note_briefs(self, briefs: Briefs) -> None:
        """Spare the next run what :meth:`briefs` read; whoever writes holds the store."""
        self._records.note(briefs)

    def records_of(self, briefs: Briefs) -> Mapping[str, dict[str, Any]]:
        """As :meth:`load_records`; a record is read when it is asked for."""
        return Lazy(self._records, briefs)

    def find_damaged(self, briefs: Briefs) -> list[Path]:
        """Records that :meth:`load_records` leaves out and :meth:`recover` cannot finish."""
        staged = self.staging.glob("*/complete.json")
        return sorted(
            [*briefs.damaged, *(path for path in staged if not is_record(read_json(path)))]
        )

    def record_path(self, episode_id: str) -> Path:
        return self.records / f"{file_stem(episode_id)}.json"

    def staging_folder(self, episode_id: str) -> Path:
        return self.staging / file_stem(episode_id)

    # -- staging ----------------------------------------------------------------------------

    def publish(self, episode_id: str, record: Mapping[str, Any]) -> None:
        """Make an episode's staged tables the current ones, the record last.

        The record is marked complete in the staging folder first, so that a kill between two
        renames is finished by :meth:`recover` and readers end with the old state or the new one.
        """
        write_json(self.staging_folder(episode_id) / "complete.json", record, indent=None)
        self._finish(self.staging_folder(episode_id), record)

    def recover(self) -> list[str]:
        """Finish what a killed run had begun to publish; returns the episodes concerned."""
        self._sweep()
        if (self.state / "arranging").is_dir():
            mend(self.root, self.state / "arranging")
        self._heal()
        done = []
        for folder in self.staging.glob("*/"):
            # Only published work has no table left: the kill came while the folder was removed.
            if not (folder / "complete.json").exists() and not any(folder.glob("*.parquet")):
                shutil.rmtree(folder)
        for path in sorted(self.staging.glob("*/complete.json")):
            record = read_json(path)
            if is_record(record):
                done.append(self._finish(path.parent, record))
            else:  # nobody knows which tables are new: without its record the episode is redone
                drop_packed(self.records, [path.parent.name], write=write_bytes)
                (self.records / f"{path.parent.name}.json").unlink(missing_ok=True)
                shutil.rmtree(path.parent)
        return done

    def _heal(self) -> None:
        """Leave every episode's rows in one place; of parts that are as they were left nothing is parsed."""
        path = self.state / "noted-parts.json"
        before = read_noted(path).get("healed", {})
        with self._arranging() as arranger:
            now = {t: arranger.heal(t, healed=before.get(t, _UNKNOWN)) for t in _EPISODE_TABLES}
        if now != before and (before or any(mark for mark, _ in now.values())):
            with contextlib.suppress(OSError):  # no room: the next run parses them again
                write_noted(path, {"healed": now})

    def _sweep(self) -> None:
        """Remove half-written files of a killed run."""
        corpus = [self.root / name for name, t in schema.TABLES.items() if t.scope == "corpus"]
        for folder in (self.state, self.records, *self.staging.glob("*/"), *corpus):
            for leftover in folder.glob(".*.tmp"):
                leftover.unlink()

    def _finish(self, folder: Path, record: Mapping[str, Any]) -> str:
        episode_id = str(record["episode_id"])
        with self._arranging() as arranger:
            for staged in sorted(folder.glob("*.parquet")):
                target = self.table_path(staged.stem, episode_id)
                target.parent.mkdir(parents=True, exist_ok=True)
                arranger.take_out(staged.stem, [target.stem], keep=True)
                staged.replace(target)
        self.records.mkdir(parents=True, exist_ok=True)
        write_json(self.record_path(episode_id), record)
        shutil.rmtree(folder)
        return episode_id

    def drop_episode(self, episode_id: str) -> list[Path]:
        """Remove an episode's tables, record and staged work; returns what was removed."""
        gone = []
        stem = file_stem(episode_id)
        with self._arranging() as arranger:
            for table in _EPISODE_TABLES:
                path = self.table_path(table, episode_id)
                if path.exists():
                    path.unlink()
                    gone.append(path)
                elif arranger.take_out(table, [stem], keep=False):
                    gone.append(path)
        is_packed = drop_packed(self.records, [stem], write=write_bytes)
        own = self.record_path(episode_id)  # record last: a kill leaves it listed
        if is_packed or own.exists():
            own.unlink(missing_ok=True)
            gone.append(own)
        shutil.rmtree(self.staging_folder(episode_id), ignore_errors=True)
        return gone


def write_parquet(path: Path, table_name: str, table: pa.Table) -> FileMark:
    """Check a table and write it atomically; the same rows give the same bytes."""
    import io

    import pyarrow.parquet as pq

    schema.check(table_name, table)
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    data = buffer.getvalue()
    write_bytes(path, data)
    return FileMark(len(data), hashlib.sha256(data).hexdigest())


def read_parquet(table_name: str, path: Path) -> pa.Table:
    """Read one parquet file as a table of the schema.

    Raises:
        TableError: missing, cut short, or not what the schema says.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:  # for a small file half of what read_table takes
            table = _as_schema(table_name, file.read(use_threads=False))
    except FileNotFoundError as error:
        raise TableError(f"{path} is missing; `bansou ingest` makes it again") from error
    except (pa.ArrowException, KeyError, OSError, ValueError) as error:
        raise TableError(
            f"{path} cannot be read as table {table_name} ({first_line(error)}); "
            "delete it and run `bansou ingest`"
        ) from error
    schema.check(table_name, table)
    return table


def read_part(table_name: str, entry: Entry) -> pa.Table:
    """As :func:`read_parquet`, of one episode's rows in a part."""
    import pyarrow as pa

    rows = read_rows(entry)
    try:
        table = _as_schema(table_name, rows)
    except (pa.ArrowException, KeyError, ValueError) as error:
        raise TableError(
            f"{entry.part} is no part of table {table_name} ({first_line(error)}); delete it and run "
            "`bansou ingest`"
        ) from error
    schema.check(table_name, table)
    return table


def _read_any(table_name: str, source: Path | Entry) -> pa.Table:
    if isinstance(source, Path):
        return read_parquet(table_name, source)
    return read_part(table_name, source)


def _as_schema(table_name: str, table: pa.Table) -> pa.Table:
    table = _with_late_columns(table_name, table)
    table = table.select(schema.TABLES[table_name].column_names)
    return table.cast(schema.arrow_schema(table_name))


def _with_late_columns(table_name: str, table: pa.Table) -> pa.Table:
    """A table written before a column was thought of has nothing in it."""
    import pyarrow as pa

    wanted = schema.arrow_schema(table_name)
    for column in schema.TABLES[table_name].columns:
        if column.is_late and column.name not in table.column_names:
            kind = wanted.field(column.name).type
            table = table.append_column(column.name, pa.nulls(table.num_rows, kind))
    return table
