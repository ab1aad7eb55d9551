"""The plain texts of which every match of a regular expression holds one: so most texts need no search."""

from __future__ import annotations

import math
import re

# Named groups, flags, character numbers, references back, a bracket in a class: not worth reading here.
_NOT_READ = re.compile(r"\(\?(?!<?[=!]|:)|\\[uUxN0-9\]]")
_CLOSERS = frozenset("|)")
# How often a character stands at a place of ordinary text, roughly: particles and endings are hiragana.
_KANA_SHARE, _OTHER_SHARE = 0.1, 0.01


def literals(pattern: str) -> tuple[str, ...]:
    """Plain texts of which every match of a pattern holds one; none where nothing is known."""
    if _NOT_READ.search(pattern):
        return ()
    return tuple(sorted(_Literals(pattern).required()))


def may_match(needed: tuple[str, ...], text: str) -> bool:
    """Whether a text may hold a match: one of its literals, where any are known."""
    for literal in needed:  # any() takes twice as long
        if literal in text:
            return True
    return not needed


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
