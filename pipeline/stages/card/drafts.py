"""What might head a card: stretches of what was said as plain sentences, many more than are wanted.

A draft is a run of clauses of one sentence; or two sentences that speech ties by a word (そうすると, それだけで,
でも, それが …), written as one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.stages.card.clauses import MAY_END, Clause, Joint, clauses_of
from pipeline.stages.card.endings import finish
from pipeline.stages.card.references import points_elsewhere, without_pointers
from pipeline.stages.card.spoken import without_fillers
from pipeline.stages.card.titles import (
    SHORTEST_CHARS,
    TITLE_CHARS,
    announces,
    begins_inside,
    is_about_talk,
    without_opening,
)
from pipeline.stages.card.written import has_predicate, with_copula, without_lead

_IDLE_CHARS = 8
_LONGEST_SAID = TITLE_CHARS + 30
_MOST_JOINED = 3
_MOST_ADDED = 2  # characters by which a plain end is longer than what was said, but for empty words
# A topic that says nothing of the matter: who speaks, when, what was said before.
_IDLE_TOPIC = re.compile(
    r"^(?:で、)?(?:僕|私|俺|うち|今|最近|正直|それ|これ|そこ|ここ)(?:たち|ら)?(?:の場合|の会社)?(?:は|も|が)、?$|^(?:あと|で)は、?$"
)
_ASKED = re.compile(
    r"[？?]\s*$|(?:の|た)かな[あぁ]?[。]?$|[てで]も?いいのかな[あぁ]?、?(?:って|と)?(?:思|考え)?[^、。]{0,8}。?$"
)
_ORDERS = re.compile(r"(?:ください|下さい|お願い(?:いたし|し)ます)[。ねよ、]*$")
# What somebody used to think is mostly told because it was wrong.
_ONCE_THOUGHT = re.compile(
    r"(?:思|考え)(?:って|て)(?:い|おり|お)?(?:た|ました|まして|たん)[^。]{0,8}。?$"
)
_BROKEN = re.compile(
    r"(?:ました|ます|です)(?:こと|の)(?=[がはをも])|[んる]んねん|ですよね?、|、[をがにはも]、|^[をがにはも]|いたす$|(?:って|とか|という)$|ございま|だよね?、|ではないですか|、、"
)
# How the word that ties a sentence to the one before is written inside one sentence: behind a plain
# form, behind a past one.
_TIES = tuple(
    (re.compile(rf"^(?:{words})、?"), plain, past)
    for words, plain, past in (
        (r"そう(?:する|なる)と|すると|そうしますと", "と、", "ら、"),
        (r"そう(?:し|なっ)たら|そしたら|ほしたら|ほんだら", "と、", "ら、"),
        (r"そうすれば|そうなれば", "と、", None),
        (r"それだけで", "だけで、", "だけで、"),
        (r"(?:だから|なので|ですから|ですので|そのため(?:に)?)", "ので、", "ので、"),
        (r"(?:でも|ただ|けど|だけど|ですけど|しかし|ところが|ただし)(?=、)", "が、", "が、"),
        (r"(?:それ|これ|そこ)が", "ことが", "ことが"),
        (r"(?:それ|これ)を", "ことを", "ことを"),
        (r"そ(?:の|ういう)(?:場合|とき|時)(?:は|に(?:は)?)?", "とき、", "とき、"),
    )
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A plain sentence without 。 made of an utterance's clauses ``first`` to ``last``.

    ``spelled_out`` keeps the speaker's 「と思う」. ``tie``: the word that joins it to the sentence before,
    whose words it begins with; empty without. ``before``, ``after``: the joints around it.
    """

    text: str
    spelled_out: str
    first: int
    last: int
    tie: str
    before: str
    after: str


def drafts(utterance: str, earlier: str | None) -> list[Draft]:
    """The sentences that an utterance offers.

    Args:
        utterance: repaired.
        earlier: what the same voice said right before.
    """
    if len(utterance) < SHORTEST_CHARS:
        return []
    clauses = clauses_of(utterance)
    found: dict[str, Draft] = {}
    for first, last in _spans(clauses):
        draft = _draft(clauses, _said(clauses, first, last), first, last)
        if draft:
            found.setdefault(draft.text, draft)
    for draft in _joined(clauses, earlier):
        found.setdefault(draft.text, draft)
    return list(found.values())


def _said(clauses: Sequence[Clause], first: int, last: int) -> str:
    return "".join(c.text for c in clauses[first:last]) + clauses[last].final


