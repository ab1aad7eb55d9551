"""Cues: short texts or patterns looked for in a passage, and an index that finds the likely ones fast."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_GAP = r"[^。！？\n]{0,14}?"
_CLOSERS = frozenset("|)")
# A match must hold one of a few plain texts; more of them cost more than they spare.
_MANY = 80
# Cues are looked up by the first characters of their literals.
_HEAD = 3


@dataclass(frozen=True, slots=True)
class Cue:
    """A pattern (None where the cue is plain text); every match holds one of ``literals`` ((): any text)."""

    text: str
    literals: tuple[str, ...]
    pattern: re.Pattern[str] | None

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Half-open spans of the cue in a text, in code points."""
        if self.pattern is not None:
            return [m.span() for m in self.pattern.finditer(text) if m.end() > m.start()]
        found = []
        at = text.find(self.text)
        while at >= 0:
            found.append((at, at + len(self.text)))
            at = text.find(self.text, at + 1)
        return found


def make_cue(text: str) -> Cue:
    """A cue as it stands in a taxonomy: … is a gap, (a|b) a choice, x? optional.

    Raises:
        re.error: it is no pattern.
    """
    if not re.search(r"[…()|\[\]{}*+?.^$\\]", text):
        return Cue(text, (text,), None)
    pattern = re.compile(text.replace("…", _GAP))
    return Cue(text, tuple(sorted(_Literals(text).required())), pattern)


class _Literals:
    """Reads a pattern for the plain texts of which every match holds one."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def required(self) -> frozenset[str]:
        return self._choice() or frozenset()

    def _choice(self) -> frozenset[str] | None:
        options = [self._sequence()]
        while self._peek() == "|":
            self._at += 1
            options.append(self._sequence())
        if any(not option for option in options):
            return None
        return frozenset().union(*(option for option in options if option))

    def _sequence(self) -> frozenset[str] | None:
        found: list[frozenset[str]] = []
        run = ""
        while (here := self._peek()) and here not in _CLOSERS:
            plain, group = self._item()
            optional = self._quantifier()
            if plain and not optional:
                run += plain
                continue
            if run:
                found.append(frozenset([run]))
                run = ""
            if group and not optional:
                found.append(group)
        if run:
            found.append(frozenset([run]))
        found = [texts for texts in found if len(texts) <= _MANY]
        return max(found, key=_worth, default=None)

    def _item(self) -> tuple[str, frozenset[str] | None]:
        """One step: a plain character, or what a group holds."""
        here = self._text[self._at]
        self._at += 1
        if here == "(":
            look = re.compile(r"\?(?:<?[=!]|:)").match(self._text, self._at)
            self._at = look.end() if look else self._at
            inside = self._choice()
            self._at += 1
            return "", None if look and look.group() != "?:" else inside
        if here == "[":
            self._at = self._text.index("]", self._at + 1) + 1
            return "", None
        if here == "\\":
            self._at += 1
            return "", None
        return ("", None) if here in "….^$" else (here, None)

    def _quantifier(self) -> bool:
        """Whether what stood before may be left out."""
        match = re.compile(r"(?:[?*]|\{[^}]*\})\??").match(self._text, self._at)
        if match:
            self._at = match.end()
        elif self._peek() == "+":
            self._at += 1
        return match is not None

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]


def _worth(texts: frozenset[str]) -> tuple[int, int]:
    """Long and few texts rule out most passages."""
    return min(2, *map(len, texts)), -len(texts)


class CueIndex:
    """Which cues may stand in a text.

    Args:
        cues: concept → its cues.
    """

    def __init__(self, cues: Mapping[str, Sequence[Cue]]) -> None:
        self._always: list[tuple[str, Cue]] = []
        self._heads: dict[str, dict[str, list[tuple[str, Cue]]]] = {}
        for concept, members in cues.items():
            for cue in members:
                if not cue.literals:
                    self._always.append((concept, cue))
                for literal in cue.literals:
                    at = self._heads.setdefault(literal[:_HEAD], {})
                    at.setdefault(literal, []).append((concept, cue))

    def candidates(self, text: str) -> dict[str, list[Cue]]:
        """Concept → those of its cues of which a literal stands in the text."""
        found: dict[str, list[Cue]] = {}
        for concept, cue in self._always:
            found.setdefault(concept, []).append(cue)
        seen: set[int] = set()
        heads = self._heads
        runs = {text[at : at + n] for n in (1, 2, _HEAD) for at in range(len(text))}
        for head in heads.keys() & runs:
            for literal, members in heads[head].items():
                if literal not in text:
                    continue
                for concept, cue in members:
                    if len(cue.literals) > 1:
                        if id(cue) in seen:
                            continue
                        seen.add(id(cue))
                    found.setdefault(concept, []).append(cue)
        return found
