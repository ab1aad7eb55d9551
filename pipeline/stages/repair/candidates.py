"""Where a line sounds like a word of the glossary: all candidates, by sound alone.

A line is read as a lattice: each word by its dictionary reading, and each kanji by every reading it
has anywhere, because misheard words are kanji that no dictionary holds. One walk over the lattice
finds all terms at once.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.glossary import Glossary
from pipeline.morph import Token
from pipeline.sound import SoundIndex, distance, hiragana, is_katakana, kanji_readings, katakana, key

# A path: characters it covers, its key, its reading, and what an uncommon reading costs.
_Arc = tuple[int, str, str, float]

_KANJI = re.compile(r"[一-鿿]+")
_KANA = re.compile(r"[ぁ-ゖァ-ヴー]+")
_SMALL = "ァィゥェォャュョヮぁぃぅぇぉゃゅょゎ"
_RARE_SHARE, _RARE_COST = 0.08, 0.15
# What a sound may differ by, as a share of the term's morae.
_MAX_DISTANCE_PER_MORA = 0.21
# Words shorter than this are whole units; longer runs may hold a term inside them.
_LONG_KANJI, _LONG_KATAKANA = 3, 5
# Readings from this length on may have more than one slip.
_LONG_TERM = 7


@dataclass(frozen=True, slots=True)
class Candidate:
    """``line[start:end]`` sounds like a term: which one, how it was read, and how far off it is.

    ``first`` and ``last`` are the positions of the words it begins and ends in; ``aligned`` tells
    whether it begins and ends where words do.
    """

    start: int
    end: int
    term: int
    reading: str
    distance: float
    first: int
    last: int
    aligned: bool


class Matcher:
    """Finds what sounds like a term.

    Args:
        glossary: the terms; candidates name them by position.
    """

    def __init__(self, glossary: Glossary) -> None:
        self._readings = [term.reading for term in glossary.terms]
        self._limits = [_limit(reading) for reading in self._readings]
        self._spellings = {hiragana(r): n for n, r in enumerate(self._readings) if len(key(r)) >= 3}
        self._hiragana = re.compile("|".join(sorted(self._spellings, key=len, reverse=True)) or r"(?!)")
        self._long_terms = {
            n: {key(r)[i : i + 3] for i in range(len(key(r)) - 2)}
            for n, r in enumerate(self._readings) if len(r) >= _LONG_TERM and key(r)
        }  # fmt: skip
        self._index = SoundIndex(self._readings).prefixes

    def candidates(
        self, words: Sequence[Token], blocked: Sequence[tuple[int, int]] = ()
    ) -> list[Candidate]:
        """All candidates in a line, the best reading of each span and term.

        Args:
            words: the words of the line.
            blocked: spans where a term stands spelled right.
        """
        arcs: dict[int, tuple[_Arc, ...]] = {}
        at_word: dict[int, int] = {}
        edges: set[int] = set()
        inner: set[int] = set()
        for number, word in enumerate(words):
            edges |= {word.start, word.end}
            for offset, options, is_edge in _arcs(word.surface, word.reading, word.pos[:2]):
                arcs[word.start + offset] = options
                at_word[word.start + offset] = number
                if is_edge:
                    inner.add(word.start + offset)
        for start, end in blocked:
            for at in range(start, end):
                arcs.pop(at, None)
        found: dict[tuple[int, int, int], Candidate] = {}
        self._spelled(words, arcs, edges, at_word, found)
        self._long_runs(words, arcs, found)
        ends = edges | inner
        for start in arcs:
            if start in ends:
                self._walk(arcs, start, ends, edges, at_word, found)
        return list(found.values())

    def _spelled(
        self,
        words: Sequence[Token],
        arcs: dict[int, tuple[_Arc, ...]],
        edges: set[int],
        at_word: dict[int, int],
        found: dict[tuple[int, int, int], Candidate],
    ) -> None:
        """Readings written out in hiragana, which the tokeniser takes apart anywhere."""
        line = "".join(word.surface for word in words)
        for match in self._hiragana.finditer(line):
            start, end = match.span()
            if start in arcs and all(at in arcs for at in range(start, end) if line[at] not in _SMALL):
                number = self._spellings[match.group()]
                covering = [n for n, w in enumerate(words) if w.start < end and w.end > start]
                found[start, end, number] = Candidate(
                    start, end, number, self._readings[number], 0.0, covering[0], covering[-1],
                    start in edges and end in edges,
                )  # fmt: skip

    def _long_runs(
        self,
        words: Sequence[Token],
        arcs: dict[int, tuple[_Arc, ...]],
        found: dict[tuple[int, int, int], Candidate],
    ) -> None:
        """Long loan words with more than one slip, as the head or the tail of a run of katakana."""
        first = 0
        while first < len(words):
            last = first
            while last < len(words) and is_katakana(words[last].surface) and words[last].start in arcs:
                last += 1
            run = "".join(word.surface for word in words[first:last])
            if len(run) >= _LONG_TERM:
                at = words[first].start
                for start, end, number, off in self._in_run(run):
                    covering = [n for n in range(first, last) if words[n].end > at + start and words[n].start < at + end]
                    found[at + start, at + end, number] = Candidate(
                        at + start, at + end, number, run[start:end], off, covering[0], covering[-1], aligned=True
                    )
            first = max(last, first + 1)

    def _in_run(self, run: str) -> list[tuple[int, int, int, float]]:
        best: list[tuple[int, int, int, float]] = []
        pieces = {key(run)[i : i + 3] for i in range(len(key(run)) - 2)}
        for number, parts in self._long_terms.items():
            # One in three pieces of the word must be there before it is measured.
            if len(pieces & parts) * 3 < len(parts):
                continue
            size = len(self._readings[number])
            spans = [(i, len(run)) for i in range(max(0, len(run) - size - 2), len(run) - size + 3) if i >= 0]
            spans += [(0, i) for i in range(max(1, size - 2), min(len(run), size + 3))]
            scored = [(distance(run[a:b], self._readings[number]), a, b) for a, b in spans if b > a]
            off, start, end = min(scored, default=(9.0, 0, 0))
            if 0 < off <= self._limits[number]:
                best.append((start, end, number, round(off, 3)))
        return best

    def _walk(
        self,
        arcs: dict[int, tuple[_Arc, ...]],
        start: int,
        ends: set[int],
        edges: set[int],
        at_word: dict[int, int],
        found: dict[tuple[int, int, int], Candidate],
    ) -> None:
        prefixes = self._index
        stack = [(start, "", "", 0.0)]
        while stack:
            at, so_far, reading, cost = stack.pop()
            for size, more, sound, penalty in arcs.get(at, ()):
                grown = so_far + more
                numbers = prefixes.get(grown)
                if numbers is None and grown:
                    continue
                end = at + size
                stack.append((end, grown, reading + sound, cost + penalty))
                if numbers and end in ends:
                    self._note(
                        found,
                        (start, end),
                        numbers,
                        reading + sound,
                        cost + penalty,
                        edges,
                        at_word,
                    )

    def _note(
        self,
        found: dict[tuple[int, int, int], Candidate],
        span: tuple[int, int],
        numbers: Sequence[int],
        reading: str,
        cost: float,
        edges: set[int],
        at_word: dict[int, int],
    ) -> None:
        start, end = span
        for number in numbers:
            off = distance(reading, self._readings[number]) + cost
            known = found.get((start, end, number))
            if off > self._limits[number] or (known and known.distance <= off):
                continue
            found[start, end, number] = Candidate(
                start, end, number, reading, round(off, 3), at_word[start], at_word[end - 1]
                if end - 1 in at_word else at_word[start], start in edges and end in edges,
            )  # fmt: skip


def _limit(reading: str) -> float:
    return max(0.45, _MAX_DISTANCE_PER_MORA * len(key(reading)))


@functools.lru_cache(maxsize=65536)
def _arcs(
    surface: str, reading: str, pos: tuple[str, ...]
) -> tuple[tuple[int, tuple[_Arc, ...], bool], ...]:
    """The readings that begin at each character of a word, and whether a term may begin or end there."""
    if pos[0] in {"補助記号", "空白", "記号"} or (pos[1:] == ("数詞",) and not _KANA.fullmatch(surface)):
        return ()
    found: list[tuple[int, tuple[_Arc, ...], bool]] = []
    splits = (_KANJI.fullmatch(surface) and len(surface) >= _LONG_KANJI) or (
        is_katakana(surface) and len(surface) >= _LONG_KATAKANA
    )
    for offset, char in enumerate(surface):
        options = {a[1:3]: a for a in reversed(_char_arcs(surface, offset, char))}
        if offset == 0 and is_katakana(reading):
            options[key(reading), reading] = (len(surface), key(reading), reading, 0.0)
        if options:
            found.append(
                (
                    offset,
                    tuple(options.values()),
                    bool(splits) and char not in _SMALL + "ーッンっん",
                )
            )
    return tuple(found)


def _char_arcs(surface: str, offset: int, char: str) -> list[_Arc]:
    if _KANA.fullmatch(char):
        size = 2 if surface[offset + 1 : offset + 2] in tuple(_SMALL) else 1
        sound = katakana(surface[offset : offset + size])
        return [(size, key(sound), sound, 0.0)]
    return [
        (1, key(sound), sound, 0.0 if share >= _RARE_SHARE else _RARE_COST)
        for sound, share in kanji_readings(char)
    ]
