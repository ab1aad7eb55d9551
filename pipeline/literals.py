"""What every match of a regular expression holds, and how it may end: so most texts need no search."""

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
    return next(iter(literal_sets(pattern)), ())


def literal_sets(pattern: str) -> list[tuple[str, ...]]:
    """Sets of plain texts: every match of a pattern holds one of each. The rarest first."""
    if _NOT_READ.search(pattern):
        return []
    return [tuple(sorted(one)) for one in _Literals(pattern).sets()]


def may_match(needed: tuple[str, ...], text: str) -> bool:
    """Whether a text may hold a match: one of its literals, where any are known."""
    for literal in needed:  # any() takes twice as long
        if literal in text:
            return True
    return not needed


def last_characters(pattern: str) -> frozenset[str]:
    """The characters of which one ends every match of a pattern; none where nothing is known."""
    if _NOT_READ.search(pattern):
        return frozenset()
    chars, may_be_empty = _Ends(pattern).choice()
    return frozenset() if chars is None or may_be_empty else chars


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def _opens(self) -> re.Match[str] | None:
        """Behind a bracket: what kind of group it opens, if no plain one."""
        look = re.compile(r"\?(?:<?[=!]|:)").match(self._text, self._at)
        self._at = look.end() if look else self._at
        return look

    def _class(self) -> str:
        """Behind a square bracket: what stands in it."""
        begin, self._at = self._at, self._text.index("]", self._at + 1) + 1
        return self._text[begin : self._at - 1]

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


# Characters, None for any; and whether there need not be one.
_Last = tuple[frozenset[str] | None, bool]


class _Ends(_Reader):
    """Reads a pattern for the characters that may end a match."""

    def choice(self) -> _Last:
        chars, may_be_empty = self._sequence()
        while self._peek() == "|":
            self._at += 1
            others, may_too = self._sequence()
            chars, may_be_empty = _either(chars, others), may_be_empty or may_too
        return chars, may_be_empty

    def _sequence(self) -> _Last:
        chars: frozenset[str] | None = frozenset()
        is_empty = True
        while (here := self._peek()) and here not in _CLOSERS:
            last, may_be_empty = self._item()
            if self._quantifier() or may_be_empty:
                chars = _either(chars, last)
            else:
                chars, is_empty = last, False
        return chars, is_empty

    def _item(self) -> _Last:
        here = self._text[self._at]
        self._at += 1
        if here == "(":
            look = self._opens()
            inside = self.choice()
            self._at += 1
            return (frozenset(), True) if look and look[0] != "?:" else inside
        if here == "[":
            named = self._class()
            return None if re.search(r"[\^\\-]", named) else frozenset(named), False
        if here == "\\":
            self._at += 1  # \b ends nothing: any character, or none
            return None, True
        if here in "^$":
            return frozenset(), True
        return None if here in "…." else frozenset(here), False


def _either(some: frozenset[str] | None, others: frozenset[str] | None) -> frozenset[str] | None:
    return None if some is None or others is None else some | others


class _Literals(_Reader):
    """Reads a pattern for the plain texts of which every match holds one."""

    def sets(self) -> list[frozenset[str]]:
        parts = self._parts()
        if not self._peek():
            return sorted(parts, key=_frequency)
        self._at = 0
        whole = self._choice()
        return [whole] if whole else []

    def _choice(self) -> frozenset[str] | None:
        options = [self._sequence()]
        while self._peek() == "|":
            self._at += 1
            options.append(self._sequence())
        if any(not option for option in options):
            return None
        return frozenset().union(*(option for option in options if option))

    def _sequence(self) -> frozenset[str] | None:
        return min(self._parts(), key=_frequency, default=None)

    def _parts(self) -> list[frozenset[str]]:
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
        return found

    def _item(self) -> tuple[str, frozenset[str] | None]:
        """One step: a plain character, or what a group holds."""
        here = self._text[self._at]
        self._at += 1
        if here == "(":
            look = self._opens()
            inside = self._choice()
            self._at += 1
            return "", None if look and look[0] != "?:" else inside
        if here == "[":
            self._class()
            return "", None
        if here == "\\":
            self._at += 1
            return "", None
        return ("", None) if here in "….^$" else (here, None)


def _frequency(texts: frozenset[str]) -> float:
    """How often one of the texts stands somewhere: the rarer, the more passages are ruled out."""
    return sum(
        math.prod(_KANA_SHARE if "ぁ" <= c <= "ん" else _OTHER_SHARE for c in text)
        for text in texts
    )
