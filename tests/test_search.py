"""What a reader looks for is found: in any form and spelling, and only where it may be."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import BansouError
from pipeline.search import FILE_NAME, Filters, Hit, QueryError, index, purge, search
from tests.archive import Archive

BANSOU = "最初の三か月は隣で伴走すると、導入先が離れにくい"
KATAKA = "うまくいった進め方は型化して他の班に渡す"
TRUST = "約束を守り続けると信用が積み上がる"
SURVEY = "顧客満足度は点数よりも理由を読む"
STOP = "無理な要望は、その場で断っても構わない"


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    made = Archive(tmp_path / "d")
    made.simple("e1", BANSOU, KATAKA, TRUST)
    made.simple("e2", SURVEY, STOP)
    return made


def titles(archive: Archive, query: str, **filters: Any) -> list[str]:
    return [hit.title for hit in find(archive, query, **filters)]


def find(archive: Archive, query: str, **filters: Any) -> list[Hit]:
    return search(archive.folder, query, filters=Filters(**filters))


class TestWords:
    @pytest.mark.parametrize(
        ("query", "wanted"),
        [
            ("伴走", BANSOU),
            ("ばんそう", BANSOU),  # by its reading: Sudachi itself takes it for 伴奏
            ("バンソウ", BANSOU),
            ("伴走する", BANSOU),
            ("かたか", KATAKA),  # two words for Sudachi
            ("型化", KATAKA),
            ("断る", STOP),  # another form of the verb
            ("ことわる", STOP),
            ("満足", SURVEY),  # a part of 顧客満足度
            ("顧客満足度", SURVEY),
            ("理由  点数", SURVEY),
            ("３か月", BANSOU),
        ],
    )
    def test_a_word_is_found_in_any_form(self, archive: Archive, query: str, wanted: str) -> None:
        assert titles(archive, query)[0] == wanted

    def test_width_and_case_do_not_matter(self, archive: Archive) -> None:
        archive.simple("e3", "ＳａａＳの更新は早めに話す")
        assert titles(archive, "saas")[0] == "ＳａａＳの更新は早めに話す"

    def test_repaired_words_are_found_and_raw_ones_shown_nowhere(self, archive: Archive) -> None:
        archive.episode("e3")
        given = {
            "title": "隣を歩く人が要る",
            "quote": "代走ではない",
            "quote_raw": "ダイソーではない",
        }
        archive.cards("e3", given | {"card_id": "c9"})
        hits = find(archive, "代走")
        assert [hit.id for hit in hits] == ["c9"]
        assert hits[0].quote == "代走ではない"

    def test_a_word_used_alike_is_found_after_the_word_itself(self, archive: Archive) -> None:
        assert [(h.title, h.by_words) for h in find(archive, "並走")] == [(BANSOU, False)]
        assert [(h.title, h.by_words) for h in find(archive, "信頼")] == [(TRUST, False)]
        archive.simple("e3", "ランナーの横を並走する")
        assert [h.by_words for h in find(archive, "並走")] == [True, False]

    def test_what_holds_every_word_comes_first(self, archive: Archive) -> None:
        archive.simple("e3", "約束は紙に書く", "約束の期限を守る", "期限を延ばす")
        assert titles(archive, "約束 期限")[0] == "約束の期限を守る"

    def test_a_quoted_phrase_must_stand_in_this_order(self, archive: Archive) -> None:
        assert titles(archive, "「進め方は型化」") == [KATAKA]
        assert titles(archive, '"型化は進め方"') == []
        assert titles(archive, '伴走 "信用が積み上がる"') == [TRUST]

    def test_a_phrase_does_not_run_from_one_field_into_the_next(self, archive: Archive) -> None:
        archive.episode("e3")
        archive.cards("e3", {"card_id": "c9", "title": "朝", "body": "青い", "quote": "空"})
        assert titles(archive, '"青い空"') == []

    def test_nothing_found_is_an_empty_list(self, archive: Archive) -> None:
        assert find(archive, "潜水艦") == []

    def test_common_words_alone_are_looked_for_too(self, archive: Archive) -> None:
        assert titles(archive, "その") == [STOP]


class TestHits:
    def test_the_quote_is_cut_around_the_word_and_marked(self, archive: Archive) -> None:
        archive.episode("e3")
        quote = (
            "前置きが長く続きます。" * 20 + "ここで棚卸しの話になります。" + "あとがきです。" * 20
        )
        archive.cards("e3", {"card_id": "c9", "title": "数える日を決める", "quote": quote})
        hit = find(archive, "棚卸し")[0]
        assert [hit.quote[a:b] for a, b in hit.marks] == ["棚卸し"]
        assert hit.quote.startswith("…")
        assert hit.quote.endswith("…")
        assert len(hit.quote) < 100

    def test_a_reading_is_marked_in_kanji(self, archive: Archive) -> None:
        hit = find(archive, "かたか")[0]
        assert [hit.quote[a:b] for a, b in hit.marks] == ["型化"]

    def test_time_episode_and_score_come_along(self, archive: Archive) -> None:
        hit = find(archive, "伴走")[0]
        assert (hit.start_s, hit.episode_id, hit.episode_title) == (65.0, "e1", "e1の題")
        assert 0 < hit.score <= 1

    def test_the_limit_is_kept(self, archive: Archive) -> None:
        archive.simple("e3", *[f"{n}番目の伴走の話" for n in range(30)])
        assert len(search(archive.folder, "伴走", limit=7)) == 7

    @settings(max_examples=60, deadline=None)
    @given(text=st.text(st.sampled_from("伴走する型化\n\t 。、aＡ🎧𠮷ばんそう…"), max_size=250))
    def test_marks_always_stand_on_found_words(self, text: str) -> None:
        from pipeline.search.query import parse
        from pipeline.search.snippet import LONGEST, snippet

        shown, marks = snippet(text, parse("伴走 ばんそう"), frozenset())
        assert len(shown) <= LONGEST + 2
        assert "\n" not in shown
        end = 0
        for a, b in marks:
            assert end <= a < b <= len(shown)
            end = b


class TestFilters:
    @pytest.fixture
    def mixed(self, archive: Archive) -> Archive:
        archive.episode("e3", published_at=datetime(2026, 3, 31, 23, 59, tzinfo=UTC))
        archive.cards(
            "e3",
            {"card_id": "c9", "title": "伴走の手順", "kind": "method", "tags": ["flat", "scope"],
             "request": "opinion", "speaker": "佐藤"},
        )  # fmt: skip
        return archive

    @pytest.mark.parametrize(
        "filters",
        [
            {"kinds": ("method",)},
            {"kinds": ("method", "example")},
            {"tags": ("scope",)},
            {"requests": ("opinion",)},
            {"speakers": ("佐藤",)},
            {"episodes": ("e3",)},
            {"since": date(2026, 3, 31)},
            {"until": date(2026, 3, 31)},
            {"kinds": ("method",), "tags": ("flat",), "since": date(2026, 1, 1)},
        ],
    )
    def test_only_what_meets_them(self, mixed: Archive, filters: dict[str, Any]) -> None:
        assert titles(mixed, "伴走", **filters) == ["伴走の手順"]

    def test_all_of_them_must_be_met(self, mixed: Archive) -> None:
        assert titles(mixed, "伴走", kinds=("method",), tags=("bansou",)) == []
        assert titles(mixed, "伴走", since=date(2026, 4, 1)) == []

    def test_who_is_not_named(self, mixed: Archive) -> None:
        assert titles(mixed, "伴走", speakers=("不明",)) == [BANSOU]

    def test_they_hold_for_words_used_alike(self, mixed: Archive) -> None:
        assert titles(mixed, "並走", kinds=("method",)) == ["伴走の手順"]

    def test_an_unknown_episode_is_named(self, mixed: Archive) -> None:
        with pytest.raises(BansouError, match="e99"):
            find(mixed, "伴走", episodes=("e99",))


class TestPassages:
    def test_passages_have_the_facts_of_their_utterances(self, archive: Archive) -> None:
        spans = {
            "first_segment": 0,
            "first_char": 0,
            "last_segment": 0,
            "last_char": 1,
            "parts": [],
        }
        for number, (speaker, request) in enumerate([("佐藤", "opinion"), ("田中", "none")]):
            archive.write("utterances", f"e{number + 1}", [
                spans | {"utterance_id": f"u{number}", "episode_id": f"e{number + 1}", "utterance_index": 0,
                         "speaker": speaker, "text": "x", "raw_text": "x", "request": request,
                         "request_score": 0.9, "request_abstained": False},
            ])  # fmt: skip
            archive.write("passages", f"e{number + 1}", [
                {"passage_id": f"p{number}", "episode_id": f"e{number + 1}", "passage_index": 0,
                 "first_utterance": 0, "last_utterance": 0, "text": "棚卸しを\n一緒に数える"},
            ])  # fmt: skip
        archive.write("tags", "e2", [
            {"passage_id": "p1", "tag": "flat", "start_char": 0, "end_char": 1, "score": 1.0,
             "evidence": "棚", "rule": "r"},
        ])  # fmt: skip

        def ids(**filters: Any) -> set[str]:
            hits = search(archive.folder, "棚卸し", passages=True, filters=Filters(**filters))
            return {hit.id for hit in hits}

        assert ids() == {"p0", "p1"}
        assert ids(speakers=("佐藤",)) == {"p0"}
        assert ids(requests=("opinion",)) == {"p0"}
        assert ids(tags=("flat",)) == {"p1"}
        assert find(archive, "棚卸し") == []  # cards and passages are apart


class TestPrivacy:
    def test_private_episodes_only_when_asked(self, archive: Archive) -> None:
        archive.simple("e3", "山田商事の伴走", visibility="private", relation="yamada")
        assert titles(archive, "伴走") == [BANSOU]
        assert titles(archive, "山田商事") == []
        assert titles(archive, "山田商事", private=True) == ["山田商事の伴走"]
        found = {h.title: h.is_private for h in find(archive, "伴走", private=True)}
        assert found == {BANSOU: False, "山田商事の伴走": True}

    def test_samples_are_searched_like_others(self, archive: Archive) -> None:
        archive.simple("e3", "見本の回の潜水艦", is_sample=True)
        assert titles(archive, "潜水艦") == ["見本の回の潜水艦"]

    def test_nothing_forgotten_is_found_or_stays_in_the_file(self, archive: Archive) -> None:
        archive.simple("e3", "山田商事の倉庫で鯨井さんが怒った", "棚卸しの手順")
        find(archive, "鯨井")
        index = archive.store.root / FILE_NAME
        assert "鯨井".encode() in index.read_bytes()
        archive.store.drop_episode("e3")
        purge(archive.store)
        left = index.read_bytes()
        assert not [w for w in ("鯨井", "山田商事", "倉庫", "クジライ") if w.encode() in left]
        assert titles(archive, "鯨井") == []
        assert titles(archive, "伴走") == [BANSOU]

    def test_a_search_forgets_too(self, archive: Archive) -> None:
        archive.simple("e3", "鯨井さんの伴走")
        find(archive, "鯨井")
        archive.store.drop_episode("e3")
        assert titles(archive, "伴走") == [BANSOU]
        assert "鯨井".encode() not in (archive.store.root / FILE_NAME).read_bytes()

    def test_what_left_a_card_leaves_the_file(self, archive: Archive) -> None:
        archive.simple("e3", "鯨井さんの倉庫")
        find(archive, "鯨井")
        archive.simple("e3", "ある人の倉庫")
        assert titles(archive, "鯨井") == []
        assert "鯨井".encode() not in (archive.store.root / FILE_NAME).read_bytes()

    def test_purge_without_an_index_or_with_a_broken_one(self, archive: Archive) -> None:
        purge(archive.store)
        assert not (archive.store.root / FILE_NAME).exists()
        (archive.store.root / FILE_NAME).write_bytes(b"no database" * 500)
        purge(archive.store)
        assert not (archive.store.root / FILE_NAME).exists()


class TestLedger:
    def test_a_merged_card_shows_as_the_one_that_holds_its_claim(self, archive: Archive) -> None:
        archive.simple("e3", "横について歩む潜水艦")
        archive.ledger(
            {"card_id": "ce30", "episode_id": "e3", "status": "merged", "merged_into": "ce10"}
        )
        assert [h.id for h in find(archive, "潜水艦")] == ["ce10"]
        assert [h.id for h in find(archive, "潜水艦 伴走")] == ["ce10"]
        assert find(archive, "潜水艦", episodes=("e3",)) == []
        archive.ledger({"card_id": "ce30", "episode_id": "e3"})
        assert [h.id for h in find(archive, "潜水艦")] == ["ce30"]

    def test_a_merger_into_what_is_gone_or_in_a_circle_hides_nothing(
        self, archive: Archive
    ) -> None:
        archive.ledger(
            {"card_id": "ce10", "episode_id": "e1", "status": "merged", "merged_into": "ce11"},
            {"card_id": "ce11", "episode_id": "e1", "status": "merged", "merged_into": "ce10"},
            {"card_id": "ce12", "episode_id": "e1", "status": "merged", "merged_into": "cnone"},
        )
        assert find(archive, "伴走")
        assert find(archive, "約束")

    def test_a_rejected_card_is_left_out_until_it_is_taken_back(self, archive: Archive) -> None:
        archive.ledger({"card_id": "ce10", "episode_id": "e1", "status": "rejected"})
        assert titles(archive, "伴走") == []
        archive.ledger({"card_id": "ce10", "episode_id": "e1"})
        assert titles(archive, "伴走") == [BANSOU]
        archive.cards("e1", {"card_id": "ce10", "title": BANSOU, "review_status": "rejected"})
        assert titles(archive, "伴走") == []


class TestReviews:
    def test_a_card_is_found_as_its_reviewer_left_it(self, archive: Archive) -> None:
        find(archive, "伴走")
        archive.review("e1", "ce10", title=BANSOU, decision="edit", new_title="潜水艦の窓を磨く")
        assert [h.id for h in find(archive, "潜水艦")] == ["ce10"]
        archive.review("e1", "ce10", title=BANSOU, decision="reject")
        assert find(archive, "潜水艦") == []
        assert find(archive, "伴走") == []
        assert titles(archive, "型化") == [KATAKA]


class TestIndex:
    def test_only_what_changed_is_indexed_again(self, archive: Archive) -> None:
        seen: list[tuple[int, int]] = []

        def look() -> list[str]:
            seen.clear()
            hits = search(
                archive.folder, "伴走", report=lambda done, total: seen.append((done, total))
            )
            return [hit.title for hit in hits]

        assert look() == [BANSOU]
        assert seen[-1] == (2, 2)
        assert look() == [BANSOU]
        assert seen == []
        archive.simple("e2", "伴走をやめる日を決める")
        assert len(look()) == 2
        assert seen == [(1, 1)]

    def test_old_folders_are_trusted_and_new_files_seen(self, archive: Archive) -> None:
        find(archive, "伴走")
        for folder in archive.store.root.iterdir():
            os.utime(folder, (1e9, 1e9))
        assert titles(archive, "伴走") == [BANSOU]  # writes down the times
        assert titles(archive, "伴走") == [BANSOU]
        archive.simple("e3", "伴走をやめる日を決める")
        assert len(titles(archive, "伴走")) == 2

    def test_no_episodes_is_said_and_nothing_made(self, tmp_path: Path) -> None:
        with pytest.raises(BansouError, match="bansou ingest"):
            search(tmp_path, "伴走")
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("content", [b"", b"not a database" * 500])
    def test_a_foreign_or_empty_file_is_replaced(self, archive: Archive, content: bytes) -> None:
        (archive.store.root / FILE_NAME).write_bytes(content)
        assert titles(archive, "伴走") == [BANSOU]

    def test_an_index_broken_inside_is_made_anew(self, archive: Archive) -> None:
        find(archive, "伴走")
        index = archive.store.root / FILE_NAME
        data = bytearray(index.read_bytes())
        data[4096 * 3 :] = b"\xa5" * (len(data) - 4096 * 3)
        index.write_bytes(data)
        assert titles(archive, "伴走") == [BANSOU]

    def test_an_index_of_another_version_is_made_anew(self, archive: Archive) -> None:
        find(archive, "伴走")
        with sqlite3.connect(archive.store.root / FILE_NAME) as connection:
            connection.execute("UPDATE meta SET value = 'old' WHERE name = 'fingerprint'")
            connection.execute("DROP TABLE docs")
        connection.close()
        assert titles(archive, "伴走") == [BANSOU]

    def test_a_damaged_table_is_named(self, archive: Archive) -> None:
        archive.store.table_path("cards", "e2").write_bytes(b"PAR1")
        with pytest.raises(BansouError, match=r"e2\.parquet"):
            find(archive, "伴走")

    def test_two_processes_index_at_once(self, archive: Archive) -> None:
        for number in range(3, 12):
            archive.simple(f"x{number}", "伴走の話", "型化の話")
        code = (
            "import sys; from pathlib import Path; from pipeline.search import search\n"
            "print(len(search(Path(sys.argv[1]), '伴走', limit=100)))"
        )
        command = [sys.executable, "-c", code, str(archive.folder)]
        running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
        assert {process.communicate(timeout=60)[0].strip() for process in running} == {"10"}

    def test_a_lock_held_elsewhere_is_told(
        self, archive: Archive, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from filelock import FileLock

        monkeypatch.setattr(index, "_LONGEST_BUILD_S", 0)
        archive.store.state.mkdir(parents=True)
        with (
            FileLock(archive.store.state / "search.lock"),
            pytest.raises(BansouError, match="indexing"),
        ):
            find(archive, "伴走")


HOSTILE = st.one_of(
    st.text(max_size=40),
    st.text(st.sampled_from("\"'*^():{}-+.,;AND OR NOT NEAR伴走ばんそう「」“”\x00\ud800 　ー%_\\"), max_size=40),
)  # fmt: skip


class TestQueries:
    @pytest.fixture(scope="class")
    def shared(self, tmp_path_factory: pytest.TempPathFactory) -> Archive:
        made = Archive(tmp_path_factory.mktemp("hostile"))
        made.simple("e1", BANSOU, KATAKA, TRUST)
        search(made.folder, "伴走")
        return made

    @settings(
        max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(query=HOSTILE)
    def test_no_query_is_syntax(self, shared: Archive, query: str) -> None:
        try:
            hits = search(shared.folder, query)
        except QueryError:
            return
        assert all(isinstance(hit, Hit) for hit in hits)

    @pytest.mark.parametrize(
        "query",
        [
            "title: 伴走",
            "伴走*",
            "伴走 AND (",
            '"伴走',
            "伴走 OR",
            "^伴走",
            "{title}:伴走",
            "伴走'; --",
        ],
    )
    def test_operators_are_words_or_nothing(self, shared: Archive, query: str) -> None:
        assert search(shared.folder, query)[0].title == BANSOU

    @pytest.mark.parametrize("query", ["", " ", "　\n", "!?", '""', "「」", "あ" * 2001])
    def test_a_query_that_asks_for_nothing(self, shared: Archive, query: str) -> None:
        with pytest.raises(QueryError):
            search(shared.folder, query)

    def test_a_long_query_is_answered(self, shared: Archive) -> None:
        assert search(shared.folder, f"{BANSOU}。{KATAKA}。" * 30)
