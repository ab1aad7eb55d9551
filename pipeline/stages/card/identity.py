"""Which new card is an old one: ids stay when an episode is transcribed, repaired or tagged again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any

_MIN_SIMILARITY = 0.55
_SAME_TITLE = 0.85  # a quote may gain or lose a neighbouring sentence and still carry the claim
_NOT_LETTERS = re.compile(r"[\W_]+")


def give_ids(
    episode_id: str, cards: Sequence[dict[str, Any]], prior: Sequence[dict[str, Any]]
) -> None:
    """Set ``card_id`` on every card (in place).

    A card that overlaps a prior one in time (in lines, where there are no times) and says the same
    takes its id; the best pairs are matched first. Others get an id of their own quote. The order of
    the cards given does not matter.

    Args:
        cards: new cards, without ids.
        prior: the cards the episode had before.
    """
    cards = sorted(cards, key=_place)
    pairs = []
    for number, card in enumerate(cards):
        for old in prior:
            alike = _likeness(card, old) if _overlap(card, old) else 0.0
            if alike:
                pairs.append((-alike, _distance(card, old), number, old["card_id"]))
    taken: set[str] = set()
    for _, _, number, card_id in sorted(pairs):
        if "card_id" not in cards[number] and card_id not in taken:
            cards[number]["card_id"] = card_id
            taken.add(card_id)
    taken |= {old["card_id"] for old in prior}  # an id that vanished never means another claim
    for card in cards:
        if "card_id" not in card:
            card["card_id"] = _new_id(episode_id, card["quote"], taken)
            taken.add(card["card_id"])


def _new_id(episode_id: str, quote: str, taken: set[str]) -> str:
    for attempt in range(1_000):
        digest = hashlib.sha256(f"{episode_id}\0{_bare(quote)}\0{attempt}".encode()).hexdigest()
        if f"c{digest[:12]}" not in taken:
            return f"c{digest[:12]}"
    raise ValueError(f"no free card id for episode {episode_id}")


def _place(card: dict[str, Any]) -> tuple[Any, ...]:
    return (
        card["first_segment"], card["first_char"], card["last_segment"], card["last_char"],
        card["title"], card["quote"],
    )  # fmt: skip


def _likeness(a: dict[str, Any], b: dict[str, Any]) -> float:
    """How far two cards say the same, 0 where they do not."""
    from rapidfuzz.distance import Indel

    quotes = Indel.normalized_similarity(_bare(a["quote"]), _bare(b["quote"]))
    titles = Indel.normalized_similarity(_bare(a["title"]), _bare(b["title"]))
    return max(quotes, titles) if quotes >= _MIN_SIMILARITY or titles >= _SAME_TITLE else 0.0


def _distance(a: dict[str, Any], b: dict[str, Any]) -> float:
    """Seconds (lines, where there are no times) between the starts."""
    if a["start_s"] is None or b["start_s"] is None:
        return float(abs(a["first_segment"] - b["first_segment"]))
    return float(abs(a["start_s"] - b["start_s"]))


def _overlap(a: dict[str, Any], b: dict[str, Any]) -> bool:
    if None in (a["start_s"], a["end_s"], b["start_s"], b["end_s"]):
        return bool(
            a["first_segment"] <= b["last_segment"] and b["first_segment"] <= a["last_segment"]
        )
    return bool(a["start_s"] < b["end_s"] + 1.0 and b["start_s"] < a["end_s"] + 1.0)


def _bare(text: str) -> str:
    return _NOT_LETTERS.sub("", text)
