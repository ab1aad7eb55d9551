"""Which stages of an episode are stale, and why.

A stage is fresh while the key of what it reads is the recorded one. A change that leaves a table's bytes
alone stops there: the stages behind it stay fresh.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.config import Settings
from pipeline.errors import TableError
from pipeline.run.plan import STAGES, Fingerprints, Job, Record, StageSpec, key_of, stage_parts
from pipeline.store import Store, is_record, read_json


def why_stale(
    stage: StageSpec,
    parts: Mapping[str, Any],
    record: Record,
    store: Store,
    *,
    verify: bool = False,
    with_staged: bool = True,
) -> str | None:
    """Why a stage must run, in words; None where it is fresh.

    Args:
        verify: hash the tables instead of trusting their size.
        with_staged: does the record speak of staged tables too.
    """
    entry = record.get("stages", {}).get(stage.name)
    if entry is None:
        return "never run"
    if entry["key"] != key_of(parts):
        before = entry.get("parts", {})
        changed = [name for name in parts if before.get(name) != parts[name]]
        return ("changed: " + ", ".join(changed)) if changed else "changed"
    for table, mark in entry["tables"].items():
        path, size = _where(store, record["episode_id"], table, with_staged=with_staged)
        if path is None:
            if said := _why_not_compacted(store, record["episode_id"], table, mark, verify=verify):
                return said
            continue
        if size != mark["size"]:
            return f"table {table} is damaged"
        is_staged = with_staged and path.parent == store.staging_folder(record["episode_id"])
        # A kill between a staged table and its record leaves one that the record does not mean.
        if (verify or is_staged) and hashlib.sha256(path.read_bytes()).hexdigest() != mark[
            "sha256"
        ]:
            return f"table {table} is damaged"
    return None


def _where(
    store: Store, episode_id: str, table: str, *, with_staged: bool
) -> tuple[Path | None, int]:
    """Where a table's own file is, and its size; None where it has none."""
    places = [store.table_path(table, episode_id)]
    if with_staged:
        places.insert(0, store.staging_folder(episode_id) / f"{table}.parquet")
    for path in places:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            status = os.stat(path)  # noqa: PTH116  thousands of them: Path.stat takes as long again
            if stat.S_ISREG(status.st_mode):
                return path, status.st_size
    return None, 0


def _why_not_compacted(
    store: Store, episode_id: str, table: str, mark: Mapping[str, Any], *, verify: bool
) -> str | None:
    """As :func:`why_stale`, of a table without a file of its own."""
    kept = store.compacted(table, episode_id)
    if kept is None:
        return f"table {table} is missing"
    if kept.facts.sha256 != mark["sha256"]:
        return f"table {table} is damaged"
    if verify:
        try:
            store.read(table, episode_id)  # its pages have check sums
        except TableError:
            return f"table {table} is damaged"
    return None


def staged_record(job: Job, store: Store) -> Record | None:
    """What a killed run left of the same file, to go on from; None where there is nothing."""
    record = read_json(store.staging_folder(job.episode_id) / "record.json")
    is_usable = is_record(record) and record["files"]["primary"]["sha256"] == job.primary.sha256
    return record if is_usable else None


def find_stale(
    job: Job, settings: Settings, store: Store, prints: Fingerprints, *, verify: bool = False
) -> dict[str, str]:
    """The stale stages of an episode with the reasons; later stages may turn out fresh when run."""
    staged = staged_record(job, store)
    record = staged or job.record or {"episode_id": job.episode_id}
    found: dict[str, str] = {}
    forced, frozen = False, job.frozen
    for stage in STAGES:
        forced = forced or stage.name == job.force_from
        if stage.name in frozen:
            continue
        upstream = next(
            (s.name for s in STAGES if s.name in found and set(s.writes) & set(stage.reads)), None
        )
        parts = stage_parts(stage, job, record, settings, prints)
        why = why_stale(stage, parts, record, store, verify=verify, with_staged=staged is not None)
        if why is None and forced:
            why = "forced"
        if why is None and upstream:
            why = f"after {upstream}"
        if why:
            found[stage.name] = why
    return found
