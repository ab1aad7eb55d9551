"""Lays two claims beside each other, word by word: are they one, or opposed?"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pipeline.claims.reading import Assertion, Word, read

if TYPE_CHECKING:
    from numpy.typing import NDArray

TELLING = 0.4  # the weight from which a word shows what a claim is about
# Words used alike count for less than words that say the same.
_MIN_COSINE, _NEAR = 0.55, 0.8
_MEAN = 0.5  # the share of the mean of both covers; the rest is the lesser one's
_SAME, _SURE = 0.57, 0.7
# What two claims must share: weight, telling words, and less where they share nearly all.
_LEAST_COMMON, _LEAST_TELLING, _MOSTLY, _MUCH = 1.0, 2, 0.65, 1.2
_LEAST_ALONE, _ALL = 0.6, 0.8
_SOME = 0.12
_SAID, _ONE, _LEAST_MAIN = 0.48, 0.6, 0.4
_PRAISE = frozenset({"良い", "大事", "必要", "駄目"})
_SENTENCES = re.compile(r"[。！？!?\n]+")
# Of what keeps two claims apart, what turns the one into another claim where it is only a part.
_BREAKING = frozenset({"denial", "side", "agent", "roles"})


@dataclass(frozen=True, slots=True)
class Comparison:
    """How alike two claims are (0 to 1), what keeps them from being one, and what both speak of.

    ``conflicts``: of denial, guess, number, side, agent, word, condition, roles. ``doubts``: signs that
    ask for more likeness. ``shared``: concepts; ``common``: the weight of
    all they share; ``telling``: how many telling words.
    """

    likeness: float
    conflicts: frozenset[str]
    doubts: frozenset[str]
    shared: frozenset[str]
    common: float
    telling: int

    @property
    def is_same(self) -> bool:
        """Whether both say one thing."""
        if self.conflicts or self.common < (
            _LEAST_ALONE if self.likeness >= _ALL else _LEAST_COMMON
        ):
            return False
        if self.telling < _LEAST_TELLING and self.likeness < _MOSTLY:
            return False
        return self.likeness >= (_SURE if self.doubts else _SAME)


@dataclass(frozen=True, slots=True)
class _Aligned:
    """For each word of either claim how far the other says it (0 to 1)."""

    ours: NDArray[Any]
    theirs: NDArray[Any]


def _align(a: Assertion, b: Assertion) -> _Aligned:
    import numpy as np

    if not (a.words and b.words):
        return _Aligned(np.zeros(len(a.words)), np.zeros(len(b.words)))
    cosines = a.vectors @ b.vectors.T
    alike = np.where(cosines >= _MIN_COSINE, np.minimum(cosines, 1.0) * _NEAR, 0.0)
    alike[a.codes[:, None] == b.codes[None, :]] = 1.0
    return _Aligned(alike.max(axis=1), alike.max(axis=0))


@functools.lru_cache(maxsize=4096)  # is it one, is it opposed: each asks of the same two
def compare(a: Assertion, b: Assertion) -> Comparison:
    """Compare two claims; the result does not depend on any third."""
    aligned = _align(a, b)
    ours, theirs = _cover(a, aligned.ours), _cover(b, aligned.theirs)
    doubts = {"denial"} if (len(a.denied) + len(b.denied)) % 2 else set()
    if min(_unsaid(a, aligned.ours), _unsaid(b, aligned.theirs)) >= _MUCH:
        doubts.add("words")
    shared = _shared(a, b)
    return Comparison(
        likeness=_MEAN * (ours + theirs) / 2 + (1 - _MEAN) * min(ours, theirs),
        conflicts=frozenset(_conflicts(a, b, shared, aligned)),
        doubts=frozenset(doubts),
        shared=shared,
        common=float(min(a.weights @ aligned.ours, b.weights @ aligned.theirs)),
        telling=min(_told(a, aligned.ours), _told(b, aligned.theirs)),
    )


def _cover(claim: Assertion, said: NDArray[Any], mask: Any = slice(None)) -> float:
    """The share of the words' weight that the other says too."""
    total = float(claim.weights[mask].sum())
    return float(claim.weights[mask] @ said[mask]) / total if total else 0.0


