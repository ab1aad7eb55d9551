"""Cards as a table: CSV for spreadsheets, JSON lines for programs."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

from pipeline.export.corpus import Card, Corpus
from pipeline.export.labels import KINDS, REQUESTS, STATUSES, clock
from pipeline.export.wikitext import player_address

HEADINGS = (
    "カード番号", "回", "公開日", "時刻", "話者", "種類", "タイトル", "本文", "引用", "タグ",
    "求めているもの", "確かさ", "確認", "関連するカード", "再生", "更新日時",
)  # fmt: skip


def make_csv(corpus: Corpus) -> bytes:
    """A CSV file that opens in Excel by a double click: UTF-8 with its mark, CRLF.

    A text that a spreadsheet would run as a formula has an apostrophe before it.
    """
    from pipeline.review.sheet import guard

    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    for card in corpus.cards.values():
        writer.writerow([guard(cell) for cell in _cells(corpus, card)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _cells(corpus: Corpus, card: Card) -> list[str]:
    episode = corpus.episodes[card.episode_id]
    related = [f"{corpus.cards[r.card_id].title}（{r.reason}）" for r in card.related]
    return [
        card.card_id, episode.title,
        episode.published_at.date().isoformat() if episode.published_at else "",
        clock(card.start_s), card.speaker, KINDS[card.kind], card.title, card.body, card.quote,
        "、".join(corpus.tags[tag].name for tag in card.tags), REQUESTS[card.request],
        f"{card.score:.2f}", STATUSES[card.review_status], "\n".join(related),
        player_address(episode.link, card.start_s) or "", _moment(card.changed_at),
    ]  # fmt: skip


def make_jsonl(corpus: Corpus) -> bytes:
    """A card a line, with the tables' own names and enumerations."""
    lines = []
    for card in corpus.cards.values():
        episode = corpus.episodes[card.episode_id]
        published = episode.published_at
        row = {
            "card_id": card.card_id, "episode_id": card.episode_id, "episode_title": episode.title,
            "published_at": _moment(published) if published else None, "link": episode.link,
            "kind": card.kind, "title": card.title, "body": card.body, "quote": card.quote,
            "speaker": card.speaker, "start_s": card.start_s, "end_s": card.end_s,
            "tags": list(card.tags), "request": card.request, "score": card.score,
            "review_status": card.review_status, "content_sha256": card.content_sha256,
            "first_seen_at": _moment(card.first_seen_at), "content_changed_at": _moment(card.changed_at),
            "related": [{"card_id": r.card_id, "reason": r.reason} for r in card.related],
            "sources": [
                {"episode_id": s.episode_id, "start_s": s.start_s, "quote": s.quote} for s in card.sources
            ],
            "taxonomy_version": corpus.taxonomy_version,
        }  # fmt: skip
        lines.append(json.dumps(row, ensure_ascii=False, allow_nan=False))
    return "".join(f"{line}\n" for line in lines).encode()


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
