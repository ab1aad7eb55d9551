"""Archives of many small episodes, tables and records, made without running a stage."""

from __future__ import annotations

import hashlib
import io
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import pyarrow as pa
import pyarrow.parquet as pq
from archive import Archive, card

from pipeline import schema
from pipeline.run.plan import RECORD_FORMAT

WHO = ("現場の担当", "推進役の課長", "新しい店長", "総務の主任")
DOES = ("手順書を一緒に作る", "隣で見守る", "先に断る", "数字で示す", "電話で伝える")


def make_many(folder: Path, count: int) -> Archive:
    """Episodes ``e00000`` … with two cards each, none of whose files is there any more."""
    archive = Archive(folder)
    for number in range(count):
        make_one(archive, f"e{number:05}", number)
    return archive


def make_one(archive: Archive, episode_id: str, number: int) -> None:
    titles = [f"{WHO[(number + n) % 4]}と{DOES[(number * 3 + n) % 5]}{number}" for n in range(2)]
    text = "\n".join(titles)
    rows: dict[str, list[dict[str, Any]]] = {
        "segments": [
            {"episode_id": episode_id, "segment_index": n, "time_is_interpolated": False,
             "start_s": 5.0 * n, "end_s": 5.0 * n + 4, "text": title}
            for n, title in enumerate(titles)
        ],
        "words": [],
        "repairs": [],
        "utterances": [
            {"utterance_id": f"{episode_id}#u{n:05}", "episode_id": episode_id, "utterance_index": n,
             "first_segment": n, "first_char": 0, "last_segment": n, "last_char": len(title),
             "parts": [{"segment_index": n, "start_char": 0, "end_char": len(title)}], "text": title,
             "raw_text": title, "request": "none", "request_score": 0.5, "request_abstained": False}
            for n, title in enumerate(titles)
        ],
        "passages": [
            {"passage_id": f"{episode_id}#p00000", "episode_id": episode_id, "passage_index": 0,
             "first_utterance": 0, "last_utterance": 1, "start_s": 0.0, "end_s": 9.0, "text": text}
        ],
        "tags": [
            {"passage_id": f"{episode_id}#p00000", "tag": "bansou", "start_char": 0, "end_char": 3,
             "score": 0.9, "evidence": text[:3], "rule": "cue"}
        ],
        "cards": [
            card(episode_id, card_id=f"c{number:05}{n}", title=title)
            for n, title in enumerate(titles)
        ],
    }  # fmt: skip
    rows["episodes"] = [
        {"episode_id": episode_id, "title": f"{number}回", "source_path": f"raw/{episode_id}.txt",
         "source_kind": "host_text", "source_sha256": "0", "language": "ja",
         "visibility": "private" if number % 7 == 3 else "public", "is_sample": False, "guests": [],
         "pipeline_version": "0"}
    ]  # fmt: skip
    writers: dict[str, dict[str, Any]] = {}
    for table, listed in rows.items():
        path = archive.store.table_path(table, episode_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        data = _bytes(table, listed)
        path.write_bytes(data)  # thousands of them: nobody waits for the disk
        stage = writers.setdefault(
            schema.TABLES[table].writer, {"key": "0", "parts": {}, "tables": {}}
        )
        stage["tables"][table] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    record = archive.store.record_path(episode_id)
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(json.dumps(_record(episode_id, writers)), encoding="utf-8")


def _bytes(table: str, rows: list[dict[str, Any]]) -> bytes:
    empty = dict.fromkeys(schema.TABLES[table].column_names)
    sink = io.BytesIO()
    made = pa.Table.from_pylist([empty | row for row in rows], schema=schema.arrow_schema(table))
    pq.write_table(made, sink, compression="zstd")
    return sink.getvalue()


def _record(episode_id: str, writers: dict[str, dict[str, Any]]) -> dict[str, Any]:
    gone = {"path": f"/gone/{episode_id}.txt", "size": 1, "mtime_ns": 1, "sha256": episode_id}
    writers["transcribe"]["parts"]["listens"] = False
    return {
        "episode_id": episode_id, "format": RECORD_FORMAT, "stages": writers,
        "files": {"primary": gone, "sidecar": None}, "facts": {"source_kind": "host_text"},
        "is_sample": False, "listened": False,
    }  # fmt: skip
