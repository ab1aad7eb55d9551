"""Linking goes on from its index, and the tables are those of linking everything anew."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline import schema
from pipeline.review.overlay import Content, Review
from pipeline.review.tables import read_reviews
from pipeline.run import corpus
from pipeline.run.corpus import TABLES, link_corpus
from pipeline.run.forget import forget
from pipeline.store import Store, write_parquet
from tests.archive import Archive

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
TITLES = [
    "約束した期限を守り続けると、顧客の信頼が少しずつ積み上がる",
    "約束した期限を守り続けると、お客さんの信頼が少しずつ積み上がる",
    "約束した期限を一度破ると、顧客の信頼が崩れる",
    "期限を守れないと分かった日に、顧客へ先に電話で伝える",
    "頼まれた作業を代わりにやり続けると、顧客の社内にやり方が残らない",
    "頼まれた作業を代わりにやり続けると、社内にやり方が残らない",
    "棚卸しの集計は店長と一緒に締める",
    "棚卸しの集計は、店長と一緒に締めない",
    "棚卸しの集計を一緒に締めると、店長の入力が続く",
    "定例会議の議事録は当日に送る",
    "定例会議の議事録を当日に送ると、宿題が忘れられない",
    "更新の三か月前に感想を聞く",
]
IDS = ["ep1", "ep2", "ep3", "ep4", "ep5", "ep6"]

one_episode = st.sampled_from(IDS)
number = st.integers(0, 20)
titles = st.lists(st.sampled_from(TITLES), min_size=3, max_size=6)
days = st.none() | st.integers(0, 3)
audiences = st.sampled_from(["public", "public", "public", "acme"])
written = st.tuples(st.just("write"), one_episode, titles, days, audiences)
removed = st.tuples(st.sampled_from(["remove", "forget"]), one_episode)
steps = st.one_of(
    written,
    written,
    removed,
    removed,
    st.tuples(st.sampled_from(["reject", "accept"]), number),
    st.tuples(st.just("merge"), number, number),
    st.tuples(st.just("edit"), number, st.sampled_from(TITLES)),
    st.tuples(st.just("killed"), st.sampled_from([*TABLES, "link.json"])),
    st.tuples(st.just("lose"), st.sampled_from(TABLES)),
)
archives = st.lists(
    st.tuples(st.just("write"), one_episode, titles, days, audiences), min_size=4, max_size=6,
    unique_by=lambda step: step[1],
)  # fmt: skip


class Killed(BaseException):
    pass


class Bench:
    """An archive that changes step by step."""

    def __init__(self, folder: Path) -> None:
        self.archive = Archive(folder)
        self.store = self.archive.store
        self.store.prepare()
        self.now = BEGIN
        self.written: dict[str, list[dict[str, Any]]] = {}

    def write(self, episode_id: str, titles: list[str], day: int | None, audience: str) -> None:
        at = None if day is None else BEGIN + timedelta(days=day)
        is_public = audience == "public"
        self.archive.episode(
            episode_id, published_at=at, visibility="public" if is_public else "private",
            relation=None if is_public else audience,
        )  # fmt: skip
        cards = [
            {"card_id": f"c{episode_id}{n}", "title": title, "first_segment": n, "last_segment": n,
             "start_s": 60.0 * n, "end_s": 60.0 * n + 30, "passage_id": f"{episode_id}#p{n // 2:05}",
             "kind": "example" if "崩れる" in title else "principle",
             "content_sha256": hashlib.sha256(title.encode()).hexdigest()}
            for n, title in enumerate(titles)
        ]  # fmt: skip
        self.archive.cards(episode_id, *cards)
        self.archive.record(episode_id)
        self.written[episode_id] = cards

    def remove(self, episode_id: str) -> None:
        self.store.drop_episode(episode_id)
        self.written.pop(episode_id, None)

    def forget(self, episode_id: str) -> None:
        if episode_id in self.written:
            forget(self.store, [episode_id])
            self.written.pop(episode_id)

    def decide(self, decision: str, card: int, title: str = "", into: int | None = None) -> None:
        there = [(i, c) for i in sorted(self.written) for c in self.written[i]]
        if not there:
            return
        episode_id, given = there[card % len(there)]
        target = there[into % len(there)][1]["card_id"] if into is not None else None
        if target == given["card_id"]:
            return
        before = Content(
            given["title"], f"{given['title']}。", given["kind"], ("bansou",), given["title"]
        )
        after = Content(title or before.title, before.body, before.kind, before.tags, before.quote)
        rows = read_reviews(self.store).to_pylist()
        review = Review(
            f"r{len(rows)}-{self.now:%j}", given["card_id"], episode_id, "佐藤", self.now, decision,
            given["content_sha256"], None, before, after, target,
        )  # fmt: skip
        table = schema.to_table("reviews", [*rows, review.as_row()])
        write_parquet(self.store.table_path("reviews", ""), "reviews", table)

    def killed(self, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """A run that ends when it has come so far."""

        def dies(path: Path, *args: Any) -> Any:
            if where in (path.name, path.parent.name):
                raise Killed
            return real[len(args) > 1](path, *args)

        real = (corpus.write_json, corpus.write_parquet)
        with monkeypatch.context() as patch, contextlib.suppress(Killed):
            patch.setattr(corpus, "write_json", dies)
            patch.setattr(corpus, "write_parquet", dies)
            link_corpus(self.store, now=self.now)  # ends so only where there is something to do

    def do(self, step: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch) -> None:
        what, *given = step
        if what in ("write", "remove", "forget"):
            getattr(self, what)(*given)
        elif what == "killed":
            self.killed(given[0], monkeypatch)
        elif what == "lose":
            self.store.table_path(given[0], "").unlink(missing_ok=True)
        elif what == "edit":
            self.decide(what, given[0], title=given[1])
        else:
            self.decide(what, given[0], into=given[1] if len(given) > 1 else None)

    def check(self, copy: Path) -> None:
        """Going on must give the bytes that beginning anew gives."""
        self.now += timedelta(days=1)
        shutil.copytree(self.store.root, copy / "processed")
        anew = Store(copy / "processed")
        (anew.state / "link.sqlite").unlink(missing_ok=True)
        (anew.state / "link.json").unlink(missing_ok=True)
        link_corpus(anew, now=self.now)
        link_corpus(self.store, now=self.now)
        for name in TABLES:
            paths = [store.table_path(name, "") for store in (self.store, anew)]
            there = [path.read_bytes() if path.exists() else b"" for path in paths]
            assert there[0] == there[1], name
        shutil.rmtree(copy)


def run_through(
    tmp: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    begun: list[Any],
    told: list[Any],
) -> None:
    folder = tmp.mktemp("archive")
    bench = Bench(folder / "data")
    for step in begun:
        bench.do(step, monkeypatch)
    bench.check(folder / "anew")
    for at, step in enumerate(told):
        bench.do(step, monkeypatch)
        bench.check(folder / f"anew{at}")
    shutil.rmtree(folder)


fixed = HealthCheck.function_scoped_fixture


@settings(max_examples=10, deadline=None, suppress_health_check=[fixed], derandomize=True)
@given(begun=archives, told=st.lists(steps, min_size=3, max_size=6))
def test_going_on_gives_what_beginning_anew_gives(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    begun: list[Any],
    told: list[Any],
) -> None:
    run_through(tmp_path_factory, monkeypatch, begun, told)


@pytest.mark.long
@settings(max_examples=600, deadline=None, suppress_health_check=[fixed])
@given(begun=archives, told=st.lists(steps, min_size=3, max_size=14))
def test_going_on_gives_what_beginning_anew_gives_in_many_archives(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    begun: list[Any],
    told: list[Any],
) -> None:
    run_through(tmp_path_factory, monkeypatch, begun, told)


def archive_of_five(folder: Path) -> Bench:
    bench = Bench(folder / "data")
    for day, episode_id in enumerate(IDS[:5]):
        bench.write(episode_id, TITLES[day : day + 4], day, "public")
    link_corpus(bench.store, now=BEGIN)
    return bench


def test_of_the_other_episodes_nothing_is_read(tmp_path: Path) -> None:
    bench = archive_of_five(tmp_path)
    for episode_id in IDS[:5]:
        for table in ("cards", "episodes"):
            path = bench.store.table_path(table, episode_id)
            path.write_bytes(bytes(path.stat().st_size))
    bench.write("ep6", [TITLES[0], "桜の季節に倉庫の鍵を替える"], 9, "public")
    assert link_corpus(bench.store, now=BEGIN + timedelta(days=1))
    entries = {e["card_id"]: e for e in bench.store.read("card_ledger").to_pylist()}
    assert (entries["cep60"]["status"], entries["cep60"]["merged_into"]) == ("merged", "cep10")
    assert entries["cep61"]["status"] == "live"
    assert {e["first_seen_at"] for i, e in entries.items() if not i.startswith("cep6")} == {BEGIN}


@pytest.mark.parametrize("cut", [0, 100, 5000])
def test_a_damaged_index_is_made_anew(tmp_path: Path, cut: int) -> None:
    bench = archive_of_five(tmp_path)
    path = bench.store.state / "link.sqlite"
    path.write_bytes(path.read_bytes()[:cut] + b"\xff" * 3000)
    bench.write("ep3", TITLES[5:8], 2, "public")
    bench.check(tmp_path / "anew")
    bench.write("ep2", TITLES[6:9], 2, "acme")
    bench.check(tmp_path / "anew")


def test_the_index_keeps_no_word_of_a_forgotten_episode(tmp_path: Path) -> None:
    bench = archive_of_five(tmp_path)
    bench.write("ep2", ["灯台守の手袋を毎朝たたむと、港の縄跳びが続く"], 1, "public")
    link_corpus(bench.store, now=BEGIN)
    path = bench.store.state / "link.sqlite"
    assert "灯台" in path.read_bytes().decode(errors="ignore")
    forget(bench.store, ["ep2"])
    kept = path.read_bytes().decode(errors="ignore")
    assert not [word for word in ("灯台", "縄跳び", "手袋", "ep2") if word in kept]


def test_an_older_table_of_sources_is_not_gone_on_from(tmp_path: Path) -> None:
    bench = archive_of_five(tmp_path)
    bench.write("ep6", [TITLES[0]], 9, "public")
    link_corpus(bench.store, now=BEGIN)
    path = bench.store.table_path("card_sources", "")
    older = path.read_bytes()
    bench.write("ep7", [TITLES[0]], 10, "public")
    link_corpus(bench.store, now=BEGIN)
    path.write_bytes(older)
    bench.write("ep8", [TITLES[0]], 11, "public")
    link_corpus(bench.store, now=BEGIN)
    sources = bench.store.read("card_sources").to_pylist()
    found = {s["episode_id"] for s in sources if s["card_id"] == "cep10"}
    assert {"ep6", "ep7", "ep8"} <= found
