"""Whether two claims are one: by meaning, as labelled by hand in tests/data/claims_own.jsonl."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import claims

PAIRS = [
    json.loads(line)
    for line in (Path(__file__).parent / "data/claims_own.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]


def judged(name: str) -> tuple[int, int, int]:
    """Pairs taken for one that are, that are not, and pairs that are one."""
    pairs = [p for p in PAIRS if p["set"] == name]
    found = [
        p["same"]
        for p in pairs
        if claims.compare(claims.read(p["one"]), claims.read(p["other"])).is_same
    ]
    return sum(found), len(found) - sum(found), sum(p["same"] for p in pairs)


@pytest.mark.parametrize(("name", "recall"), [("tuning", 0.55), ("test", 0.6), ("fresh", 0.3)])
def test_what_is_taken_for_one_claim_is_one(name: str, recall: float) -> None:
    right, wrong, same = judged(name)
    assert right / (right + wrong) >= 0.95
    assert right >= recall * same


def test_the_order_of_two_claims_does_not_matter() -> None:
    for pair in PAIRS[::3]:
        one, other = claims.read(pair["one"]), claims.read(pair["other"])
        there, back = claims.compare(one, other), claims.compare(other, one)
        assert (there.is_same, there.conflicts) == (back.is_same, back.conflicts)
        assert there.likeness == pytest.approx(back.likeness)


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ("毎月の集計を代わりに続ける", "毎月の集計を代わりに続けない", "denial"),
        ("返事は二十四時間以内に出す", "返事は1時間以内に出す", "number"),
        ("担当が替わると利用が止まる", "担当が替わると利用が止まるかもしれない", "guess"),
        ("顧客が担当を助ける", "担当が顧客を助ける", "roles"),
        ("値上げの前に成果を見せる", "値上げの後に成果を見せる", "side"),
        ("本音を聞けると信頼される", "信頼されると本音を聞ける", "condition"),
    ],
)
def test_what_keeps_two_claims_apart_has_a_name(one: str, other: str, why: str) -> None:
    found = claims.compare(claims.read(one), claims.read(other))
    assert why in found.conflicts
    assert not found.is_same


@pytest.mark.parametrize(
    "text",
    ["先に断らなければならない", "先に断らないといけない", "断ることが欠かせない", "断るしかない"],
)
def test_a_duty_denies_nothing(text: str) -> None:
    assert not claims.read(text).denied


def test_numbers_are_read_in_either_script() -> None:
    assert claims.read("百二十件を確かめる").numbers == claims.read("120件を確かめる").numbers


def test_a_part_of_a_claim_is_found_in_the_sentence_that_says_it() -> None:
    body = "定例は月に一回開く。期限に遅れる日は、先に電話で伝えて、次の期限を決める。"
    assert claims.held("期限に遅れる日は先に電話で伝える", [body]) > 0.9
    assert claims.held("期限に遅れる日も電話では伝えない", [body]) < 0.6
    assert claims.held("解約の理由を数える", [body]) < 0.4


@pytest.mark.parametrize(
    "other", ["言わないでいると、信頼がなくなる", "続けていると、そうなってしまう"]
)
def test_a_claim_without_a_telling_word_is_compared_too(other: str) -> None:
    bare = claims.read("言わないでいると、なかったことになってしまう")
    assert not bare.words
    assert not claims.compare(bare, claims.read(other)).is_same
    assert not claims.compare(claims.read(other), bare).is_same


_PIECES = st.sampled_from(
    [
        "言わない",
        "そうなっ",
        "して",
        "いる",
        "と",
        "なら",
        "ば",
        "、",
        "顧客",
        "が",
        "を",
        "は",
        "三つ",
        "こと",
        "に",
        "なる",
        "てしまう",
        "ない",
        "より",
        "減る",
        "場合",
    ]
)
_TITLES = st.lists(_PIECES, max_size=8).map("".join)


@given(one=_TITLES, other=_TITLES)
def test_any_two_titles_are_compared(one: str, other: str) -> None:
    found = claims.compare(claims.read(one), claims.read(other))
    assert found.conflicts == claims.compare(claims.read(other), claims.read(one)).conflicts
