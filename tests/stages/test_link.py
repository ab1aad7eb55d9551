"""The same claim said again, related cards, and what became of each id."""

from __future__ import annotations

import contextlib
import hashlib
import random
import sqlite3
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from pipeline import schema
from pipeline.stages.link import MAX_LINKS, Episode, Index, link, place_of, relink
from pipeline.stages.link.candidates import Finder
from pipeline.stages.link.ledger import events_of
from pipeline.stages.link.said import read_cards

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
    assert back["a"] | {"events": []} == entries(first)["a"]
    assert [e["event"] for e in events_of(back["a"])] == ["vanished", "returned"]
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


def told(card_id: str, at: int, title: str, **more: Any) -> dict[str, Any]:
    """A card of the early episode at a line; three cards a passage."""
    return row(
        card_id, "early", title, first_segment=at, last_segment=at, passage_id=f"early#p{at // 3}", tags=["trust.promise"]
    ) | more  # fmt: skip


def reasons(rows: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    found = run(rows)["card_links"].to_pylist()
    return {(x["card_id"], x["other_card_id"]): x["reason"] for x in found}


STRETCHES = {
    "a story after the rule it shows": (
        [
            told("rule", 0, "期限に遅れる日は、先に電話で知らせる", kind="method"),
            told("story", 1, "印刷会社の納期に遅れた日、電話が後になって叱られた", kind="example"),
        ],
        {("story", "rule"): "example_of"},
    ),
    "what follows a question answers it": (
        [
            told("ask", 0, "代走を頼まれたとき、どこで線を引くか", kind="question"),
            told("say", 1, "代走を頼まれたときは、終わりの日で線を引く", kind="method"),
        ],
        {("say", "ask"): "answer_to"},
    ),
    "the same said the other way round": (
        [
            told("yes", 0, "手順書を一緒に作ると、現場の担当は長く使う"),
            told("no", 1, "手順書を渡すだけでは、現場の担当は長く使わない", kind="caution"),
        ],
        {("yes", "no"): "contrast", ("no", "yes"): "contrast"},
    ),
    "one side and the other of the trade": (
        [
            told("with", 0, "伴走では、運転席に座るのは顧客である"),
            told("for", 1, "代走では、運転席に担当が座ってしまう", kind="caution"),
        ],
        {("with", "for"): "contrast", ("for", "with"): "contrast"},
    ),
    "a limit of what was advised": (
        [
            told("rule", 0, "給与の計算は、顧客の担当に自分で締めてもらう", kind="method"),
            told(
                "limit",
                1,
                "従業員の給与が止まる場合に限り、計算を代わりにやってよい",
                kind="criterion",
            ),
        ],
        {("limit", "rule"): "condition_for"},
    ),
}


@pytest.mark.parametrize("name", STRETCHES)
def test_a_link_has_the_reason_that_a_reader_would_say(name: str) -> None:
    rows, wanted = STRETCHES[name]
    assert reasons(rows) == wanted


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("顧客の社内に旗振り役を探す", "顧客の請求書は月末に送る"),
        ("お客さんの声を毎週まとめる", "お客さんの画面は録画しておく"),
        ("担当の交代は早めに伝える", "担当の評価に解約率を使わない"),
    ],
)
def test_two_cards_that_both_name_the_customer_are_not_related_by_that(
    one: str, other: str
) -> None:
    # What stands side by side an editor mostly links; further apart the words must show it.
    between = [
        told(f"x{n}", 3 * n, f"{day}曜の朝に棚を数える") for n, day in enumerate("火水木金", 1)
    ]
    found = reasons([told("a", 0, one), *between, told("b", 15, other)])
    assert not {("a", "b"), ("b", "a")} & found.keys()
    assert reasons([told("a", 0, one), row("b", "late", other)]) == {}


def test_no_card_becomes_a_hub() -> None:
    rows = [
        told(f"c{n}", n, f"棚卸しの集計を締める練習を{n + 2}回すると、店長の入力が続く")
        for n in range(12)
    ]
    found = run(rows)["card_links"].to_pylist()
    partners = {frozenset((x["card_id"], x["other_card_id"])) for x in found}
    assert max(Counter(card for pair in partners for card in pair).values()) <= MAX_LINKS


