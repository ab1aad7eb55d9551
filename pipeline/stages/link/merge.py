"""The same claim said again: later cards become further evidence of the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline import claims
from pipeline.stages.link.said import Said

# Words in common without which no two titles are one, to spare the closer look.
_LEAST_NAMED = 2
_STORY = 0.8  # two stories share much of their words with every story of that kind


def first_to_say(number: int, near: Sequence[int], said: Mapping[int, Said]) -> int | None:
    """The first card that makes the same claim as a later one; None where none does.

    Args:
        number: of the later card.
        near: cards it is compared with that are themselves merged into none, in ascending order.
        said: cards by number.
    """
    return next((n for n in near if n < number and _is_same(said[n], said[number])), None)


def _is_same(a: Said, b: Said) -> bool:
    if (a.kind == "question") != (b.kind == "question") or (a.kind == "example") != (
        b.kind == "example"
    ):
        return False
    if len(a.named & b.named) < _LEAST_NAMED:
        return False
    found = claims.compare(a.claim, b.claim)
    return found.is_same and (a.kind != "example" or found.likeness >= _STORY)
