"""How long does a search take, in a warm process and as a cold command?

Makes an archive of synthetic cards (own words, put together at random with a skew as in talk), indexes
it, and times queries of every kind.

    python benchmarks/search.py [--cards 100000] [--folder DIR] [--json PATH]

With ``--folder`` the archive and its index are kept and used again.
"""

from __future__ import annotations

import argparse
import functools
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from figures import Figure, hand_over, with_json

from pipeline import schema
from pipeline.search import Filters, search
from pipeline.store import Store

CARDS_PER_EPISODE = 30


def _words(text: str) -> list[str]:
    return text.split()


WHO = _words(
    "お客さん 担当者 現場 経営層 営業 新人 利用者 店長 事務の人 支店長 先方の部長 情報システム部 受付 倉庫の班長 "
    "経理 人事 開発 講師 園長 看護師長 整備士 配車係 司書 組合長 農家 板前 宿の女将 工場長 現場監督 町内会"
)
WHAT = _words(
    "手順書 操作画面 集計 請求 予約 議事録 目標 契約 解約 引き継ぎ 研修 問い合わせ 期限 約束 課題 費用 在庫 勤怠 見積もり 連絡網 "
    "伴走 代走 自走 型化 信頼 意見 答え 不安 苦言 失敗談 成功例 判断基準 役割分担 優先順位 習慣 週次の打ち合わせ 初期設定 データ移行 "
    "更新時期 利用状況 満足度 アンケート 通知 権限 帳票 配送表 献立 シフト表 点検記録 貸出台帳 名簿 棚卸し 稟議 予算 人員配置"
)
HOW = _words(
    "一緒に作る 代わりに直す 隣で見守る 先に伝える 少しずつ手放す 毎週確かめる 紙に書き出す 比べてみる 断る 正直に話す 順番を決める "
    "任せてみる 数字で示す 言い換える 止める 増やす 減らす 見直す 聞き返す 謝る 急がせない 早めに始める 分けて考える 一度手を離す"
)
WHEN = _words(
    "最初の月は 更新の前に 担当が替わるとき 不満が出たあとで 会議の終わりに 迷ったときは 繁忙期には 数字が落ちたら 新しい機能が出たら "
    "相談されたとき 返事が遅いときは 一年たったら 席が替わったら 導入の直後は 誰も使っていないなら"
)
END = _words(
    "と長く続く と信頼が積み上がる と自分で回せるようになる のが近道だ と失敗しにくい ことが大切だ と意見を求められる "
    "と解約の兆候に気づける のは危ない かどうかが分かれ目だ と次の一歩が見える かもしれない"
)
QUERIES = (
    "伴走", "ばんそう", "並走", "解約の兆候", "お客さんが自分で回せるようになる", "信頼 約束", "請求",
    "担当者", "「手順書を一緒に作る」", "C++", "けいやく", "宿の女将に献立を任せる",
)  # fmt: skip


