"""The corpus stage's cost per card from one episode to a thousand: flat, as no step looks at all pairs.

The claims are made up from parts (who, what, when, result), so that words repeat as they do in an
archive on one matter. Prints seconds, milliseconds a card and pairs compared a card for each size.

    python benchmarks/link.py [--episodes 1 10 100 1000] [--cards 30]
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import random
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from figures import Figure, hand_over, with_json

from pipeline import schema, vectors
from pipeline.stages.link import link
from pipeline.stages.link.candidates import Finder
from pipeline.stages.link.index import Index
from pipeline.stages.link.said import read_cards

_WHO = [
    "現場の担当",
    "経営者",
    "新しい担当者",
    "推進役",
    "総務の人",
    "店長",
    "支店",
    "情報システム部",
    "営業",
    "パートの人",
]
_WHAT = ["棚卸しの集計", "勤怠の入力", "請求書", "手順書", "定例会議", "議事録", "研修の動画", "見積もり", "在庫の表", "設定画面",
         "問い合わせ", "更新の相談", "解約の理由", "評価の面談", "引き継ぎの資料", "工程表", "予算の計画", "契約の条件"]  # fmt: skip
_WHEN = [
    "導入の初月に",
    "繁忙期の前に",
    "担当が替わる日に",
    "月末に",
    "期限に遅れるときは",
    "頼まれたときは",
    "更新の三か月前に",
    "失敗した翌日に",
]
_DOES = ["一緒に作る", "代わりに直す", "隣で見守る", "先に断る", "電話で伝える", "数字で示す", "写真で送る", "机に並べて数える", "順番を決める",
         "理由を尋ねる", "正直に話す", "短くまとめる"]  # fmt: skip
_THEN = [
    "信頼が積み上がる",
    "入力が止まる",
    "相談が増える",
    "やり方が社内に残る",
    "依存が深まる",
    "現場が動き出す",
    "不満が静まる",
    "意見を求められる",
]
_RARE = sorted(
    [
        "港",
        "桜",
        "味噌",
        "灯台",
        "自転車",
        "図書館",
        "毛布",
        "縄跳び",
        "温室",
        "煙突",
        "羊",
        "風車",
        "石垣",
        "将棋",
        "俳句",
        "和紙",
        "漆",
        "陶器",
        "井戸",
        "灯油",
    ]
)


def main() -> None:
    parser = with_json(argparse.ArgumentParser(description=__doc__.splitlines()[0]))
    parser.add_argument("--episodes", nargs="+", type=int, default=[1, 10, 100, 1000])
    parser.add_argument("--cards", type=int, default=30)
    given = parser.parse_args()
    vectors.dimensions()  # loading is no part of the cost
    link_made(1, 5)
    print("episodes  cards   seconds  ms a card  candidates a card")
    cost = {}
    for episodes in given.episodes:
        rows, seconds = link_made(episodes, given.cards)
        with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
            _, near = Finder(Index(connection, ""), 1, {}).find(0, read_cards(rows))
        pairs = sum(map(len, near)) / len(near)
        each = 1000 * seconds / len(rows)
        print(f"{episodes:8} {len(rows):6} {seconds:9.2f} {each:10.2f} {pairs:18.1f}")
        cost[episodes] = each
    how = f"benchmarks/link.py, {given.cards} cards an episode, all linked anew"
    hand_over(
        [Figure(f"linking, {n} episodes", each, "ms a card", "", how) for n, each in cost.items()],
        given.json,
    )


def link_made(episodes: int, cards: int) -> tuple[list[dict[str, Any]], float]:
    """Link made-up cards; returns their rows and the seconds it took."""
    rows = [row for n in range(episodes) for row in made_cards(n, cards)]
    ids = [f"e{n:05}" for n in range(episodes)]
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    table, ledger = schema.to_table("cards", rows), schema.to_table("card_ledger", [])
    start = time.perf_counter()
    link(
        table, {i: begun + timedelta(days=n) for n, i in enumerate(ids)}, ledger,
        audience=dict.fromkeys(ids, "public"), now=begun,
    )  # fmt: skip
    return rows, time.perf_counter() - start


def made_cards(number: int, cards: int) -> list[dict[str, Any]]:
    """Rows of the table ``cards`` of a made-up episode."""
    chance = random.Random(number)  # noqa: S311
    empty = dict.fromkeys(schema.TABLES["cards"].column_names)
    rows = []
    for at in range(cards):
        parts = [chance.choice(x) for x in (_WHEN, _WHO, _WHAT, _DOES, _THEN)]
        title = f"{parts[0]}{parts[1]}と{parts[2]}を{parts[3]}と、{parts[4]}"
        body = f"{title}。{chance.choice(_RARE)}の会社では、{chance.choice(_WHAT)}も{chance.choice(_DOES)}。"
        rows.append(
            empty
            | {"card_id": f"c{number:05}{at:03}", "episode_id": f"e{number:05}", "passage_id": f"e{number:05}#p{at // 3}",
               "kind": chance.choice(schema.CARD_KINDS), "title": title, "body": body, "quote": body, "quote_raw": body,
               "first_segment": at, "first_char": 0, "last_segment": at, "last_char": len(body), "tags": ["bansou"],
               "request": "none", "score": 0.5, "review_status": "unreviewed", "taxonomy_version": "1",
               "content_sha256": hashlib.sha256(title.encode()).hexdigest()}
        )  # fmt: skip
    return rows


if __name__ == "__main__":
    main()
