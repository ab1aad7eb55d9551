"""What a user asks for, as expressions of the index. Nothing of the query is taken as syntax but
"…" and 「…」, which ask for these words in this order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pipeline.errors import BansouError
from pipeline.search.words import Unit, Word, analyse, is_hiragana, is_kana, katakana, runs

MOST_CHARS = 2_000
_MOST_WORDS = 24
_QUOTED = re.compile(r'"([^"]*)"|「([^」]*)」|“([^”]*)”')
_TITLE_OR_TEXT = "{title text} :"
_SIDE_POS = frozenset(["接頭辞", "接尾辞"])


class QueryError(BansouError):
    """A query that asks for nothing, or for too much."""


@dataclass(slots=True)
class Query:
    """A query ready for the index.

    ``words`` are expressions of which all should stand in a document, ``parts`` further ones that
    help; ``phrases`` must stand in it. ``rows`` has, for every content word, its row in the table
    of word vectors, or None. ``norms`` and ``readings`` are what to mark in what is shown.
    """

    words: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    phrases: list[str] = field(default_factory=list)
    rows: list[int | None] = field(default_factory=list)
    norms: set[str] = field(default_factory=set)
    readings: set[str] = field(default_factory=set)

    @property
    def every(self) -> str:
        """Finds what holds every word."""
        return " AND ".join(f"({word})" for word in [*self.phrases, *self.words])

    @property
    def in_titles(self) -> str:
        """Finds what holds every word in its title."""
        return self.every.replace(_TITLE_OR_TEXT, "title :")

    @property
    def any(self) -> str:
        """Finds what holds any word; phrases are still asked for."""
        must = " AND ".join(f"({phrase})" for phrase in self.phrases)
        either = " OR ".join(f"({word})" for word in [*self.words, *self.parts])
        if not (must and either):
            return must or either
        return f"({must}) AND ({either} OR ({must}))"  # the words add to the rank alone


def parse(text: str) -> Query:
    """Read a query.

    Raises:
        QueryError: it is empty, too long, or holds no word.
    """
    text = text.encode("utf-8", "replace").decode("utf-8").strip()
    if not text:
        raise QueryError("the query is empty; name a word to look for")
    if len(text) > MOST_CHARS:
        raise QueryError(
            f"the query has {len(text)} characters; shorten it to {MOST_CHARS} or fewer"
        )
    query = Query()
    for match in _QUOTED.finditer(text):
        _add_phrase(query, next(group for group in match.groups() if group is not None))
    for chunk in _QUOTED.sub(" ", text).split():
        _add_chunk(query, chunk)
    # Only helping words were given: then they are what is looked for.
    if not (query.words or query.phrases):
        for word in analyse(text):
            _add_run(query, [word])
    if not (query.words or query.phrases):
        raise QueryError(f"the query {text[:40]!r} holds no word; name one to look for")
    del query.words[_MOST_WORDS:], query.parts[_MOST_WORDS:], query.rows[_MOST_WORDS:]
    return query


def _add_phrase(query: Query, text: str) -> None:
    words = analyse(text)
    units = [unit for word in words for unit in word.units]
    if units:
        query.phrases.append(_in_text(units))
        query.norms |= {u.norm for u in units} if len(units) == 1 else _content_norms(words)
        for word in words:
            if word.is_content:
                _add_rows(query, word)


def _add_chunk(query: Query, chunk: str) -> None:
    words = analyse(chunk)
    found = [run for run in runs(words) if any(word.is_content for word in run)]
    if is_kana(chunk) and len(chunk) > 1:
        _add_kana(query, chunk, words, found)
        return
    for run in found:
        _add_run(query, run)


def _add_run(query: Query, run: Sequence[Word]) -> None:
    units = [unit for word in run for unit in word.units]
    query.words.append(" OR ".join([_in_text(units), *_by_reading(run)]))
    if len(units) > 1:
        query.parts += [_in_text([unit]) for unit in units if unit.pos not in _SIDE_POS]
    query.norms |= {unit.norm for unit in units if len(units) == 1 or unit.pos not in _SIDE_POS}
    for word in run:
        if word.is_content or len(run) == 1:
            _add_rows(query, word)


def _by_reading(run: Sequence[Word]) -> Iterator[str]:
    """A word that was typed in かな may be written in any way."""
    for word in run:
        if len(run) == 1 and is_kana(word.token.surface) and word.is_content:
            yield _read_as(katakana(word.token.surface))


def _add_kana(
    query: Query, chunk: str, words: Sequence[Word], found: Sequence[Sequence[Word]]
) -> None:
    """A chunk in kana is one word by its sound, or the words that Sudachi sees in it."""
    sound = katakana(chunk)
    query.readings.add(sound)
    units = [unit for word in words for unit in word.units]
    seen = [_in_text([u for word in run for u in word.units]) for run in found]
    either = [_read_as(sound), _in_text(units), *([" AND ".join(seen)] if len(seen) > 1 else [])]
    query.words.append(" OR ".join(f"({expression})" for expression in either))
    if is_hiragana(chunk):
        # Which word is meant is a guess: it is looked for as written, its likes in use are not.
        parts = [run for run in found if not all(is_hiragana(w.token.norm) for w in run)]
    else:
        parts = list(found)
        for run in found:
            for word in run:
                _add_rows(query, word)
    if len(units) > 1:
        query.parts += [_in_text([u for word in run for u in word.units]) for run in parts]
    query.norms |= {unit.norm for run in parts for word in run for unit in word.units}


def _add_rows(query: Query, word: Word) -> None:
    query.rows += word.rows or (None,)


def _content_norms(words: Sequence[Word]) -> set[str]:
    return {unit.norm for word in words if word.is_content for unit in word.units}


def _in_text(units: Sequence[Unit]) -> str:
    return f'{_TITLE_OR_TEXT} "{" ".join(unit.norm for unit in units)}"'


def _read_as(reading: str) -> str:
    return f'reading : "{reading}"'