def make_archive(folder: Path, cards: int) -> None:
    """Tables ``episodes`` and ``cards``; the ledger is left out, as every card is live."""
    rng = random.Random(7)  # noqa: S311  not for secrets
    store = Store(folder / "processed")
    for table in ("episodes", "cards"):
        (store.root / table).mkdir(parents=True, exist_ok=True)
    empty: dict[str, Any] = dict.fromkeys(schema.TABLES["cards"].column_names)
    for number in range(-(-cards // CARDS_PER_EPISODE)):
        episode_id = f"ep{number:05d}"
        rows = []
        for place in range(min(CARDS_PER_EPISODE, cards - number * CARDS_PER_EPISODE)):
            title = sentence(rng)
            quote = "。\n".join(sentence(rng) for _ in range(3))
            rows.append(
                empty
                | {
                    "card_id": f"c{number:06d}{place:03d}", "episode_id": episode_id,
                    "passage_id": f"{episode_id}#p{place:05d}", "kind": rng.choice(schema.CARD_KINDS),
                    "title": title[:45], "body": f"{title}。{sentence(rng)}。", "quote": quote,
                    "quote_raw": quote, "first_segment": place, "first_char": 0,
                    "last_segment": place, "last_char": len(quote), "start_s": place * 40.0,
                    "end_s": place * 40.0 + 30, "speaker": rng.choice(["佐藤", "田中", None]),
                    "tags": rng.sample(schema.TAGS, 2), "request": rng.choice(schema.REQUESTS),
                    "score": 0.8, "review_status": "unreviewed", "content_sha256": "0",
                    "taxonomy_version": "1",
                }
            )  # fmt: skip
        about = dict.fromkeys(schema.TABLES["episodes"].column_names) | {
            "episode_id": episode_id, "title": f"第{number}回", "source_path": f"raw/{episode_id}.txt",
            "source_kind": "host_text", "source_sha256": "0", "language": "ja",
            "published_at": datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=number),
            "visibility": "private" if number % 10 == 0 else "public", "is_sample": False,
            "guests": [], "pipeline_version": "0",
        }  # fmt: skip
        for table, content in (("episodes", [about]), ("cards", rows)):
            path = store.table_path(table, episode_id)
            pq.write_table(schema.to_table(table, content), path)


def sentence(rng: random.Random) -> str:
    """One claim; the first words of each list are the common ones."""

    def pick(words: list[str]) -> str:
        return words[min(int(rng.expovariate(4 / len(words))), len(words) - 1)]

    return f"{pick(WHEN)}{pick(WHO)}と{pick(WHAT)}と{pick(WHAT)}を{pick(HOW)}{pick(END)}"


def timed(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return (time.perf_counter() - began) * 1000


def measure(folder: Path) -> dict[str, Any]:
    index = folder / "processed" / "search.sqlite"
    figures: dict[str, Any] = {}
    if not index.exists():
        figures["index_build_s"] = timed(lambda: search(folder, "伴走")) / 1000
    figures["index_mb"] = index.stat().st_size / 1e6
    time.sleep(2.5)  # until the folders' times are old enough to be trusted
    search(folder, "伴走")
    warm = {}
    for query in QUERIES:
        times = [timed(functools.partial(search, folder, query)) for _ in range(5)]
        warm[query] = {"median_ms": statistics.median(times), "worst_ms": max(times)}
    narrow = Filters(tags=("bansou",), kinds=("method",), private=True)
    times = [timed(lambda: search(folder, "伴走", filters=narrow)) for _ in range(5)]
    warm["伴走 (tag, kind, private)"] = {
        "median_ms": statistics.median(times),
        "worst_ms": max(times),
    }
    figures["warm"] = warm
    command = [
        str(Path(sys.executable).with_name("bansou")),
        "search",
        "解約の兆候",
        "--data",
        str(folder),
    ]
    figures["cold_command_s"] = [
        timed(lambda: subprocess.run(command, check=True, capture_output=True)) / 1000
        for _ in range(3)
    ]
    one = next((folder / "processed" / "cards").glob("*.parquet"))
    os.utime(one)  # as if one episode had been made anew
    one.parent.touch()
    figures["search_after_one_changed_s"] = timed(lambda: search(folder, "伴走")) / 1000
    return figures


def main() -> None:
    parser = with_json(argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0]))
    parser.add_argument("--cards", type=int, default=100_000)
    parser.add_argument("--folder", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.folder or Path(scratch)
        if not (folder / "processed" / "cards").is_dir():
            make_archive(folder, args.cards)
        figures = measure(folder)
    hand_over(_listed(figures, args.cards), args.json)


def _listed(figures: dict[str, Any], cards: int) -> list[Figure]:
    how = f"benchmarks/search.py, {cards:,} cards; a search's time is the median of 5"
    found = [
        Figure(f"search for {query}, index warm", row["median_ms"], "ms", "", how)
        for query, row in figures["warm"].items()
    ]
    found.append(Figure("search, the cold command", min(figures["cold_command_s"]), "s", "", how))
    changed = figures["search_after_one_changed_s"]
    found.append(Figure("search after one episode changed", changed, "s", "", how))
    if "index_build_s" in figures:
        found.append(Figure("building the index", figures["index_build_s"], "s", "", how))
    return [*found, Figure("size of the index", figures["index_mb"], "MB", "", how)]


if __name__ == "__main__":
    main()
