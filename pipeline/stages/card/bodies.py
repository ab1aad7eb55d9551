"""The body of a card: what was said around its claim, as a few sentences of written Japanese."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline import morph
from pipeline.stages.card.clauses import FREE, MAY_END, Clause, Joint, clauses_of
from pipeline.stages.card.endings import finish
from pipeline.stages.card.references import QUOTED, points_elsewhere, without_pointers
from pipeline.stages.card.titles import (
    begins_inside,
    informative_words,
    is_about_talk,
    without_opening,
)
from pipeline.stages.card.written import has_predicate, without_lead

_LONG = 110
_CONTRAST = 40
_PREFACE = re.compile(r"思う|かもしれ|言え|言う|そう|気がする|話|聞き|なん(?:です|だ)|よる")
_MIN_INFORMATIVE = 2
_RAW_SPEECH = re.compile(
    r"(?:です|ます)(?:よ|ね|か)|って(?=[、。]|$)|みたいな(?=[、。]|$)|だよね?(?=[、。と]|$)|じゃん"
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """Clauses ``first`` to ``last`` of an utterance as a written sentence, without 。."""

    text: str
    first: int
    last: int


def sentences(utterance: str) -> list[Sentence]:
    """What an utterance says, cut where speech strung sentences together.

    Sentences that point at what is not in them, that are about the talk itself or stop short are left out.
    """
    clauses = clauses_of(utterance)
    found = []
    for first, last in _cuts(clauses):
        text = _written(clauses, first, last)
        if text:
            found.append(Sentence(text, first, last))
    return found


def _cuts(clauses: Sequence[Clause]) -> list[tuple[int, int]]:
    cuts, first = [], 0
    for at, clause in enumerate(clauses):
        if at == len(clauses) - 1 or (
            clause.joint in FREE and not _is_contrast(clauses, first, at)
        ):
            cuts += _shorter(clauses, first, at)
            first = at + 1
    return cuts


def _is_contrast(clauses: Sequence[Clause], first: int, at: int) -> bool:
    """Whether what stands before けど is weighed against what follows: both short, no mere preface."""
    before = "".join(c.text for c in clauses[first : at + 1])
    if clauses[at].joint is not Joint.BUT or len(before) > _CONTRAST:
        return False
    after = next((n for n in range(at + 1, len(clauses)) if clauses[n].joint in MAY_END), None)
    if (
        after is None
        or len(before) + len("".join(c.text for c in clauses[at + 1 : after + 1])) > 2 * _CONTRAST
    ):
        return False
    return not (_PREFACE.search(before) or points_elsewhere(before) or is_about_talk(before))


def _shorter(clauses: Sequence[Clause], first: int, last: int) -> list[tuple[int, int]]:
    """A run of clauses that is too long for a sentence is cut behind ので and て, the latest first."""
    if len("".join(c.text for c in clauses[first : last + 1])) <= _LONG:
        return [(first, last)]
    for at in range(last - 1, first - 1, -1):
        if clauses[at].joint in MAY_END:
            return [*_shorter(clauses, first, at), (at + 1, last)]
    return [(first, last)]


def _written(clauses: Sequence[Clause], first: int, last: int) -> str | None:
    if first and clauses[first - 1].joint is Joint.IF:
        return None
    said = "".join(c.text for c in clauses[first:last]) + clauses[last].final
    if clauses[last].joint not in MAY_END:
        return None
    text = without_opening(
        without_lead(finish(without_pointers(without_lead(said))).spelled_out).strip("、 ")
    )
    is_sound = (
        len(text) <= _LONG
        and has_predicate(text)
        and not begins_inside(text)
        and len(informative_words(morph.tokens(text))) >= _MIN_INFORMATIVE
        and not points_elsewhere(text)
        and not is_about_talk(text)
        and not _RAW_SPEECH.search(QUOTED.sub("", text))
    )
    return text if is_sound else None