def _told(claim: Assertion, said: NDArray[Any]) -> int:
    """How many of its telling words the other says."""
    told = (claim.weights >= TELLING) & (said >= _ONE)
    return len({w.concept for w, is_told in zip(claim.words, told, strict=True) if is_told})


def _unsaid(claim: Assertion, said: NDArray[Any]) -> float:
    """The weight of its telling words that the other lacks."""
    return float(claim.weights[(claim.weights >= TELLING) & (said < _SAID)].sum())


def _conflicts(a: Assertion, b: Assertion, shared: frozenset[str], aligned: _Aligned) -> list[str]:
    found = []
    if (a.denied ^ b.denied) & shared:
        found.append("denial")
    if a.is_guess != b.is_guess:
        found.append("guess")
    if a.numbers != b.numbers:
        found.append("number")
    if opposed(a, b):
        found.append("side")
    if a.agents and b.agents and not a.agents & b.agents:
        found.append("agent")
    if _replaced(a, b) or _ends_otherwise(a, b, aligned):
        found.append("word")
    if _turned(a, b):
        found.append("condition")
    if _swapped(a.words, b.words):
        found.append("roles")
    return found


def opposed(a: Assertion, b: Assertion) -> set[int]:
    """The axes on which two claims stand on different sides, what both say left out."""
    ours = {side for side, n in a.sides.items() if n > b.sides.get(side, 0)}
    theirs = {side for side, n in b.sides.items() if n > a.sides.get(side, 0)}
    return {axis for axis, _ in ours} & {axis for axis, _ in theirs}


def apart(a: Assertion, b: Assertion) -> set[int]:
    """The axes on which each claim speaks of one side alone, and not of the same."""
    sides = [{axis: {s for x, s in c.sides if x == axis} for axis, _ in c.sides} for c in (a, b)]
    return {
        axis for axis in sides[0].keys() & sides[1].keys()
        if len(sides[0][axis]) == len(sides[1][axis]) == 1 and sides[0][axis] != sides[1][axis]
    }  # fmt: skip


def same_unit(a: Assertion, b: Assertion) -> bool:
    """Whether two claims count the same thing, differently."""
    units = [{n.lstrip("0123456789") for n in x.numbers} - {""} for x in (a, b)]
    return bool(units[0] & units[1])


def _replaced(a: Assertion, b: Assertion) -> bool:
    """Whether one word stands where another stood, beside the same word.

    Words used alike are no excuse: 月末 and 月初 are used alike.
    """
    said = [{w.concept for w in x.words} for x in (a, b)]

    def slots(x: Assertion, others: set[str]) -> dict[tuple[str, str, bool, bool], Word]:
        pairs = list(pairwise(x.words))
        behind = {
            (n.concept, w.case, w.is_noun, True): w
            for w, n in pairs
            if n.concept in others and w.concept not in others
        }
        before = {
            (w.concept, w.case, n.is_noun, False): n
            for w, n in pairs
            if w.concept in others and n.concept not in others
        }
        return {slot: w for slot, w in (behind | before).items() if w.weight >= _SOME}

    ours, theirs = slots(a, said[1]), slots(b, said[0])
    return any(
        max(ours[s].weight, theirs[s].weight) >= TELLING for s in ours.keys() & theirs.keys()
    )


