"""Trust over time: from finished tables to a verdict a relation."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.trust.evidence import find_evidence
from pipeline.trust.intervals import wilson
from pipeline.trust.read import Conversation
from pipeline.trust.results import Point, RelationTrust
from pipeline.trust.signs import Signs, weigh
from pipeline.trust.verdict import Judged, judge

STAGE_VERSION = 1


def measure(conversation: Conversation) -> RelationTrust:
    """Measure the meetings with one customer.

    Args:
        conversation: its meetings in order (:func:`pipeline.trust.read.read_conversation`).

    Returns:
        Points, verdict and evidence; the same input gives the same result.

    Raises:
        ConfigError: the cue file is damaged.
        ValueError: no meeting.
    """
    signs = [weigh(meeting) for meeting in conversation.meetings]
    judged = judge(signs)
    return RelationTrust(
        relation=conversation.relation,
        verdict=judged.verdict,
        confidence=round(judged.confidence, 4),
        reason=_reason(judged, signs),
        chances={name: round(chance, 4) for name, chance in judged.chances.items()},
        roles=conversation.roles,
        meetings=tuple(_point(s, judged, number) for number, s in enumerate(signs)),
        evidence=tuple(find_evidence(judged.verdict, signs, judged.strains)),
        notes=tuple(_notes(conversation)),
        is_private=any(m.is_private for m in conversation.meetings),
    )


def _point(signs: Signs, judged: Judged, number: int) -> Point:
    counts, asked, meeting = signs.counts, signs.requests, signs.meeting
    return Point(
        episode_id=meeting.episode_id,
        title=meeting.title,
        date=meeting.date.date().isoformat() if meeting.date else None,
        n=counts.total(),
        opinion=counts["opinion"],
        answer=counts["answer"],
        action=counts["action"],
        none=counts["none"],
        opinion_share=wilson(counts["opinion"], asked),
        answer_share=wilson(counts["answer"], asked),
        action_share=wilson(counts["action"], asked),
        trend=judged.trends[number],
        strain=judged.strains[number],
        signals=signs.signals,
    )


def _reason(judged: Judged, signs: Sequence[Signs]) -> str:
    """Why this verdict, in a sentence or two, with the figures it rests on."""
    if judged.why_not:
        return judged.why_not + "。"
    first, last = judged.trends[0], judged.trends[-1]
    course = (
        f"求めのうち意見の割合は、はじめ{_percent(first.value)}、最近{_percent(last.value)}"
        f"（95%区間 {_percent(last.low)}–{_percent(last.high)}）と見積もられます"
    )
    tense = [_day(s) for s, chance in zip(signs, judged.strains, strict=True) if chance > 0.5]
    if judged.verdict == "recovered":
        return (
            f"{'、'.join(tense) or '途中'}に不満が出ましたが、そのあと落ち着いています。{course}。"
        )
    if judged.verdict == "eroded":
        return f"{'、'.join(tense) or '最近'}に不満や不信が続き、戻った様子がありません。{course}。"
    asked = sum(s.requests for s in signs)
    deeds = sum(s.counts["action"] for s in signs[-max(1, len(signs) // 3) :])
    if judged.verdict == "doing_for":
        return f"最近の会議では、代わりにやってほしいという求めが中心です（行動の求め{deeds}件）。{course}。"
    if judged.verdict == "growing":
        return f"答えより意見を求めるほうへ動いているか、その高さを保っています（求め{asked}件）。{course}。"
    return f"求め方に、はっきりした変化がありません（求め{asked}件）。{course}。"


def _day(signs: Signs) -> str:
    date = signs.meeting.date
    return date.date().isoformat() if date else signs.meeting.episode_id


def _percent(share: float | None) -> str:
    return f"{100 * (share or 0.0):.0f}%"


def _notes(conversation: Conversation) -> list[str]:
    """What a reader must know about the data."""
    notes = []
    silent = [m for m in conversation.meetings if not any(s.role == "customer" for s in m.said)]
    if silent:
        notes.append(
            f"顧客の発言がない会議が{len(silent)}回あります（`<名前>.yaml` の roles で顧客を示してください）"
        )
    if any(m.date is None for m in conversation.meetings):
        notes.append("日付のない会議は最後に、回の名前の順に並べました")
    if conversation.unassigned:
        notes.append(f"役割のない話者{conversation.unassigned}人は数えていません")
    return notes