def _spans(clauses: Sequence[Clause]) -> Iterator[tuple[int, int]]:
    for last, ending in enumerate(clauses):
        if ending.joint not in MAY_END:
            continue
        for first in range(last, -1, -1):
            if not _drops_frame(clauses, first):
                yield first, last
            if first and clauses[first - 1].joint is Joint.END:
                break


def _drops_frame(clauses: Sequence[Clause], first: int) -> bool:
    """Whether what stands right before, idle words aside, is the topic or the condition of what begins here."""
    at = first - 1
    while at >= 0 and clauses[at].joint is Joint.PART and len(clauses[at].text) <= _IDLE_CHARS:
        at -= 1
    if at < 0 or clauses[at].joint is Joint.TOPIC:
        return at >= 0 and not _IDLE_TOPIC.search(clauses[at].text)
    return clauses[at].joint is Joint.IF


def _joined(clauses: Sequence[Clause], earlier: str | None) -> Iterator[Draft]:
    """The sentence before and this one's beginning as one sentence."""
    if not clauses:
        return
    opening = re.sub(
        r"^(?:で|いや|まあ|ほんで)、", "", without_fillers(clauses[0].text.lstrip("、 "))
    )
    tie = next(((m, plain, past) for p, plain, past in _TIES if (m := p.match(opening))), None)
    if tie is None:
        return
    rest = opening[tie[0].end() :].lstrip("、 ")
    for last in range(len(clauses)):
        if clauses[last].joint not in MAY_END:
            continue
        said = rest + "".join(c.text for c in clauses[1:last])
        said = said + clauses[last].final if last else _tail(rest, clauses[0])
        for before in _last_sentences(earlier):
            hinge = tie[2] if before.endswith(("た", "だ")) else tie[1]
            if hinge is None or (hinge == "ことが" and before.endswith("である")):
                continue
            draft = _draft(clauses, f"{before}{hinge}{said}", 0, last, tie[0][0].strip("、"))
            if draft:
                yield draft
        if clauses[last].joint is Joint.END:
            break


def _tail(rest: str, clause: Clause) -> str:
    """The final form of a clause whose first words are gone."""
    if rest and clause.final.endswith(rest[-1]):
        return rest
    at = clause.final.find(rest[: max(1, len(rest) - 6)])
    return clause.final[at:] if at >= 0 else rest


def _last_sentences(earlier: str | None) -> list[str]:
    """The last sentence of what was said before, whole and from later clauses on, the longest first."""
    clauses = clauses_of(earlier) if earlier else ()
    last = len(clauses) - 1
    if last > 0 and clauses[last].joint is Joint.PART and clauses[last - 1].joint is Joint.END:
        last -= 1  # an afterthought
    if last < 0 or clauses[last].joint is not Joint.END:
        return []
    texts = []
    for first in range(last, -1, -1):
        if not _drops_frame(clauses, first):
            draft = _draft(clauses, _said(clauses, first, last), first, last, shortest=4)
            if draft and not draft.text.endswith(("か", "だろう", "い")):
                texts.append(draft.text)
        if first and clauses[first - 1].joint is Joint.END:
            break
    return texts[::-1][:_MOST_JOINED]


def _draft(
    clauses: Sequence[Clause],
    said: str,
    first: int,
    last: int,
    tie: str = "",
    *,
    shortest: int = SHORTEST_CHARS,
) -> Draft | None:
    if len(said) > _LONGEST_SAID:
        return None  # nothing that is taken off would make it short enough
    end = clauses[last].text.rstrip("、 ")
    if asks_or_orders(end) or _ONCE_THOUGHT.search(end):
        return None
    said = without_pointers(without_lead(said))
    if len(said) < shortest - _MOST_ADDED:
        return None
    ending = finish(said)
    title = as_sentence(ending.text)
    if not shortest <= len(title) <= TITLE_CHARS:
        return None
    # What needs no words looked up comes first.
    if (
        is_about_talk(title)
        or points_elsewhere(title)
        or announces(title)
        or _BROKEN.search(title)
        or begins_inside(title)
        or not has_predicate(title)
    ):
        return None
    return Draft(
        title, ending.spelled_out, first, last, tie,
        clauses[first - 1].joint.value if first else "start", clauses[last].joint.value
    )  # fmt: skip


def as_sentence(finished: str) -> str:
    """A finished clause without what only opens a turn, and with the である that speech leaves out."""
    return with_copula(without_opening(without_lead(finished).strip("、 ")))


def asks_or_orders(said: str) -> bool:
    """Whether what was said ends as a question or a request: it tells nothing."""
    return bool(_ASKED.search(said) or _ORDERS.search(said))
