"""The verdicts on the synthetic relations, and the rules that hold for all."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.trust import VERDICTS, RelationTrust, trust
from pipeline.trust.measure import measure
from tests.trust.meetings import conversation

STORIES = {
    "asahi-shokuhin": "growing", "kitamura-bosai": "flat", "mizuho-kiko": "doing_for",
    "tokiwa-seiyaku": "recovered", "hinode-unyu": "eroded", "sakuragi-juku": "unclear",
    "iwaki-kanko": "growing", "fujimi-denki": "growing",
}  # fmt: skip


@pytest.fixture(scope="module")
def found(relations: Path) -> dict[str, RelationTrust]:
    overview = trust(relations)
    assert overview.errors == ()
    return {one.relation: one for one in overview.relations}


@pytest.mark.parametrize(("relation", "story"), STORIES.items())
def test_the_story_is_told(found: dict[str, RelationTrust], relation: str, story: str) -> None:
    assert found[relation].verdict == story


def test_what_is_told_holds_together(found: dict[str, RelationTrust]) -> None:
    assert set(found) == set(STORIES)
    for one in found.values():
        assert sum(one.chances.values()) == pytest.approx(1, abs=0.01)
        assert set(one.chances) == set(VERDICTS)
        assert one.confidence == (one.chances[one.verdict] if one.verdict != "unclear" else 0)
        dates = [point.date for point in one.meetings]
        assert dates == sorted(dates)
        for point in one.meetings:
            assert point.n == point.opinion + point.answer + point.action + point.none
            assert point.trend.low <= point.trend.value <= point.trend.high


def test_evidence_is_what_the_customer_said(
    found: dict[str, RelationTrust], relations: Path
) -> None:
    for one in found.values():
        assert one.evidence or one.verdict == "unclear"
        for quote in one.evidence:
            text = (relations / "raw" / one.relation / f"{quote.episode_id}.txt").read_text("utf-8")
            speakers = [n for n, role in one.roles.items() if role == "customer"]
            lines = [line for line in text.splitlines() if quote.quote in line]
            assert any(line.startswith(tuple(speakers)) for line in lines)
            assert quote.why


def test_nobody_on_neither_side_is_counted(found: dict[str, RelationTrust]) -> None:
    assert found["tokiwa-seiyaku"].roles["宮本"] == "other"
    assert found["tokiwa-seiyaku"].meetings[2].n == 8


@pytest.mark.parametrize("requests", [("aaaaa", "ooooo"), ("aaaaaaaa", "", "oooooooo")])
def test_no_verdict_from_fewer_than_three_meetings(requests: tuple[str, ...]) -> None:
    made = measure(conversation(*requests))
    assert (made.verdict, made.confidence) == ("unclear", 0)
    assert "2回" in made.reason


def test_no_verdict_from_too_few_requests() -> None:
    made = measure(conversation("ann", "nan", "onn", "nno"))
    assert made.verdict == "unclear"
    assert "4件" in made.reason


@pytest.mark.parametrize(
    ("requests", "story"),
    [
        (("aaaa", "aaao", "aooo", "oooo"), "growing"),
        (("aaaa", "aaaa", "aaao", "aaaa", "aaaa"), "flat"),
        (("aaoa", "aadd", "addd", "dddd"), "doing_for"),
    ],
)
def test_plain_counts_tell_plain_stories(requests: tuple[str, ...], story: str) -> None:
    assert measure(conversation(*requests)).verdict == story


def test_favours_and_deeds_together_hand_over_no_work() -> None:
    requests = ("aaoa", "aodd", "aodd", "oddo")
    apart = measure(conversation(*requests, d="来週の打ち合わせに来ていただけますか。"))
    assert apart.chances["doing_for"] < 0.3 < measure(conversation(*requests)).chances["doing_for"]


def test_displeasure_goes_before_what_is_asked() -> None:
    angry = "もう三回目ですよ。約束が守られないなら、契約を見直します。"
    made = measure(
        conversation("oaon", "axxx", "axxx", "axxn", x=angry, csm="申し訳ございません。")
    )
    assert made.verdict == "eroded"
    assert made.meetings[-1].strain > 0.9
    assert made.evidence[-1].quote == angry


def test_a_meeting_without_the_customer_is_told() -> None:
    made = measure(conversation("aaaa", "", "aaaa", "aaaa"))
    assert any("顧客の発言がない会議が1回" in note for note in made.notes)
