"""How likely a sentence ends between two words: a logistic regression over the words around it.

Features: words, parts of speech and conjugated forms of three words on the left and three on the
right, the comma, space or line break between them, how long the sentence is so far, and whether the
text around uses commas and polite forms. The weights are a table made by ``training/segments/train.py``.
"""

from __future__ import annotations

import functools
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pipeline import morph
from pipeline.errors import ModelError

WEIGHTS_FILE = Path(__file__).parents[2] / "lexicon" / "sentence_ends.tsv"

_COMMAS = frozenset("、，,")
# Words whose form says more than their part of speech.
_AS_WRITTEN = frozenset(
    ["助詞", "助動詞", "接続詞", "感動詞", "代名詞", "連体詞", "副詞", "接尾辞", "補助記号", "記号"]
)
_LENGTHS = (2, 5, 9, 14, 20, 30, 45, 70, 110, 180)
_BLOCK = 40  # words that share one view of their surroundings
_AROUND = 80


class Kind(NamedTuple):
    """What a word is to the model: closely looked at, and as a part of speech."""

    fine: str
    coarse: str


class Border(NamedTuple):
    """A place between two words: ``left`` ends at ``end``, ``right`` starts at ``start``."""

    end: int
    start: int
    left: int  # number of the left word among the solid ones
    gap: str  # "" none, "c" comma, "s" space, "n" line break


# Below this the two words alone rule an end out, and the groups that follow are not looked at.
_HOPELESS = -5.0
_MOST_KNOWN = 200_000
_EDGE = Kind("^", "^")


