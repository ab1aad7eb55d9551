"""Which new card is an old one: ids stay when an episode is transcribed, repaired or tagged again.

Titles are written anew with every change of the writer, words are heard otherwise with every model.
What stays is the place and the sentence a title was made of: where the titles of two cards lie in
their quotes, compared by sound.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline import claims, morph

_NOT_LETTERS = re.compile(r"[\W_]+")
_TOLERANCE_S = 1.5  # recognition places the same word that differently
_SAME_WORDS = 0.9  # a quote found elsewhere in a text without times
_LEAST_CHARS = 12
# Quotes, stretches behind the titles, and titles; each from 0 to 1.
_QUOTE, _STRETCH, _SOME_TITLE, _TITLE = 0.6, 0.5, 0.3, 0.8
_GROUNDED, _HARDLY, _SAME_QUOTE, _ALIKE, _LEAST_QUOTE = 0.65, 0.5, 0.85, 0.6, 0.5
_TURNS = frozenset({"denial", "side", "number", "agent", "roles"})

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Heard:
    """A card by its sound: quote, title, where in the quote the title's stretch lies, how like it is."""

    row: Row
    quote: str
    title: str
    stretch: tuple[int, int]
    grounds: float
    claim: claims.Assertion


def give_ids(episode_id: str, cards: Sequence[Row], prior: Sequence[Row]) -> None:
    """Set ``card_id`` on every card (in place).

    A card that overlaps a prior one in time (in lines, where there are no times) and says the same
    takes its id; the best pairs are matched first. Others get an id of their own quote. The order of
    the cards given does not matter.

    Args:
        cards: new cards, without ids.
        prior: the cards the episode had before.
    """
    cards = sorted(cards, key=_place)
    old = [_hear(card) for card in prior]
    new = [_hear(card) for card in cards] if old else []
    meetings = [
        (n, m) for n, ours in enumerate(new) for m, theirs in enumerate(old)
        if _meet(ours, theirs) and _find(ours.quote, theirs.quote)[2] >= _LEAST_QUOTE
    ]  # fmt: skip
    crowd = [Counter(n for n, _ in meetings), Counter(m for _, m in meetings)]
    pairs = []
    for number, other in meetings:
        ours, theirs = new[number], old[other]
        alike = _likeness(ours, theirs, are_alone=crowd[0][number] == crowd[1][other] == 1)
        if alike:
            distance = _distance(ours.row, theirs.row)
            pairs.append((-alike, distance, number, str(theirs.row["card_id"])))
    taken: set[str] = set()
    for _, _, number, card_id in sorted(pairs):
        if "card_id" not in cards[number] and card_id not in taken:
            cards[number]["card_id"] = card_id
            taken.add(card_id)
    taken |= {card["card_id"] for card in prior}  # an id that vanished never means another claim
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


def _place(card: Row) -> tuple[Any, ...]:
    return (
        card["first_segment"], card["first_char"], card["last_segment"], card["last_char"],
        card["title"], card["quote"],
    )  # fmt: skip


def _hear(row: Row) -> _Heard:
    quote, title = _sound(row["quote"]), _sound(row["title"])
    start, end, score = _find(title, quote)
    return _Heard(row, quote, title, (start, end), score, claims.read(row["title"]))


def _find(part: str, whole: str) -> tuple[int, int, float]:
    """Where a text is most like another one: a span of the second, and how like (0 to 1)."""
    from rapidfuzz import fuzz

    found = fuzz.partial_ratio_alignment(part, whole) if part and whole else None
    if found is None:
        return 0, 0, 0.0
    start, end = (found.dest_start, found.dest_end) if len(part) <= len(whole) else (0, len(whole))
    return start, end, found.score / 100


def _likeness(ours: _Heard, theirs: _Heard, *, are_alone: bool) -> float:
    """How far two cards of one place say the same, 0 where they do not."""
    from rapidfuzz import fuzz

    quotes = fuzz.partial_ratio(ours.quote, theirs.quote) / 100
    found = claims.compare(ours.claim, theirs.claim)
    titles = max(fuzz.ratio(ours.title, theirs.title) / 100, found.likeness)
    is_turned = bool(found.conflicts & _TURNS)
    if titles >= _TITLE and not is_turned:
        return 1.0 + titles
    stretch = _same_stretch(ours, theirs)
    if quotes >= _QUOTE and stretch >= _STRETCH and titles >= _SOME_TITLE and not is_turned:
        return 0.4 * stretch + 0.4 * titles + 0.2 * quotes
    # A title in words of its own does not show its stretch: then the quote must be the same, and no
    # other card's.
    grounds = min(ours.grounds, theirs.grounds)
    is_own = grounds < (_GROUNDED if stretch else _HARDLY) and not (is_turned and titles >= _ALIKE)
    is_one = is_own and are_alone and fuzz.ratio(ours.quote, theirs.quote) / 100 >= _SAME_QUOTE
    return 0.5 * quotes if is_one else 0.0


def _same_stretch(ours: _Heard, theirs: _Heard) -> float:
    """How far both titles were made of the same stretch of speech (0 to 1)."""
    start, end, score = _find(ours.quote[slice(*ours.stretch)], theirs.quote)
    first, last = theirs.stretch
    shorter = min(end - start, last - first)
    if score < _QUOTE or shorter <= 0:
        return 0.0
    return max(0, min(end, last) - max(start, first)) / shorter


def _distance(a: Row, b: Row) -> float:
    """Seconds (lines, where there are no times) between the starts."""
    if a["start_s"] is None or b["start_s"] is None:
        return float(abs(a["first_segment"] - b["first_segment"]))
    return float(abs(a["start_s"] - b["start_s"]))


def _meet(a: _Heard, b: _Heard) -> bool:
    """Whether two cards stand in one place; lines may have moved, times do not."""
    x, y = a.row, b.row
    if None not in (x["start_s"], x["end_s"], y["start_s"], y["end_s"]):
        return bool(
            x["start_s"] < y["end_s"] + _TOLERANCE_S and y["start_s"] < x["end_s"] + _TOLERANCE_S
        )
    if x["first_segment"] <= y["last_segment"] and y["first_segment"] <= x["last_segment"]:
        return True
    from rapidfuzz.distance import Indel

    is_long = min(len(a.quote), len(b.quote)) >= _LEAST_CHARS
    return is_long and Indel.normalized_similarity(a.quote, b.quote) >= _SAME_WORDS


def _sound(text: str) -> str:
    """A text as it is read, so that 伴走 and 伴奏 are one."""
    return _bare("".join(word.reading or word.surface for word in morph.tokens(text)))


def _bare(text: str) -> str:
    return _NOT_LETTERS.sub("", text)
