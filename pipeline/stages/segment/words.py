"""The words of a text, and what the sentence models see of them."""

from __future__ import annotations

import functools
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline import morph
from pipeline.linear import feature_key

if TYPE_CHECKING:
    from numpy.typing import NDArray

_COMMAS = frozenset("、，,")
_POLITE = frozenset(("です", "ます"))
# Words whose form says more than their part of speech.
_AS_WRITTEN = frozenset(
    ["助詞", "助動詞", "接続詞", "感動詞", "代名詞", "連体詞", "副詞", "接尾辞", "補助記号", "記号"]
)
_AROUND = 80  # words to each side that show how a text is written
_MANY_COMMAS = 0.01  # of its words
REACH = 5  # words to each side that are looked at

# What the linear model puts together: words by place (0 the left one, 1 the right one) as w(ord),
# f(orm and part of speech), c(omma behind it or not), and how the text around is written: u(ses
# commas), p(olite).
PATTERNS = tuple(
    tuple((int(part[:-1]), part[-1]) for part in pattern.split())
    for pattern in (
        "0w", "1w", "0f", "1f", "0w 1w", "0w 1f", "0f 1w", "0f 1f",
        "-1w", "-1w 0w", "-1f 0w", "-2w -1w 0w", "-2f -1f 0f",
        "2w", "2f", "3f", "1w 2w", "1f 2f", "1w 2w 3f",
        "-1w 0w 1f", "-1f 0w 1w", "-1w 0w 1w", "0w 1w 2f", "0f 1w 2w", "0f 1f 2f",
        "0c 0u", "0c 0u 0f", "0c 0u 0w", "0c 0u 1w", "0c 0u 0f 1f", "0p 0f", "0p 0w",
        "0c 1c 1w", "0c 1c 1f", "0c 1c 0f 1f", "0c 1c 0w", "-1c 0c 0w", "-1c 0c 0f",
    )
)  # fmt: skip
_COMMA, _SPACE = (0, 0, 0, False), (0, 0, 1, False)
_EDGE = 1  # the number of what stands before and behind a text
# SplitMix64's constants (Steele, Lea and Flood 2014) spread the numbers of a pattern's parts.
_STEP, _MIX = 0x9E37_79B9_7F4A_7C15, 0xBF58_476D_1CE4_E5B9


class Border(NamedTuple):
    """A place between two words: the left one ends at ``end``, the right one starts at ``start``."""

    end: int
    start: int
    gap: str  # "" none, "c" comma, "s" space, "n" line break


class Words:
    """The words of a text that are neither white space nor commas, and the borders between them.

    Args:
        text: lines joined.
        breaks: offsets at which a new line of recognition begins, ascending.
    """

    def __init__(self, text: str, breaks: Sequence[int] = ()) -> None:
        self.borders: list[Border] = []
        # Numbers of form, word and normalised word, and whether it is です or ます.
        self.kinds: list[tuple[int, int, int, bool]] = []
        starts: list[int] = []
        gap, end = "", 0
        for token in morph.tokens(text):
            kind = _kind(token.surface, token.pos, token.lemma, token.norm)
            if kind is _COMMA:
                gap, end = "c", token.end
            elif kind is _SPACE:
                gap = gap or "s"
            else:
                if self.kinds:
                    self.borders.append(Border(end, token.start, gap))
                self.kinds.append(kind)
                starts.append(token.start)
                gap, end = "", token.end
        self.commas = [b.gap == "c" for b in self.borders] + ([gap == "c"] if self.kinds else [])
        for at in breaks:
            number = bisect_left(starts, at) - 1
            if 0 <= number < len(self.borders):
                border = self.borders[number]
                if border.end <= at <= border.start and border.gap != "c":
                    self.borders[number] = border._replace(gap="n")


