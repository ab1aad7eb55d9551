"""Which claims a passage makes: a title, a body, the utterances quoted, of what kind and how sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline import morph
from pipeline.kinds import KindRules
from pipeline.stages.card.asking import asking_title
from pipeline.stages.card.bodies import sentences
from pipeline.stages.card.grounded import check
from pipeline.stages.card.kind import kind_of
from pipeline.stages.card.titles import (
    TITLE_CHARS,
    Stretch,
    informative_words,
    is_about_talk,
    stretches,
)

_QUOTE_CHARS, _ASKED_CHARS = 320, 450
_BODY_SENTENCES = 4
_CHARS_PER_CLAIM = 70
_MIN_WORTH, _TAGGED = 0.85, 0.8
_BRIEF_BODY = 40
BACKCHANNEL_CHARS = 12
_FURTHER_WORTH, _UNTAGGED_WORTH = 1.2, 1.15
_SAME = 0.5
_ASK_TAIL_CHARS = 15


@dataclass(frozen=True, slots=True)
class Claim:
    """What a card says: kind, title, body, the utterances it quotes (inclusive), tags, how sure."""

    kind: str
    title: str
    body: str
    first: int
    last: int
    tags: tuple[str, ...]
    score: float


@dataclass(frozen=True, slots=True)
class _Candidate:
    worth: float
    at: int
    stretch: Stretch
    words: frozenset[str]


def find_claims(
    utterances: Sequence[dict[str, Any]], tags: Sequence[dict[str, Any]], *, kinds: KindRules
) -> list[Claim]:
    """The claims of a passage, in order; none where nothing in it stands alone.

    Args:
        utterances: the passage's utterances, rows of the table.
        tags: its tags; offsets in the passage's text (utterances joined by a newline).
        kinds: tell of what kind a claim is.
    """
    evidence = _evidence(utterances, tags)
    chosen: list[_Candidate] = []
    most = 1 + sum(len(u["text"]) for u in utterances) // _CHARS_PER_CLAIM
    for candidate in _candidates(utterances, evidence):
        if chosen and candidate.worth < _FURTHER_WORTH:
            break
        if len(chosen) < most and not any(_clash(candidate, other) for other in chosen):
            chosen.append(candidate)
    chosen.sort(key=lambda c: (c.at, c.stretch.first))
    made = [_claim(c, chosen, utterances, evidence, tags, kinds) for c in chosen]
    asked = _asked(utterances, evidence)
    # A claim of its words that the passage puts in one sentence needs no putting together.
    if asked and not any(c and c.kind == "signal" and "意見" in c.title for c in made):
        made.append(asked)
    return sorted((c for c in made if c), key=lambda c: (c.first, c.last))


def _asked(
    utterances: Sequence[dict[str, Any]], evidence: Sequence[Sequence[dict[str, Any]]]
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
    said = [s.text for u in utterances[first : last + 1] for s in sentences(u["text"])]
    kept = [s for s in said if check(s, source).is_grounded][: _BODY_SENTENCES - 1]
    body = "".join(f"{s}。" for s in [title, *kept])
    return Claim("signal", title, body, first, last, tuple(sorted(tags)), 0.75)


def _candidates(
    utterances: Sequence[dict[str, Any]], evidence: Sequence[Sequence[dict[str, Any]]]
) -> list[_Candidate]:
    found = []
    # Chatter has claims too (what was bought where): what nothing ties to the subject must say more.
    least = _MIN_WORTH if any(evidence) else _UNTAGGED_WORTH
    for at, utterance in enumerate(utterances):
        if _asks(utterance):
            continue
        for stretch in stretches(utterance["text"]):
            words = frozenset(informative_words(morph.tokens(stretch.text)))
            worth = stretch.worth + _TAGGED * _shown(stretch.text, evidence[at])
            if worth >= least:
                found.append(_Candidate(round(worth, 3), at, stretch, words))
    return sorted(found, key=lambda c: (-c.worth, c.at, c.stretch.first))


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
    if a.at == b.at and a.stretch.first <= b.stretch.last and b.stretch.first <= a.stretch.last:
        return True
    return len(a.words & b.words) / max(1, min(len(a.words), len(b.words))) > _SAME


def _asks(utterance: dict[str, Any]) -> bool:
    """Whether somebody asks at its end (a question quoted in the middle is told)."""
    end = utterance["request_end_char"]
    return utterance["request"] != "none" and (
        end is None or end > len(utterance["text"]) - _ASK_TAIL_CHARS
    )


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
    candidate: _Candidate,
    chosen: Sequence[_Candidate],
    utterances: Sequence[dict[str, Any]],
    evidence: Sequence[Sequence[dict[str, Any]]],
    tags: Sequence[dict[str, Any]],
    kinds: KindRules,
) -> Claim | None:
    """The card; None where its title says what nobody said."""
    first, last, said = _around(candidate, chosen, utterances)
    source = "\n".join(u["text"] for u in utterances[first : last + 1])
    if not check(candidate.stretch.text, source).is_grounded:
        return None
    said = [s for s in said if check(s, source).is_grounded] or [candidate.stretch.text]
    shown = {t["tag"]: t["score"] for n in range(first, last + 1) for t in evidence[n]}
    if not shown and len(chosen) == 1:
        shown = {t["tag"]: t["score"] for t in tags}
    body = "".join(f"{s}。" for s in said)
    kind = kind_of(candidate.stretch.text, shown, kinds)
    score = min(0.95, 0.25 + 0.25 * candidate.worth + 0.1 * bool(shown))
    return Claim(
        kind, candidate.stretch.text, body, first, last, tuple(sorted(shown)), round(score, 3)
    )


def _around(
    candidate: _Candidate, chosen: Sequence[_Candidate], utterances: Sequence[dict[str, Any]]
) -> tuple[int, int, list[str]]:
    """The sentences of the body, and the utterances they come from."""
    at, stretch = candidate.at, candidate.stretch
    said: list[str] = []
    others = [c.stretch for c in chosen if c.at == at and c is not candidate]
    placed = False
    for sentence in sentences(utterances[at]["text"]):
        if sentence.first <= stretch.last and stretch.first <= sentence.last:
            holds_all = sentence.first <= stretch.first and sentence.last >= stretch.last
            said.append(sentence.text if holds_all else stretch.spelled_out)
            placed = True
        elif not any(sentence.first <= o.last and o.first <= sentence.last for o in others):
            said.append(sentence.text)
    if not placed:
        said.append(stretch.spelled_out)
    said = list(dict.fromkeys(said))
    first = last = at
    taken = {c.at for c in chosen}
    for neighbour in (_beside(utterances, at, -1), _beside(utterances, at, 1)):
        if neighbour is None or neighbour in taken:
            continue
        # A claim in few words is understood by what stands beside it, whatever the words.
        words = candidate.words if sum(map(len, said)) > _BRIEF_BODY else None
        more = _continues(utterances, at, neighbour, words)
        if more and len(said) + len(more) <= _BODY_SENTENCES:
            said = said + more if neighbour > at else more + said
            first, last = min(first, neighbour), max(last, neighbour)
    keep = next((n for n, s in enumerate(said) if stretch.text[:8] in s), 0)
    begin = max(0, min(keep, len(said) - _BODY_SENTENCES))
    return first, last, said[begin : begin + _BODY_SENTENCES]


def _beside(utterances: Sequence[dict[str, Any]], at: int, step: int) -> int | None:
    """The next utterance in a direction, past one backchannel."""
    for near in (at + step, at + 2 * step):
        if not 0 <= near < len(utterances):
            return None
        if len(utterances[near]["text"]) > BACKCHANNEL_CHARS:
            return near
    return None


def _continues(
    utterances: Sequence[dict[str, Any]], at: int, neighbour: int, words: frozenset[str] | None
) -> list[str]:
    """What a neighbouring utterance adds: sentences of the same voice about the same thing.

    ``words``: what they must share with the claim; None where anything helps.
    """
    near, core = utterances[neighbour], utterances[at]
    early, late = sorted((near, core), key=lambda u: u["utterance_index"])
    fits = (
        near["speaker"] == core["speaker"]
        and not _asks(near)
        and not is_about_talk(near["text"])
        and len(near["text"]) + len(core["text"]) <= _QUOTE_CHARS
        and early["last_segment"] + 2 >= late["first_segment"]
    )
    if not fits:
        return []
    return [
        s.text for s in sentences(near["text"])
        if words is None or words & informative_words(morph.tokens(s.text))
    ]  # fmt: skip


__all__ = ["Claim", "find_claims"]
