"""Clips that cover all speech, gaps no word covers, and words put back in order."""

from __future__ import annotations

from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.recognition import RecognisedSegment, RecognisedWord
from pipeline.voiced import CLIP_S, Span, cut_clips, find_gaps, merge

LENGTHS = st.lists(
    st.tuples(st.floats(0, 40, allow_subnormal=False), st.floats(0.05, 75, allow_subnormal=False)),
    max_size=25,
)


def speech_of(lengths: list[tuple[float, float]]) -> list[Span]:
    """(silence, speech) lengths as spans."""
    marks = list(accumulate(x for pair in lengths for x in pair))
    return list(zip(marks[::2], marks[1::2], strict=True))


@given(LENGTHS, st.floats(0, 10), st.booleans())
def test_clips_cover_all_speech_in_order_within_the_audio(
    lengths: list[tuple[float, float]], tail_s: float, joins: bool
) -> None:
    speech = speech_of(lengths)
    duration_s = (speech[-1][1] if speech else 0.0) + tail_s
    clips = (
        cut_clips(speech, duration_s) if joins else cut_clips(speech, duration_s, joins_over_s=0)
    )
    assert all(b - a <= CLIP_S + 1e-6 for a, b in clips)
    assert all(0 <= a < b <= duration_s + 1e-9 for a, b in clips)
    assert all(a[1] <= b[0] + 1e-9 for a, b in pairwise(clips))
    for start_s, end_s in speech:
        inside = sum(max(0.0, min(b, end_s) - max(a, start_s)) for a, b in clips)
        assert inside == pytest.approx(end_s - start_s, abs=1e-6)


def test_short_silences_stay_inside_a_clip_and_long_ones_do_not() -> None:
    assert len(cut_clips([(1, 4), (5, 9)], 20)) == 1
    assert len(cut_clips([(1, 4), (9, 12)], 20)) == 2
    # What was heard already between two gaps is not heard twice.
    assert len(cut_clips([(1, 4), (5, 9)], 20, joins_over_s=0)) == 2


def test_detection_that_reaches_past_the_end_is_held_to_the_audio() -> None:
    assert cut_clips([(8.0, 10.4)], 10.0)[-1][1] == 10.0


def words_of(lengths: list[tuple[float, float]], text: str = "あいう") -> list[RecognisedWord]:
    return [
        RecognisedWord(f"{text}{number}", a, b, 0.9)
        for number, (a, b) in enumerate(speech_of(lengths))
    ]


WORDS = st.lists(st.tuples(st.floats(0, 6), st.floats(0.05, 4)), max_size=40)


@given(LENGTHS, WORDS)
def test_gaps_lie_in_speech_and_hold_no_word(
    lengths: list[tuple[float, float]], spoken: list[tuple[float, float]]
) -> None:
    speech, words = speech_of(lengths), words_of(spoken)
    gaps = find_gaps(speech, words)
    assert all(a[1] <= b[0] for a, b in pairwise(gaps))
    for start_s, end_s in gaps:
        assert any(a <= start_s < end_s <= b for a, b in speech)
        assert end_s - start_s > 0.5
        assert not any(start_s < w.start_s < end_s for w in words)


def test_a_sentence_lost_in_the_middle_is_found() -> None:
    words = words_of([(0.0, 0.5), (0.0, 0.5), (6.0, 0.5)])
    assert find_gaps([(0.0, 7.5)], words) == [(1.0, 7.0)]
    assert find_gaps([(0.0, 3.0)], []) == [(0.0, 3.0)]
    assert find_gaps([(0.0, 1.0)], words) == []


def test_a_word_given_the_whole_gap_hides_nothing() -> None:
    stretched = [RecognisedWord("はい", 0.0, 9.0, 0.4)]
    assert find_gaps([(0.0, 9.0)], stretched) == [(1.5, 9.0)]


def segment(words: list[RecognisedWord], start_s: float | None = None) -> RecognisedSegment:
    return RecognisedSegment(
        "".join(w.text for w in words),
        words[0].start_s if start_s is None else start_s,
        words[-1].end_s,
        -0.2, 0.1, tuple(words),
    )  # fmt: skip


@given(WORDS.filter(bool), st.integers(1, 6), st.data())
def test_merging_keeps_every_word_once_in_order_of_time(
    spoken: list[tuple[float, float]], size: int, data: st.DataObject
) -> None:
    words = words_of(spoken)
    first = [segment(words[i : i + size]) for i in range(0, len(words), size)]
    gaps = find_gaps([(0.0, words[-1].end_s + 3.0)], words)
    heard = data.draw(st.lists(st.sampled_from(gaps), unique=True)) if gaps else []
    again = [
        # A clip begins a little before its gap.
        segment([RecognisedWord("再", a + 0.01, b - 0.01, 0.5)], start_s=max(0.0, a - 0.34))
        for a, b in heard
    ]
    made = merge(first, again, gaps)
    assert all("".join(w.text for w in s.words) == s.text for s in made)
    assert sorted(w.text for s in made for w in s.words) == sorted(
        [*(w.text for w in words), *("再" for _ in heard)]
    )
    starts = [w.start_s for s in made for w in s.words]
    assert starts == sorted(starts)


def test_what_was_heard_again_stands_where_it_was_said() -> None:
    words = words_of([(0.0, 0.5), (4.0, 0.5)], "語")
    gaps = find_gaps([(0.0, 5.0)], words)
    again = segment([RecognisedWord("間", 1.0, 3.0, 0.8)], start_s=0.2)
    assert [s.text for s in merge([segment(words)], [again], gaps)] == ["語0", "間", "語1"]
