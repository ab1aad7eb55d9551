"""Adapter to Japanese morphology: the only place that imports SudachiPy and spaCy.

Offsets are code points of the text as given: nothing is normalised before it is analysed, because
NFKC changes lengths.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from pipeline.errors import ModelError

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

# SudachiPy refuses an input over 49,149 bytes; a code point takes at most 4 in UTF-8.
_MAX_CHARS = 12_000
_GAP_WORDS = 25
_REMEMBERED_CHARS = 400


@dataclass(frozen=True, slots=True)
class Token:
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


@functools.lru_cache(maxsize=1)
def _tokenizer() -> Any:
    from sudachipy import Dictionary, SplitMode

    try:
        return Dictionary(dict="core").create(mode=SplitMode.C)
    except Exception as error:  # sudachipy raises its own untyped errors
        raise ModelError(
            f"the Japanese dictionary does not load ({error}); reinstall with `pip install --force-reinstall sudachidict-core`"
        ) from error


def tokens(text: str) -> list[Token]:
    """Split a text into words (Sudachi core dictionary, mode C: the longest units).

    Raises:
        ModelError: the dictionary is missing, or its words do not rebuild the text.
    """
    # The stages look at the same sentences one after the other.
    return list(_short(text) if len(text) <= _REMEMBERED_CHARS else _split(text))


@functools.lru_cache(maxsize=2048)
def _short(text: str) -> tuple[Token, ...]:
    return _split(text)


def _split(text: str) -> tuple[Token, ...]:
    found: list[Token] = []
    for offset, piece in _pieces(text):
        for m in _tokenizer().tokenize(piece):
            start, end = offset + m.begin(), offset + m.end()
            if start == end:
                continue
            found.append(
                Token(
                    text[start:end], start, end, _pos(m),
                    m.dictionary_form(), m.normalized_form(), m.reading_form(),
                    not m.is_oov(),
                )
            )  # fmt: skip
    if "".join(t.surface for t in found) != text:
        raise ModelError(f"the tokeniser does not rebuild its text: {text[:40]!r}")
    return tuple(found)


_POS: dict[int, tuple[str, ...]] = {}


def _pos(morpheme: Any) -> tuple[str, ...]:
    """A part of speech; few differ, and asking the dictionary for its six strings is slow."""
    number = morpheme.part_of_speech_id()
    found = _POS.get(number)
    if found is None:
        found = _POS[number] = tuple(morpheme.part_of_speech())
    return found


def lattice_cost(text: str) -> int:
    """Sudachi's cost of the best path through a text: the lower, the more ordinary the words."""
    return sum(int(_tokenizer().tokenize(piece).get_internal_cost()) for _, piece in _pieces(text))


def _pieces(text: str) -> Iterator[tuple[int, str]]:
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


def doc(text: str, words: list[Token] | None = None, *, vocab: Vocab | None = None) -> Doc:
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
    """Finds rows of words by their dictionary form (spaCy's Matcher), under named labels.

    Args:
        rules: label → cues; a cue is dictionary forms with spaces between, ``a|b`` for either and
            ``...`` for up to 25 words of any kind.
    """

    def __init__(self, rules: Mapping[str, Sequence[str]]) -> None:
        from spacy.matcher import Matcher

        # Parts of a cue are matched apart and joined here: the Matcher's own wildcard tries every
        # length at every word, which takes seconds for a long sentence.
        self._parts = [
            (label, number, cue.split("..."))
            for label in rules
            for number, cue in enumerate(rules[label])
        ]
        self._matcher = Matcher(blank_pipeline().vocab)
        for label, number, parts in self._parts:
            for at, part in enumerate(parts):
                pattern = [_word_pattern(word) for word in part.split()]
                self._matcher.add(f"{label}/{number}/{at}", [pattern])

    def labels(self, text: str) -> set[str]:
        """The labels that hit anywhere in a text."""
        made = doc(text)
        spans: dict[str, list[tuple[int, int]]] = {}
        for key, start, end in self._matcher(made):
            spans.setdefault(made.vocab.strings[key], []).append((start, end))
        return {
            label
            for label, number, parts in self._parts
            if _in_order([spans.get(f"{label}/{number}/{at}", []) for at in range(len(parts))])
        }


def _in_order(parts: Sequence[Sequence[tuple[int, int]]]) -> bool:
    """Whether the parts of a cue follow each other, with at most 25 words between two."""
    ends = {end for _, end in parts[0]}
    for spans in parts[1:]:
        ends = {b for a, b in spans if any(0 <= a - end <= _GAP_WORDS for end in ends)}
    return bool(ends)


def _word_pattern(word: str) -> dict[str, Any]:
    forms = word.split("|")
    return {"LEMMA": {"IN": forms} if len(forms) > 1 else word}
