"""What readers see for the tables' ASCII names."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.review.labels import KINDS, STATUSES

__all__ = ["KINDS", "REASONS", "REQUESTS", "STATUSES", "TAG_GROUPS", "UNKNOWN_SPEAKER", "clock"]

UNKNOWN_SPEAKER = "不明"
REQUESTS: Mapping[str, str] = {
    "opinion": "意見を求める", "answer": "答えを求める", "action": "行動を求める", "none": "なし",
}  # fmt: skip
# Reason of a link, seen from its first card and from its second.
REASONS: Mapping[str, tuple[str, str]] = {
    "example_of": ("このカードが例となる主張", "このカードの例"),
    "condition_for": ("このカードが条件となる主張", "このカードの条件"),
    "contrast": ("対比", "対比"),
    "answer_to": ("このカードが答える問い", "このカードへの答え"),
    "restates": ("言い換え", "言い換え"),
    "continues": ("このカードの前の話", "このカードの続き"),
}
TAG_GROUPS: Mapping[str, str] = {"signal": "兆候", "trust": "信頼"}


def clock(seconds: float | None) -> str:
    """mm:ss, h:mm:ss from an hour on; empty where there is no time."""
    if seconds is None:
        return ""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute:02d}:{second:02d}"
