"""An archive made by rule, for plots: two years' worth of a podcast, and a customer's meetings.

What happens in it is known: 代走 and answers give way to 自走 and opinions from episode to episode.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline import schema
from pipeline.store import Store, write_json, write_parquet

SPEAKERS = ("桐谷", "水沢", "髙橋", None)
START = datetime(2026, 1, 7, tzinfo=UTC)
_OTHERS = ("scope", "candor", "signal.opinion", "signal.reliance", "trust.promise", "standardize")


def make_archive(
    folder: Path, *, episodes: int = 12, passages: int = 24, is_timed: bool = True
) -> Path:
    """Write the tables; returns the data folder. Every third episode is a meeting with ``acme``."""
    store = Store(folder / "processed")
    for number in range(episodes):
        _write_episode(store, number, number / max(1, episodes - 1), passages, is_timed)
    return folder


def _write_episode(
    store: Store, number: int, progress: float, passages: int, is_timed: bool
) -> None:
    chance = random.Random(number)  # noqa: S311  no secret
    episode_id = f"第{number + 1}回"
    tables: dict[str, list[dict[str, Any]]] = {
        "episodes": [_episode(episode_id, number)], "segments": [], "utterances": [], "passages": [],
        "tags": [], "cards": [], "repairs": [],
    }  # fmt: skip
    at = 0.0
    for place in range(passages):
        at = _add_passage(
            tables, episode_id, place, at, progress + 0.5 * place / passages, chance, is_timed
        )
    for name, rows in tables.items():
        empty = dict.fromkeys(schema.TABLES[name].column_names)
        full = schema.to_table(name, [empty | row for row in rows])
        write_parquet(store.table_path(name, episode_id), name, full)
    mark = {"path": f"raw/{episode_id}.txt", "size": 1, "mtime_ns": 1, "sha256": "0"}
    stage = {"key": "0", "parts": {}, "tables": {}}
    write_json(store.record_path(episode_id), {
        "episode_id": episode_id, "files": {"primary": mark, "sidecar": None},
        "stages": {"card": stage},
    })  # fmt: skip


def _episode(episode_id: str, number: int) -> dict[str, Any]:
    is_meeting = number % 3 == 2
    return {
        "episode_id": episode_id, "title": f"{episode_id} 担当が替わるとき", "source_path": f"raw/{episode_id}.txt",
        "source_kind": "host_text", "source_sha256": "0", "language": "ja", "model": "base",
        "visibility": "private" if is_meeting else "public", "relation": "acme" if is_meeting else None,
        "is_sample": False, "guests": [], "pipeline_version": "0",
        "published_at": START + timedelta(days=17 * number),
    }  # fmt: skip


def _add_passage(
    tables: dict[str, list[dict[str, Any]]], episode_id: str, place: int, at: float, progress: float,
    chance: random.Random, is_timed: bool,
) -> float:  # fmt: skip
    passage_id, first = f"{episode_id}#p{place:05d}", len(tables["utterances"])
    start = at
    for _ in range(5):
        length = chance.uniform(4.0, 14.0)
        _add_utterance(tables, episode_id, at, length, progress, chance, is_timed)
        at += length + 0.4
    times = {"start_s": start, "end_s": at} if is_timed else {}
    tables["passages"].append({
        "passage_id": passage_id, "episode_id": episode_id, "passage_index": place,
        "first_utterance": first, "last_utterance": first + 4, "text": "隣で支える話。", **times,
    })  # fmt: skip
    shown = _tags(progress, chance)
    tables["tags"] += [
        {"passage_id": passage_id, "tag": tag, "start_char": 0, "end_char": 2, "evidence": "隣で",
         "rule": "cue", "score": round(chance.uniform(0.45, 0.98), 3)}
        for tag in shown
    ]  # fmt: skip
    if place % 3 == 1:
        tables["cards"].append(_card(episode_id, passage_id, first, start, shown, is_timed))
    if place % 2:
        tables["repairs"].append({
            "episode_id": episode_id, "segment_index": first, "start_char": 0, "end_char": 2, "before": "伴奏",
            "after": "伴走", "reading": "バンソウ", "term_id": "bansou", "evidence": "隣で",
            "rule": chance.choice(["sound+context", "sound", "exact"]), "score": round(chance.uniform(0.56, 1.0), 3),
        })  # fmt: skip
    return at


def _add_utterance(
    tables: dict[str, list[dict[str, Any]]], episode_id: str, at: float, length: float, progress: float,
    chance: random.Random, is_timed: bool,
) -> None:  # fmt: skip
    number = len(tables["utterances"])
    times = {"start_s": at, "end_s": at + length} if is_timed else {}
    speaker, text, heard = (
        chance.choice(SPEAKERS),
        f"{number}番目の伴走です。",
        f"{number}番目の伴奏です。",
    )
    asks = chance.random() < 0.22
    weights = (0.15 + 0.6 * progress, 0.6, 0.35)
    request = chance.choices(("opinion", "answer", "action"), weights)[0] if asks else "none"
    tables["segments"].append({
        "episode_id": episode_id, "segment_index": number, "time_is_interpolated": False, "text": heard,
        "speaker": speaker, **times,
    })  # fmt: skip
    tables["utterances"].append({
        "utterance_id": f"{episode_id}#u{number:05d}", "episode_id": episode_id, "utterance_index": number,
        "speaker": speaker, "first_segment": number, "first_char": 0, "last_segment": number,
        "last_char": len(text), "parts": [], "text": text, "raw_text": heard, "request": request,
        "request_score": 0.9, "request_abstained": number % 29 == 3, **times,
    })  # fmt: skip


def _tags(progress: float, chance: random.Random) -> list[str]:
    roads = {"daisou": 0.5 - 0.3 * progress, "bansou": 0.35, "jisou": 0.08 + 0.32 * progress}
    others = dict.fromkeys(_OTHERS, 0.12)
    return [tag for tag, share in (roads | others).items() if chance.random() < share]


def _card(
    episode_id: str, passage_id: str, first: int, start: float, tags: list[str], is_timed: bool
) -> dict[str, Any]:
    return {
        "card_id": f"c{episode_id}{first}", "episode_id": episode_id, "passage_id": passage_id,
        "kind": "principle", "title": "隣で支える", "body": "隣で支える。", "quote": "隣で", "quote_raw": "隣で",
        "first_segment": first, "first_char": 0, "last_segment": first, "last_char": 2, "tags": tags,
        "request": "none", "score": 0.8, "review_status": "unreviewed", "content_sha256": "0",
        "taxonomy_version": "1", **({"start_s": start, "end_s": start + 4} if is_timed else {}),
    }  # fmt: skip
