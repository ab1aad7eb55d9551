"""Which claims a passage makes: a title, a body, the utterances quoted, of what kind and how sure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline import morph
from pipeline.kinds import KindRules
from pipeline.stages.card.asking import asking_title
from pipeline.stages.card.bodies import Sentence, body_around, sentences
from pipeline.stages.card.drafts import Draft, drafts
from pipeline.stages.card.extent import extent
from pipeline.stages.card.grading import Context, contexts, grades, grades_of_all
from pipeline.stages.card.grounded import check
from pipeline.stages.card.kind import kind_of
from pipeline.stages.card.titles import TITLE_CHARS, informative_words
from pipeline.stages.card.voices import asks, beside, spoken_before

_ASKED_CHARS = 450
_BODY_SENTENCES = 4
_CHARS_PER_CLAIM = 70
_STRETCH_CHARS = 250
# The grade (0 to 4) from which a passage's best draft makes a card, and a further one; and from which it
# does where nothing else stands near.
_LEAST = 1.4
_KEPT, _FURTHER = 1.8, 1.9
# A sentence beside a title is read from this grade on.
_READ = 1.2
_TAGGED = 0.25
_SAME = 0.5


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
) -> list[list[Claim]]:
    """The claims of passages, in order; none where nothing in one stands alone.

    Args:
        said: the episode's utterances, rows of the table.
        passages: first and last utterance (inclusive) of each; a claim's quote may reach beyond.
        tags: their tags; offsets in the passage's text (utterances joined by a newline).
        kinds: tell of what kind a claim is.
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
        found.append(
            _of_passage(
                said, start, inside[number], evidence[number], chosen[number], taken, around[number], kinds
            )
        )  # fmt: skip
    return found


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
    said: Sequence[dict[str, Any]],
    start: int,
    utterances: Sequence[dict[str, Any]],
    evidence: Sequence[Sequence[dict[str, Any]]],
    chosen: Sequence[_Candidate],
    taken: set[tuple[int, int]],
    around: Context,
    kinds: KindRules,
) -> list[Claim]:
    shows = {start + n: rows for n, rows in enumerate(evidence)}
    made = [_claim(c, said, start, shows, kinds, around, taken) for c in chosen]
    if len(made) == 1 and made[0] and not made[0].tags:
        made = [replace(made[0], tags=tuple(sorted({t["tag"] for rows in evidence for t in rows})))]
    asked = _asked(utterances, evidence, start)
    # A claim of its words that the passage puts in one sentence needs no putting together.
    if asked and not any(c and c.kind == "signal" and "意見" in c.title for c in made):
        made.append(asked)
    return sorted((c for c in made if c), key=lambda c: (c.at, c.first, c.last))


def spread(found: Sequence[Claim], said: Sequence[dict[str, Any]]) -> list[Claim]:
    """The sure claims, and of the others the best where a long stretch of talk would have none; each says its own.

    Args:
        found: the claims of an episode, in order.
        said: its utterances.
    """
    begins = [0]
    for utterance in said:
        begins.append(begins[-1] + len(utterance["text"]))
    kept: list[Claim] = []
    for claim in sorted(found, key=lambda c: (not c.is_sure, -c.score, c.at)):
        near = [abs(begins[claim.at] - begins[c.at]) < _STRETCH_CHARS for c in kept]
        if (claim.is_sure or not any(near)) and not any(_repeats(claim, c) for c in kept):
            kept.append(claim)
    return [c for c in found if any(c is k for k in kept)]


def _repeats(claim: Claim, other: Claim) -> bool:
    """Whether a claim's title is already told in the body of another with the same quote."""
    is_inside = other.first <= claim.first and claim.last <= other.last
    return is_inside and f"{claim.title}。" in other.body


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


def _is_worth(around: Context) -> Callable[[Sentence], bool]:
    """Whether a sentence beside a title's says enough to be read."""

    def judge(sentence: Sentence) -> bool:
        draft = Draft(
            sentence.text,
            sentence.text,
            sentence.first,
            sentence.last,
            "",
            sentence.before,
            sentence.after,
        )
        return grades([draft], around)[0] >= _READ

    return judge


def _claim(
    candidate: _Candidate,
    said: Sequence[dict[str, Any]],
    start: int,
    shows: Mapping[int, Sequence[dict[str, Any]]],
    kinds: KindRules,
    around: Context,
    taken: set[tuple[int, int]],
) -> Claim | None:
    """The card; None where its title says what nobody said."""
    at, draft = start + candidate.at, candidate.draft
    taken = taken - {(at, n) for n in range(draft.first, draft.last + 1)}
    first, last = extent(said, at, draft.text)
    if draft.tie:
        first = min(first, _tied(said, at))
    source = "\n".join(u["text"] for u in said[first : last + 1])
    if not check(draft.text, source).is_grounded:
        return None
    found = body_around(said, at, draft, (first, last), _is_worth(around), taken)
    written = [s for s in found if check(s, source).is_grounded] or [draft.text]
    shown = {t["tag"]: t["score"] for n in range(first, last + 1) for t in shows.get(n, ())}
    return Claim(
        kind=kind_of(draft.text, shown, kinds), title=draft.text, body="".join(f"{s}。" for s in written),
        at=at, first=first, last=last, tags=tuple(sorted(shown)),
        score=round(min(0.95, candidate.grade / 4), 3), is_sure=candidate.grade >= _KEPT,
    )  # fmt: skip


def _tied(said: Sequence[dict[str, Any]], at: int) -> int:
    """The utterance whose last sentence a tied title begins with."""
    before = beside(said, at, -1)
    return at if before is None else before


__all__ = ["Claim", "find_claims", "spread"]
