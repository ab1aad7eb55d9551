"""Where a line sounds like a word of the glossary: all candidates, by sound alone.

One walk over the lattice of a line finds all terms at once, in an index that holds every near variant
of every term, so three hundred terms cost what thirty do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from pipeline.glossary import Glossary
from pipeline.morph import Token
from pipeline.sound import SoundIndex, distance, hiragana, is_katakana, key
from pipeline.stages.repair.lattice import Lattice
from pipeline.stages.repair.sieve import Sieve

# What a sound may differ by: as a share of the term's length, but at least a close consonant.
_MAX_PER_MORA, _MIN_LIMIT = 0.21, 0.45
# Loan words from this length on may have more than one slip.
_LONG_TERM = 7
_RUN = re.compile(rf"[ァ-ヴー]{{{_LONG_TERM - 1},}}")
_NUMERALS = frozenset("一二三四五六七八九十")


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
        self._limits = [max(_MIN_LIMIT, _MAX_PER_MORA * len(key(r))) for r in self._readings]
        self._index = SoundIndex(self._readings).prefixes
        self._numerals = _NUMERALS & set("".join(term.term for term in glossary.terms))
        # Two-mora words in hiragana are everywhere.
        self._spelled = {hiragana(r): n for n, r in enumerate(self._readings) if len(key(r)) >= 3}
        longest_first = sorted(self._spelled, key=len, reverse=True)
        self._hiragana = re.compile("|".join(longest_first) or r"(?!)")
        self._long = {
            n: _pieces(r) for n, r in enumerate(self._readings) if len(r) >= _LONG_TERM
        }  # fmt: skip
        self._sieve = Sieve(self._index, self._readings, self._limits)

    def starts(self, text: str) -> list[int] | None:
        """Where in a line a term could begin; null where there is nothing to look for.

        Args:
            text: the line, with what is to be left alone blanked out.
        """
        found = self._sieve.starts(text)
        if found or self._hiragana.search(text) or self._may_have_runs(text):
            return found
        return None

    def _may_have_runs(self, text: str) -> bool:
        return any(
            self._shares_pieces(_pieces(run.group()), parts)
            for run in _RUN.finditer(text)
            for parts in self._long.values()
        )

    def candidates(
        self,
        words: Sequence[Token],
        starts: Sequence[int],
        blocked: Sequence[tuple[int, int]] = (),
    ) -> list[Candidate]:
        """All candidates in a line: for each span and term its nearest reading.

        Args:
            words: the words of the line.
            starts: as :meth:`starts` found them.
            blocked: spans where a term stands spelled right.
        """
        lattice = Lattice(words, blocked, self._numerals)
        nearest: dict[tuple[int, int, int], tuple[float, str]] = {}
        for found in (self._heard(lattice, starts), self._written(lattice), self._runs(lattice)):
            for start, end, number, reading, off in found:
                known = nearest.get((start, end, number))
                if off <= self._limits[number] and (known is None or off < known[0]):
                    nearest[start, end, number] = off, reading
        return [
            Candidate(start, end, number, reading, round(off, 3), *lattice.covering(start, end))
            for (start, end, number), (off, reading) in nearest.items()
            # 感想を sounds like 感想 drawn out: the particle is none of its sound.
            if not any(
                n == number and start <= a and b <= end and (a, b) != (start, end) and near <= off
                for (a, b, n), (near, _) in nearest.items()
            )
        ]

    def _heard(
        self, lattice: Lattice, starts: Sequence[int]
    ) -> Iterator[tuple[int, int, int, str, float]]:
        prefixes, arcs, is_end = self._index, lattice.arcs, lattice.is_end
        for start in starts:
            if not arcs(start) or not is_end(start):
                continue
            stack = [(start, "", "", 0.0)]
            while stack:
                at, so_far, reading, cost = stack.pop()
                for size, more, sound, penalty in arcs(at):
                    grown = so_far + more
                    numbers = prefixes.get(grown)
                    if numbers is None:
                        continue
                    end, heard, total = at + size, reading + sound, cost + penalty
                    stack.append((end, grown, heard, total))
                    if numbers and is_end(end):
                        for number in numbers:
                            off = distance(heard, self._readings[number]) + total
                            yield start, end, number, heard, off

    def _written(self, lattice: Lattice) -> Iterator[tuple[int, int, int, str, float]]:
        """Readings written out in hiragana, which the tokeniser takes apart anywhere."""
        line = "".join(word.surface for word in lattice.words)
        for match in self._hiragana.finditer(line):
            if lattice.arcs(match.start()):
                number = self._spelled[match.group()]
                yield *match.span(), number, self._readings[number], 0.0

    def _runs(self, lattice: Lattice) -> Iterator[tuple[int, int, int, str, float]]:
        """Long loan words with more than one slip, as the head or the tail of a run of katakana."""
        if not _RUN.search("".join(word.surface for word in lattice.words)):
            return
        run = ""
        for word in [*lattice.words, None]:
            if word is not None and is_katakana(word.surface) and lattice.arcs(word.start):
                run += word.surface
                end = word.end
                continue
            if len(run) >= _LONG_TERM - 1:
                for a, b, number, off in self._in_run(run):
                    yield end - len(run) + a, end - len(run) + b, number, run[a:b], off
            run = ""

    def _in_run(self, run: str) -> Iterator[tuple[int, int, int, float]]:
        pieces = _pieces(run)
        for number, parts in self._long.items():
            if not self._shares_pieces(pieces, parts):
                continue
            size = len(self._readings[number])
            sizes = range(max(1, size - 2), min(len(run), size + 2) + 1)
            spans = [(0, n) for n in sizes] + [(len(run) - n, len(run)) for n in sizes]
            scored = [(distance(run[a:b], self._readings[number]), a, b) for a, b in spans]
            off, start, end = min(scored, default=(99.0, 0, 0))
            yield start, end, number, off

    @staticmethod
    def _shares_pieces(pieces: Set[str], parts: Set[str]) -> bool:
        """A third of a word's sounds must be there before it is measured."""
        return len(pieces & parts) * 3 >= len(parts)


def _pieces(reading: str) -> set[str]:
    """The sounds of a reading, three by three."""
    folded = key(reading)
    return {folded[i : i + 3] for i in range(len(folded) - 2)}
