"""Offsets between a raw text and its edited text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.edits import Edit, EditedText, span_text


@st.composite
def edited_texts(draw: st.DrawFn) -> EditedText:
    raw = draw(st.text("あ伴奏𠮷a \n", max_size=30))
    marks = sorted(draw(st.lists(st.integers(0, len(raw)), max_size=8)))
    edits = [
        Edit(a, b, draw(st.text("走Ｘ", min_size=1, max_size=4)))
        for a, b in zip(marks[::2], marks[1::2], strict=False)
        if a < b
    ]
    return EditedText(raw, edits)


@given(edited_texts())
def test_the_whole_text_maps_onto_the_whole(made: EditedText) -> None:
    assert made.to_raw(0, len(made.text)) == (0, len(made.raw))
    assert made.to_edited(0, len(made.raw)) == (0, len(made.text))


@given(edited_texts(), st.data())
def test_a_span_and_its_way_back_hold_the_same_words(made: EditedText, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(made.raw)))
    end = data.draw(st.integers(start, len(made.raw)))
    a, b = made.to_edited(start, end)
    assert 0 <= a <= b <= len(made.text)
    low, high = made.to_raw(a, b)
    if start < end and a < b:
        assert low <= start
        assert high >= end
        inside = [e for e in made.edits if low <= e.start and e.end <= high]
        moved = [Edit(e.start - low, e.end - low, e.after) for e in inside]
        assert EditedText(made.raw[low:high], moved).text == made.text[a:b]


def test_a_repaired_word_maps_to_what_was_recognised() -> None:
    made = EditedText("顧客のダイソーを減らす", [Edit(3, 7, "代走")])
    assert made.text == "顧客の代走を減らす"
    assert made.to_raw(3, 5) == (3, 7)
    assert made.to_raw(4, 5) == (3, 7)
    assert made.to_edited(7, 8) == (5, 6)


def test_overlapping_edits_are_refused() -> None:
    with pytest.raises(ValueError, match="overlaps"):
        EditedText("あいう", [Edit(0, 2, "x"), Edit(1, 3, "y")])


def test_a_span_over_segments_is_joined_by_a_newline() -> None:
    texts = {3: "まず話を", 4: "聞くことが", 5: "大事です。次に"}
    assert span_text(texts, 3, 2, 5, 5) == "話を\n聞くことが\n大事です。"
    assert span_text(texts, 4, 2, 4, 4) == "こと"
