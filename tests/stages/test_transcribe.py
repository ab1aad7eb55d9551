"""Phantom phrases and loops are flagged, real speech stays, nothing is deleted."""

from __future__ import annotations

from pipeline.recognition import RecognisedSegment, RecognisedWord, Recognition
from pipeline.stages.transcribe import from_recognition

THANKS = "ご視聴ありがとうございました"


def heard(
    text: str, start_s: float, end_s: float, *, no_speech: float = 0.05, sure: float = 0.9
) -> RecognisedSegment:
    step = (end_s - start_s) / max(1, len(text))
    words = tuple(
        RecognisedWord(c, start_s + i * step, start_s + (i + 1) * step, sure)
        for i, c in enumerate(text)
    )
    return RecognisedSegment(text, start_s, end_s, -0.3, no_speech, words)


def flags(*segments: RecognisedSegment) -> list[tuple[str, str | None]]:
    made = from_recognition("e", Recognition(segments, "base", None))["segments"].to_pylist()
    return [(s["text"], s["dropped_reason"]) for s in made]


def test_a_phantom_over_silence_is_flagged_and_kept() -> None:
    found = flags(heard("今日は定着の話をします", 0, 3), heard(THANKS, 3, 30, no_speech=0.8))
    assert found == [("今日は定着の話をします", None), (THANKS, "phantom_phrase")]


def test_a_real_closing_thanks_stays() -> None:
    assert (
        flags(heard("また来週お会いしましょう", 0, 3), heard(THANKS + "。", 3, 5.5))[-1][1] is None
    )


def test_the_same_thanks_in_the_middle_is_invented() -> None:
    found = flags(heard(THANKS, 0, 2.5), heard("続きを話します", 3, 5), heard(THANKS, 5, 7.5))
    assert [reason for _, reason in found] == ["phantom_phrase", None, None]


def test_a_phantom_behind_real_speech_is_split_off() -> None:
    real, invented = heard("では始めます", 0, 2), heard(THANKS, 2, 29, sure=0.2)
    both = RecognisedSegment(
        real.text + invented.text, 0, 29, -0.3, 0.05, real.words + invented.words
    )
    assert flags(both) == [("では始めます", None), (THANKS, "phantom_phrase")]


def test_a_loop_is_cut_out_and_the_words_around_it_live() -> None:
    found = flags(heard("まず現場に行きます" + "そうなんです" * 12 + "以上です", 0, 30))
    assert (
        "".join(text for text, _ in found)
        == "まず現場に行きます" + "そうなんです" * 12 + "以上です"
    )
    assert [reason for _, reason in found] == [None, "repetition_loop", None]
    assert found[0][0].startswith("まず現場に行きます")
    assert found[2][0] == "以上です"


def test_the_same_line_again_and_again_is_a_loop_but_backchannels_are_not() -> None:
    lines = [heard("資料を共有しています", i * 2.0, i * 2.0 + 2) for i in range(6)]
    assert [r for _, r in flags(*lines)] == [None] + ["repetition_loop"] * 5
    assert [r for _, r in flags(*[heard("はい", i * 2.0, i * 2.0 + 1) for i in range(6)])] == [
        None
    ] * 6


def test_words_rebuild_their_segment() -> None:
    made = from_recognition("e", Recognition((heard("大事な話です", 0, 2),), "base", "伴走"))
    words = made["words"].to_pylist()
    assert "".join(w["text"] for w in words) == "大事な話です"
    assert [w["word_index"] for w in words] == list(range(6))


def test_hint_words_recited_over_a_hum_are_flagged_and_said_ones_stay() -> None:
    recited = RecognisedSegment("アップセル ハイタッチ", 0, 5, -0.8, 0.1, ())
    said = RecognisedSegment("ハイタッチ", 6, 7, -0.2, 0.1, ())
    made = from_recognition("e", Recognition((recited, said), "base", "伴走 アップセル ハイタッチ"))
    assert made["segments"]["dropped_reason"].to_pylist() == ["phantom_phrase", None]
