"""The same claim said again: later cards become further evidence of the first."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline import claims
from pipeline.stages.link.said import Said

# Words in common without which no two titles are one, to spare the closer look.
_LEAST_NAMED = 2
_STORY = 0.8  # two stories share much of their words with every story of that kind


def merge(said: Sequence[Said], near: Sequence[Sequence[int]]) -> dict[int, int]:
    """Later card → the first card that makes the same claim.

    Args:
        said: the cards in their order.
        near: for each the cards it is compared with.

    Returns:
        Pairs of positions. A first card is itself merged into none.
    """
    merged: dict[int, int] = {}
    for number, others in enumerate(near):
        same = [
            n for n in others if n < number and n not in merged and _is_same(said[n], said[number])
        ]
        if same:
            merged[number] = same[0]
    return merged


def _is_same(a: Said, b: Said) -> bool:
    if (a.kind == "question") != (b.kind == "question") or (a.kind == "example") != (
        b.kind == "example"
    ):
        return False
    if len(a.named & b.named) < _LEAST_NAMED:
        return False
    found = claims.compare(a.claim, b.claim)
    return found.is_same and (a.kind != "example" or found.likeness >= _STORY)
