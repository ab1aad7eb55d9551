"""Takes names out: the same name gets the same mask everywhere in one result."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pipeline import morph
from pipeline.trust.read import name_key
from pipeline.trust.results import ROLE_NAMES, Point, Quote, RelationTrust

_PERSON = ("名詞", "固有名詞", "人名")
_COMPANY = ("名詞", "固有名詞", "一般")


def mask(
    relations: Sequence[RelationTrust], *, among: Sequence[RelationTrust] = ()
) -> list[RelationTrust]:
    """Mask relations, meetings, speakers, and people and organisations named in quotes.

    Args:
        relations: what to mask.
        among: all relations there are, so that one alone has the mask it has among all.

    Relations become 取引先A, 取引先B …, their meetings 取引先A-1 …, speakers 顧客A, CSM1 … by role,
    other names 人物1 … and 固有名1 …; titles are left out. The order is that of the first meeting, then of
    the name, so that new meetings leave the masks as they were. Names are found by who
    speaks and by the dictionary; a nickname it does not know is not found.

    Raises:
        ModelError: the dictionary does not load.
    """
    masker = _Masker(among or relations)
    return [masker.relation(one) for one in relations]


class _Masker:
    def __init__(self, relations: Sequence[RelationTrust]) -> None:
        ordered = sorted(relations, key=lambda one: (_first_day(one), one.relation))
        self._relations = {r.relation: f"取引先{_letters(n)}" for n, r in enumerate(ordered)}
        self._episodes = {
            point.episode_id: f"{self._relations[one.relation]}-{number}"
            for one in ordered
            for number, point in enumerate(one.meetings, start=1)
        }
        self._names: dict[str, str] = {}
        counts: dict[str, int] = {}
        for one in ordered:
            for name, role in one.roles.items():
                if name_key(name) not in self._names:
                    number = counts.get(role, 0)
                    counts[role] = number + 1
                    shown = _letters(number) if role == "customer" else str(number + 1)
                    self._add(name, f"{ROLE_NAMES[role]}{shown}")
        self._found: dict[str, str] = {}
        self._kinds: dict[str, int] = {}

    def _add(self, name: str, shown: str) -> None:
        """A speaker's mask stands for the whole name and for the surname that others call by."""
        key = name_key(name)
        self._names[key] = shown
        for word in morph.tokens(key):
            if _kind(word.pos) == "人物" and len(word.surface) > 1:
                self._names.setdefault(word.surface, shown)

    def relation(self, one: RelationTrust) -> RelationTrust:
        return replace(
            one,
            relation=self._relations[one.relation],
            reason=self._text(self._swap(one.reason, self._episodes)),
            roles={self._names[name_key(name)]: role for name, role in one.roles.items()},
            meetings=tuple(self._point(point) for point in one.meetings),
            evidence=tuple(self._quote(quote) for quote in one.evidence),
        )

    def _point(self, point: Point) -> Point:
        shown = self._episodes[point.episode_id]
        return replace(point, episode_id=shown, title=shown)

    def _quote(self, quote: Quote) -> Quote:
        shown = self._episodes[quote.episode_id]
        return replace(
            quote,
            episode_id=shown,
            utterance_id=f"{shown}#u{quote.utterance_index:05d}",
            quote=self._text(quote.quote),
        )

    def _text(self, text: str) -> str:
        """A text without names: those who speak first, then what the dictionary takes for a name."""
        text = self._swap(text, self._relations)
        text = self._swap(text, self._names)
        parts, at = [], 0
        for word in morph.tokens(text):
            kind = _kind(word.pos)
            if kind and not self._is_mask(text, word.start):
                parts += [text[at : word.start], self._other(word.surface, kind)]
                at = word.end
        return "".join([*parts, text[at:]])

    @staticmethod
    def _swap(text: str, masks: dict[str, str]) -> str:
        for name in sorted(masks, key=len, reverse=True):
            text = text.replace(name, masks[name])
        return text

    def _is_mask(self, text: str, start: int) -> bool:
        masks: Iterable[str] = (*self._relations.values(), *self._names.values())
        return any(text[max(0, start - len(m)) : start + len(m)].find(m) >= 0 for m in masks)

    def _other(self, name: str, kind: str) -> str:
        if name not in self._found:
            self._kinds[kind] = self._kinds.get(kind, 0) + 1
            self._found[name] = f"{kind}{self._kinds[kind]}"
        return self._found[name]


def _kind(pos: Sequence[str]) -> str | None:
    if tuple(pos[:3]) == _PERSON:
        return "人物"
    return "固有名" if tuple(pos[:3]) == _COMPANY else None


def _first_day(one: RelationTrust) -> str:
    return min((point.date or "9999" for point in one.meetings), default="9999")


def _letters(number: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("A") + rest) + text
    return text
