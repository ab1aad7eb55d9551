"""Which of the related pairs are kept: the surest first, no card with too many partners."""

from __future__ import annotations

import heapq
from collections.abc import Iterable

from pipeline.stages.link.index import Index, Pair

MAX_LINKS = 4


def choose(index: Index, new: Iterable[Pair], freed: Iterable[Pair]) -> None:
    """Keep of all pairs the surest, so that no card gets more than :data:`MAX_LINKS` partners.

    Partners are counted in both directions, so that no card becomes a hub. The result is that of going
    through all pairs, the surest first; but a pair is decided anew only where a surer one of the
    same card was added, taken away, or decided otherwise.

    Args:
        index: holds all pairs.
        new: pairs not yet decided.
        freed: pairs that were kept and are gone.
    """
    pairs: dict[int, dict[Pair, bool]] = {}
    kept: dict[int, set[Pair]] = {}

    def of(number: int) -> dict[Pair, bool]:
        if number not in pairs:
            pairs[number] = dict(index.pairs_of(number))
            kept[number] = {p for p, is_kept in pairs[number].items() if is_kept}
        return pairs[number]

    waiting = [Pair(p.rank, p.a, p.b) for p in new]
    waiting += [other for p in freed for other in of(p.a) if other > p]
    heapq.heapify(waiting)
    changed: dict[Pair, bool] = {}
    last = None
    while waiting:
        pair = heapq.heappop(waiting)
        if pair == last:
            continue
        last = pair
        ends = of(pair.a), of(pair.b)
        own = kept[pair.a], kept[pair.b]
        is_kept = all(sum(p < pair for p in end) < MAX_LINKS for end in own)
        if is_kept == ends[0][pair]:
            continue
        changed[pair] = ends[0][pair] = ends[1][pair] = is_kept
        for partners, end in zip(own, ends, strict=True):
            (partners.add if is_kept else partners.remove)(pair)
            for other in end:
                if other > pair:
                    heapq.heappush(waiting, other)
    index.keep(changed.items())
