"""A text as the index sees it: words in their shortest units, by normalised form and by reading.

A compound is indexed as its units in a row, so a part finds the compound, and the compound is the
phrase of its units. Readings stand in a column of their own, so that かな finds what is written 漢字.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipeline import morph, vectors

CONTENT = frozenset(["名詞", "動詞", "形容詞", "形状詞", "副詞"])
_RUN = frozenset(["名詞", "接頭辞", "接尾辞"])
_GRAMMAR = frozenset(["助詞", "助動詞", "接続詞", "感動詞"])
_NOT_WORDS = frozenset(["空白", "補助記号"])
# Verbs and nouns that stand in every other sentence and say little of what it is about.
_EMPTY = frozenset(
    ["為る", "有る", "居る", "成る", "事", "物", "の", "言う", "思う", "無い", "時", "所", "様", "訳", "方", "良い"]
)  # fmt: skip
_LONGEST_RUN = 4
# Between two fields of a document: a phrase must not run over it.
BORDER = "¶"

_HIRAGANA_ONLY = re.compile(r"[ぁ-ゖー]+")
_KANA = re.compile(r"[ぁ-ゖァ-ヺー]+")
_TO_KATAKANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}
# SQLite's ascii tokeniser cuts at ASCII marks alone: what would be cut is written full-width.
_TO_TERM = {
    **dict.fromkeys((*range(32), 127), 65533),
    **{code: code + 0xFEE0 for code in range(0x21, 0x7F) if not chr(code).isalnum()},
    0x20: 0x3000,
}


class Unit(NamedTuple):
    """A shortest unit of a word, as terms of the index; offsets are of the whole text."""

    start: int
    end: int
    norm: str
    reading: str
    pos: str


class Word(NamedTuple):
    """A word of a text with its units."""

    token: morph.Token
    units: tuple[Unit, ...]

    @property
    def is_content(self) -> bool:
        """Does it carry a topic; helping verbs (行く in やっていく) and words like こと do not."""
        pos = self.token.pos
        is_helper = pos[0] in {"動詞", "形容詞"} and pos[1] == "非自立可能"
        return pos[0] in CONTENT and self.token.norm not in _EMPTY and not is_helper

    @property
    def rows(self) -> tuple[int, ...]:
        """Its row in the table of word vectors; those of its units where the table lacks it."""
        row = vectors.token_row(self.token)
        if row is not None:
            return (row,)
        found = [vectors.row(unit.norm) for unit in self.units if unit.pos in CONTENT]
        return tuple(row for row in found if row is not None)

    @property
    def is_run(self) -> bool:
        """May it be part of a compound that the dictionary does not know as one word."""
        return self.token.pos[0] in _RUN


def analyse(text: str) -> list[Word]:
    """The words of a text, spaces and marks left out."""
    return [
        Word(token, tuple(_units(token)))
        for token in morph.tokens(text)
        if token.pos[0] not in _NOT_WORDS
    ]


def term(word: str) -> str:
    """A word as one term of the index: no case, no width, nothing SQLite would cut at."""
    return unicodedata.normalize("NFKC", word).casefold().translate(_TO_TERM)


def katakana(text: str) -> str:
    """A reading as one term."""
    return term(unicodedata.normalize("NFKC", text).translate(_TO_KATAKANA))


def is_kana(text: str) -> bool:
    return _KANA.fullmatch(unicodedata.normalize("NFKC", text)) is not None


def is_hiragana(text: str) -> bool:
    return _HIRAGANA_ONLY.fullmatch(text) is not None


def runs(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Words that stand side by side and may be one compound (型 + 化); any other word by itself."""
    run: list[Word] = []
    for word in words:
        if run and not (word.is_run and run[-1].is_run and run[-1].token.end == word.token.start):
            yield run
            run = []
        run.append(word)
    if run:
        yield run


def document(fields: Sequence[str]) -> tuple[str, str, set[int]]:
    """What the index keeps of the fields of a document.

    Returns:
        The terms in order, the readings of its content words and compounds (both joined by spaces),
        and the rows of its content words in the table of word vectors.
    """
    terms: list[str] = []
    readings: list[str] = []
    rows: set[int] = set()
    for field in fields:
        if terms:
            terms.append(BORDER)
        words = analyse(field)
        terms += [unit.norm for word in words for unit in word.units]
        for run in runs(words):
            readings += _readings(run)
        for word in words:
            if word.is_content:
                rows |= set(word.rows)
    return " ".join(terms), " ".join(readings), rows


def _readings(run: Sequence[Word]) -> Iterator[str]:
    for word in run:
        if word.is_content or len(run) > 1:
            yield from (unit.reading for unit in word.units)
            if len(word.units) > 1:
                yield katakana(word.token.reading)
    if 1 < len(run) <= _LONGEST_RUN:
        yield katakana("".join(word.token.reading for word in run))


def _units(token: morph.Token) -> Iterator[Unit]:
    # Alone, a verb's form or a word in かな may be cut as quite another word: these stay whole.
    parts = (
        _shortest(token.surface)
        if token.pos[0] in _RUN and len(token.surface) > 1 and not is_hiragana(token.surface)
        else ()
    )
    if len(parts) > 1:
        for start, end, norm, reading, pos in parts:
            yield Unit(token.start + start, token.start + end, norm, reading, pos)
    else:
        reading = katakana(token.reading or token.surface)
        # One で is a particle, the next a form of だ: which, the words around decide.
        norm = token.surface if token.pos[0] in _GRAMMAR else token.norm
        yield Unit(token.start, token.end, term(norm), reading, token.pos[0])


@functools.lru_cache(maxsize=65_536)
def _shortest(surface: str) -> tuple[tuple[int, int, str, str, str], ...]:
    """A word cut into Sudachi's shortest units (mode A)."""
    found = morph.short_units(surface)
    return tuple(
        (
            m.begin(), m.end(), term(m.normalized_form()), katakana(m.reading_form() or m.surface()),
            m.part_of_speech()[0],
        )
        for m in found
        if m.begin() < m.end()
    )  # fmt: skip
