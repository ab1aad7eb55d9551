"""Cards and answers for the tests of reviews."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline import schema
from pipeline.review.answers import CHANGES, Answer
from pipeline.review.decide import Decided, decide
from pipeline.review.overlay import Reviewed, apply_reviews
from pipeline.review.queue import find_items
from pipeline.review.sheet import read_sheet, write_sheet

MONDAY = datetime(2026, 5, 4, tzinfo=UTC)
TAGS = {"bansou": "伴走", "trust.promise": "約束と継続", "fit": "相性・適材適所"}
AUDIENCE = {"e1": "public", "e2": "public", "meeting": "private:acme"}
EPISODES = {"e1": "第1回", "e2": "第2回", "meeting": "定例"}


def card(card_id: str, title: str = "約束を守ると信頼が積み上がる", **more: Any) -> dict[str, Any]:
    row = dict.fromkeys(schema.TABLES["cards"].column_names) | {
        "card_id": card_id, "episode_id": "e1", "passage_id": f"e1#p{card_id}", "kind": "principle",
        "title": title, "body": f"{title}。続けることが要る。", "quote": f"{title}と思うんですよ。",
        "quote_raw": title, "first_segment": 0, "first_char": 0, "last_segment": 0, "last_char": 9,
        "start_s": 754.2, "end_s": 760.0, "tags": ["trust.promise"], "request": "none", "score": 0.8,
        "review_status": "unreviewed", "taxonomy_version": "1",
    } | more  # fmt: skip
    seen = "\0".join(str(row[k]) for k in (*CHANGES, "start_s"))
    return {"content_sha256": hashlib.sha256(seen.encode()).hexdigest()} | {
        k: v for k, v in row.items() if k != "content_sha256" or v is not None
    }


class Desk:
    """A team's cards and reviews, exported and imported as a spreadsheet."""

    def __init__(self, *cards: dict[str, Any]) -> None:
        self.cards = list(cards)
        self.rows: list[dict[str, Any]] = []

    @property
    def reviewed(self) -> Reviewed:
        return apply_reviews(self.cards, self.rows, audience=AUDIENCE)

    def shown(self, card_id: str) -> dict[str, Any] | None:
        """The card as readers see it; None where they do not."""
        return next((c for c in self.reviewed.cards if c["card_id"] == card_id), None)

    def export(self) -> list[Answer]:
        """What comes back when nobody fills anything in."""
        data = write_sheet(find_items(self.reviewed), episodes=EPISODES, tags=TAGS)
        return read_sheet(data, Path("cards.csv"))

    def answer(self, card_id: str, decision: str = "", **filled: str) -> Answer:
        empty = next(a for a in self.export() if a.card_id == card_id)
        return fill(empty, decision, **filled)

    def take(self, *answers: Answer, reviewer: str = "佐藤", **options: Any) -> Decided:
        """Import answers, as the command does."""
        made = decide(
            answers, self.reviewed, reviewer=reviewer, now=MONDAY, tags=TAGS, audience=AUDIENCE,
            gone={"c-old": "vanished"}, **options,
        )  # fmt: skip
        if not made.problems:
            self.rows += [review.as_row() for review in made.reviews]
            schema.to_table("reviews", self.rows)
        return made

    def remake(self, card_id: str, **changed: Any) -> None:
        """The pipeline makes another text of a card."""
        self.cards = [
            card(c["card_id"], **({k: v for k, v in c.items() if k not in ("card_id", "content_sha256")} | changed))
            if c["card_id"] == card_id else c
            for c in self.cards
        ]  # fmt: skip

    def lose(self, card_id: str) -> None:
        self.cards = [c for c in self.cards if c["card_id"] != card_id]


def fill(answer: Answer, decision: str = "", **filled: str) -> Answer:
    changes: Mapping[str, str] = dict.fromkeys(CHANGES, "") | {
        k: v for k, v in filled.items() if k in CHANGES
    }
    rest = {k: v for k, v in filled.items() if k not in CHANGES}
    place = rest.pop("place", answer.place)
    return Answer(
        place, answer.card_id, rest.pop("version", answer.version), decision, changes,
        rest.pop("merge_into", ""), rest.pop("comment", ""), answer.shown, answer.encoding,
    )  # fmt: skip
