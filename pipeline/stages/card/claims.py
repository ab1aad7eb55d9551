"""Which claims a passage makes: a title, a body, the utterances quoted, of what kind and how sure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline import morph
from pipeline.kinds import KindRules
from pipeline.stages.card.asking import asking_title
from pipeline.stages.card.bodies import sentences
from pipeline.stages.card.clauses import Joint
from pipeline.stages.card.drafts import Draft, drafts
from pipeline.stages.card.grading import contexts, grades_of_all
from pipeline.stages.card.grounded import check
from pipeline.stages.card.kinding import learned_kind
from pipeline.stages.card.quoting import Candidate, Quoted, one_a_thought, quoted
from pipeline.stages.card.titles import TITLE_CHARS, informative_words
from pipeline.stages.card.voices import asks, spoken_before

_ASKED_CHARS = 450
_BODY_SENTENCES = 4
_CHARS_PER_CLAIM = 70
# The grade (0 to 4) from which a passage's best draft makes a card, and a further one; and from which it
# does where nothing else stands near.
_LEAST = 1.4
_KEPT, _FURTHER = 1.7, 1.8
_TAGGED = 0.25
# A quote shows a tag from this score on: it is shorter than what tags are fitted on (tried on talks held out).
_SHOWS = 0.5
_SAME = 0.5
# What is conceded heads a card less than what it is conceded for.
_CONCEDED = 0.3


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
    found = one_a_thought(
        [
            [quoted(c, said, start) for c in some]
            for (start, _), some in zip(passages, chosen, strict=True)
        ],
        said,
        around,
    )
    quotes = sorted({q.source for own in found for q in own})
    shows = dict(zip(quotes, tags_of_all(quotes), strict=True))
    return [
        _of_passage(start, own, shown, some, shows, kinds)
        for (start, _), own, shown, some in zip(passages, inside, evidence, found, strict=True)
    ]


def _chosen(
    candidates: Sequence[Candidate], utterances: Sequence[dict[str, Any]]
) -> list[Candidate]:
    """The best drafts of a passage, in order."""
    chosen: list[Candidate] = []
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
    quotes: Sequence[Quoted],
    shows: Mapping[str, Mapping[str, float]],
    kinds: KindRules,
) -> list[Claim]:
    made = [_claim(quote, shows, kinds) for quote in quotes]
    asked = _asked(utterances, evidence, start)
    # A claim of its words that the passage puts in one sentence needs no putting together.
    if asked and not any(c.kind == "signal" and "意見" in c.title for c in made):
        made.append(asked)
    return sorted(made, key=lambda c: (c.at, c.first, c.last))


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
) -> list[Candidate]:
    begins = {
        (at, draft.first) for (at, draft), g in zip(offered, graded, strict=True) if g >= _LEAST
    }
    found = []
    for (at, draft), grade in zip(offered, graded, strict=True):
        if grade >= _LEAST - _TAGGED:
            words = frozenset(informative_words(morph.tokens(draft.text)))
            shown = _TAGGED * _shown(draft.text, evidence[at])
            is_conceded = draft.after == Joint.BUT.value and (at, draft.last + 1) in begins
            worth = grade + shown - _CONCEDED * is_conceded
            found.append(Candidate(round(worth, 3), at, draft, words))
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


def _clash(a: Candidate, b: Candidate) -> bool:
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


def _claim(
    quote: Quoted,
    shows: Mapping[str, Mapping[str, float]],
    kinds: KindRules,
) -> Claim:
    candidate, first, last = quote.candidate, quote.first, quote.last
    title = candidate.draft.text
    source = quote.source
    written = [s for s in quote.body if check(s, source).is_grounded] or [title]
    shown = [tag for tag, score in shows[source].items() if score >= _SHOWS]
    kind = learned_kind(title, quote.texts, quote.at - first, shown, kinds)
    return Claim(
        kind=kind, title=title, body="".join(f"{s}。" for s in written),
        at=quote.at, first=first, last=last, tags=tuple(sorted(shown)),
        score=round(min(0.95, candidate.grade / 4), 3), is_sure=candidate.grade >= _KEPT,
    )  # fmt: skip
