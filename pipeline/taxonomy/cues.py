"""Cues: short texts or patterns looked for in a passage, and an index that finds the likely ones fast."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import add

_GAP = r"[^。！？\n]{0,14}?"
_CLOSERS = frozenset("|)")
# Cues are looked up by the first characters of their literals.
_HEAD = 3
# How often a character stands at a place of ordinary text, roughly: particles and endings are hiragana.
_KANA_SHARE, _OTHER_SHARE = 0.1, 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Cue:
    """A pattern (None where the cue is plain text); every match holds one of ``literals`` ((): any text)."""

    text: str
    literals: tuple[str, ...]
    pattern: re.Pattern[str] | None

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Half-open spans of the cue in a text, in code points."""
        if self.pattern is not None:
            spans = map(re.Match.span, self.pattern.finditer(text))
            return [(start, end) for start, end in spans if end > start]
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
        return min(found, key=_frequency, default=None)

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


def _frequency(texts: frozenset[str]) -> float:
    """How often one of the texts stands somewhere: the rarer, the more passages are ruled out."""
    return sum(
        math.prod(_KANA_SHARE if "ぁ" <= c <= "ん" else _OTHER_SHARE for c in text)
        for text in texts
    )


class CueIndex:
    """Which cues may stand in a text.

    Args:
        cues: concept → its cues.
    """

    def __init__(self, cues: Mapping[str, Sequence[Cue]]) -> None:
        self._always: list[tuple[str, Cue]] = []
        # the first characters → the texts that begin so, and whose cue needs one of them
        self._heads: dict[str, list[tuple[str, str, Cue]]] = {}
        for concept, members in cues.items():
            for cue in members:
                if not cue.literals:
                    self._always.append((concept, cue))
                for literal in cue.literals:
                    entry = (literal, concept, cue)
                    self._heads.setdefault(literal[:_HEAD], []).append(entry)

    def candidates(self, text: str) -> dict[str, list[Cue]]:
        """Concept → those of its cues of which a literal stands in the text."""
        found: dict[str, dict[Cue, None]] = {}
        for concept, cue in self._always:
            found.setdefault(concept, {})[cue] = None
        heads = self._heads
        pairs = list(map(add, text, text[1:]))
        runs = {*text, *pairs, *map(add, pairs, text[2:])}
        for head in filter(heads.__contains__, runs):
            for literal, concept, cue in heads[head]:
                if len(literal) <= _HEAD or literal in text:
                    found.setdefault(concept, {})[cue] = None
        return {concept: list(cues) for concept, cues in found.items()}
