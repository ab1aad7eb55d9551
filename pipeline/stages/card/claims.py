"""Which claims a passage makes: a title, a body, the utterances quoted, of what kind and how sure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline import morph
from pipeline.kinds import KindRules
from pipeline.stages.card.asking import asking_title
from pipeline.stages.card.bodies import (
    Sentence,
    Thought,
    body_of,
    sentences,
    thought_around,
)
from pipeline.stages.card.drafts import Draft, drafts
from pipeline.stages.card.extent import extent
from pipeline.stages.card.grading import Context, contexts, grades_of_all
from pipeline.stages.card.grounded import check
from pipeline.stages.card.kinding import learned_kind
from pipeline.stages.card.titles import TITLE_CHARS, informative_words
from pipeline.stages.card.voices import asks, beside, spoken_before

_ASKED_CHARS = 450
_BODY_SENTENCES = 4
_CHARS_PER_CLAIM = 70
# The grade (0 to 4) from which a passage's best draft makes a card, and a further one; and from which it
# does where nothing else stands near.
_LEAST = 1.4
_KEPT, _FURTHER = 1.9, 2.0
# A sentence beside a title is read from this grade on.
_READ = 1.2
_TAGGED = 0.25
# A quote shows a tag from this score on: it is shorter than what tags are fitted on (tried on talks held out).
_SHOWS = 0.5
_SAME = 0.5


TagsOfAll = Callable[[Sequence[str]], Sequence[Mapping[str, float]]]


@dataclass(frozen=True, slots=True)
class Claim:
    """What a card says: kind, title, body, the utterances it quotes (inclusive), tags, how sure.

    ``at``: the utterance the title comes from. Utterances are counted in the episode. ``is_sure``: sure enough
    to be a card wherever it stands; else only where a long stretch would have none.
    """

    kind: str
    title: str
    body: str
    at: int
    first: int
    last: int
    tags: tuple[str, ...]
    score: float
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class _Candidate:
    grade: float
    at: int
    draft: Draft
    words: frozenset[str]


def find_claims(
    said: Sequence[dict[str, Any]],
    passages: Sequence[tuple[int, int]],
    tags: Sequence[Sequence[dict[str, Any]]],
    *,
    kinds: KindRules,
    tags_of_all: TagsOfAll,
) -> list[list[Claim]]:
    """The claims of passages, in order; none where nothing in one stands alone.

    Args:
        said: the episode's utterances, rows of the table.
        passages: first and last utterance (inclusive) of each; a claim's quote may reach beyond.
        tags: their tags; offsets in the passage's text (utterances joined by a newline).
        kinds: tell of what kind a claim is.
        tags_of_all: the tags of many texts, each with its score.
    """
    inside = [said[first : last + 1] for first, last in passages]
    offered = [_offered(utterances) for utterances in inside]
    around = contexts([[u["text"] for u in utterances] for utterances in inside])
    # All drafts of the episode at once: the model works on arrays.
    graded = grades_of_all([[draft for _, draft in own] for own in offered], around)
    evidence = [_evidence(own, rows) for own, rows in zip(inside, tags, strict=True)]
    chosen = [
        _chosen(_candidates(drafted, grade, shown), own)
        for drafted, grade, shown, own in zip(offered, graded, evidence, inside, strict=True)
    ]
    heads = [
        {(start + c.at, n) for c in some for n in range(c.draft.first, c.draft.last + 1)}
        for (start, _), some in zip(passages, chosen, strict=True)
    ]
    found = []
    for number, (start, _) in enumerate(passages):
        # A quote may reach into the passages beside its own: what heads a card there is told there.
        taken = set().union(*heads[max(0, number - 1) : number + 2])
        found.append([_quoted(c, said, start, taken) for c in chosen[number]])
    told = _with_worth(found, around)
    quotes = sorted({q.source for own in found for q in own if q})
    shows = dict(zip(quotes, tags_of_all(quotes), strict=True))
    return [
        _of_passage(start, own, shown, quoted, shows, kinds)
        for (start, _), own, shown, quoted in zip(passages, inside, evidence, told, strict=True)
    ]


def _chosen(
    candidates: Sequence[_Candidate], utterances: Sequence[dict[str, Any]]
) -> list[_Candidate]:
    """The best drafts of a passage, in order."""
    chosen: list[_Candidate] = []
    most = 1 + sum(len(u["text"]) for u in utterances) // _CHARS_PER_CLAIM
    for candidate in candidates:
        if candidate.grade < (_FURTHER if chosen else _LEAST):
            break
        if len(chosen) < most and not any(_clash(candidate, other) for other in chosen):
            chosen.append(candidate)
    return sorted(chosen, key=lambda c: (c.at, c.draft.first))


def _of_passage(
    start: int,
    utterances: Sequence[dict[str, Any]],
    evidence: Sequence[Sequence[dict[str, Any]]],
    quoted: Sequence[tuple[_Quoted, Collection[Sentence]] | None],
    shows: Mapping[str, Mapping[str, float]],
    kinds: KindRules,
) -> list[Claim]:
    made = [one and _claim(*one, shows, kinds) for one in quoted]
    asked = _asked(utterances, evidence, start)
    # A claim of its words that the passage puts in one sentence needs no putting together.
    if asked and not any(c and c.kind == "signal" and "意見" in c.title for c in made):
        made.append(asked)
    return sorted((c for c in made if c), key=lambda c: (c.at, c.first, c.last))


def _offered(utterances: Sequence[dict[str, Any]]) -> list[tuple[int, Draft]]:
    """The drafts of a passage, each with its utterance's place in it."""
    return [
        (at, draft)
        for at, utterance in enumerate(utterances)
        if not asks(utterance)
        for draft in drafts(utterance["text"], spoken_before(utterances, at))
    ]


