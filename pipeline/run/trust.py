"""Writes the tables ``relations`` and ``trust_points``, where what they are made of has changed."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
from typing import Any

from pipeline import schema
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
    hashes = (briefs or store.briefs()).hashes(*_READS)
    path = store.state / "trust.json"
    known = read_json(path) or {}
    relations = _relations(store, hashes, known.get("episodes", {}))
    groups: dict[str, list[str]] = {}
    for episode_id, (_, relation) in relations.items():
        if relation is not None:
            groups.setdefault(relation, []).append(episode_id)
    reads = {i: hashes[i] for ids in groups.values() for i in ids}
    heard = [hashlib.sha256(file.read_bytes()).hexdigest() for file in (CUES_FILE, MOOD_FILE)]
    key = key_of({"version": STAGE_VERSION, "heard": heard, "tables": reads})
    sizes = {name: _size(store, name) for name in TABLES}
    problems: list[str] = list(known.get("problems", []))
    if known.get("key") != key or known.get("sizes") != sizes:
        if groups or any(sizes.values()):
            sizes, problems = _write(store, groups)
    elif known.get("episodes") == relations:
        return problems
    content = {"key": key, "sizes": sizes, "problems": problems, "episodes": relations}
    write_json(path, content, indent=None)  # a line for every episode
    return problems


def _relations(
    store: Store, hashes: dict[str, list[str]], known: dict[str, Any]
) -> dict[str, list[str | None]]:
    """Episode → hash of its row and its relation; only rows that changed are read."""
    found: dict[str, list[str | None]] = {}
    for episode_id, (mark, *_) in sorted(hashes.items()):
        before = known.get(episode_id)
        if before and before[0] == mark:
            found[episode_id] = [mark, before[1]]
        else:
            relation = store.read("episodes", episode_id)["relation"][0].as_py()
            found[episode_id] = [mark, relation]
    return found


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
