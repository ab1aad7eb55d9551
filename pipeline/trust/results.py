"""What trust over time is told with: points, quotes, a verdict a relation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.trust.intervals import Share

# The tables' names for the six verdicts, and what readers see.
VERDICTS: Mapping[str, str] = {
    "growing": "育っている",
    "flat": "停滞",
    "doing_for": "代走に偏る",
    "recovered": "揺らぎ→回復",
    "eroded": "損なわれている",
    "unclear": "判断できない",
}
ROLE_NAMES: Mapping[str, str] = {"customer": "顧客", "csm": "CSM", "other": "その他"}
# Signals counted in passages in which the customer speaks: tags, and candor that was accepted.
SIGNALS = (
    "signal.opinion", "signal.answer", "signal.reliance", "candor", "candor.accepted",
    "trust.erosion", "trust.recovery", "daisou", "jisou",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Point:
    """One meeting. ``n`` counts the customer's utterances, the four labels add up to it.

    Shares are of the requests (opinion + answer + action) with 95 % intervals; ``trend`` is the
    opinion share smoothed over all meetings with its 95 % interval; ``strain`` (0 to 1) how likely the
    relation is strained then; ``signals`` counts passages by :data:`SIGNALS`.
    """

    episode_id: str
    title: str
    date: str | None
    n: int
    opinion: int
    answer: int
    action: int
    none: int
    opinion_share: Share
    answer_share: Share
    action_share: Share
    trend: Share
    strain: float
    signals: Mapping[str, int]

    @property
    def requests(self) -> int:
        return self.opinion + self.answer + self.action


@dataclass(frozen=True, slots=True)
class Quote:
    """Evidence: what was said, where (``start_s`` is None where the source has no times), and why it counts."""

    episode_id: str
    utterance_id: str
    utterance_index: int
    start_s: float | None
    role: str
    quote: str
    why: str


@dataclass(frozen=True, slots=True)
class RelationTrust:
    """What the meetings with one customer tell.

    ``verdict`` is a key of :data:`VERDICTS`; ``confidence`` its probability (0 to 1; 0 where there is
    no verdict); ``chances`` the probability of every story; ``reason`` and ``notes`` are for readers.
    """

    relation: str
    verdict: str
    confidence: float
    reason: str
    chances: Mapping[str, float]
    roles: Mapping[str, str]
    meetings: tuple[Point, ...]
    evidence: tuple[Quote, ...]
    notes: tuple[str, ...]
    is_private: bool
