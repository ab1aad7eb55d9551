"""Turns aligned to words: which voice speaks each part of a segment."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.stages.segment.pieces import Line

# A word that no turn covers is the nearest turn's where that is so near.
_NEAR_S = 1.0
# The times of words and of turns slip against each other by so much.
_SLIP_S = 0.35


def give_voices(lines: Sequence[Line], turns: Sequence[dict[str, Any]]) -> None:
    """Write into every line with times which voice speaks from which raw offset on.

    Args:
        lines: of an episode in order.
        turns: rows of ``turns`` in order of time.
    """
    spoken = _Turns(turns)
    for line in lines:
        if line.start_s is None or line.end_s is None:
            continue
        words = line.words or [(0, line.start_s, line.end_s)]
        line.voices = _changes(words, _smooth(words, spoken))


class _Turns:
    def __init__(self, turns: Sequence[dict[str, Any]]) -> None:
        self._turns = turns
        self._starts = [t["start_s"] for t in turns]
        self._longest_s = max((t["end_s"] - t["start_s"] for t in turns), default=0.0)

    def shares(self, start_s: float, end_s: float) -> dict[str, float]:
        """Seconds that each voice speaks in a span; less than 0: so far away is the nearest turn."""
        shares: dict[str, float] = {}
        for turn in self._near(start_s, end_s):
            shared_s = min(end_s, turn["end_s"]) - max(start_s, turn["start_s"])
            known_s = shares.get(turn["voice"])
            if known_s is None:
                shares[turn["voice"]] = shared_s
            elif shared_s > 0:
                shares[turn["voice"]] = max(known_s, 0.0) + shared_s
            else:
                shares[turn["voice"]] = max(known_s, shared_s)
        return shares

    def is_heard(self, voice: str | None, start_s: float, end_s: float) -> bool:
        """Whether a voice speaks in most of a span."""
        shared_s = self.shares(start_s, end_s).get(voice, 0.0) if voice is not None else 0.0
        return shared_s > 0.5 * (end_s - start_s)

    def _near(self, start_s: float, end_s: float) -> Iterator[dict[str, Any]]:
        at = bisect_right(self._starts, end_s + _NEAR_S) - 1
        while at >= 0 and self._starts[at] >= start_s - _NEAR_S - self._longest_s:
            if self._turns[at]["end_s"] >= start_s - _NEAR_S:
                yield self._turns[at]
            at -= 1


def _smooth(words: Sequence[tuple[int, float, float]], spoken: _Turns) -> list[str | None]:
    """A voice for every word.

    Where a turn begins or ends within the slip of the clocks, a word alone in its voice goes with
    its neighbours: a sentence's last sound is not somebody else's. A short turn that covers its words
    is an answer, unless it goes on beyond the segment.
    """
    shares = [spoken.shares(start_s, max(end_s, start_s + 0.02)) for _, start_s, end_s in words]
    found = [max(s, key=lambda voice: (s[voice], voice)) if s else None for s in shares]
    first = 0
    for at in range(1, len(found) + 1):
        if at < len(found) and found[at] == found[first]:
            continue
        before = found[first - 1] if first else None
        after = found[at] if at < len(found) else None
        length_s = words[at - 1][2] - words[first][1]
        around = before if before is not None else after
        if (
            around is not None
            and length_s < _SLIP_S
            and (first == 0 or at == len(found) or before == after)
        ):
            goes_on = (
                first == 0 and spoken.is_heard(found[first], words[0][1] - _SLIP_S, words[0][1])
            ) or (
                at == len(found)
                and spoken.is_heard(found[first], words[-1][2], words[-1][2] + _SLIP_S)
            )
            if goes_on or not _covers(shares[first:at], found[first]):
                found[first:at] = [around] * (at - first)
        first = at
    return found


def _covers(shares: Sequence[dict[str, float]], voice: str | None) -> bool:
    """Whether a voice speaks these words whole, and no other does."""
    return all(
        voice is not None and share.get(voice, 0.0) > 0
        and all(v == voice or s <= 0 for v, s in share.items())
        for share in shares
    )  # fmt: skip


def _changes(
    words: Sequence[tuple[int, float, float]], voices: Sequence[str | None]
) -> list[tuple[int, str | None]]:
    found: list[tuple[int, str | None]] = []
    for (offset, _, _), voice in zip(words, voices, strict=True):
        if not found:
            found.append((0, voice))
        elif voice != found[-1][1]:
            found.append((offset, voice))
    return found
