"""The words of a text, and what the sentence models see of them."""

from __future__ import annotations

import functools
import re
import struct
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline import morph
from pipeline.linear import feature_key
from pipeline.morph import Token

if TYPE_CHECKING:
    from numpy.typing import NDArray

_COMMAS = frozenset("、，,")
_QUOTE = re.compile(r"「[^「」]{0,120}」|『[^『』]{0,120}』")
_POLITE = frozenset(("です", "ます"))
# Words whose form says more than their part of speech.
_AS_WRITTEN = frozenset(
    ["助詞", "助動詞", "接続詞", "感動詞", "代名詞", "連体詞", "副詞", "接尾辞", "補助記号", "記号"]
)
_AROUND = 80  # words to each side that show how a text is written
_MANY_COMMAS = 0.01  # of its words
REACH = 5  # words to each side that are looked at
ECHOES = (1, 2, 3, 5, 9, 24)  # words off that what is said is said again, at most

# What the linear model puts together: words by place (0 the left one, 1 the right one) as w(ord),
# f(orm and part of speech), c(omma behind it or not), how the text around is written: u(ses
# commas), p(olite); and how far off the same is said, each class of ECHOES a column: the word l(ast) and
# a(gain), it and the next one b(efore) and t(hereafter).
PATTERNS = tuple(
    tuple((int(part[:-1]), part[-1]) for part in pattern.split())
    for pattern in (
        "0w", "1w", "0f", "1f", "0w 1w", "0w 1f", "0f 1w", "0f 1f",
        "-1w", "-1w 0w", "-1f 0w", "-2w -1w 0w", "-2f -1f 0f",
        "2w", "2f", "3f", "1w 2w", "1f 2f", "1w 2w 3f",
        "-1w 0w 1f", "-1f 0w 1w", "-1w 0w 1w", "0w 1w 2f", "0f 1w 2w", "0f 1f 2f",
        "0c 0u", "0c 0u 0f", "0c 0u 0w", "0c 0u 1w", "0c 0u 0f 1f", "0p 0f", "0p 0w",
        "0c 1c 1w", "0c 1c 1f", "0c 1c 0f 1f", "0c 1c 0w", "-1c 0c 0w", "-1c 0c 0f",
        "1l 0c", "1l 0f", "1l 1f", "0a 0f", "0a 1f", "1b 0c", "1b 0f", "1b 1f", "-1t 0f", "-1t 1f", "1l 0a",
    )
)  # fmt: skip
_COMMA, _SPACE = b",", b" "
_EDGE = 1  # the number of what stands before and behind a text
# SplitMix64's constants (Steele, Lea and Flood 2014) spread the numbers of a pattern's parts.
_STEP, _MIX = 0x9E37_79B9_7F4A_7C15, 0xBF58_476D_1CE4_E5B9


class Words:
    """The words of a text that are neither white space nor commas.

    Between each two is a border: the left word ends at ``ends[n]``, commas behind it included, the right
    one starts at ``starts[n + 1]``, and ``gaps[n]`` is what stands between: "" nothing, "c" a comma,
    "s" a space (or dots for one), "n" a new line of recognition. ``quoted`` are the numbers of the
    borders inside quotation marks.

    Args:
        text: lines joined.
        breaks: offsets at which a new line of recognition begins, ascending.
    """

    def __init__(self, text: str, breaks: Sequence[int] = ()) -> None:
        # Numbers of form, word and normalised word, and whether it is です or ます, as bytes: rows of
        # a table.
        self.kinds: list[bytes] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.gaps: list[str] = []
        for at, words in morph.pieces(text):
            self._add(words, at)
        for at in breaks:
            number = bisect_left(self.starts, at) - 1
            is_between = 0 <= number < len(self.kinds) - 1 and self.ends[number] <= at
            if is_between and self.gaps[number] != "c":
                self.gaps[number] = "n"
        self.quoted = [
            number
            for match in _QUOTE.finditer(text)
            for number in range(
                bisect_right(self.ends, match.start()), bisect_left(self.ends, match.end())
            )
            if number < len(self.kinds) - 1
        ]

    def _add(self, words: Sequence[Token], at: int) -> None:
        kinds, starts, ends, gaps = self.kinds, self.starts, self.ends, self.gaps
        for surface, start, end, pos, lemma, norm, _, _ in words:
            kind = _kind(surface, pos, lemma, norm)
            if kind is _COMMA:
                if gaps:
                    gaps[-1], ends[-1] = "c", end + at
            elif kind is _SPACE:
                if gaps:
                    gaps[-1] = gaps[-1] or "s"
            else:
                kinds.append(kind)
                starts.append(start + at)
                ends.append(end + at)
                gaps.append("")

    @property
    def borders(self) -> list[tuple[int, int]]:
        """Where the left word of every border ends and the right one starts."""
        return list(zip(self.ends, self.starts[1:], strict=False))


@functools.lru_cache(maxsize=65_536)
def _kind(surface: str, pos: tuple[str, ...], lemma: str, norm: str) -> bytes:
    if surface in _COMMAS:
        return _COMMA
    if not surface.strip().strip("…‥"):
        return _SPACE
    form = f"{pos[0]}.{pos[1]}.{pos[5]}"
    if pos[1] == "数詞":
        return _row(form, form, "n", False)
    short = pos[5].partition("-")[0]
    word = f"w{surface}.{pos[1]}.{short}" if pos[0] in _AS_WRITTEN else f"w{lemma}.{short}"
    return _row(form, word, f"n{norm}", lemma in _POLITE)


