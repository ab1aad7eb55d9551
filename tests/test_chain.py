"""From a card back to what was recognised and to the second of audio, and what became of an id."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.chain import UnknownCardError, history, trace
from pipeline.config import Settings
from pipeline.errors import TableError
from pipeline.run.ingest import ingest
from pipeline.store import Store
from tests.archive import SEEN, Archive

LATER = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """One card over two segments of an audio episode, with a repair in the first."""
    made = Archive(tmp_path / "d")
    made.episode("e1", source_path="raw/e1.mp3", source_kind="audio")
    (made.folder / "raw").mkdir()
    (made.folder / "raw" / "e1.mp3").touch()
    made.write("segments", "e1", [
        {"episode_id": "e1", "segment_index": n, "start_s": 10.0 * n, "end_s": 10.0 * n + 9,
         "time_is_interpolated": False, "text": text}
        for n, text in enumerate(["はいでは始めます", "えっと伴奏の話です", "隣にいます終わり"])
    ])  # fmt: skip
    made.write("words", "e1", [
        {"episode_id": "e1", "segment_index": 1, "word_index": n, "start_s": s, "end_s": s + 1, "text": text}
        for n, (s, text) in enumerate([(10.0, "えっと"), (12.5, "伴奏の"), (14.0, "話です")])
    ])  # fmt: skip
    made.write("repairs", "e1", [
        {"episode_id": "e1", "segment_index": 1, "start_char": 3, "end_char": 5, "before": "伴奏",
         "after": "伴走", "reading": "バンソウ", "term_id": "bansou", "rule": "r", "score": 0.9, "evidence": ""},
    ])  # fmt: skip
    made.write("utterances", "e1", [
        {"utterance_id": f"e1#u{n}", "episode_id": "e1", "utterance_index": n, "start_s": 10.0 * n,
         "first_segment": n, "first_char": a, "last_segment": n, "last_char": b, "text": text,
         "raw_text": text, "request": "none", "request_score": 0.9, "request_abstained": False, "parts": []}
        for n, (a, b, text) in enumerate([(0, 8, "はい"), (3, 9, "伴走の話です"), (0, 5, "隣にいます")])
    ])  # fmt: skip
    made.write("passages", "e1", [
        {"passage_id": "e1#p0", "episode_id": "e1", "passage_index": 0, "first_utterance": 0,
         "last_utterance": 2, "text": "はい\n伴走の話です\n隣にいます"},
    ])  # fmt: skip
    made.cards(
        "e1",
        {"card_id": "c1", "title": "伴走は隣にいることだ", "passage_id": "e1#p0", "first_segment": 1,
         "first_char": 3, "last_segment": 2, "last_char": 5, "start_s": 10.0, "end_s": 25.0},
        {"card_id": "c2", "title": "隣にいる", "passage_id": "e1#p0"},
    )  # fmt: skip
    made.ledger({"card_id": "c1", "episode_id": "e1"}, {"card_id": "c2", "episode_id": "e1"})
    return made


def test_a_card_leads_back_to_the_raw_words_and_the_second(archive: Archive) -> None:
    chain = trace(archive.folder, "c1")
    assert [u.text for u in chain.utterances if u.in_quote] == ["伴走の話です", "隣にいます"]
    assert [(s.index, s.text[s.start : s.end]) for s in chain.segments] == [
        (1, "伴奏の話です"),
        (2, "隣にいます"),
    ]
    repair = chain.segments[0].repairs[0]
    assert chain.segments[0].text[repair.start : repair.end] == repair.before == "伴奏"
    assert repair.after == "伴走"
    assert chain.place.audio == archive.folder / "raw" / "e1.mp3"
    assert chain.place.start_s == 12.5  # of the first word of the quote, not of its segment
    assert chain.gaps == ()


def test_links_and_evidence_come_with_titles(archive: Archive) -> None:
    archive.simple("e2", "横に立つ", title="二回目")
    archive.write("card_links", "", [
        {"card_id": "c1", "other_card_id": "c2", "reason": "restates", "score": 0.7},
    ])  # fmt: skip
    archive.write("card_sources", "", [
        {"card_id": "c1", "episode_id": "e2", "passage_id": "e2#p0", "start_s": 5.0, "quote": "横に立つ"},
    ])  # fmt: skip
    chain = trace(archive.folder, "c1")
    assert [(link.title, link.reason) for link in chain.links] == [("隣にいる", "restates")]
    assert [(e.episode_title, e.quote) for e in chain.evidence] == [("二回目", "横に立つ")]


def test_a_merged_card_leads_to_the_one_that_holds_its_claim(archive: Archive) -> None:
    archive.ledger(
        {"card_id": "c1", "episode_id": "e1"},
        {"card_id": "c2", "episode_id": "e1", "status": "merged", "merged_into": "c1"},
        {"card_id": "c3", "episode_id": "e1", "status": "merged", "merged_into": "c2"},
    )
    for card_id in ("c2", "c3"):
        chain = trace(archive.folder, card_id)
        assert (chain.asked_id, chain.card["card_id"]) == (card_id, "c1")
    assert [(e.what, e.other_card_id) for e in history(archive.folder, "c1").events] == [
        ("appeared", None),
        ("took_in", "c2"),
    ]
    assert history(archive.folder, "c3").live_id == "c1"


def test_mergers_in_a_circle_end(archive: Archive) -> None:
    archive.ledger(
        {"card_id": "c1", "episode_id": "e1", "status": "merged", "merged_into": "c2"},
        {"card_id": "c2", "episode_id": "e1", "status": "merged", "merged_into": "c1"},
    )
    assert trace(archive.folder, "c1").card["card_id"] in {"c1", "c2"}


def test_a_vanished_or_unknown_id_is_told(archive: Archive) -> None:
    archive.ledger({"card_id": "c9", "episode_id": "e1", "status": "vanished"})
    with pytest.raises(UnknownCardError, match="vanished"):
        trace(archive.folder, "c9")
    assert history(archive.folder, "c9").live_id is None
    for look in (trace, history):
        with pytest.raises(UnknownCardError, match="c404"):
            look(archive.folder, "c404")


def test_without_a_ledger_a_card_is_still_found(archive: Archive) -> None:
    archive.store.table_path("card_ledger", "").unlink()
    assert trace(archive.folder, "c1").history is None


def test_sound_beside_a_transcript_is_played(archive: Archive) -> None:
    archive.episode("e1", source_path="raw/e1.transcript.txt")
    assert trace(archive.folder, "c1").place.audio == archive.folder / "raw" / "e1.mp3"
    (archive.folder / "raw" / "e1.mp3").rename(archive.folder / "raw" / "e1.M4A")
    assert trace(archive.folder, "c1").place.audio == archive.folder / "raw" / "e1.M4A"
    (archive.folder / "raw" / "e1.M4A").unlink()
    assert trace(archive.folder, "c1").place.audio is None


def test_a_missing_passage_is_a_gap_and_a_missing_table_an_error(archive: Archive) -> None:
    archive.write("passages", "e1", [])
    chain = trace(archive.folder, "c1")
    assert chain.passage is None
    assert "e1#p0" in chain.gaps[0]
    archive.store.table_path("segments", "e1").unlink()
    with pytest.raises(TableError, match="segments"):
        trace(archive.folder, "c1")


def test_a_card_is_shown_as_its_reviewer_left_it(archive: Archive) -> None:
    title = "伴走は隣にいることだ"
    archive.review("e1", "c1", title=title, decision="edit", new_title="隣にいることが伴走だ")
    shown = trace(archive.folder, "c1").card
    assert (shown["title"], shown["review_status"]) == ("隣にいることが伴走だ", "edited")
    archive.review("e1", "c1", title=title, decision="reject")
    assert trace(archive.folder, "c1").card["review_status"] == "rejected"


def test_history_says_what_changed_and_what_reviewers_decided(archive: Archive) -> None:
    archive.ledger({"card_id": "c1", "episode_id": "e1", "content_changed_at": LATER})
    archive.review("e1", "c1", title="伴走は隣にいることだ", decision="accept", decided_at=LATER)
    events = history(archive.folder, "c1").events
    assert [(e.what, e.at) for e in events] == [
        ("appeared", SEEN),
        ("changed", LATER),
        ("reviewed", LATER),
    ]


def test_events_of_the_ledger_are_told_with_their_dates(archive: Archive) -> None:
    at = LATER.isoformat()
    told = [
        {"at": at, "event": "renamed", "before": "古い題", "after": "新しい題"},
        {"at": at, "event": "joined", "other": "c1"},
    ]
    archive.ledger(
        {"card_id": "c1", "episode_id": "e1"},
        {"card_id": "c2", "episode_id": "e1", "status": "merged", "merged_into": "c1",
         "events": [json.dumps(event) for event in told]},
    )  # fmt: skip
    events = history(archive.folder, "c2").events
    assert [(e.what, e.at, e.detail) for e in events] == [
        ("appeared", SEEN, ""),
        ("renamed", LATER, "古い題 → 新しい題"),
        ("merged", LATER, ""),
    ]


def test_every_card_of_a_whole_run_leads_to_its_own_words(settings: Settings, data: Path) -> None:
    ingest(settings)
    store = Store(settings.processed)
    seen = 0
    for episode_id in store.episode_ids():
        for card in store.read("cards", episode_id).to_pylist():
            chain = trace(data, card["card_id"])
            raw = "\n".join(s.text[s.start : s.end] for s in chain.segments)
            assert raw == card["quote_raw"]
            assert chain.place.source.is_file()
            if chain.place.first_line is not None:
                lines = chain.place.source.read_text(encoding="utf-8").splitlines()
                assert chain.segments[0].text in lines[chain.place.first_line - 1]
            assert chain.gaps == ()
            seen += 1
    assert seen
