"""Adapter to Japanese morphology: the only place that imports SudachiPy and spaCy.

Offsets are code points of the text as given: nothing is normalised before it is analysed, because
NFKC changes lengths.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.errors import ModelError

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

# SudachiPy refuses an input over 49,149 bytes; a code point takes at most 4 in UTF-8.
_MAX_CHARS = 12_000
_GAP_WORDS = 25
_REMEMBERED_CHARS = 400
_COMMA = "、"
# What a comma, or a sentence's marks, end; and what stands between lines.
_PIECE = re.compile(r"\n\s*|[^、。！？!?\n]*、|[^、。！？!?\n]+[。！？!?]*|[。！？!?]+")


class Token(NamedTuple):
    """A word of the text: ``text[start:end] == surface``.

    ``pos`` is Sudachi's six-part part of speech, ``lemma`` the dictionary form, ``norm`` the
    normalised form, ``reading`` katakana; ``known`` says whether the dictionary has the word.
    """

    surface: str
    start: int
    end: int
    pos: tuple[str, ...]
    lemma: str
    norm: str
    reading: str
    known: bool = True


# A Token of its fields, made a hundred thousand times: its class takes twice as long.
_token: Callable[[tuple[Any, ...]], Token] = functools.partial(tuple.__new__, Token)


@functools.lru_cache(maxsize=1)
def _tokenizer() -> Any:
    from sudachipy import Dictionary, SplitMode

    try:
        return Dictionary(dict="core").create(mode=SplitMode.C)
    except Exception as error:  # sudachipy raises its own untyped errors
        raise ModelError(
            f"the Japanese dictionary does not load ({error}); reinstall with `pip install --force-reinstall sudachidict-core`"
        ) from error


def short_units(word: str) -> Any:
    """A word cut into Sudachi's shortest units (mode A), as Sudachi's own morphemes."""
    return _tokenizer().tokenize(word, "A")


def tokens(text: str) -> tuple[Token, ...]:
    """Split a text into words (Sudachi core dictionary, mode C: the longest units).

    Sentences that end in 。？！ or a new line are analysed apart, and what a comma ends too: behind the
    same comma the same words follow whatever stood before it, so what the stages cut out of a sentence
    or put together need not be analysed again. No word reaches over a comma.

    Raises:
        ModelError: the dictionary is missing, or its words do not rebuild the text.
    """
    return _remembered(text) if len(text) <= _REMEMBERED_CHARS else _joined(text)


def _joined(text: str) -> tuple[Token, ...]:
    parts = pieces(text)
    if len(parts) == 1:
        return parts[0][1]
    found: list[Token] = []
    for at, words in parts:
        if at:
            found += [
                _token((surface, start + at, end + at, pos, lemma, norm, reading, known))
                for surface, start, end, pos, lemma, norm, reading, known in words
            ]
        else:
            found += words
    return tuple(found)


# The words of a short text: the stages ask for those of a sentence dozens of times.
_remembered = functools.lru_cache(maxsize=4096)(_joined)


def pieces(text: str) -> list[tuple[int, tuple[Token, ...]]]:
    """The words of :func:`tokens` by piece, counted from its start, and where in the text that is."""
    found = []
    at, is_behind = 0, False
    for piece in _PIECE.findall(text):
        is_behind = is_behind and piece[0] != "\n"
        if len(piece) > _REMEMBERED_CHARS:
            words = _split(piece, _COMMA if is_behind else "")
        else:
            words = _behind_comma(piece) if is_behind else _behind_nothing(piece)
        found.append((at, words))
        is_behind = piece[-1] == _COMMA
        at += len(piece)
    return found


# Two caches of one argument each: of two arguments a look-up takes three times as long.
@functools.lru_cache(maxsize=8192)
def _behind_nothing(piece: str) -> tuple[Token, ...]:
    return _split(piece, "")


@functools.lru_cache(maxsize=8192)
def _behind_comma(piece: str) -> tuple[Token, ...]:
    return _split(piece, _COMMA)


# What does not depend on where a word stands; words of the dictionary return all the time.
_Entry = tuple[tuple[str, ...], str, str, str, bool]
# From this number on words are made on the spot: unknown ones, and joined digits.
_MADE_UP = 0xF000_0000
_MOST_ENTRIES = 100_000


def _split(text: str, lead: str) -> tuple[Token, ...]:
    """The words of a text behind a comma (``lead``), or behind nothing."""
    found: list[Token] = []
    at = 0
    for offset, piece in _cut(lead + text):
        begin = offset - len(lead)
        for m in _tokenizer().tokenize(piece):
            end = begin + m.end()
            if end <= at:
                continue
            surface = text[at:end]
            entry = _ENTRIES.get((m.word_id(), surface)) or _entry(m, surface)
            found.append(_token((surface, at, end, *entry)))
            at = end
    if at != len(text):
        raise ModelError(f"the tokeniser does not rebuild its text: {text[:40]!r}")
    return tuple(found)


_ENTRIES: dict[tuple[int, str], _Entry] = {}
_POS: dict[int, tuple[str, ...]] = {}


def _entry(morpheme: Any, surface: str) -> _Entry:
    """A word of the dictionary; asking Sudachi for each of its strings is as slow as the analysis."""
    entry = (
        _pos(morpheme), morpheme.dictionary_form(), morpheme.normalized_form(),
        morpheme.reading_form(), not morpheme.is_oov(),
    )  # fmt: skip
    number = morpheme.word_id()
    if number < _MADE_UP and len(_ENTRIES) < _MOST_ENTRIES:
        _ENTRIES[number, surface] = entry
    return entry


def _pos(morpheme: Any) -> tuple[str, ...]:
    """A part of speech; few differ, and asking the dictionary for its six strings is slow."""
    number = morpheme.part_of_speech_id()
    found = _POS.get(number)
    if found is None:
        found = _POS[number] = tuple(morpheme.part_of_speech())
    return found


def lattice_cost(text: str) -> int:
    """Sudachi's cost of the best path through a text: the lower, the more ordinary the words."""
    return sum(int(_tokenizer().tokenize(piece).get_internal_cost()) for _, piece in _cut(text))


