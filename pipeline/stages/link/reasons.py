"""Why two cards are related, in one word a reader can say: decided from evidence, or not at all."""

from __future__ import annotations

from pipeline import claims
from pipeline.claims import TELLING
from pipeline.stages.link.candidates import BESIDE, is_near
from pipeline.stages.link.said import Said, closeness, named_by_both, shared_matter
from pipeline.stages.link.weighing import is_linked

_SYMMETRIC = frozenset({"contrast", "restates"})
_GENERAL = frozenset({"principle", "method", "caution", "definition", "criterion", "signal"})
_ADVICE = frozenset({"principle", "method", "caution", "definition"})
# What a reader would take for the answer or the moral stands within so many cards.
_AT_HAND = 3
# Least closeness in the same stretch, and elsewhere: far away the words alone must show it.
_EXAMPLE = (0.10, 0.30)
_ANSWER = (0.10, 0.36)
_CONDITION = (0.22, 0.40)
_LED = 0.08
_LEAST_CLOSE = 0.2  # below it a closer look finds nothing
_STAGES = (0.2, 0.34)
_RESTATES, _RESTATES_CLOSE = 0.45, 0.34
_RESTATES_BESIDE, _EXPLAINS = 0.3, 0.4
_OPPOSED, _TURNED = 0.45, 0.6
_NAMED = 0.8
# What an editor would link although no rule tells the reason: one goes on from the other.
_CONTINUES = 0.45
_MATTER = (0.4, 0.9)  # weight of the words both name

Found = tuple[str, bool, float]  # reason, whether it leads from the first to the second, score


def relate(a: Said, b: Said) -> tuple[str, bool, bool, float] | None:
    """Why two cards are related, ``a`` before ``b``; None where nothing shows it.

    Returns:
        The reason, whether it leads from the first to the second, whether it holds both ways, and how sure
        it is.
    """
    found = _reason(a, b) or _continues(a, b)
    return (*found[:2], found[0] in _SYMMETRIC, found[2]) if found else None


def _reason(a: Said, b: Said) -> Found | None:
    """The reason that fits best; ``a`` stands before ``b``."""
    beside, close, matter = is_near(a, b), closeness(a, b), shared_matter(a, b)
    at = 0 if beside else 1
    led = _led(a, b, close)
    if led:
        return led
    tells = a.is_told != b.is_told and "question" not in {a.kind, b.kind}
    if matter < _MATTER[at]:
        return _beside_rule(a, b) if tells else None
    if "question" in {a.kind, b.kind}:
        return _answer(a, b, at, close)
    if tells:
        return _example(a, b, at, close) or _beside_rule(a, b)
    return _claims(a, b, beside, close) or _condition(a, b, at, close)


def _continues(a: Said, b: Said) -> Found | None:
    """The second card goes on from the first: its reason, its consequence, what to do about it."""
    if a.episode_id != b.episode_id or b.position - a.position > BESIDE:
        return None
    likely = is_linked(a, b)
    return ("continues", False, likely / 2) if likely >= _CONTINUES else None


def _led(a: Said, b: Said, close: float) -> Found | None:
    """What the second card's first words say of the card before it."""
    is_next = (
        a.episode_id == b.episode_id and a.passage == b.passage and b.position - a.position == 1
    )
    if not (is_next and b.lead) or close < _LED or "question" in {a.kind, b.kind}:
        return None
    if b.lead == "example_of" and not b.is_told:
        return None
    return b.lead, b.lead in _SYMMETRIC, 0.3 + close


def _answer(a: Said, b: Said, at: int, close: float) -> Found | None:
    if a.kind == b.kind:
        return None
    is_forward = b.kind == "question"
    # What was said before it was asked answers nothing, in the same stretch.
    follows = not is_forward and b.position - a.position <= _AT_HAND
    if close < _ANSWER[at] or (at == 0 and not follows):
        return None
    return "answer_to", is_forward, close + (0.3 if at == 0 else 0.0)


def _example(a: Said, b: Said, at: int, close: float) -> Found | None:
    is_forward = a.is_told
    rule = b if is_forward else a
    fits = bool(a.tags & b.tags)
    if rule.kind not in _GENERAL or close < _EXAMPLE[at] or (at == 1 and not fits):
        return None
    touch = at == 0 and abs(a.position - b.position) == 1
    return "example_of", is_forward, close + 0.2 * (at == 0) + 0.1 * touch + 0.05 * fits


def _beside_rule(a: Said, b: Said) -> Found | None:
    """A story told right beside a rule of the same matter is its example, whatever its words."""
    is_beside = (
        a.episode_id == b.episode_id and a.passage == b.passage and b.position - a.position == 1
    )
    rule = b if a.is_told else a
    if not (is_beside and (a.tags & b.tags or closeness(a, b) >= _LED) and rule.kind in _GENERAL):
        return None
    return "example_of", a.is_told, 0.25


def _claims(a: Said, b: Said, beside: bool, close: float) -> Found | None:
    """Two claims (or two stories): the same in other words, or the other side of it."""
    if close < _LEAST_CLOSE or not a.named & b.named:
        return None
    found = claims.compare(a.claim, b.claim)
    if _is_contrary(a, b, found):
        return "contrast", True, 0.2 + found.likeness
    if (
        claims.apart(a.claim, b.claim) & claims.lexicon().stages
        and close >= _STAGES[0 if beside else 1]
    ):
        return "contrast", True, 0.2 + close
    enough = found.likeness >= _RESTATES and close >= _RESTATES_CLOSE
    explains = beside and "definition" in {a.kind, b.kind} and close >= _EXPLAINS
    enough = (
        enough or explains or (beside and found.likeness >= _RESTATES_BESIDE and close >= _EXPLAINS)
    )
    if enough and named_by_both(a, b) >= _NAMED and not found.conflicts - {"guess"}:
        return "restates", True, found.likeness
    return None


def _is_contrary(a: Said, b: Said, found: claims.Comparison) -> bool:
    """Whether two claims say opposite things of one matter: all but the turning word is shared."""
    if found.conflicts & {"side", "agent"} and found.likeness >= _OPPOSED:
        return named_by_both(a, b) >= TELLING
    turned = "denial" in found.conflicts or (
        "number" in found.conflicts and claims.same_unit(a.claim, b.claim)
    )
    return turned and found.likeness >= _TURNED


def _condition(a: Said, b: Said, at: int, close: float) -> Found | None:
    if (
        close < _CONDITION[at]
        or named_by_both(a, b) < _MATTER[at]
        or (at == 1 and not a.tags & b.tags)
    ):
        return None
    for first, second, is_forward in ((b, a, False), (a, b, True)):
        if _limits(first) and not _limits(second) and second.kind in _ADVICE and not second.is_told:
            return "condition_for", is_forward, close + 0.1 * (at == 0)
    return None


def _limits(card: Said) -> bool:
    return card.is_limit or card.needs or card.kind == "signal"
