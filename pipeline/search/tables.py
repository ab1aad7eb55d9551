"""What of the tables is searched: only the columns needed are read, so an archive is indexed quickly."""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import TableError, first_line
from pipeline.parts import Entry, find_entries, own_files, read_rows
from pipeline.store import Store, file_stem

_TABLES = ("episodes", "cards", "passages", "utterances", "tags")


@dataclass(frozen=True, slots=True)
class EpisodeRow:
    """An episode as hits show and filters see it; ``published`` is a day (UTC), as ISO 8601."""

    episode_id: str
    title: str
    published: str | None
    is_private: bool


@dataclass(frozen=True, slots=True)
class Document:
    """A card or a passage; ``facets`` are (name, value) for the filters."""

    key: str
    title: str
    body: str
    quote: str
    kind: str | None
    request: str | None
    speaker: str | None
    tags: tuple[str, ...]
    start_s: float | None
    end_s: float | None
    facets: tuple[tuple[str, str], ...]
    is_hidden: bool = False


def marks(store: Store) -> dict[str, str]:
    """Every episode's files by stem, as one text of sizes and times, and of what reviewers decided.

    It changes when a file or a review does.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for table in _TABLES:
        folder = store.root / table
        own = {file.name.removesuffix(".parquet"): file.stat() for file in own_files(folder)}
        for stem, status in own.items():
            found[stem].append(_mark_of(table, status))
        for stem, entry in find_entries(folder).items():
            if stem not in own:
                found[stem].append(_mark_of_rows(table, entry))
    for stem, rows in _reviews(store).items():
        if stem in found:
            found[stem].append(_mark_of_reviews(rows))
    return {stem: " ".join(sorted(parts)) for stem, parts in sorted(found.items())}


def mark(store: Store, stem: str) -> str:
    """As in :func:`marks`, of one episode; empty where it has no files."""
    parts = []
    for table in _TABLES:
        try:
            parts.append(_mark_of(table, (store.root / table / f"{stem}.parquet").stat()))
        except FileNotFoundError:
            if entry := find_entries(store.root / table).get(stem):
                parts.append(_mark_of_rows(table, entry))
    rows = _reviews(store).get(stem)
    if parts and rows:
        parts.append(_mark_of_reviews(rows))
    return " ".join(sorted(parts))


def folder_times(store: Store) -> tuple[str, int]:
    """When the folders of the tables (ledger and reviews too) last changed, and the newest of it in ns.

    Files of tables are only ever replaced, so no file changes while its folder does not.
    """
    times = []
    for table in (*_TABLES, "card_ledger", "reviews"):
        try:
            times.append((store.root / table).stat().st_mtime_ns)
        except FileNotFoundError:
            times.append(0)
    return " ".join(map(str, times)), max(times)


def ledger_mark(store: Store) -> str:
    """As in :func:`marks`, of the ledger."""
    try:
        return _mark_of("card_ledger", store.table_path("card_ledger", "").stat())
    except FileNotFoundError:
        return ""


def read_ledger(store: Store) -> Iterator[tuple[str, str, str | None]]:
    """Cards that are not as they were: card_id, status, and the card that holds the claim in the end."""
    path = store.table_path("card_ledger", "")
    rows = _read(path, ("card_id", "status", "merged_into")) or []
    heirs = {row["card_id"]: row["merged_into"] for row in rows if row["merged_into"]}
    for row in rows:
        if row["status"] in {"merged", "rejected"}:
            target, seen = heirs.get(row["card_id"]), {row["card_id"]}
            while target in heirs and target not in seen:
                seen.add(target)
                target = heirs[target]
            yield row["card_id"], row["status"], target


def read_episode(store: Store, stem: str) -> tuple[EpisodeRow, dict[str, list[Document]]] | None:
    """An episode's cards and passages; None where its tables are (or are just being) removed.

    Raises:
        TableError: a table is damaged.
    """
    about = _episode(_read(_path(store, "episodes", stem), _EPISODE))
    if about is None:
        return None
    return about, {"card": _cards(store, stem), "passage": _passages(store, stem)}


_EPISODE = ("episode_id", "title", "published_at", "visibility")
_PASSAGE = ("passage_id", "text", "start_s", "end_s", "first_utterance", "last_utterance")
_UTTERANCE = ("utterance_index", "speaker", "request", "request_abstained")
_CARD = (
    "card_id", "episode_id", "title", "body", "quote", "kind", "request", "speaker", "tags", "start_s",
    "end_s", "review_status", "content_sha256",
)  # fmt: skip
UNKNOWN_SPEAKER = "不明"


def _episode(rows: Sequence[dict[str, Any]] | None) -> EpisodeRow | None:
    if not rows:
        return None
    row = rows[0]
    published = row["published_at"].date().isoformat() if row["published_at"] else None
    return EpisodeRow(row["episode_id"], row["title"], published, row["visibility"] != "public")


def _cards(store: Store, stem: str) -> list[Document]:
    return [
        Document(
            row["card_id"], row["title"], row["body"], row["quote"], row["kind"], row["request"],
            row["speaker"], tuple(row["tags"]), row["start_s"], row["end_s"],
            (
                ("kind", row["kind"]), ("request", row["request"]),
                ("speaker", row["speaker"] or UNKNOWN_SPEAKER), *(("tag", tag) for tag in row["tags"]),
            ),
            row["review_status"] == "rejected",
        )
        for row in _reviewed(store, stem, _read(_path(store, "cards", stem), _CARD) or [])
    ]  # fmt: skip


def _reviewed(store: Store, stem: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The cards of an episode as reviewers left them; what they rejected is left out."""
    reviews = _reviews(store).get(stem)
    if not reviews:
        return rows
    from pipeline.review import apply_reviews

    # Merges into other episodes are the ledger's matter; who may see what does not show here.
    return apply_reviews(
        rows, reviews, audience=dict.fromkeys((r["episode_id"] for r in rows), "")
    ).cards