def _cut(text: str) -> Iterator[tuple[int, str]]:
    """Cut a long text, at a line or sentence end where there is one within reach."""
    start = 0
    while start < len(text):
        end = min(len(text), start + _MAX_CHARS)
        if end < len(text):
            cut = max(text.rfind(mark, start, end) for mark in "\n。")
            end = cut + 1 if cut > start else end
        yield start, text[start:end]
        start = end


@functools.lru_cache(maxsize=1)
def blank_pipeline() -> Language:
    """A blank Japanese spaCy pipeline: the vocabulary that matchers and Docs share."""
    import spacy

    return spacy.blank("ja")


def doc(text: str, words: Sequence[Token] | None = None, *, vocab: Vocab | None = None) -> Doc:
    """A spaCy Doc on the words of :func:`tokens`: LEMMA, NORM and TAG (``名詞-普通名詞-一般``) are set.

    spaCy's own Japanese tokeniser gives the same words at a tenth of the speed.
    """
    from spacy.tokens import Doc

    words = tokens(text) if words is None else words
    made = Doc(
        blank_pipeline().vocab if vocab is None else vocab,
        words=[w.surface for w in words],
        spaces=[False] * len(words),
        lemmas=[w.lemma for w in words],
        tags=["-".join(p for p in w.pos[:4] if p != "*") for w in words],
    )
    for token, word in zip(made, words, strict=True):
        token.norm_ = word.norm
    return made


def dictionary_versions() -> dict[str, str]:
    """Versions that a result depends on, for staleness."""
    return {name: version(name) for name in ("sudachipy", "sudachidict-core")}


class WordRules:
    """Finds rows of words by their dictionary form, under named labels.

    Args:
        rules: label → cues; a cue is dictionary forms with spaces between, ``a|b`` for either and
            ``...`` for up to 25 words of any kind.
    """

    def __init__(self, rules: Mapping[str, Sequence[str]]) -> None:
        self._cues = [
            (label, [[frozenset(w.split("|")) for w in part.split()] for part in cue.split("...")])
            for label, cues in rules.items()
            for cue in cues
        ]
        # which of them begin with a word
        self._beginning: dict[str, list[int]] = {}
        for number, (_, parts) in enumerate(self._cues):
            for word in parts[0][0]:
                self._beginning.setdefault(word, []).append(number)

    def labels(self, text: str) -> set[str]:
        """The labels that hit anywhere in a text."""
        lemmas = [word.lemma for word in tokens(text)]
        near = {number for lemma in lemmas for number in self._beginning.get(lemma, ())}
        return {
            label
            for label, parts in map(self._cues.__getitem__, near)
            if _in_order([_rows_of(part, lemmas) for part in parts])
        }


def _rows_of(part: Sequence[frozenset[str]], lemmas: Sequence[str]) -> list[tuple[int, int]]:
    """Where the words of a cue's part follow each other: begin and end."""
    first, size = part[0], len(part)
    return [
        (at, at + size)
        for at, lemma in enumerate(lemmas)
        if lemma in first
        and at + size <= len(lemmas)
        and all(lemmas[at + n] in part[n] for n in range(1, size))
    ]


def _in_order(parts: Sequence[Sequence[tuple[int, int]]]) -> bool:
    """Whether the parts of a cue follow each other, with at most 25 words between two."""
    ends = {end for _, end in parts[0]}
    for spans in parts[1:]:
        ends = {b for a, b in spans if any(0 <= a - end <= _GAP_WORDS for end in ends)}
    return bool(ends)
