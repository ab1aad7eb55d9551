"""Brings the index in step with the episodes: takes off what no longer stands so, and adds what is new."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from pipeline import vectors
from pipeline.stages.link.candidates import Finder
from pipeline.stages.link.index import Episode, Index, Pair
from pipeline.stages.link.merge import first_to_say
from pipeline.stages.link.partners import choose
from pipeline.stages.link.reasons import relate
from pipeline.stages.link.said import Rarity, Said, read_card, weigh
from pipeline.stages.link.stored import from_text, to_text

Row = dict[str, Any]
Read = Callable[[str], Iterable[Row]]

_AT_HAND = 20_000  # cards: some hundred megabytes
_READ = ("passage_id", "kind", "title", "body", "quote", "tags")


def place_of(episode_id: str, published_at: datetime | None) -> str:
    """Where an episode stands: by when it was published, those of which nobody knows last."""
    return f"{int(published_at is None)} {published_at} {episode_id}"


def bring_in_step(
    index: Index, episodes: Iterable[Episode], read: Read, *, gone: Iterable[str] = ()
) -> set[str]:
    """Make the index that of these episodes and of those it has besides.

    Each audience's line is kept up to the first place where anything changed, and made anew from there on.

    Args:
        index: of an earlier run, or empty.
        episodes: all that may stand otherwise than in the index.
        read: gives the cards of an episode.
        gone: episodes of the index that are no more.

    Returns:
        Episodes that were looked at, those that are gone among them.
    """
    now = {episode.episode_id: episode for episode in episodes}
    left_out = set(gone)
    was = index.some([*now, *left_out])
    changed = {i: episode for i, episode in now.items() if was.get(i) != episode}
    moved = changed.keys() | left_out
    come: dict[str, list[Episode]] = defaultdict(list)
    for episode in changed.values():
        come[episode.audience].append(episode)
    cuts: dict[str, str] = {}
    for i in moved:
        for episode in filter(None, (was.get(i), changed.get(i))):
            first = cuts.get(episode.audience, episode.place)
            cuts[episode.audience] = min(first, episode.place)
    lines: dict[str, list[Episode]] = {}
    seen: set[str] = set()
    freed: list[Pair] = []
    for audience in sorted(cuts):  # all before anything is added: an episode may change its line
        line = index.line(audience)
        off = index.behind(line, cuts[audience])
        if off:
            freed += index.take_off(line, off[0].place)
            seen |= {episode.episode_id for episode in off}
        stay = [episode for episode in off if episode.episode_id not in moved]
        lines[audience] = sorted(stay + come[audience], key=attrgetter("place"))
    new: list[Pair] = []
    for audience in sorted(lines):
        if lines[audience]:
            made = _Line(index, index.line(audience))
            for episode in lines[audience]:
                new += made.add(episode, read(episode.episode_id))
                seen.add(episode.episode_id)
            made.keep()
    index.drop_spare()
    choose(index, new, freed)
    return seen


class _Line:
    """An audience's line while episodes are added to its end."""

    def __init__(self, index: Index, line: int) -> None:
        self._index = index
        self._line = line
        self._next = index.next_number(line)
        self._seen_in: Counter[str] = Counter()
        self._row_words: dict[int, list[str]] = defaultdict(list)
        self._changed: set[str] = set()
        self._at_hand: dict[int, tuple[Said, bool]] = {}
        for concept, cards, row in index.concepts(line):
            self._seen_in[concept] = cards
            if row is not None:
                self._row_words[row].append(concept)
        self._cards = self._next - index.start(line)

    def add(self, episode: Episode, rows: Iterable[Row]) -> list[Pair]:
        first = self._next
        ordered = sorted(rows, key=lambda r: (r["first_segment"], r["first_char"], r["card_id"]))
        stored = [self._read(row, position) for position, row in enumerate(ordered)]
        raw = [from_text(text) for _, text in stored]
        self._count(raw)
        rarity = Rarity(self._seen_in, self._cards)
        said = {first + at: weigh(card, rarity) for at, card in enumerate(raw)}
        finder = Finder(self._index, self._line, self._row_words)
        keys, near = finder.find(first, list(said.values()))
        others = {n for found in near for n in found if n < first}
        merged = set()
        for number, (card, is_merged) in self._look_up(others).items():
            said[number] = weigh(card, rarity)
            if is_merged:
                merged.add(number)
        for at, row in enumerate(ordered):
            number = first + at
            head = first_to_say(number, sorted(near[at] - merged), said)
            if head is not None:
                merged.add(number)
            content, text = stored[at]
            self._index.add_card(number, row, content=content, said=text, head=head, keys=keys[at])
        self._index.add_episode(self._line, episode.place, episode.episode_id, episode.mark, first)
        self._next += len(ordered)
        pairs = {
            (min(first + at, n), max(first + at, n))
            for at, others in enumerate(near)
            for n in others
        }
        related = [
            Pair(-found[3], a, b, *found[:3])
            for a, b in sorted(pairs)
            if not {a, b} & merged and (found := relate(said[a], said[b]))
        ]
        self._index.add_pairs(related)
        return related

    def keep(self) -> None:
        self._index.keep_concepts(
            self._line,
            [(c, self._seen_in[c], vectors.row(c)) for c in sorted(self._changed)],
        )

    def _read(self, row: Row, position: int) -> tuple[str, str]:
        parts = [position, row["episode_id"], *(row[name] for name in _READ)]
        content = hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
        return content, self._index.spare(content) or to_text(read_card(row, position))

    def _count(self, cards: Sequence[Said]) -> None:
        self._cards += len(cards)
        for card in cards:
            for concept in card.topic:
                if not self._seen_in[concept]:
                    row = vectors.row(concept)
                    if row is not None:
                        self._row_words[row].append(concept)
                        self._row_words[row].sort()
            self._seen_in.update(card.topic.keys())
            self._changed.update(card.topic)

    def _look_up(self, numbers: set[int]) -> dict[int, tuple[Said, bool]]:
        """Cards before, as read, and whether they are merged; those used last are kept at hand."""
        if len(self._at_hand) > _AT_HAND:
            self._at_hand.clear()
        for number, text, is_merged in self._index.said(numbers - self._at_hand.keys()):
            self._at_hand[number] = from_text(text), is_merged
        return {number: self._at_hand[number] for number in numbers}
