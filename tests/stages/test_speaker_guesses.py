"""Who may speak in a transcript without names: suggestions, and where there must be none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from pipeline.requests import classify_all
from pipeline.stages.speakers import Guess, guess_turns


def talk(*texts: str, **more: Any) -> list[dict[str, Any]]:
    """Utterances as the stage ``segment`` writes them, a text each."""
    return [
        {
            "utterance_index": index, "text": text, "speaker": None, "voice": None,
            "request": asked.label, "request_abstained": asked.abstained,
            "request_end_char": asked.end, **more,
        }
        for index, (text, asked) in enumerate(zip(texts, classify_all(texts), strict=True))
    ]  # fmt: skip


def named(guesses: Sequence[Guess]) -> list[tuple[int, str | None, str]]:
    return [(g.first_utterance, g.speaker, g.rule) for g in guesses if g.speaker]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("こんにちは、聞き手の田村です。", "田村"),
        ("はじめまして、山岸と申します。", "山岸"),
        ("株式会社みなと計画の小野寺です。", "小野寺"),
        ("本日の進行は私、田村でございます。", "田村"),
        ("ここまでのお相手は、わたくし、田村花子でした。", "田村花子"),
    ],
)
def test_who_introduces_himself_says_it(text: str, name: str) -> None:
    (guess,) = guess_turns(talk("おはようございます。", text, "きょうは雨ですね。"))
    assert (guess.first_utterance, guess.last_utterance) == (1, 1)
    assert (guess.speaker, guess.rule, guess.voice) == (name, "self_introduction", None)
    assert 0.5 < guess.score < 1
    assert guess.evidence in text
    assert name in guess.evidence


@pytest.mark.parametrize(
    "text",
    [
        "担当は田中です。",
        "うちの営業の田中です。",
        "こちらが今月から入る田中です。",
        "最初に気づいたのが田中でした。",
        "「聞き手の田中です。」と名乗るだけでした。",
        "「聞き手の田中です」と名乗るところからやり直しました。",
        "田中ですと言われても困ります。",
        "ご担当は田中ですか。",
        "田中さんです。",
        "次の駅は千葉です。",
        "皆さんのおかげです。",
        "お客さんです。",
        "佐藤さんのところの導入です。",
    ],
)
def test_who_names_another_is_not_that_one(text: str) -> None:
    assert named(guess_turns(talk("おはようございます。", text, "きょうは雨ですね。"))) == []


def test_an_answer_to_who_is_no_introduction() -> None:
    assert named(guess_turns(talk("引き継いだのは誰でしたっけ。", "田中です。"))) == []


@pytest.mark.parametrize(
    "question",
    [
        "山岸さんはどうですか。",
        "山岸さん、どう思われますか？",
        "現場に任せるのがいいと思うんですけど、山岸さん。",
        "では、山岸さんから見ていかがでしょうか。",
    ],
)
def test_who_is_asked_by_name_replies(question: str) -> None:
    guesses = guess_turns(
        talk("話を変えます。", question, "最初の月は隣で進めます。", "次は手を離します。")
    )
    assert named(guesses) == [(2, "山岸", "addressed")]
    assert "山岸さん" in guesses[0].evidence


def test_after_a_question_the_name_alone_may_follow() -> None:
    said = talk("締めの時期はどうしていますか。", "山岸さん。", "月の半ばに一度見ます。")
    assert named(guess_turns(said, people=["山岸"])) == [(2, "山岸", "addressed")]


@pytest.mark.parametrize(
    "text",
    [
        "田中さんが言っていたことを覚えていますか。",
        "佐藤さんのところの導入はどうなりましたか。",
        "それは田中さんに頼んだほうがいいですか。",
        "前任の田中さんはどう考えていたんですか。",
        "お客さんに「田中さんはどう思いますか」と聞かれました。",
        "お客さんから、田中さんはどう思いますかって聞かれて。",
        "昼休みにチャットで、田中さん、どう思います？って来て。",
        "皆さんはどう思いますか。",
        "お客さん、どう思いますか。",
        "田中さん、異動先からお手紙をくれたんです。",
        "田中さん、元気になったんでしょうか。",
        "パン屋さんはどうですか。",
    ],
)
def test_speaking_of_somebody_does_not_let_him_reply(text: str) -> None:
    said = talk("話を変えます。", text, "それは大事なところです。", "次に行きましょう。")
    assert named(guess_turns(said)) == []


@pytest.mark.parametrize(
    "reply",
    [
        "山岸さんに聞かないと分かりません。",
        "現場から見てどうですか。",
        "困りますよね。",
        "佐藤さん。",
    ],
)
def test_a_reply_that_cannot_be_the_ones_asked_is_left_alone(reply: str) -> None:
    said = talk("山岸さんはどうですか。", reply, "最初の月は隣で進めます。")
    assert named(guess_turns(said)) == []


def test_names_are_as_the_list_of_people_writes_them() -> None:
    said = talk("お便りの担当、モコです。", "森本さんはどう見ますか。", "様子を見ます。")
    people = ["モコ", "森", "森本 千佳（進行）"]
    assert named(guess_turns(said, people=people)) == [
        (0, "モコ", "self_introduction"), (2, "森本 千佳（進行）", "addressed"),
    ]  # fmt: skip


def test_a_family_name_of_two_people_is_nobodys() -> None:
    said = talk("話を変えます。", "森本さんはどう見ますか。", "様子を見ます。")
    assert guess_turns(said, people=["森本 千佳", "森本 亮"]) == []


def test_a_question_and_its_reply_are_two_voices() -> None:
    said = talk("集計は毎月どうやっていますか？", "そうですね、手作業です。", "半日かかります。")
    asks, answers = guess_turns(said)
    assert (asks.first_utterance, asks.voice, asks.rule) == (0, "話者A", "asks")
    assert (answers.first_utterance, answers.voice, answers.rule) == (1, "話者B", "answers")
    assert answers.evidence == "そうですね"
    assert asks.speaker is answers.speaker is None


@pytest.mark.parametrize(
    ("before", "reply"),
    [
        ("集計は毎月半日かかっていました。", "はい、次のお便りです。"),
        ("画面を共有してください。", "はい、ということで今日はここまでです。"),
        ("集計は毎月どうやっていますか？", "手作業だと半日かかる会社が多いので。"),
    ],
)
def test_other_utterances_show_no_second_voice(before: str, reply: str) -> None:
    assert guess_turns(talk(before, reply)) == []


def test_nothing_is_guessed_where_somebody_is_known_and_no_voices_where_they_are() -> None:
    said = talk("聞き手の田村です。", "集計は毎月どうやっていますか？", "そうですね、手作業です。")
    assert len(guess_turns(said)) == 3
    said[2]["speaker"] = "山岸"
    assert guess_turns(said) == []
    heard = talk(*(u["text"] for u in said), voice="SPEAKER_01")
    assert named(guess_turns(heard)) == [(0, "田村", "self_introduction")]
    assert len(guess_turns(heard)) == 1
    assert guess_turns([]) == []
