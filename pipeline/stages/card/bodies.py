"""The body of a card: what was said around its claim, as a few sentences of written Japanese."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline import morph
from pipeline.stages.card.clauses import FREE, MAY_END, Clause, Joint, clauses_of
from pipeline.stages.card.drafts import Draft, as_sentence, asks_or_orders
from pipeline.stages.card.endings import finish
from pipeline.stages.card.references import QUOTED, points_elsewhere, without_pointers
from pipeline.stages.card.spoken import without_fillers
from pipeline.stages.card.titles import (
    begins_inside,
    informative_words,
    is_about_talk,
)
from pipeline.stages.card.voices import asks, is_told_by
from pipeline.stages.card.written import has_predicate, without_lead

_LONG = 110
_MOST, _BODY_CHARS = 4, 240
_CONTRAST = 40
_PREFACE = re.compile(r"思う|かもしれ|言え|言う|そう|気がする|話|聞き|なん(?:です|だ)|よる")
_MIN_INFORMATIVE = 2
# What is conceded, or the reason, is told only with what it is conceded for.
_WAITS = frozenset({Joint.BUT.value, Joint.CAUSE.value})
# Such a sentence goes on from the one before.
_LEANING = re.compile(
    r"(?:で、)?(?:だから|なので|ですから|ですので|そのため|つまり|要するに|なぜなら|というの[はも]|例えば|たとえば|でも|ただ|けど|しかし|逆に|一方|すると|そ[うしれのこ])"
)
_RAW_SPEECH = re.compile(
    r"(?:です|ます)(?:よ|ね|か)|みたいな(?=[、。]|$)|だよね?(?=[、。と]|$)|じゃん"
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """Clauses ``first`` to ``last`` of an utterance as a written sentence, without 。.

    ``leans``: only with the sentence before it is it understood.
    """

    text: str
    first: int
    last: int
    leans: bool
    before: str
    after: str


@functools.lru_cache(maxsize=512)  # quotes overlap
def sentences(utterance: str) -> tuple[Sentence, ...]:
    """What an utterance says, cut where speech strung sentences together.

    Sentences that are about the talk itself or stop short are left out.
    """
    clauses = clauses_of(utterance)
    found = []
    for begin, last in _cuts(clauses):
        sound = _sound(clauses, begin, last)
        if sound:
            first, text = sound
            said = "".join(c.text for c in clauses[first : last + 1]).strip("、 ")
            leans = points_elsewhere(text) or bool(_LEANING.match(without_fillers(said)))
            before = clauses[first - 1].joint.value if first else "start"
            found.append(Sentence(text, first, last, leans, before, clauses[last].joint.value))
    return tuple(found)


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


def _sound(clauses: Sequence[Clause], begin: int, last: int) -> tuple[int, str] | None:
    """The first clause and the text of the longest sentence that ends with a clause and is fit to be read.

    What opens it is left out where it is about the talk, points nowhere or makes it too long; a condition or a
    topic never is.
    """
    if clauses[last].joint not in MAY_END or asks_or_orders(clauses[last].text.rstrip("、 ")):
        return None
    for first in range(begin, last + 1):
        before = clauses[first - 1] if first else None
        if before and (
            before.joint is Joint.IF
            or (first > begin and before.joint is Joint.TOPIC and not is_about_talk(before.text))
        ):
            return None
        text = _written(clauses, first, last)
        if not has_predicate(text):
            return None
        if _is_sound(text):
            return first, text
    return None


def _written(clauses: Sequence[Clause], first: int, last: int) -> str:
    said = "".join(c.text for c in clauses[first:last]) + clauses[last].final
    return as_sentence(finish(without_pointers(without_lead(said))).spelled_out)


def _is_sound(text: str) -> bool:
    return (
        len(text) <= _LONG
        and not begins_inside(text)
        and len(informative_words(morph.tokens(text))) >= _MIN_INFORMATIVE
        and not is_about_talk(text)
        and not _is_raw(QUOTED.sub("", text))
    )


def _is_raw(text: str) -> bool:
    """Whether words of speech alone are left: ですよ, みたいな, って that quotes (not that of 言って)."""
    if _RAW_SPEECH.search(text):
        return True
    return "って" in text and any(w.surface == "って" for w in morph.tokens(text))


@dataclass(frozen=True, slots=True)
class Thought:
    """The sentence that holds a title (None where none is whole), those before it and those behind it."""

    draft: Draft
    before: Sequence[Sentence] = ()
    own: Sentence | None = None
    behind: Sequence[Sentence] = ()


def thought_around(
    said: Sequence[dict[str, Any]],
    at: int,
    draft: Draft,
    reach: tuple[int, int],
    taken: Collection[tuple[int, int]] = (),
) -> Thought:
    """What stands around a title in the same thought.

    Args:
        said: the episode's utterances.
        at: the one the title comes from.
        draft: the title.
        reach: the first and the last utterance of the thought.
        taken: clauses (utterance, clause) that head other cards.
    """
    line = [
        (u, sentence)
        for u in range(reach[0], reach[1] + 1)
        if u == at or (is_told_by(said, u, said[at]["speaker"]) and not asks(said[u]))
        for sentence in sentences(said[u]["text"])
    ]
    inside = [
        n
        for n, (u, s) in enumerate(line)
        if u == at and s.first <= draft.last and draft.first <= s.last
    ]
    if not inside:
        return Thought(draft)
    core = inside[0]
    heads = [
        n
        for n, (u, s) in enumerate(line)
        if any((u, c) in taken for c in range(s.first, s.last + 1))
    ]
    # A sentence that another card tells is told there: what this one says ends before it, but for what the
    # title leans on.
    nearest = core - line[core][1].leans
    begin = max((n for n in heads if n < nearest), default=-1) + 1
    end = min((n for n in heads if n > core), default=len(line))
    told = [sentence for _, sentence in line]
    return Thought(draft, told[begin:core], told[core], told[core + 1 : end])


def body_of(thought: Thought, worth: Collection[Sentence]) -> list[str]:
    """The sentence that holds a title, with what stands around it and is worth reading.

    Args:
        thought: what stands around it.
        worth: those of its sentences that say enough to be read.

    Returns:
        One sentence or more without 。.
    """
    draft, own = thought.draft, thought.own
    if own is None:
        return [draft.spelled_out]
    is_whole = not draft.tie and own.first <= draft.first and own.last >= draft.last
    text = own.text if is_whole else draft.spelled_out
    earlier = _earlier([*thought.before, own], text, worth, leans=is_whole and own.leans)
    if earlier is None:
        earlier, text = [], draft.spelled_out
    later = _later(thought.behind, [*earlier, text], worth)
    return list(dict.fromkeys([*earlier, text, *later]))


def _earlier(
    line: Sequence[Sentence], text: str, worth: Collection[Sentence], *, leans: bool
) -> list[str] | None:
    """The sentences before the last, the nearest that say something; None where nothing tells what the first leans on."""
    found: list[str] = []
    is_next_told = True
    for sentence, after in reversed(list(itertools.pairwise(line))):
        if len(found) >= _MOST - 1 or _chars([*found, text]) + len(sentence.text) > _BODY_CHARS:
            break
        is_whole = (is_next_told and _goes_on(sentence, after)) or sentence.after not in _WAITS
        is_next_told = is_whole and (leans or sentence in worth) and _adds(sentence, [*found, text])
        if is_next_told:
            found.insert(0, sentence.text)
            leans = sentence.leans
        elif leans:
            break
    while leans and found:  # what nothing explains goes
        found.pop(0)
        leans = bool(found) and any(s.leans for s in line if s.text == found[0])
    return None if leans else found


def _later(line: Sequence[Sentence], said: Sequence[str], worth: Collection[Sentence]) -> list[str]:
    """The sentences behind, as long as each says something of its own."""
    found: list[str] = []
    waits: Sentence | None = None
    for sentence in line:
        is_full = (
            len(said) + len(found) >= _MOST
            or _chars([*said, *found]) + len(sentence.text) > _BODY_CHARS
        )
        if is_full:
            break
        is_told = sentence in worth and _adds(sentence, [*said, *found])
        if waits and not (is_told and _goes_on(waits, sentence)):
            found.pop()
        waits = sentence if is_told and sentence.after in _WAITS else None
        if is_told:
            found.append(sentence.text)
    return found[:-1] if waits else found


def _goes_on(sentence: Sentence, after: Sentence) -> bool:
    """Whether one sentence of an utterance follows right behind another."""
    return after.first == sentence.last + 1


def _adds(sentence: Sentence, said: Sequence[str]) -> bool:
    """Whether a sentence says anything that is not said yet (a host's echo does not)."""
    known = set().union(*(informative_words(morph.tokens(text)) for text in said))
    return bool(informative_words(morph.tokens(sentence.text)) - known)


def _chars(said: Sequence[str]) -> int:
    return sum(map(len, said))
