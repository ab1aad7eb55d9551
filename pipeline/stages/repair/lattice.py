"""A line as a lattice of sounds: each word by its dictionary reading, each kanji by all of its own.

Misheard words are kanji that no dictionary holds together, so a lattice of words alone is deaf to
them: 大騒 is オオサワギ to a dictionary and ダイソウ to the ear.
"""

from __future__ import annotations

import bisect
import functools
import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from pipeline.morph import Token
from pipeline.sound import is_kana, is_katakana, kanji_readings, katakana, key

_KANJI = re.compile(r"[一-鿿]+")
SMALL = "ァィゥェォャュョヮぁぃぅぇぉゃゅょゎ"
# 奏し of 奏する: with a misheard kanji before it, the kanji is the end of a noun (晩奏し).
_KANJI_VERB = re.compile(r"[一-鿿](?=[しすさせ])")
_NO_START = frozenset(SMALL + "ーッンっん")
_NO_SOUND = frozenset({"補助記号", "空白", "記号"})
# A reading that few of a kanji's words have is a little less likely.
_RARE_SHARE, _RARE_COST = 0.08, 0.15
# Words shorter than this are whole units; longer runs may hold a term inside them.
_LONG_KANJI, _LONG_KATAKANA = 3, 5


class Arc(NamedTuple):
    """A way to read some characters: how many, the folded key, the reading, what it costs."""

    size: int
    key: str
    reading: str
    cost: float


class Place(NamedTuple):
    """The arcs that begin at a character of a word, and whether a term may begin or end before it."""

    offset: int
    arcs: tuple[Arc, ...]
    is_edge: bool


class Lattice:
    """The arcs of a line, made where they are asked for.

    Args:
        words: the words of the line.
        blocked: spans to leave alone.
        numerals: numerals that may be part of a term; all others stay what they are.
    """

    def __init__(
        self,
        words: Sequence[Token],
        blocked: Sequence[tuple[int, int]] = (),
        numerals: Collection[str] = (),
    ) -> None:
        self.words = words
        self._numerals = numerals
        self._begins = [word.start for word in words]
        self._blocked = {at for first, last in blocked for at in range(first, last)}
        self._arcs: dict[int, tuple[Arc, ...]] = {}
        self._ends = {*self._begins, *(word.end for word in words[-1:])}
        self._made: set[int] = set()

    def arcs(self, at: int) -> tuple[Arc, ...]:
        """The ways to read on from an offset."""
        number = bisect.bisect_right(self._begins, at) - 1
        if number not in self._made:
            self._make(number)
        return self._arcs.get(at, ())

    def is_end(self, at: int) -> bool:
        """May a term begin or end at an offset, whose arcs (or those that lead there) were asked for."""
        return at in self._ends

    def _make(self, number: int) -> None:
        self._made.add(number)
        word = self.words[number]
        surface, pos = word.surface, word.pos
        if pos[1] == "数詞" and surface not in self._numerals and not is_kana(surface):
            return
        for offset, arcs, is_edge in _places(surface, word.reading, pos[0], word.known):
            at = word.start + offset
            if at not in self._blocked:
                self._arcs[at] = arcs
            if is_edge:
                self._ends.add(at)

    def covering(self, start: int, end: int) -> tuple[int, int, bool]:
        """First and last word that a span touches, and whether it begins and ends where they do."""
        first, last = covering(self.words, start, end)
        ends = self.words[last].end == end or ends_in_verb(self.words[last], end)
        return first, last, self.words[first].start == start and ends


def ends_in_verb(word: Token, end: int) -> bool:
    """Does a span end after the kanji of a verb like 奏する."""
    return end == word.start + 1 and word.pos[0] == "動詞" and bool(_KANJI_VERB.match(word.surface))


def covering(words: Sequence[Token], start: int, end: int) -> tuple[int, int]:
    """Positions of the first and the last word that a span touches."""
    touched = [n for n, word in enumerate(words) if word.start < end and word.end > start]
    return touched[0], touched[-1]


@functools.lru_cache(maxsize=65536)
def _places(surface: str, reading: str, part: str, known: bool) -> tuple[Place, ...]:
    if part in _NO_SOUND:
        return ()
    found: list[Place] = []
    splits = bool(_KANJI.fullmatch(surface)) and len(surface) >= (_LONG_KANJI if known else 2)
    splits = splits or (is_katakana(surface) and len(surface) >= _LONG_KATAKANA)
    stem = _KANJI_VERB.match(surface) if part == "動詞" else None
    for offset, char in enumerate(surface):
        options = {(a.size, a.reading): a for a in char_arcs(surface, offset, char)}
        if offset == 0 and is_katakana(reading):
            options[len(surface), reading] = Arc(len(surface), key(reading), reading, 0.0)
        if options:
            inside = (splits and char not in _NO_START) or (stem is not None and offset == 1)
            found.append(Place(offset, tuple(options.values()), inside))
    return tuple(found)


def char_arcs(surface: str, offset: int, char: str) -> list[Arc]:
    """The ways to read a character of a word, kana with the small one behind it."""
    if is_kana(char):
        size = 2 if surface[offset + 1 : offset + 2] in tuple(SMALL) else 1
        sound = katakana(surface[offset : offset + size])
        return [Arc(size, key(sound), sound, 0.0)]
    return [
        Arc(1, key(sound), sound, 0.0 if share >= _RARE_SHARE else _RARE_COST)
        for sound, share in kanji_readings(char)
    ]
