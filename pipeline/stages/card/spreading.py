"""Which of an episode's claims make cards: the sure ones, and some where there would be none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.stages.card.claims import Claim

_STRETCH_CHARS = 150


def spread(found: Sequence[Claim], said: Sequence[dict[str, Any]]) -> list[Claim]:
    """The sure claims, and of the others the best where a long stretch of talk would have none; each says its own.

    Args:
        found: the claims of an episode, in order.
        said: its utterances.
    """
    begins = [0]
    for utterance in said:
        begins.append(begins[-1] + len(utterance["text"]))
    kept: list[Claim] = []
    for claim in sorted(found, key=lambda c: (not c.is_sure, -c.score, c.at)):
        near = [abs(begins[claim.at] - begins[c.at]) < _STRETCH_CHARS for c in kept]
        if (claim.is_sure or not any(near)) and not any(_repeats(claim, c) for c in kept):
            kept.append(claim)
    return [c for c in found if any(c is k for k in kept)]


def _repeats(claim: Claim, other: Claim) -> bool:
    """Whether a claim's title is already told in the body of another with the same quote."""
    is_inside = other.first <= claim.first and claim.last <= other.last
    return is_inside and f"{claim.title}。" in other.body
