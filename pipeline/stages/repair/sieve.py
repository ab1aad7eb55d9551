"""Where in a line a term could begin by its sound, told from the characters alone.

Most lines hold nothing that sounds like a term. An automaton over the readings of their characters
says so before the words of the line are asked for; where it hits, the lattice looks closer. Its
states are made when first met.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence, Set

from pipeline.morph import tokens
from pipeline.sound import distance, is_katakana, key
from pipeline.stages.repair.lattice import SMALL, char_arcs

# A kana with the small one behind it is one sound; a run of letters or digits is read as a word.
_UNIT = re.compile(rf"[ぁ-ゖァ-ヴ][{SMALL}]|[A-Za-zＡ-Ｚａ-ｚ]+|.", re.DOTALL)
_LETTERS = re.compile(r"[A-Za-zＡ-Ｚａ-ｚ]")
_AGAIN = "々"
# Sounds so light that a term may begin with one too many.
_LIGHT = frozenset("ッっー")
# Words may be read a little otherwise than their characters alone.
_SLACK = 0.7
# So many steps are remembered; a corpus would otherwise fill the memory slowly.
_MAX_STEPS = 200_000


class _State(dict[str, "_State | None"]):
    """Where each unit leads from the keys reached so far; made when first asked for.

    Args:
        sieve: knows the terms.
        reached: the keys so far.
        hit: whether a term ends at one of them.
        follow: the sounds that may come next.
    """

    __slots__ = ("follow", "hit", "reached", "sieve")

    def __init__(self, sieve: Sieve, reached: tuple[str, ...], hit: bool, follow: Set[str]) -> None:
        super().__init__()
        self.sieve, self.reached, self.hit, self.follow = sieve, reached, hit, follow

    def __missing__(self, unit: str) -> _State | None:
        made = self[unit] = self.sieve.step(self, unit)
        return made


class Sieve:
    """Finds the offsets of a text at which a term could begin.

    Args:
        prefixes: as of :class:`pipeline.sound.SoundIndex`.
        readings: of the terms.
        limits: how far from its reading each term may lie.
    """

    def __init__(
        self,
        prefixes: Mapping[str, Sequence[int]],
        readings: Sequence[str],
        limits: Sequence[float],
    ) -> None:
        self._prefixes = prefixes
        self._readings, self._limits = readings, [limit * (1 + _SLACK) for limit in limits]
        self._follow: dict[str, set[str]] = {}
        for prefix in prefixes:
            self._follow.setdefault(prefix[:-1], set()).add(prefix[-1])
        self._forget()

    def _forget(self) -> None:
        self._root = _State(self, ("",), hit=False, follow=self._follow.get("", set()))
        self._states: dict[tuple[str, ...], _State] = {}
        self._made = 0

    def starts(self, text: str) -> list[int]:
        """Offsets where what follows could sound like a term, in order."""
        units = _UNIT.findall(text)
        if _AGAIN in text:
            units = [
                units[n - 1] if u == _AGAIN and n else u for n, u in enumerate(units)
            ]  # fmt: skip
        if self._made > _MAX_STEPS:
            self._forget()
        first, size = self._root, len(units)
        found: list[int] = []
        for number, unit in enumerate(units):
            state = first[unit]
            at = number
            while state is not None:
                if state.hit:
                    if self._is_near(units, number):
                        if number and units[number - 1] in _LIGHT and found[-1:] != [number - 1]:
                            found.append(number - 1)
                        found.append(number)
                    break
                at += 1
                if at == size:
                    break
                state = state[units[at]]
        return _offsets(found, units) if found else found

    def _is_near(self, units: Sequence[str], start: int) -> bool:
        """Whether any reading from a unit on is near enough to a term's."""
        prefixes, readings, limits = self._prefixes, self._readings, self._limits
        stack = [(start, "", "")]
        while stack:
            at, so_far, heard = stack.pop()
            for more, sound in _sounds(units[at]):
                grown, reading = so_far + more, heard + sound
                if grown not in prefixes:
                    continue
                for term in prefixes[grown]:
                    if distance(reading, readings[term], limits[term]) <= limits[term]:
                        return True
                if at + 1 < len(units):
                    stack.append((at + 1, grown, reading))
        return False

    def step(self, state: _State, unit: str) -> _State | None:
        """Where a unit leads from a state; null where nothing begins like that."""
        self._made += 1
        keys, firsts = _keys(unit)
        if state.follow.isdisjoint(firsts) and "" not in keys:
            return None
        prefixes = self._prefixes
        reached = {
            grown
            for more in keys
            for so_far in state.reached
            if (grown := so_far + more) in prefixes
        }
        return self._state(reached) if reached else None

    def _state(self, reached: Iterable[str]) -> _State:
        keys = tuple(sorted(reached))
        known = self._states.get(keys)
        if known is None:
            hit = any(self._prefixes[one] for one in keys)
            follow = frozenset().union(*(self._follow.get(one, ()) for one in keys))
            known = self._states[keys] = _State(self, keys, hit, follow)
        return known


def _offsets(numbers: Sequence[int], units: Sequence[str]) -> list[int]:
    """Where the units of some numbers begin in the text."""
    found, at, done = [], 0, 0
    for number in numbers:
        at += sum(map(len, units[done:number]))
        done = number
        found.append(at)
    return found


@functools.lru_cache(maxsize=8192)
def _keys(unit: str) -> tuple[frozenset[str], frozenset[str]]:
    """The folded keys of what a unit may sound like, and what they begin with."""
    keys = {key for key, _ in _sounds(unit)}
    return frozenset(keys), frozenset(one[0] for one in keys if one)


@functools.lru_cache(maxsize=8192)
def _sounds(unit: str) -> tuple[tuple[str, str], ...]:
    """What a unit may sound like: folded keys and readings."""
    if not _LETTERS.match(unit):
        return tuple((arc.key, arc.reading) for arc in char_arcs(unit, 0, unit[0]))
    reading = "".join(word.reading for word in tokens(unit))
    return ((key(reading), reading),) if is_katakana(reading) else ()