def _candidates(
    offered: Sequence[tuple[int, Draft]],
    graded: Sequence[float],
    evidence: Sequence[Sequence[dict[str, Any]]],
) -> list[_Candidate]:
    found = []
    for (at, draft), grade in zip(offered, graded, strict=True):
        if grade >= _LEAST - _TAGGED:
            words = frozenset(informative_words(morph.tokens(draft.text)))
            shown = _TAGGED * _shown(draft.text, evidence[at])
            found.append(_Candidate(round(grade + shown, 3), at, draft, words))
    return sorted(found, key=lambda c: (-c.grade, c.at, c.draft.first, c.draft.last))


def _asked(
    utterances: Sequence[dict[str, Any]],
    evidence: Sequence[Sequence[dict[str, Any]]],
    start: int,
) -> Claim | None:
    """What being asked shows, told over several sentences."""
    shows = [
        n for n, rows in enumerate(evidence) if any(r["tag"].startswith("signal.") for r in rows)
    ]
    if not shows:
        return None
    first, last = shows[0], shows[-1]
    if sum(len(u["text"]) for u in utterances[first : last + 1]) > _ASKED_CHARS:
        first = last
    tags = {r["tag"]: r["score"] for rows in evidence[first : last + 1] for r in rows}
    source = "\n".join(u["text"] for u in utterances[first : last + 1])
    title = asking_title(source, tags)
    if title is None or len(title) > TITLE_CHARS or not check(title, source).is_grounded:
        return None
    said = [
        s.text for u in utterances[first : last + 1] for s in sentences(u["text"]) if not s.leans
    ]
    kept = [s for s in said if check(s, source).is_grounded][: _BODY_SENTENCES - 1]
    body = "".join(f"{s}。" for s in [title, *kept])
    return Claim(
        "signal", title, body, start + last, start + first, start + last, tuple(sorted(tags)), 0.75
    )


def _shown(title: str, evidence: Sequence[dict[str, Any]]) -> float:
    """How far a title holds the words that show a tag."""
    best = 0.0
    for row in evidence:
        words = informative_words(morph.tokens(row["evidence"]))
        inside = sum(
            w in title for w in (t.surface for t in morph.tokens(row["evidence"])) if len(w) > 1
        )
        share = 1.0 if row["evidence"] in title else min(1.0, inside / max(1, len(words)))
        best = max(best, row["score"] * share)
    return best


