"""Utterances as lines: where repairs, evidence and requests are marked."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from reporting import HOSTILE

from pipeline.export.clean import clean
from pipeline.report.lines import cut, make_lines, visible
from pipeline.report.model import Piece


def utterance(text: str, parts: list[tuple[int, int, int]], **more: Any) -> dict[str, Any]:
    row = {
        "utterance_index": 0, "speaker": None, "start_s": None, "end_s": None, "text": text, "request": "none",
        "request_abstained": False, "request_start_char": None, "request_end_char": None,
        "parts": [{"segment_index": i, "start_char": a, "end_char": b} for i, a, b in parts],
    }  # fmt: skip
    return row | more


def segment(index: int, text: str) -> dict[str, Any]:
    return {"segment_index": index, "text": text}


def repair(index: int, start: int, before: str, after: str) -> dict[str, Any]:
    return {"segment_index": index, "start_char": start, "end_char": start + len(before), "before": before, "after": after}  # fmt: skip


def test_a_repair_is_marked_where_it_stands_though_lengths_change() -> None:
    segments = [segment(0, "前置き。伴奏の話と、ダイソーの話。")]
    repairs = [repair(0, 4, "伴奏", "伴走"), repair(0, 10, "ダイソー", "代走")]
    said = utterance("伴走の話と、代走の話。", [(0, 4, 18)])
    line = make_lines(segments, repairs, [said], [], [])[0]
    assert [(p.text, p.raw) for p in line.pieces if p.raw] == [
        ("伴走", "伴奏"),
        ("代走", "ダイソー"),
    ]
    assert "".join(p.text for p in line.pieces) == said["text"]


def test_repairs_of_a_sentence_over_two_segments_and_of_nobody_elses() -> None:
    segments = [segment(0, "伴奏は "), segment(1, " 伴奏です。伴奏だ。")]
    repairs = [
        repair(0, 0, "伴奏", "伴走"), repair(1, 1, "伴奏", "伴走"), repair(1, 6, "伴奏", "伴走")
    ]  # fmt: skip
    said = utterance("伴走は伴走です。", [(0, 0, 4), (1, 0, 6)])
    line = make_lines(segments, repairs, [said], [], [])[0]
    assert [p.text for p in line.pieces] == ["伴走", "は", "伴走", "です。"]
    assert [p.raw for p in line.pieces] == ["伴奏", None, "伴奏", None]


def test_where_the_tables_do_not_fit_nothing_is_marked() -> None:
    said = utterance("全く別の文。", [(0, 0, 5)])
    line = make_lines([segment(0, "伴奏です。")], [repair(0, 0, "伴奏", "伴走")], [said], [], [])[0]
    assert line.pieces == (Piece("全く別の文。"),)


def test_evidence_is_cut_at_the_utterances_of_its_passage() -> None:
    rows = [
        utterance("一つ目。", [(0, 0, 4)]),
        utterance("二つ目。", [(0, 4, 8)], utterance_index=1),
    ]
    passages = [{"passage_id": "p", "first_utterance": 0, "last_utterance": 1}]
    tags = [{"passage_id": "p", "tag": "fit", "start_char": 2, "end_char": 7}]
    lines = make_lines([segment(0, "一つ目。二つ目。")], [], rows, passages, tags)
    assert lines[0].pieces == (Piece("一つ"), Piece("目。", tags=("fit",)))
    assert lines[1].pieces == (Piece("二つ", tags=("fit",)), Piece("目。"))


def test_requests() -> None:
    row = utterance("ええと、どうですか。", [(0, 0, 10)], request="opinion", request_start_char=4, request_end_char=9, request_abstained=True)  # fmt: skip
    line = make_lines([segment(0, "x")], [], [row], [], [])[0]
    assert (line.request, line.is_unsure) == ("opinion", True)
    assert [p.text for p in line.pieces if p.asks] == ["どうですか"]


def test_a_repaired_word_is_never_split() -> None:
    spans = [(1, 3, Piece("", "感想")), (2, 5, Piece("", tags=("fit",)))]
    assert [p.text for p in cut("あ完走しいう", spans)] == ["あ", "完走", "しい", "う"]


@given(
    st.text(max_size=30),
    st.lists(st.tuples(st.integers(-3, 33), st.integers(-3, 33), st.sampled_from(("", "fit", "jisou")))),
)  # fmt: skip
def test_pieces_rebuild_the_visible_text(text: str, spans: list[tuple[int, int, str]]) -> None:
    marks = [(a, b, Piece("", tags=(tag,) if tag else (), asks=not tag)) for a, b, tag in spans]
    assert "".join(p.text for p in cut(text, marks)) == "".join(visible(c) for c in text)


@given(st.one_of(st.text(), st.sampled_from(HOSTILE)))
def test_nothing_unseen_is_left(text: str) -> None:
    shown = visible(text)
    assert all(c == " " or clean(c) for c in shown)
    assert visible(shown) == shown