@functools.lru_cache(maxsize=65_536)
def _kind(surface: str, pos: tuple[str, ...], lemma: str, norm: str) -> tuple[int, int, int, bool]:
    if surface in _COMMAS:
        return _COMMA
    if not surface.strip():
        return _SPACE
    form = f"{pos[0]}.{pos[1]}.{pos[5]}"
    if pos[1] == "数詞":
        return feature_key(form), feature_key(form), feature_key("n"), False
    short = pos[5].partition("-")[0]
    word = f"w{surface}.{pos[1]}.{short}" if pos[0] in _AS_WRITTEN else f"w{lemma}.{short}"
    return feature_key(form), feature_key(word), feature_key(f"n{norm}"), lemma in _POLITE


@dataclass(frozen=True)
class Seen:
    """What the models see of several texts behind each other, edges between them; one row a word.

    ``forms``, ``words`` and ``norms`` are numbers (uint64), ``commas`` 0 or 1, ``around`` (float32,
    four columns) how the text around is written; ``solid`` says which rows are words.
    """

    forms: NDArray[Any]
    words: NDArray[Any]
    norms: NDArray[Any]
    commas: NDArray[Any]
    around: NDArray[Any]
    solid: NDArray[Any]

    def patterns(self) -> NDArray[Any]:
        """The numbers of the patterns at each row (uint32; rows, patterns)."""
        import numpy as np

        columns = {
            "w": self.words, "f": self.forms, "c": self.commas.astype(np.uint64) + np.uint64(3),
            "u": (self.around[:, 0] + 7).astype(np.uint64),
            "p": 10 + (self.around[:, 2] > 0.2).astype(np.uint64) + (self.around[:, 2] > 0.5),
        }  # fmt: skip
        columns["c"] = np.where(self.solid, columns["c"], _EDGE)
        size = len(self.solid)
        padded = {
            name: np.pad(column.astype(np.uint64), REACH, constant_values=_EDGE)
            for name, column in columns.items()
        }
        found = np.empty((size, len(PATTERNS)), dtype=np.uint32)
        for number, pattern in enumerate(PATTERNS):
            start = (number + 1) * _STEP & 0xFFFF_FFFF_FFFF_FFFF
            hashed = np.full(size, start, dtype=np.uint64)
            for place, name in pattern:
                hashed ^= padded[name][REACH + place : REACH + place + size]
                hashed *= np.uint64(_MIX)
                hashed ^= hashed >> np.uint64(29)
            found[:, number] = hashed >> np.uint64(32)
        return found


def see(texts: Sequence[Words]) -> Seen:
    """Put texts behind each other, ``REACH`` empty rows before, between and behind them."""
    import numpy as np

    rows, solid, commas, first, last = [], [], [], [], []
    edge = [(_EDGE, _EDGE, _EDGE, False)] * REACH
    for text in texts:
        rows += edge + text.kinds
        begin = len(rows) - len(text.kinds)
        solid += [False] * REACH + [True] * len(text.kinds)
        commas += [False] * REACH + text.commas
        first += [begin - REACH] * REACH + [begin] * len(text.kinds)
        last += [begin] * REACH + [len(rows)] * len(text.kinds)
    size = len(rows)
    table = np.array(rows + edge, dtype=np.uint64)
    flags = np.array(commas + [False] * REACH)
    at = np.arange(size)
    low, high = np.maximum(first, at - _AROUND), np.minimum(last, at + _AROUND)

    def share(values: NDArray[Any]) -> NDArray[Any]:
        total = np.concatenate([[0], np.cumsum(values, dtype=np.int64)])
        shares: NDArray[Any] = (total[high] - total[low]) / np.maximum(1, high - low)
        return shares

    commas_share, polite_share = share(flags), share(table[:, 3])
    around = np.zeros((size + REACH, 4), dtype=np.float32)
    around[:size, 0] = commas_share > _MANY_COMMAS
    around[:, 1] = 1 - around[:, 0]
    around[:size, 2] = np.minimum(polite_share * 10, 1.5)
    around[:size, 3] = np.minimum(commas_share * 10, 1.5)
    is_word = np.array(solid + [False] * REACH)
    return Seen(table[:, 0], table[:, 1], table[:, 2], flags, around, is_word)


__all__ = ["PATTERNS", "REACH", "Border", "Seen", "Words", "see"]