def _row(form: str, word: str, norm: str, is_polite: bool) -> bytes:
    return struct.pack(
        "=4I", feature_key(form), feature_key(word), feature_key(norm), int(is_polite)
    )


@dataclass(frozen=True)
class Seen:
    """What the models see of several texts behind each other, edges between them; one row a word.

    ``forms``, ``words`` and ``norms`` are numbers (uint32), ``commas`` 0 or 1, ``around`` (float32,
    four columns) how the text around is written; ``solid`` says which rows are words.
    """

    forms: NDArray[Any]
    words: NDArray[Any]
    norms: NDArray[Any]
    commas: NDArray[Any]
    around: NDArray[Any]
    solid: NDArray[Any]
    echoes: NDArray[Any]

    def patterns(self) -> Iterator[NDArray[Any]]:
        """For each of :data:`PATTERNS` its number at every row (uint32)."""
        import numpy as np

        commas = self.commas.astype(np.uint64) + np.uint64(3)
        polite = self.around[:, 2]
        columns = {
            "w": self.words, "f": self.forms, "c": np.where(self.solid, commas, _EDGE),
            "u": self.around[:, 0] + 7, "p": 10 + (polite > 0.2).astype(np.uint64) + (polite > 0.5),
            **dict(zip("labt", self.echoes.T + 13, strict=True)),
        }  # fmt: skip
        size = len(self.solid)
        padded = {
            name: np.pad(column.astype(np.uint64), REACH, constant_values=_EDGE)
            for name, column in columns.items()
        }
        for number, pattern in enumerate(PATTERNS):
            start = (number + 1) * _STEP & 0xFFFF_FFFF_FFFF_FFFF
            hashed = np.full(size, start, dtype=np.uint64)
            for place, name in pattern:
                hashed ^= padded[name][REACH + place : REACH + place + size]
                hashed *= np.uint64(_MIX)
                hashed ^= hashed >> np.uint64(29)
            yield (hashed >> np.uint64(32)).astype(np.uint32)


def see(texts: Sequence[Words]) -> Seen:
    """Put texts behind each other, ``REACH`` empty rows before, between and behind them."""
    import numpy as np

    edge = struct.pack("=4I", _EDGE, _EDGE, _EDGE, 0) * REACH
    rows = b"".join(part for text in texts for part in (edge, *text.kinds)) + edge
    table = np.frombuffer(rows, dtype=np.uint32).reshape(-1, 4)
    size = len(table)
    sizes = np.array([len(text.kinds) for text in texts])
    ends = np.cumsum(sizes + REACH)
    # For every row where its text starts and ends; an edge before a text takes the edge for one.
    bounds = np.stack([ends - sizes - REACH, ends - sizes, ends], axis=1)
    spread = np.stack([np.full_like(sizes, REACH), sizes], axis=1).ravel()
    first = np.append(np.repeat(bounds[:, :2].ravel(), spread), [0] * REACH)
    last = np.append(np.repeat(bounds[:, 1:].ravel(), spread), [0] * REACH)
    solid = np.append(np.repeat(np.tile([False, True], len(texts)), spread), [False] * REACH)
    commas = np.zeros(size, dtype=np.bool_)
    commas[solid] = [gap == "c" for text in texts for gap in text.gaps]
    at = np.arange(size)
    low, high = np.maximum(first, at - _AROUND), np.minimum(last, at + _AROUND)
    high[-REACH:] = low[-REACH:]

    def share(values: NDArray[Any]) -> NDArray[Any]:
        total = np.concatenate([[0], np.cumsum(values, dtype=np.int64)])
        shares: NDArray[Any] = (total[high] - total[low]) / np.maximum(1, high - low)
        return shares

    commas_share, polite_share = share(commas), share(table[:, 3])
    around = np.zeros((size, 4), dtype=np.float32)
    around[:, 0] = commas_share > _MANY_COMMAS
    around[:, 1] = 1 - around[:, 0]
    around[:, 2] = np.minimum(polite_share * 10, 1.5)
    around[:, 3] = np.minimum(commas_share * 10, 1.5)
    text = np.append(np.repeat(np.arange(len(texts)), sizes + REACH), [len(texts)] * REACH)
    echoes = _echoes(table[:, 2], text, solid)
    return Seen(table[:, 0], table[:, 1], table[:, 2], commas, around, solid, echoes)


def _echoes(norms: NDArray[Any], text: NDArray[Any], solid: NDArray[Any]) -> NDArray[Any]:
    """How far off (class of ECHOES, 0 nowhere near) the same is said in its text: a word last and again, it
    and the next word last and again."""
    import numpy as np

    # One number a word and text; edges are like nothing.
    words = np.where(solid, text << 32 | norms, -1 - np.arange(len(norms)))
    pairs = words * np.int64(0x9E37_79B1) + np.append(words[1:], 0)
    found = np.zeros((len(norms), 4), dtype=np.uint8)
    for column, said in ((0, words), (2, pairs)):
        for far in range(ECHOES[-1], 0, -1):
            at = np.flatnonzero(said[far:] == said[:-far])
            found[at + far, column] = found[at, column + 1] = bisect_left(ECHOES, far) + 1
    return found


__all__ = ["ECHOES", "PATTERNS", "REACH", "Seen", "Words", "see"]
