"""The same claim said again, related cards, and what became of each id."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from pipeline import schema
from pipeline.stages.link import MAX_LINKS, link

MONDAY = datetime(2026, 5, 4, tzinfo=UTC)
FRIDAY = datetime(2026, 5, 8, tzinfo=UTC)
PUBLISHED = {"early": datetime(2026, 4, 1, tzinfo=UTC), "late": datetime(2026, 4, 8, tzinfo=UTC)}
PROMISE = "約束した期限を守り続けると、顧客の信頼が少しずつ積み上がる"


def row(card_id: str, episode_id: str, title: str, **more: Any) -> dict[str, Any]:
    made = dict.fromkeys(schema.TABLES["cards"].column_names) | {
        "card_id": card_id, "episode_id": episode_id, "passage_id": f"{episode_id}#{card_id}",
        "kind": "principle", "title": title, "body": f"{title}。", "quote": title, "quote_raw": title,
        "first_segment": 0, "first_char": 0, "last_segment": 0, "last_char": len(title),
        "tags": ["trust.promise"], "request": "none", "score": 0.8, "review_status": "unreviewed",
        "content_sha256": hashlib.sha256(title.encode()).hexdigest(), "taxonomy_version": "1",
    }  # fmt: skip
    return made | more


EMPTY = schema.to_table("card_ledger", [])


def run(
    rows: list[dict[str, Any]],
    ledger: pa.Table = EMPTY,
    now: datetime = MONDAY,
    audience: dict[str, str] | None = None,
) -> dict[str, pa.Table]:
    return link(
        schema.to_table("cards", rows),
        PUBLISHED,
        ledger,
        audience=audience or dict.fromkeys(PUBLISHED, "public"),
        now=now,
    )


def entries(made: dict[str, pa.Table]) -> dict[str, dict[str, Any]]:
    return {entry["card_id"]: entry for entry in made["card_ledger"].to_pylist()}


CORPUS = [
    row("c1", "early", PROMISE),
    row("c2", "late", PROMISE),
    row("c3", "late", "頼まれた作業を代わりにやり続けると、顧客の社内にやり方が残らない", kind="caution"),
    row("c4", "early", "期限を守れないと分かった日に、顧客へ先に電話で伝える", kind="method"),
    row("c5", "late", "期限を一日過ぎた報告で、長く積み上げた顧客の信頼が崩れた", kind="example"),
    *(row(f"n{i}", "late", f"約束した期限を守る練習を{i}回すると顧客の信頼が戻る") for i in range(9)),
]  # fmt: skip


def test_the_order_in_which_cards_come_does_not_matter() -> None:
    wanted = run(CORPUS)
    for seed in range(5):
        shuffled = random.Random(seed).sample(CORPUS, len(CORPUS))  # noqa: S311
        made = run(shuffled)
        assert {name: t.to_pylist() for name, t in made.items()} == {
            name: t.to_pylist() for name, t in wanted.items()
        }


def test_a_claim_made_again_later_becomes_a_further_source_of_the_first() -> None:
    made = run(CORPUS)
    assert entries(made)["c2"]["status"] == "merged"
    assert entries(made)["c2"]["merged_into"] == "c1"
    assert entries(made)["c1"]["status"] == "live"
    source = made["card_sources"].to_pylist()[0]
    assert (source["card_id"], source["episode_id"], source["quote"]) == ("c1", "late", PROMISE)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "手順書を一緒に作ると現場の担当は長く使う",
            "手順書を一緒に作ると現場の担当は長く使わない",
        ),
        ("定例の回数を増やすと更新の相談が増える", "定例の回数を増やすと更新の相談が減る"),
        ("担当が替わると現場の入力は止まる", "担当が替わると現場の入力は止まるかもしれない"),
        ("担当が替わると現場の入力は止まらない", "担当が替わると現場の入力は止まるかもしれない"),
        ("更新の前に感想を聞くのは必要である", "更新の前に感想を聞くのは不要である"),
    ],
)
def test_opposite_claims_are_never_one(one: str, other: str) -> None:
    # Bodies so alike that only the claim itself tells them apart.
    body = (
        "倉庫の会社の集計を例にして、引き継ぎの紙と棚卸しの手順と電話の当番の順番を細かく説明した。"
    )
    made = run([row("a", "early", one, body=body), row("b", "late", other, body=body)])
    assert {entry["status"] for entry in entries(made).values()} == {"live"}
    assert made["card_sources"].num_rows == 0


def test_links_are_few_and_lead_to_other_live_cards() -> None:
    made = run(CORPUS)
    links = made["card_links"].to_pylist()
    status = {card_id: entry["status"] for card_id, entry in entries(made).items()}
    assert links
    assert max(Counter(x["card_id"] for x in links).values()) <= MAX_LINKS
    for x in links:
        assert x["card_id"] != x["other_card_id"]
        assert status[x["card_id"]] == status[x["other_card_id"]] == "live"


def test_an_example_is_linked_to_what_it_shows() -> None:
    made = run([CORPUS[0], CORPUS[4]])
    found = {
        (x["card_id"], x["other_card_id"]): x["reason"] for x in made["card_links"].to_pylist()
    }
    assert found == {("c5", "c1"): "example_of"}


def test_the_ledger_dates_the_first_sight_and_the_last_change() -> None:
    before = run([row("a", "early", "一緒に手順を作る"), row("b", "late", "期限を先に伝える")])
    after = entries(
        run(
            [
                row("a", "early", "一緒に手順を作る", score=0.1),
                row("b", "late", "期限を電話で先に伝える"),
            ],
            before["card_ledger"],
            FRIDAY,
        )
    )
    assert {e["first_seen_at"] for e in after.values()} == {MONDAY}
    assert after["a"]["content_changed_at"] == MONDAY
    assert after["b"]["content_changed_at"] == FRIDAY


def test_what_vanishes_is_marked_and_may_come_back() -> None:
    cards = [row("a", "early", PROMISE), row("b", "late", PROMISE)]
    first = run(cards)
    gone = run(cards[1:], first["card_ledger"], FRIDAY)
    assert entries(gone)["a"]["status"] == "vanished"
    # Its further source stands on its own again.
    assert (entries(gone)["b"]["status"], entries(gone)["b"]["merged_into"]) == ("live", None)
    back = entries(run(cards, gone["card_ledger"], FRIDAY))
    assert back["a"] == entries(first)["a"]
    assert back["b"]["merged_into"] == "a"


def test_what_a_reviewer_rejected_stays_rejected() -> None:
    ledger = [entries(run([row("a", "early", PROMISE)]))["a"] | {"status": "rejected"}]
    after = run([row("a", "early", PROMISE)], schema.to_table("card_ledger", ledger), FRIDAY)
    assert entries(after)["a"]["status"] == "rejected"


def test_no_cards_no_rows() -> None:
    assert all(table.num_rows == 0 for table in run([]).values())


def test_nothing_private_shows_in_what_is_public() -> None:
    """A private meeting that makes the same claim, earlier, changes no public row."""
    audience = {"early": "private:acme", "late": "public"}
    public = [card for card in CORPUS if card["episode_id"] == "late"]
    alone = run(public, audience=audience)
    beside = run(CORPUS, audience=audience)
    ids = {card["card_id"] for card in public}
    for table in ("card_links", "card_sources"):
        shown = [r for r in beside[table].to_pylist() if r["card_id"] in ids]
        assert shown == alone[table].to_pylist()
    ledger = entries(beside)
    assert {i: ledger[i]["status"] for i in ids} == {
        i: e["status"] for i, e in entries(alone).items()
    }
    for link_row in beside["card_links"].to_pylist():
        assert (link_row["card_id"] in ids) == (link_row["other_card_id"] in ids)
