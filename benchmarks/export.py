"""How long does an export of 1,000 cards take, as a cold command?

Makes an archive of synthetic cards with all that exports read: episodes, cards, segments, repairs, the
ledger, links and further evidence.

    python benchmarks/export.py [--cards 1005] [--repeats 5]
"""

from __future__ import annotations

import argparse
import hashlib
import random
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from figures import Figure, hand_over, with_json
from search import sentence

from pipeline import schema
from pipeline.store import Store, write_json, write_parquet

CARDS_PER_EPISODE = 15
BEGUN = datetime(2024, 1, 1, tzinfo=UTC)
BANSOU = Path(sys.executable).with_name("bansou")
FORMATS = ("mediawiki", "markdown", "cosense", "csv", "jsonl", "chapters", "srt", "vtt")
Row = dict[str, Any]


def make_archive(folder: Path, cards: int) -> Store:
    """A data folder whose tables exports read."""
    rng = random.Random(7)  # noqa: S311  not for secrets
    store = Store(folder / "processed")
    all_cards: list[Row] = []
    for number in range(-(-cards // CARDS_PER_EPISODE)):
        episode_id = f"第{number}回"
        at = BEGUN + timedelta(days=7 * number)
        here = min(CARDS_PER_EPISODE, cards - number * CARDS_PER_EPISODE)
        rows = [_card(rng, episode_id, number, place) for place in range(here)]
        all_cards += rows
        tables = {
            "episodes": [_episode(episode_id, number, at)],
            "cards": rows,
            "segments": [_segment(rng, episode_id, n) for n in range(4 * here)],
            "words": [],
            "repairs": [_repair(rng, episode_id, n) for n in range(here)],
        }
        for name, content in tables.items():
            _write(store, name, episode_id, content)
        _record(store, episode_id)
    _write(store, "card_ledger", "", [_identity(row) for row in all_cards])
    _write(store, "card_links", "", _links(rng, all_cards))
    _write(store, "card_sources", "", [_source(rng, row, all_cards) for row in all_cards[::5]])
    return store


def set_body(store: Store, card_id: str, body: str) -> None:
    """Let the pipeline say something else in a card."""
    ledger = store.read("card_ledger").to_pylist()
    episode_id = next(row["episode_id"] for row in ledger if row["card_id"] == card_id)
    cards = store.read("cards", episode_id).to_pylist()
    for row in [r for r in cards + ledger if r["card_id"] == card_id]:
        row["content_sha256"] = _hash(body)
        if "body" in row:
            row["body"] = body
    _write(store, "cards", episode_id, cards)
    _write(store, "card_ledger", "", ledger)


def _write(store: Store, table: str, episode_id: str, rows: list[Row]) -> None:
    empty = dict.fromkeys(schema.TABLES[table].column_names)
    full = schema.to_table(table, [empty | row for row in rows])
    write_parquet(store.table_path(table, episode_id), table, full)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _episode(episode_id: str, number: int, at: datetime) -> Row:
    return {
        "episode_id": episode_id, "title": f"第{number}回 伴走の話", "source_path": f"raw/{episode_id}.srt",
        "source_kind": "subtitles", "source_sha256": "0", "duration_s": 2400.0, "published_at": at, "language": "ja",
        "visibility": "public", "is_sample": False, "guests": [f"客{number % 7}"],
        "link": f"https://example.com/{number}", "pipeline_version": "0",
    }  # fmt: skip


def _card(rng: random.Random, episode_id: str, number: int, place: int) -> Row:
    title, quote = sentence(rng)[:45], "。".join(sentence(rng) for _ in range(2))
    body = f"{title}。{sentence(rng)}。"
    return {
        "card_id": f"c{number:04d}{place:02d}", "episode_id": episode_id, "passage_id": f"{episode_id}#p{place:05d}",
        "kind": rng.choice(schema.CARD_KINDS), "title": title, "body": body, "quote": quote, "quote_raw": quote,
        "first_segment": 4 * place, "first_char": 0, "last_segment": 4 * place, "last_char": len(quote),
        "start_s": place * 150.0, "end_s": place * 150.0 + 30, "speaker": rng.choice(["佐藤", "田中", None]),
        "tags": rng.sample(schema.TAGS, 2), "request": rng.choice(schema.REQUESTS), "score": 0.8,
        "review_status": "unreviewed", "content_sha256": _hash(body), "taxonomy_version": "1",
    }  # fmt: skip


def _segment(rng: random.Random, episode_id: str, place: int) -> Row:
    return {
        "episode_id": episode_id, "segment_index": place, "start_s": place * 37.5, "end_s": place * 37.5 + 30,
        "time_is_interpolated": False, "text": f"{sentence(rng)}。ばんそうが大事です。", "speaker": "佐藤",
    }  # fmt: skip


def _repair(rng: random.Random, episode_id: str, place: int) -> Row:
    return {
        "episode_id": episode_id, "segment_index": place, "start_char": 0, "end_char": 2, "before": "伴奏",
        "after": "伴走", "reading": "バンソウ", "term_id": rng.choice(["bansou", "daisou", "jisou"]), "rule": "sound",
        "score": 0.9, "evidence": "",
    }  # fmt: skip


def _identity(card: Row) -> Row:
    return {
        "card_id": card["card_id"], "episode_id": card["episode_id"], "title": card["title"], "status": "live",
        "content_sha256": card["content_sha256"], "first_seen_at": BEGUN, "content_changed_at": BEGUN,
    }  # fmt: skip


def _links(rng: random.Random, cards: list[Row]) -> list[Row]:
    reasons = ("example_of", "condition_for", "contrast", "answer_to", "restates")
    pairs = {tuple(rng.sample(range(len(cards)), 2)) for _ in cards} if len(cards) > 1 else set()
    return [
        {"card_id": cards[a]["card_id"], "other_card_id": cards[b]["card_id"], "reason": rng.choice(reasons),
         "score": 0.7}
        for a, b in sorted(pairs)
    ]  # fmt: skip


def _source(rng: random.Random, card: Row, cards: list[Row]) -> Row:
    other = rng.choice(cards)
    return {
        "card_id": card["card_id"], "episode_id": other["episode_id"], "passage_id": other["passage_id"],
        "start_s": other["start_s"], "end_s": other["end_s"], "quote": other["quote"],
    }  # fmt: skip


def _record(store: Store, episode_id: str) -> None:
    mark = {"path": f"raw/{episode_id}.srt", "size": 1, "mtime_ns": 1, "sha256": "0"}
    stage = {"key": "k", "parts": {}, "tables": {}}
    record = {
        "episode_id": episode_id, "files": {"primary": mark, "sidecar": None},
        "stages": {"source": stage, "card": stage}, "facts": {},
    }  # fmt: skip
    write_json(store.record_path(episode_id), record)


def seconds_of(folder: Path, form: str) -> float:
    """The whole command, from the shell and back."""
    began = time.perf_counter()
    subprocess.run([BANSOU, "export", form, "--data", folder], check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    parser = with_json(argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0]))
    parser.add_argument("--cards", type=int, default=1005)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        make_archive(folder, given.cards)
        how = f"benchmarks/export.py, {given.cards} cards, the cold command, median of {given.repeats}"
        found = []
        for form in FORMATS:
            times = [seconds_of(folder, form) for _ in range(given.repeats)]
            found.append(Figure(f"export {form}", statistics.median(times), "s", "", how))
    hand_over(found, given.json)


if __name__ == "__main__":
    main()
