"""Turns aligned to words: which voice says what of a segment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import schema
from pipeline.requests import classify_all
from pipeline.stages.segment import build_utterances, segment
from pipeline.stages.segment.pieces import read_lines
from pipeline.stages.speakers import Named, Turn, speakers

LETTER_S = 0.2


def words_of(segment_index: int, text: str, start_s: float) -> list[dict[str, Any]]:
    """A word a letter, each a fifth of a second."""
    base = dict.fromkeys(schema.TABLES["words"].column_names)
    return [
        base | {"episode_id": "e", "segment_index": segment_index, "word_index": n, "text": c,
                "start_s": start_s + n * LETTER_S, "end_s": start_s + (n + 1) * LETTER_S}
        for n, c in enumerate(text)
    ]  # fmt: skip


def rows_of(texts: Sequence[str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    base = dict.fromkeys(schema.TABLES["segments"].column_names)
    segments, words, at_s = [], [], 0.0
    for index, text in enumerate(texts):
        end_s = at_s + len(text) * LETTER_S
        segments.append(
            base | {"episode_id": "e", "segment_index": index, "text": text, "start_s": at_s,
                    "end_s": end_s, "time_is_interpolated": False}
        )  # fmt: skip
        words += words_of(index, text, at_s)
        at_s = end_s
    return segments, words


def said(texts: Sequence[str], turns: Sequence[tuple[float, float, str]]) -> list[tuple[str, Any]]:
    """Utterances with their voices."""
    segments, words = rows_of(texts)
    spans = [{"start_s": a, "end_s": b, "voice": v} for a, b, v in sorted(turns)]
    return [(u.text, u.voice) for u in build_utterances(read_lines(segments, words, [], spans))]


ASKED, ANSWERED = "今日は何を話しますか。", "引き継ぎの話をします。"  # each 2.2 s


def test_each_segment_goes_to_the_voice_that_speaks_it() -> None:
    assert said([ASKED, ANSWERED], [(0.0, 2.2, "A"), (2.2, 4.4, "B")]) == [
        (ASKED, "A"), (ANSWERED, "B"),
    ]  # fmt: skip


def test_a_change_within_a_segment_splits_the_utterance() -> None:
    assert said([ASKED + ANSWERED], [(0.0, 2.2, "A"), (2.2, 4.4, "B")]) == [
        (ASKED, "A"), (ANSWERED, "B"),
    ]  # fmt: skip


@pytest.mark.parametrize("slip_s", [-0.2, -0.1, 0.1, 0.2])
def test_a_slip_of_the_clocks_cuts_no_word_off_at_a_segments_border(slip_s: float) -> None:
    turns = [(0.0, 2.2 + slip_s, "A"), (2.2 + slip_s, 4.4, "B")]
    assert said([ASKED, ANSWERED], turns) == [(ASKED, "A"), (ANSWERED, "B")]


def test_a_short_answer_between_two_sentences_is_the_others() -> None:
    text = ASKED + "はい。" + ANSWERED
    made = said([text], [(0.0, 2.2, "A"), (2.2, 2.8, "B"), (2.8, 5.0, "A")])
    assert (ASKED, "A") in made
    assert ("はい。", "B") in made
    assert (ANSWERED, "A") in made


def test_a_sentence_goes_on_behind_the_others_backchannel() -> None:
    texts = ["まずお客さんの話を最後まで", "はい。", "聞くことが大事だと思います。"]
    ends_s = [13 * LETTER_S, 16 * LETTER_S, 30 * LETTER_S]
    made = said(texts, [(0.0, ends_s[0], "A"), (ends_s[0], ends_s[1], "B"), (ends_s[1], ends_s[2], "A")])  # fmt: skip
    assert made == [
        ("まずお客さんの話を最後まで聞くことが大事だと思います。", "A"),
        ("はい。", "B"),
    ]


def test_a_word_beside_a_turn_is_its_and_one_far_from_all_is_nobodys() -> None:
    assert said([ASKED], [(0.0, 1.8, "A")]) == [(ASKED, "A")]
    assert said([ASKED], [(60.0, 62.0, "A")]) == [(ASKED, None)]


def test_of_two_at_once_the_one_who_speaks_longer_is_heard() -> None:
    assert said([ASKED], [(0.0, 2.2, "A"), (0.9, 1.1, "B")]) == [(ASKED, "A")]


def test_without_turns_all_is_as_before() -> None:
    segments, words = rows_of([ASKED + ANSWERED, "はい。"])
    for row in segments:
        row["speaker"] = "田中"
    with_none = build_utterances(read_lines(segments, words, [], []))
    assert with_none == build_utterances(read_lines(segments, words, []))
    assert [(u.text, u.voice) for u in with_none] == [
        (ASKED, "田中"), (ANSWERED, "田中"), ("はい。", "田中"),
    ]  # fmt: skip


# -- the stage ------------------------------------------------------------------------------


def tables_of(
    texts: Sequence[str], turns: Sequence[tuple[float, float, str]], named: Sequence[Named] = ()
) -> list[dict[str, Any]]:
    segments, words = rows_of(texts)
    made = speakers("e", [Turn(a, b, v, 1.0) for a, b, v in sorted(turns)], named)
    return segment(  # type: ignore[no-any-return]
        schema.to_table("segments", segments), schema.to_table("words", words),
        schema.to_table("repairs", []), made["turns"], made["speakers"],
        episode_id="e", source_kind="audio", classify_all=classify_all,
    )["utterances"].to_pylist()  # fmt: skip


def test_utterances_show_the_names_and_keep_the_voices() -> None:
    named = [Named("A", "桐谷", "named", 1.0, 2.2), Named("B", None, "unknown", 0.4, 2.2)]
    made = tables_of([ASKED, ANSWERED], [(0.0, 2.2, "A"), (2.2, 4.4, "B")], named)
    assert [(u["speaker"], u["voice"]) for u in made] == [("桐谷", "A"), (None, "B")]


TEXTS = st.lists(
    st.sampled_from(
        [ASKED, ANSWERED, "はい。", "それで次の日に", "電話をしました", "そうですね", ASKED + ANSWERED,
         "まず話を聞くことが、", "大事だと思ってます。はい。そうですか。"]
    ),
    min_size=1, max_size=6,
)  # fmt: skip
SPANS = st.lists(
    st.tuples(st.floats(0, 20), st.floats(0.05, 8), st.sampled_from("ABC")), max_size=10
)


@settings(deadline=None, max_examples=40)
@given(TEXTS, SPANS)
def test_whatever_the_turns_the_text_is_kept_whole(
    texts: list[str], spans: list[tuple[float, float, str]]
) -> None:
    turns = [(start_s, start_s + length_s, voice) for start_s, length_s, voice in spans]
    made = tables_of(texts, turns)
    covered = sorted(
        (part["segment_index"], at)
        for u in made
        for part in u["parts"]
        for at in range(part["start_char"], part["end_char"])
    )
    assert covered == [(n, at) for n, text in enumerate(texts) for at in range(len(text))]
    assert "".join(sorted("".join(u["text"] for u in made))) == "".join(sorted("".join(texts)))
    assert {u["voice"] for u in made} <= {voice for _, _, voice in spans} | {None}