def test_a_partner_that_goes_makes_room_for_the_next_best() -> None:
    """Taking the end off a line gives what a shorter one gives, whichever pairs had been kept."""
    numbers = (3, 7, 2, 9, 5, 8, 4, 6)
    rows = {
        f"e{n}": [told(f"c{n}", 0, f"棚卸しの集計を締める練習を{times}回すると、店長の入力が続く")
                  | {"episode_id": f"e{n}"},
                  told(f"d{n}", 1, f"棚卸しの集計は、店長が{times}人なら一緒に締める")
                  | {"episode_id": f"e{n}", "kind": "method"}]
        for n, times in enumerate(numbers)
    }  # fmt: skip
    episodes = [Episode(i, "public", place_of(i, None), mark="") for i in rows]

    def links(index: Index, count: int) -> list[dict[str, Any]]:
        gone = index.marks().keys() - {episode.episode_id for episode in episodes[:count]}
        tables, _ = relink(index, episodes[:count], rows.__getitem__, EMPTY, now=MONDAY, gone=gone)
        return tables["card_links"].to_pylist()

    with contextlib.ExitStack() as opened:

        def empty() -> Index:
            connection = sqlite3.connect(":memory:", isolation_level=None)
            opened.enter_context(contextlib.closing(connection))
            return Index(connection, "")

        index = empty()
        for count in (8, 5, 7, 3, 8, 6, 2, 4):
            found = links(index, count)
            assert found == links(empty(), count)
            assert found


def test_a_claim_in_other_words_is_evidence_of_the_first_across_episodes() -> None:
    made = run([row("a", "early", "問い合わせには早く返す"), row("b", "late", "返信は迅速に行う")])
    assert entries(made)["b"]["merged_into"] == "a"
    assert [s["card_id"] for s in made["card_sources"].to_pylist()] == ["a"]


def test_a_story_is_never_merged_into_its_moral() -> None:
    title = "期限を守らずに、顧客の信頼が崩れた"
    made = run([row("a", "early", title), row("b", "late", title, kind="example")])
    assert entries(made)["b"]["status"] == "live"


def history(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return entries(run(after, run(before)["card_ledger"], FRIDAY))


def test_the_ledger_tells_the_old_title_and_the_new_one() -> None:
    entry = history(
        [row("a", "early", "定例を毎週開く")], [row("a", "early", "定例は毎週同じ時刻に開く")]
    )["a"]
    assert events_of(entry) == [
        {
            "at": FRIDAY.isoformat(),
            "event": "renamed",
            "before": "定例を毎週開く",
            "after": "定例は毎週同じ時刻に開く",
        }
    ]


def test_the_ledger_tells_which_card_was_split_and_which_were_joined() -> None:
    both = told("both", 0, "議事録は当日に送り、宿題は次の定例で確かめる")
    first, second = (
        told("both", 0, "議事録は当日に送る"),
        told("new", 0, "宿題は次の定例で確かめる"),
    )
    split = history([both], [first, second])
    assert split["new"]["split_from"] == "both"
    assert {"event": "split_into", "other": "new", "at": FRIDAY.isoformat()} in events_of(
        split["both"]
    )
    joined = history([first, second], [both])
    assert (joined["new"]["status"], joined["new"]["merged_into"]) == ("merged", "both")
    assert events_of(joined["new"])[-1]["event"] == "joined"


def test_a_card_that_a_reviewer_took_out_is_not_told_to_have_vanished() -> None:
    before = run([row("a", "early", PROMISE)])
    after = link(
        schema.to_table("cards", []), PUBLISHED, before["card_ledger"],
        audience=dict.fromkeys(PUBLISHED, "public"), now=FRIDAY, hidden={"a"},
    )  # fmt: skip
    assert entries(after) == entries(before)


def test_a_ledger_of_before_the_titles_were_kept_is_read() -> None:
    before = run([row("a", "early", PROMISE)])["card_ledger"].to_pylist()[0]
    old = before | dict.fromkeys(
        ["title", "start_s", "end_s", "first_segment", "last_segment", "split_from", "events"]
    )
    after = entries(
        run([row("a", "early", "約束は紙に書く")], schema.to_table("card_ledger", [old]), FRIDAY)
    )
    assert after["a"]["title"] == "約束は紙に書く"
    assert (
        entries(run([], schema.to_table("card_ledger", [old]), FRIDAY))["a"]["status"] == "vanished"
    )


def test_what_everybody_says_is_one_card_however_often() -> None:
    rows = [row(f"c{n:03}", "late", PROMISE, first_segment=n) for n in range(150)]
    made = entries(run(rows))
    assert {e["merged_into"] for i, e in made.items() if i != "c000"} == {"c000"}


def test_pairs_compared_per_card_do_not_grow_with_the_archive() -> None:
    def pairs(cards: int) -> float:
        chance = random.Random(1)  # noqa: S311
        words = [
            "集計",
            "議事録",
            "請求書",
            "面談",
            "在庫",
            "研修",
            "手順書",
            "棚卸し",
            "見積もり",
            "工程表",
        ]
        rows = [
            row(f"c{n:04}", "late", f"{chance.choice(words)}と{chance.choice(words)}を{chance.choice(words)}の前に確かめる",
                first_segment=n, passage_id=f"late#p{n}")
            for n in range(cards)
        ]  # fmt: skip
        with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
            _, near = Finder(Index(connection, ""), 1, {}).find(0, read_cards(rows))
        return sum(map(len, near)) / len(near)

    assert pairs(1200) <= 2 * max(pairs(150), 24)