def _ends_otherwise(a: Assertion, b: Assertion, aligned: _Aligned) -> bool:
    """Whether what is said of the matter differs: the last words, or all behind the condition."""
    import numpy as np

    if not (a.words and b.words):
        return True
    ends = _last(a), _last(b)
    heavy = max(a.words[ends[0]].weight, b.words[ends[1]].weight) >= TELLING
    if heavy and max(aligned.ours[ends[0]], aligned.theirs[ends[1]]) < _SAID:
        return True
    if not (a.has_condition and b.has_condition):
        return False
    mains = [np.array([not w.in_condition for w in x.words]) for x in (a, b)]
    return min(_cover(a, aligned.ours, mains[0]), _cover(b, aligned.theirs, mains[1])) < _LEAST_MAIN


def _last(claim: Assertion) -> int:
    """The last word but what only praises: 「…するとよい」."""
    numbers = range(len(claim.words) - 1, -1, -1)
    return next((n for n in numbers if claim.words[n].concept not in _PRAISE), numbers[0])


def _turned(a: Assertion, b: Assertion) -> bool:
    """Whether what is the condition of one is the consequence of the other."""
    if not (a.has_condition and b.has_condition and a.words and b.words):
        return False
    parts = [
        {p: {w.concept: w.weight for w in x.words if w.in_condition is p} for p in (True, False)}
        for x in (a, b)
    ]
    if a.words[-1].concept in parts[1][True] and b.words[-1].concept in parts[0][True]:
        return a.words[-1].concept != b.words[-1].concept

    def weight(p: bool, q: bool) -> float:
        return sum(x for concept, x in parts[0][p].items() if concept in parts[1][q])

    return weight(True, False) + weight(False, True) > weight(True, True) + weight(False, False)


def _swapped(a: Sequence[Word], b: Sequence[Word]) -> bool:
    """Whether who does and who is done to change places, or what is more and what is less."""
    cases = [{w.concept: w.case for w in words if w.case} for words in (a, b)]
    both = [c for c in cases[0] if c in cases[1]]
    gained = [c for c in both if cases[0][c] == "が" and cases[1][c] in {"を", "に"}]
    lost = [c for c in both if cases[1][c] == "が" and cases[0][c] in {"を", "に"}]
    less = [_lesser(words) for words in (a, b)]
    common = {w.concept for w in a} & {w.concept for w in b}
    if (gained and lost) or (less[0] ^ less[1]) & common:
        return True
    doers = [c for c in both if cases[0][c] == cases[1][c] == "が"]
    return len(doers) > 1 and _crossed(a, b, common, doers)


def _lesser(words: Sequence[Word]) -> set[str]:
    """What is less: the words before より, with what stands right before them."""
    found: set[str] = set()
    rest: set[str] = set()
    for number, word in enumerate(words):
        after = words[number + 1].case if number + 1 < len(words) else ""
        is_less = word.case == "より" or (after == "より" and word.case in {"", "の"})
        (found if is_less else rest).add(word.concept)
    return found - rest


def _crossed(a: Sequence[Word], b: Sequence[Word], common: set[str], doers: Sequence[str]) -> bool:
    """Whether all is said in the same order but who does it: 「Aが決めて、Bが直す」, 「Bが決めて、Aが直す」."""
    order = [[w.concept for w in words if w.concept in common] for words in (a, b)]
    rest = [[c for c in words if c not in doers] for words in order]
    acting = [[c for c in words if c in doers] for words in order]
    return rest[0] == rest[1] and acting[0] != acting[1]


def held(title: str, texts: Sequence[str]) -> float:
    """The share of a claim's words (by weight) that a text says; 0 where the text denies or changes it.

    Args:
        title: the claim.
        texts: compared sentence by sentence; the best counts.
    """
    claim = read(title)
    found = [0.0]
    for sentence in (s for text in texts for s in _SENTENCES.split(text) if s):
        other = read(sentence)
        aligned = _align(claim, other)
        if not set(_conflicts(claim, other, _shared(claim, other), aligned)) & _BREAKING:
            found.append(_cover(claim, aligned.ours))
    return max(found)


def _shared(a: Assertion, b: Assertion) -> frozenset[str]:
    return frozenset(w.concept for w in a.words) & frozenset(w.concept for w in b.words)