def _reviews(store: Store) -> dict[str, list[dict[str, Any]]]:
    """What reviewers decided, by the stem of the episode's files."""
    path = store.table_path("reviews", "")
    try:
        return _read_reviews(store.root, _mark_of("reviews", path.stat()))
    except FileNotFoundError:
        return {}


@functools.lru_cache(maxsize=1)
def _read_reviews(root: Path, _mark: str) -> dict[str, list[dict[str, Any]]]:
    from pipeline.review.tables import read_reviews

    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in read_reviews(Store(root)).to_pylist():
        found[file_stem(row["episode_id"])].append(row)
    return dict(found)


def _mark_of_reviews(rows: Sequence[dict[str, Any]]) -> str:
    text = json.dumps(rows, default=str, sort_keys=True)
    return f"reviews:{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _passages(store: Store, stem: str) -> list[Document]:
    tags: dict[str, list[str]] = defaultdict(list)
    for row in _read(_path(store, "tags", stem), ("passage_id", "tag")) or ():
        if row["tag"] not in tags[row["passage_id"]]:
            tags[row["passage_id"]].append(row["tag"])
    said = {
        row["utterance_index"]: row
        for row in _read(_path(store, "utterances", stem), _UTTERANCE) or ()
    }
    found = []
    for row in _read(_path(store, "passages", stem), _PASSAGE) or ():
        numbers = range(row["first_utterance"], row["last_utterance"] + 1)
        inside = [said[number] for number in numbers if number in said]
        speakers = {u["speaker"] for u in inside}
        requests = {u["request"] for u in inside if not u["request_abstained"]}
        found.append(
            Document(
                row["passage_id"], "", "", row["text"], None, None,
                next(iter(speakers)) if len(speakers) == 1 else None,
                tuple(tags[row["passage_id"]]), row["start_s"], row["end_s"],
                (
                    *(("speaker", s or UNKNOWN_SPEAKER) for s in speakers),
                    *(("request", r) for r in requests),
                    *(("tag", tag) for tag in tags[row["passage_id"]]),
                ),
            )
        )  # fmt: skip
    return found


def _path(store: Store, table: str, stem: str) -> Path:
    return store.root / table / f"{stem}.parquet"


def _mark_of(table: str, status: os.stat_result) -> str:
    return f"{table}:{status.st_size}:{status.st_mtime_ns}:{status.st_ino}"


def _mark_of_rows(table: str, entry: Entry) -> str:
    """As of the file the rows came from: nothing is indexed again because it was moved."""
    facts = entry.facts
    return f"{table}:{facts.size}:{facts.mtime_ns}:{facts.inode}"


def _read(path: Path, columns: Sequence[str]) -> list[dict[str, Any]] | None:
    """Rows of a file; None where there is none."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            table = file.read(columns=list(columns))
    except FileNotFoundError:
        entry = find_entries(path.parent).get(path.stem)
        if entry is None:
            return None
        table = read_rows(entry, columns)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise TableError(
            f"{path} cannot be read ({first_line(error)}); delete it and run `bansou ingest`"
        ) from error
    missing = sorted(set(columns) - set(table.column_names))
    if missing:
        raise TableError(f"{path} lacks the column {missing[0]}; delete it and run `bansou ingest`")
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows
