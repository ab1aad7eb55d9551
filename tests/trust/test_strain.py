"""Strain, recovery and withdrawal over meetings; what single sentences show."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.trust.heard import hear_csm, hear_customer
from pipeline.trust.mood import moods
from pipeline.trust.strain import RECOVERED, STRAINED, WITHDRAWN, Mood, state_chances

CALM = Mood(sentences=6, strain=0, ease=0.4, opinions=1, erosion=0, ours=0, requests=3)
TENSE = Mood(sentences=6, strain=3.5, ease=0, opinions=0, erosion=0.6, ours=1.6, requests=2)
EASED = Mood(sentences=6, strain=0, ease=2, opinions=2, erosion=0, ours=0, requests=3)
SILENT = Mood(sentences=3, strain=0, ease=0, opinions=0, erosion=0, ours=0, requests=1)


def last(*moods: Mood) -> np.ndarray:
    return state_chances(moods)[1]


def test_chances_add_up() -> None:
    each, end = state_chances([CALM, TENSE, SILENT, EASED])
    assert each.sum(axis=1) == pytest.approx(1)
    assert end == pytest.approx(each[-1])


def test_calm_stays_calm_and_one_stray_sentence_changes_nothing() -> None:
    stray = Mood(sentences=6, strain=1, ease=0.4, opinions=1, erosion=0, ours=0, requests=3)
    for end in (last(CALM, CALM, CALM), last(CALM, stray, CALM)):
        assert end[0] > 0.85


def test_strain_that_goes_on_is_erosion_and_strain_that_eases_is_recovery() -> None:
    worse = last(CALM, TENSE, TENSE)
    assert worse[STRAINED] + worse[WITHDRAWN] > 0.9
    assert last(CALM, TENSE, EASED)[RECOVERED] > 0.9


def test_falling_silent_is_no_recovery() -> None:
    end = last(CALM, TENSE, TENSE, SILENT)
    assert end[STRAINED] + end[WITHDRAWN] > 0.6


@pytest.mark.parametrize(
    "text",
    [
        "話が違うじゃないですか。", "三回目ですよ、同じ不具合は。", "契約の見直しも考えています。",
        "返事が一週間も来ていません。", "ほかの会社の話も聞くことにしました。",
    ],
)  # fmt: skip
def test_displeasure_is_heard(text: str) -> None:
    assert hear_customer(text).strain >= 0.6


@pytest.mark.parametrize(
    "text",
    [
        "この欄は何文字まで入りますか。",
        "はい、確認しました。",
        "来月もこの時間でお願いします。",
        "孫が遊びに来ましてね。",
    ],
)
def test_plain_talk_is_not(text: str) -> None:
    heard = hear_customer(text)
    assert heard.strain == 0
    assert heard.handover == 0


def test_what_stands_last_counts() -> None:
    assert hear_customer("あのときはがっかりしましたが、今は安心しています。").strain == 0
    assert hear_customer("安心していたのに、がっかりしました。").strain > 1


def test_a_worry_brought_for_advice_counts_less() -> None:
    text = "現場から苦情が出て困っています。"
    assert hear_customer(text, asks_opinion=True).strain < 0.5 * hear_customer(text).strain


def test_work_handed_over_a_favour_and_our_own_words() -> None:
    assert hear_customer("残りも全部そちらで作ってください。").handover == 1
    assert hear_customer("一緒に見てもらえますか。").is_joint
    assert hear_csm("大変申し訳ございません。").apology > 0
    assert hear_csm("では、こちらで作成しておきます。").took_over > 0


def test_the_sentence_model_hears_what_no_pattern_foresaw() -> None:
    tense = [
        "何のための打ち合わせだったのか、わからなくなりました。",
        "社員に合わせる顔がありません。",
        "それで済むと思っているんですか。",
    ]
    plain = [
        "単価の桁は何桁まで入りますか。",
        "次回は第二火曜日にしましょう。",
        "新しい棚が届きました。",
    ]
    assert np.mean([s for s, _ in moods(tense)]) > np.mean([s for s, _ in moods(plain)]) + 0.1
    eased = ["あれだけ早く動いてくれたので、みんな見直しています。", "続けることに決めました。"]
    assert np.mean([e for _, e in moods(eased)]) > np.mean([e for _, e in moods(plain)]) + 0.1
