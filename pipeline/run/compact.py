"""``compact``: many episodes' tables and records go into few files."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from pipeline import schema
from pipeline.errors import BansouError
from pipeline.sources import Problem
from pipeline.store import Store

log = logging.getLogger("bansou")

PART_MIB = 128


@dataclass(slots=True)
class Compacted:
    """Files of each table (and of the records) before and after, and files that cannot be read."""

    before: dict[str, int] = field(default_factory=dict)
    after: dict[str, int] = field(default_factory=dict)
    damaged: list[Problem] = field(default_factory=list)


def compact(store: Store, *, part_mib: float = PART_MIB) -> Compacted:
    """Move episodes' tables and records into few files, of about this size.

    Readers see a table's old files or its new ones; what a table says does not change.

    Args:
        store: the tables.
        part_mib: a file takes no further episode once it is as large.

    Raises:
        BansouError: there are no tables.
        BusyError: another process is writing.
    """
    if not store.root.is_dir():
        raise BansouError(f"no tables under {store.root} yet; run `bansou ingest` first")
    with store.lock():
        store.recover()
        made = Compacted(before=count_files(store))
        for path, error in store.compact(target_bytes=int(part_mib * 1024 * 1024)):
            made.damaged.append(Problem(path, str(error)))
            log.warning("%s: is left as it is: %s", path, error)
        made.after = count_files(store)
        log.info("compacted %d files to %d", sum(made.before.values()), sum(made.after.values()))
        return made


def count_files(store: Store) -> dict[str, int]:
    """Files of each table of episodes, and of the records."""
    names = [name for name, spec in schema.TABLES.items() if spec.scope == "episode"]
    counts = {name: len(list((store.root / name).glob("*.parquet"))) for name in names}
    return counts | {"records": len(list(store.records.glob("*.json*")))}
