"""What each title quotes, what its body may tell, and which titles another card tells better."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline import morph
from pipeline.stages.card.bodies import Sentence, Thought, body_of, thought_around
from pipeline.stages.card.drafts import Draft
from pipeline.stages.card.extent import extent
from pipeline.stages.card.grading import Context, grades_of_all
from pipeline.stages.card.grounded import check
from pipeline.stages.card.titles import informative_words
from pipeline.stages.card.voices import beside

# A sentence beside a title is read from this grade (0 to 4) on.
_READ = 1.2
# A title that an editor would keep as it stands has a card of its own, whatever stands beside it.
_ITS_OWN = 3.0
# How much of a title's words one sentence of another's body holds where it tells the same.
_TOLD = 0.8


@dataclass(frozen=True, slots=True)
class Candidate:
    """A draft of the passage's utterance ``at``, its grade and its informative words."""

    grade: float
    at: int
    draft: Draft
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Quoted:
    """A title with the utterances it quotes (inclusive, counted in the episode), their text, and its thought.

    ``worth``: sentences around the title that say enough to be read. ``body``: what its card tells.
    """

    candidate: Candidate
    at: int
    first: int
    last: int
    texts: Sequence[str]
    thought: Thought
    worth: Collection[Sentence] = ()
    body: Sequence[str] = ()

    @property
    def source(self) -> str:
        """What it quotes, as one text."""
        return "\n".join(self.texts)


def quoted(candidate: Candidate, said: Sequence[dict[str, Any]], start: int) -> Quoted | None:
    """What a title quotes; None where it says what nobody said.

    Args:
        candidate: the title.
        said: the episode's utterances.
        start: the first of its passage.
    """
    at, draft = start + candidate.at, candidate.draft
    first, last = extent(said, at, draft.text)
    if draft.tie:
        first = min(first, _tied(said, at))
    texts = [u["text"] for u in said[first : last + 1]]
    if not check(draft.text, "\n".join(texts)).is_grounded:
        return None
    return Quoted(candidate, at, first, last, texts, thought_around(said, at, draft, (first, last)))


def _tied(said: Sequence[dict[str, Any]], at: int) -> int:
    """The utterance whose last sentence a tied title begins with."""
    before = beside(said, at, -1)
    return at if before is None else before


def one_a_thought(
    found: Sequence[Sequence[Quoted | None]],
    said: Sequence[dict[str, Any]],
    around: Sequence[Context],
) -> list[list[Quoted]]:
    """The titles that no better one tells in its body, each with what is told nowhere else.

    Editors cut a talk into thoughts that hardly ever overlap (16 of 311 items of ``training/cards/`` do), so
    what two titles of one thought say becomes one card.

    Args:
        found: what the titles quote, by passage.
        said: the episode's utterances.
        around: what the grades of sentences depend on, by passage.
    """
    read = _with_worth(found, around)
    kept: list[Quoted] = []
    for quote in sorted((q for own in read for q in own), key=lambda q: -q.candidate.grade):
        is_sure = quote.candidate.grade >= _ITS_OWN
        if is_sure or not any(_tells(other, quote) for other in kept):
            kept.append(quote)
    taken = {(q.at, n) for q in kept for n in _clauses(q)}
    alone: dict[int, Quoted] = {}
    told: set[str] = set()
    for quote in kept:
        alone[id(quote)] = made = _alone(quote, said, taken, told)
        told.update(made.body)
    return [[alone[id(q)] for q in own if id(q) in alone] for own in read]


def _clauses(quote: Quoted) -> range:
    return range(quote.candidate.draft.first, quote.candidate.draft.last + 1)


def _with_worth(
    found: Sequence[Sequence[Quoted | None]], around: Sequence[Context]
) -> list[list[Quoted]]:
    """Each quote with the sentences around its title that say enough to be read."""
    flat = [(q, near) for own, near in zip(found, around, strict=True) for q in own if q]
    beside = [[*q.thought.before, *q.thought.behind] for q, _ in flat]
    # All of the episode at once: the model works on arrays.
    graded = grades_of_all(
        [[Draft(s.text, s.text, s.first, s.last, "", s.before, s.after) for s in own] for own in beside],
        [near for _, near in flat],
    )  # fmt: skip
    worth = iter(
        frozenset(s for s, grade in zip(own, of_own, strict=True) if grade >= _READ)
        for own, of_own in zip(beside, graded, strict=True)
    )
    return [[_read(q, next(worth)) for q in own if q] for own in found]


def _read(quote: Quoted, worth: Collection[Sentence]) -> Quoted:
    return replace(quote, worth=worth, body=body_of(quote.thought, worth))


def _tells(better: Quoted, quote: Quoted) -> bool:
    """Whether the body of a better title tells what another says."""
    if not better.first <= quote.at <= better.last:
        return False
    words = quote.candidate.words
    return any(
        len(words & informative_words(morph.tokens(sentence))) >= _TOLD * len(words)
        for sentence in better.body
    )


def _alone(
    quote: Quoted,
    said: Sequence[dict[str, Any]],
    taken: set[tuple[int, int]],
    told: Collection[str],
) -> Quoted:
    """A quote whose body leaves out what heads other cards and what better ones tell."""
    own = {(quote.at, n) for n in _clauses(quote)}
    reach = _reach(quote, {at for at, _ in taken})
    thought = thought_around(said, quote.at, quote.candidate.draft, reach, taken - own)
    worth = frozenset(s for s in quote.worth if s.text not in told)
    first, last = reach
    texts = [u["text"] for u in said[first : last + 1]]
    return _read(replace(quote, first=first, last=last, texts=texts, thought=thought), worth)


def _reach(quote: Quoted, heads: set[int]) -> tuple[int, int]:
    """A quote's utterances without those that other titles come from, and what lies beyond them."""
    leans = bool(quote.candidate.draft.tie) or (quote.thought.own and quote.thought.own.leans)
    before = [h for h in heads if quote.first <= h < quote.at - bool(leans)]
    behind = [h for h in heads if quote.at < h <= quote.last]
    return max([quote.first - 1, *before]) + 1, min([quote.last + 1, *behind]) - 1
