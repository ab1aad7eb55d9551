"""The quotes behind a verdict: what was said, in which meeting, and why it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from pipeline.trust.results import Quote
from pipeline.trust.signs import Heeded, Signs

_MOST = 8
Weight = Callable[[Heeded], float]


def find_evidence(verdict: str, signs: Sequence[Signs], strains: Sequence[float]) -> list[Quote]:
    """Quotes of the customer that show the story, in the order they were said.

    Args:
        verdict: a key of :data:`pipeline.trust.results.VERDICTS`.
        signs: the meetings, in order.
        strains: per meeting how likely the relation is strained.

    Returns:
        At most :data:`_MOST` quotes.
    """
    heard = [s for s in signs if s.heeded]
    third = max(1, len(heard) // 3)
    early, late = heard[:third], heard[-third:]
    if verdict == "growing":
        found = [
            *_pick(early, _asks("answer"), 2, "はじめのころ：答えを求めている"),
            *_pick(late, _asks("opinion"), 4, "最近：意見を求めている"),
            *_pick(heard, lambda h: h.heard.relied, 1, "苦言を受け止め、または頼っている"),
            *_pick(late, lambda h: h.heard.own, 1, "自分たちで進めている"),
        ]
    elif verdict == "doing_for":
        found = [
            *_pick(early, _asks("opinion"), 1, "はじめのころ：意見を求めている"),
            *_pick(early, _asks("answer"), 1, "はじめのころ：答えを求めている"),
            *_pick(late, lambda h: h.deed, 5, "最近：代わりにやることを求めている"),
        ]
    elif verdict == "flat":
        found = [
            *_pick(early, _any_request, 3, "はじめのころの求め"),
            *_pick(late, _any_request, 3, "最近の求め：はじめと変わらない"),
        ]
    elif verdict in ("recovered", "eroded"):
        found = _shaken(verdict, heard, strains, signs)
    else:
        found = _pick(heard, _any_request, 4, "顧客の求め（これだけでは判断できない）")
    order = {s.meeting.episode_id: n for n, s in enumerate(signs)}
    unique = {quote.utterance_id: quote for quote in reversed(found)}
    chosen = sorted(unique.values(), key=lambda q: (order[q.episode_id], q.utterance_index))
    return chosen[:_MOST]


def _shaken(
    verdict: str, heard: Sequence[Signs], strains: Sequence[float], signs: Sequence[Signs]
) -> list[Quote]:
    chance = {s.meeting.episode_id: c for s, c in zip(signs, strains, strict=True)}
    tense = [s for s in heard if chance[s.meeting.episode_id] > 0.5]
    found = _pick(tense, lambda h: h.heard.strain, 4, "不満や不信が出ている", spread=True)
    if verdict == "eroded":
        before = [s for s in heard if not tense or s is not tense[0]][:1]
        return [*_pick(before, _asks("opinion"), 1, "その前：意見を求めている"), *found]
    first = heard.index(tense[0]) if tense else 0
    after = [s for s in heard[first:] if s not in tense]
    return [
        *found,
        *_pick(heard[first:], lambda h: h.heard.ease, 2, "安心や感謝が出ている"),
        *_pick(after, _asks("opinion"), 2, "そのあと：また意見を求めている"),
    ]


def _asks(request: str) -> Weight:
    return lambda h: h.said.score if h.said.request == request else 0.0


def _any_request(heeded: Heeded) -> float:
    return heeded.said.score if heeded.said.request != "none" else 0.0


def _pick(
    signs: Iterable[Signs], weight: Weight, most: int, why: str, *, spread: bool = False
) -> list[Quote]:
    """The weightiest utterances, the longer of two; with ``spread`` from every meeting in turn."""
    ranked = []
    for meeting in signs:
        shown = [(weight(h), h) for h in meeting.heeded if weight(h) > 0]
        shown.sort(key=lambda pair: (-pair[0], -len(pair[1].said.text), pair[1].said.index))
        ranked += [
            (place if spread else 0, -w, -len(h.said.text), meeting, h)
            for place, (w, h) in enumerate(shown)
        ]
    ranked.sort(key=lambda entry: entry[:3])
    return [_quote(meeting, h, why) for _, _, _, meeting, h in ranked[:most]]


def _quote(signs: Signs, heeded: Heeded, why: str) -> Quote:
    said = heeded.said
    return Quote(
        signs.meeting.episode_id,
        said.utterance_id,
        said.index,
        said.start_s,
        said.role,
        said.text,
        why,
    )
