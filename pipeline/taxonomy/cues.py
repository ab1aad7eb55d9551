"""Cues: short texts or patterns looked for in a passage, and an index that finds the likely ones fast."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import add

from pipeline.literals import literal_sets, may_match

_GAP = r"[^。！？\n]{0,14}?"
# Cues are looked up by the first characters of their literals.
_HEAD = 3


@dataclass(slots=True, eq=False)
class Cue:
    """A plain text, or a pattern; every match holds one of ``literals`` ((): any), and one of each of ``others``."""

    text: str
    literals: tuple[str, ...]
    is_plain: bool
    others: tuple[tuple[str, ...], ...] = ()
    _pattern: re.Pattern[str] | None = field(default=None, init=False, repr=False)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Half-open spans of the cue in a text, in code points."""
        if not self.is_plain:
            return self._matches(text)
        found = []
        at = text.find(self.text)
        while at >= 0:
            found.append((at, at + len(self.text)))
            at = text.find(self.text, at + 1)
        return found

    def _matches(self, text: str) -> list[tuple[int, int]]:
        if self._pattern is None:
            # Making a pattern costs as much as a hundred searches, and most texts need few of thousands.
            if not all(may_match(needed, text) for needed in self.others):
                return []
            self._pattern = _compiled(self.text)
        if self._pattern.search(text) is None:  # nineteen of twenty
            return []
        spans = map(re.Match.span, self._pattern.finditer(text))
        return [(start, end) for start, end in spans if end > start]


def make_cue(text: str, *, is_sound: bool = False) -> Cue:
    """A cue as it stands in a taxonomy: … is a gap, (a|b) a choice, x? optional.

    Args:
        text: the cue.
        is_sound: it is known to be a pattern; that is not looked at again.

    Raises:
        re.error: it is no pattern.
    """
    if not re.search(r"[…()|\[\]{}*+?.^$\\]", text):
        return Cue(text, (text,), is_plain=True)
    if not is_sound:
        _compiled(text)
    needed, *others = literal_sets(text) or [()]
    return Cue(text, needed, is_plain=False, others=tuple(others))


@functools.lru_cache(maxsize=8192)
def _compiled(text: str) -> re.Pattern[str]:
    return re.compile(text.replace("…", _GAP))


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