def _clash(a: _Candidate, b: _Candidate) -> bool:
    """The same words of one utterance, or the same said twice in a passage."""
    first, second = sorted((a, b), key=lambda c: c.at)
    if a.at == b.at and a.draft.first <= b.draft.last and b.draft.first <= a.draft.last:
        return True
    if second.draft.tie and first.at == second.at - 1:
        return True
    return len(a.words & b.words) / max(1, min(len(a.words), len(b.words))) > _SAME


def _evidence(
    utterances: Sequence[dict[str, Any]], tags: Sequence[dict[str, Any]]
) -> list[list[dict[str, Any]]]:
    """For each utterance the tags whose evidence stands in it."""
    found: list[list[dict[str, Any]]] = []
    start = 0
    for utterance in utterances:
        end = start + len(utterance["text"])
        found.append([t for t in tags if t["start_char"] < end and t["end_char"] > start])
        start = end + 1
    return found


@dataclass(frozen=True, slots=True)
class _Quoted:
    """A title with the utterances it quotes (inclusive), their text, and the thought it stands in."""

    candidate: _Candidate
    at: int
    first: int
    last: int
    texts: Sequence[str]
    thought: Thought

    @property
    def source(self) -> str:
        """What it quotes, as one text."""
        return "\n".join(self.texts)


def _quoted(
    candidate: _Candidate, said: Sequence[dict[str, Any]], start: int, taken: set[tuple[int, int]]
) -> _Quoted | None:
    """What a title quotes; None where it says what nobody said."""
    at, draft = start + candidate.at, candidate.draft
    taken = taken - {(at, n) for n in range(draft.first, draft.last + 1)}
    first, last = extent(said, at, draft.text)
    if draft.tie:
        first = min(first, _tied(said, at))
    texts = [u["text"] for u in said[first : last + 1]]
    if not check(draft.text, "\n".join(texts)).is_grounded:
        return None
    thought = thought_around(said, at, draft, (first, last), taken)
    return _Quoted(candidate, at, first, last, texts, thought)


def _with_worth(
    found: Sequence[Sequence[_Quoted | None]], around: Sequence[Context]
) -> list[list[tuple[_Quoted, Collection[Sentence]] | None]]:
    """Beside each quote the sentences around its title that say enough to be read."""
    flat = [(q, near) for own, near in zip(found, around, strict=True) for q in own if q]
    beside = [[*q.thought.before, *q.thought.behind] for q, _ in flat]
    # All of the episode at once: the model works on arrays.
    graded = grades_of_all(
        [[Draft(s.text, s.text, s.first, s.last, "", s.before, s.after) for s in own] for own in beside],
        [near for _, near in flat],
    )  # fmt: skip
    worth = iter(
        {s for s, grade in zip(own, of_own, strict=True) if grade >= _READ}
        for own, of_own in zip(beside, graded, strict=True)
    )
    return [[(q, next(worth)) if q else None for q in own] for own in found]


def _claim(
    quoted: _Quoted,
    worth: Collection[Sentence],
    shows: Mapping[str, Mapping[str, float]],
    kinds: KindRules,
) -> Claim:
    candidate, first, last = quoted.candidate, quoted.first, quoted.last
    title = candidate.draft.text
    told = body_of(quoted.thought, worth)
    source = quoted.source
    written = [s for s in told if check(s, source).is_grounded] or [title]
    shown = [tag for tag, score in shows[source].items() if score >= _SHOWS]
    kind = learned_kind(title, quoted.texts, quoted.at - first, shown, kinds)
    return Claim(
        kind=kind, title=title, body="".join(f"{s}。" for s in written),
        at=quoted.at, first=first, last=last, tags=tuple(sorted(shown)),
        score=round(min(0.95, candidate.grade / 4), 3), is_sure=candidate.grade >= _KEPT,
    )  # fmt: skip


def _tied(said: Sequence[dict[str, Any]], at: int) -> int:
    """The utterance whose last sentence a tied title begins with."""
    before = beside(said, at, -1)
    return at if before is None else before
