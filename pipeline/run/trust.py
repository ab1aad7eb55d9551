"""Writes the tables ``relations`` and ``trust_points``, where what they are made of has changed."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import logging
from typing import Any

from pipeline import schema
from pipeline.noted import Rows, read_noted, write_noted
from pipeline.records import Briefs
from pipeline.run.plan import key_of
from pipeline.store import Store, read_json, write_json, write_parquet
from pipeline.trust.heard import CUES_FILE
from pipeline.trust.measure import STAGE_VERSION, measure
from pipeline.trust.mood import MODEL_FILE as MOOD_FILE
from pipeline.trust.read import RolesError, read_conversation
from pipeline.trust.results import Point, RelationTrust

log = logging.getLogger("bansou")

TABLES = tuple(name for name, spec in schema.TABLES.items() if spec.writer == "trust")
_READS = ("episodes", "utterances", "passages", "tags")
_ID, _MARK, _RELATION = range(
    3
)  # of a noted row: episode, hash of its table, its relation after a sign


def measure_relations(store: Store, briefs: Briefs | None = None) -> list[str]:
    """Bring the tables up to date.

    Args:
        briefs: of all records as they are; looked up where not given.

    Returns:
        One sentence for each relation that cannot be measured because of its sidecars; it is left out
        of the tables.

    Raises:
        TableError: a table it reads is missing or damaged.
    """
    briefs = briefs or store.briefs()
    path = store.state / "trust.json"
    known = read_json(path) or {}
    groups: dict[str, list[str]] = {}
    for episode_id, relation in _relations(store, briefs).items():
        groups.setdefault(relation, []).append(episode_id)
    hashes = briefs.hashes(*_READS) if groups else {}
    groups = {
        name: whole for name, ids in groups.items() if (whole := [i for i in ids if i in hashes])
    }
    reads = {i: hashes[i] for ids in groups.values() for i in ids}
    heard = [hashlib.sha256(file.read_bytes()).hexdigest() for file in (CUES_FILE, MOOD_FILE)]
    key = key_of({"format": 2, "version": STAGE_VERSION, "heard": heard, "tables": reads})
    sizes = {name: _size(store, name) for name in TABLES}
    if known.get("key") == key and known.get("sizes") == sizes:
        return list(known.get("problems", []))
    problems: list[str] = []
    if groups or any(sizes.values()):
        sizes, problems = _write(store, groups)
    write_json(path, {"key": key, "sizes": sizes, "problems": problems})
    return problems


def _relations(store: Store, briefs: Briefs) -> dict[str, str]:
    """The relation of every episode that has one; only rows that changed since they were noted are read."""
    path = store.state / "noted-relations.json"
    noted: Rows = read_noted(path).get("relations", Rows())
    hashes = {i: mark for i, (mark,) in briefs.hashes("episodes").items()}
    known = dict(zip(noted.column(_ID), noted.column(_MARK), strict=True))
    noted.drop([i for i in known if i not in hashes])
    for episode_id in sorted(i for i, mark in hashes.items() if known.get(i) != mark):
        relation = store.read("episodes", episode_id)["relation"][0].as_py()
        told = "" if relation is None else f"={relation}"
        noted.put((episode_id, hashes[episode_id], told))
    if noted.is_worth_noting():
        with contextlib.suppress(OSError):  # no room: the next run reads them again
            write_noted(path, {"relations": noted})
    found = zip(noted.column(_ID), noted.column(_RELATION), strict=True)
    return {episode_id: told[1:] for episode_id, told in sorted(found) if told}


def _write(store: Store, groups: dict[str, list[str]]) -> tuple[dict[str, int | None], list[str]]:
    relations, points, problems = [], [], []
    for name, episode_ids in sorted(groups.items()):
        try:
            made = measure(read_conversation(store, name, episode_ids))
        except RolesError as error:
            log.warning("trust: %s", error)
            problems.append(str(error))
            continue
        relations.append(_relation_row(made))
        points += [_point_row(made.relation, point) for point in made.meetings]
    sizes: dict[str, int | None] = {}
    for name, rows in (("relations", relations), ("trust_points", points)):
        table = schema.to_table(name, rows)
        sizes[name] = write_parquet(store.table_path(name, ""), name, table).size
    return sizes, problems


def _relation_row(made: RelationTrust) -> dict[str, Any]:
    return {
        "relation": made.relation, "roles": _json(dict(made.roles)), "verdict": made.verdict,
        "confidence": made.confidence,
    }  # fmt: skip


def _point_row(relation: str, point: Point) -> dict[str, Any]:
    row: dict[str, Any] = {"relation": relation, "episode_id": point.episode_id, "n": point.n}
    row |= {name: getattr(point, name) for name in schema.REQUESTS}
    for name in schema.REQUESTS[:3]:
        share = dataclasses.asdict(getattr(point, f"{name}_share"))
        row |= {
            f"{name}_share": share["value"], f"{name}_share_low": share["low"],
            f"{name}_share_high": share["high"],
        }  # fmt: skip
    return row | {
        "trend": point.trend.value, "trend_low": point.trend.low, "trend_high": point.trend.high,
        "strain": point.strain, "signals": _json(dict(point.signals)),
    }  # fmt: skip


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True)


def _size(store: Store, name: str) -> int | None:
    path = store.table_path(name, "")
    return path.stat().st_size if path.is_file() else None