class Words:
    """The words of a text that are neither white space nor commas, and the borders between them.

    Args:
        text: lines joined.
        breaks: offsets at which a new line of recognition begins, ascending.
    """

    def __init__(self, text: str, breaks: Sequence[int] = ()) -> None:
        self.kinds: list[Kind] = []
        self.starts: list[int] = []
        self.borders: list[Border] = []
        self._commas = [0]
        self._polite = [0]
        gap, end = "", 0
        for token in morph.tokens(text):
            if token.surface in _COMMAS:
                gap, end = "c", token.end
                self._commas[-1] += 1
            elif not token.surface.strip():
                gap = gap or "s"
            else:
                if self.kinds:
                    self.borders.append(Border(end, token.start, len(self.kinds) - 1, gap))
                self.kinds.append(_kind(token.surface, token.pos, token.lemma))
                self.starts.append(token.start)
                self._commas.append(self._commas[-1])
                self._polite.append(self._polite[-1] + (token.lemma in {"です", "ます"}))
                gap, end = "", token.end
        self._mark_breaks(breaks)
        self._views = [self._view(n) for n in range(0, len(self.kinds), _BLOCK)]

    def _mark_breaks(self, breaks: Sequence[int]) -> None:
        for at in breaks:
            number = bisect_left(self.starts, at) - 1
            if 0 <= number < len(self.borders):
                border = self.borders[number]
                if border.end <= at <= border.start and border.gap != "c":
                    self.borders[number] = border._replace(gap="n")

    def _view(self, at: int) -> str:
        """Whether the text around uses commas, and how polite it is."""
        first, last = max(0, at - _AROUND), min(len(self.kinds), at + _BLOCK + _AROUND)
        size = max(1, last - first)
        commas = (self._commas[last] - self._commas[first]) / size
        polite = (self._polite[last] - self._polite[first]) / size
        return ("C" if commas > 0.01 else "-") + (
            "P" if polite > 0.05 else "p" if polite > 0.02 else "-"
        )

    def _gap(self, number: int) -> str:
        """What stands behind a solid word: "c" a comma, "^" the text's end, else nothing."""
        if not 0 <= number < len(self.borders):
            return "^"
        return "c" if self.borders[number].gap == "c" else ""

    def slots(self, border: Border, since: int) -> tuple[Slots, ...]:
        """What the features of a border are made of, in groups.

        Args:
            since: offset at which the sentence begins.
        """
        n, kinds = border.left, self.kinds
        size = len(kinds)
        l1, r1 = kinds[n], kinds[n + 1]
        l2 = kinds[n - 1] if n else _EDGE
        l3 = kinds[n - 2] if n > 1 else _EDGE
        r2 = kinds[n + 2] if n + 2 < size else _EDGE
        r3 = kinds[n + 3] if n + 3 < size else _EDGE
        # A space or a line break is where somebody breathed, not where a sentence ends.
        gap = "c" if border.gap == "c" else ""
        length = str(bisect_left(_LENGTHS, border.end - since))
        return (
            ("1", l1, r1), ("2", l3, l2, l1), ("3", r1, r2, r3), ("4", l2, l1, r1), ("5", l1, r1, r2),
            ("6", gap, self._views[n // _BLOCK], length, l1, r1),
            ("7", self._gap(n - 1), gap, self._gap(n + 1), l1, r1),
        )  # fmt: skip


Slots = tuple[Kind | str, ...]


@functools.lru_cache(maxsize=65_536)
def _kind(surface: str, pos: tuple[str, ...], lemma: str) -> Kind:
    form = pos[5].partition("-")[0]
    coarse = f"{pos[0]}.{pos[1]}.{form}"
    if pos[1] == "数詞":
        return Kind(coarse, coarse)
    if pos[0] in _AS_WRITTEN:
        return Kind(f"{surface}.{pos[1]}.{form}", coarse)
    return Kind(f"{lemma}.{form}", coarse)


def features(slots: Slots) -> Iterator[str]:
    """The features of one group of :meth:`Words.slots`, as they stand in the table of weights."""
    group, rest = slots[0], slots[1:]
    if group == "6":
        gap, view, length, left, right = rest
        yield from _surroundings(str(gap), str(view), str(length), left, right)  # type: ignore[arg-type]
        return
    if group == "7":
        before, gap, behind, left, right = rest
        yield from _gaps(str(before), str(gap), str(behind), left, right)  # type: ignore[arg-type]
        return
    for name, pattern in _PATTERNS[str(group)]:
        parts = [
            rest[at].fine if which == "f" else rest[at].coarse  # type: ignore[union-attr]
            for at, which in pattern
        ]
        yield name + "|".join(parts)


# (position in the group, fine or coarse) of what a feature is made of
_PATTERNS: dict[str, list[tuple[str, list[tuple[int, str]]]]] = {
    group: [
        (f"{group}{name}:", [(int(p[0]), p[1]) for p in name.split("-")]) for name in names.split()
    ]
    for group, names in {
        "1": "0f 1f 0c 1c 0f-1f 0f-1c 0c-1f 0c-1c",
        "2": "0f 1f 1c 1f-2f 1c-2f 0f-1f-2f 0c-1c-2c",
        "3": "1f 1c 2c 0f-1f 0c-1c 0f-1f-2c",
        "4": "0f-1f-2c 0c-1f-2f 0f-1f-2f",
        "5": "0f-1f-2c 0c-1f-2f 0c-1c-2c",
    }.items()
}


def _surroundings(gap: str, view: str, length: str, left: Kind, right: Kind) -> Iterator[str]:
    commas, polite = view[0], view[1]
    yield f"6:{gap}"
    yield f"6:{gap}|{left.coarse}"
    yield f"6:{commas}{gap}"
    yield f"6:{commas}{gap}|{left.coarse}"
    yield f"6:{commas}{gap}|{left.fine}"
    yield f"6:{commas}{gap}|>{right.fine}"
    yield f"6:{commas}{gap}|{left.coarse}|{right.coarse}"
    yield f"6:{polite}|{left.coarse}"
    yield f"6:{polite}|{left.fine}"
    yield f"6:{length}"
    yield f"6:{length}|{left.coarse}"
    yield f"6:{length}|{left.fine}"


def _gaps(before: str, gap: str, behind: str, left: Kind, right: Kind) -> Iterator[str]:
    """A comma behind the next word (「で、」) or before the last one shows what they are."""
    yield f"7:{gap}>{behind}"
    yield f"7:{gap}>{behind}|{right.fine}"
    yield f"7:{gap}>{behind}|{right.coarse}"
    yield f"7:{gap}>{behind}|{left.coarse}|{right.coarse}"
    yield f"7:{gap}>{behind}|<{left.fine}"
    yield f"7:{before}<{gap}|{left.fine}"
    yield f"7:{before}<{gap}|{left.coarse}"


class BorderModel:
    """Log odds that a sentence ends at a border."""

    def __init__(self, weights: dict[str, float]) -> None:
        self._weights = weights
        self._known: dict[Slots, float] = {}

    def log_odds(self, words: Words, border: Border, since: int) -> float:
        """Log odds (natural) that a sentence that began at ``since`` ends at the border."""
        total = self._weights["bias"]
        for slots in words.slots(border, since):
            score = self._known.get(slots)
            if score is None:
                score = sum(self._weights.get(name, 0.0) for name in features(slots))
                if len(self._known) > _MOST_KNOWN:
                    self._known.clear()
                self._known[slots] = score
            total += score
            if total < _HOPELESS:
                break
        return total


@functools.lru_cache(maxsize=1)
def border_model() -> BorderModel:
    """The model that ships with the project.

    Raises:
        ModelError: its table is missing or damaged.
    """
    try:
        lines = WEIGHTS_FILE.read_text(encoding="utf-8").splitlines()
        rows = [line.rsplit("\t", 1) for line in lines if not line.startswith("#")]
        weights = {name: float(value) for name, value in rows}
        return BorderModel({"bias": weights.pop("bias")} | weights)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"the sentence model {WEIGHTS_FILE} does not load ({error}); reinstall bansou"
        ) from error


__all__ = ["Border", "BorderModel", "Kind", "Words", "border_model", "features"]
