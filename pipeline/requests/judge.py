"""Decides what one clause asks for: vetoes, then deeds, then opinion against answer."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline import morph
from pipeline.morph import Token
from pipeline.requests.clauses import Clause, ending, widen
from pipeline.requests.rules import Cue, Rules

_HARD = 0.95
_DEED = 0.9
_SOFT = 0.7
_WEAK = 0.55
# Cues before the last clause of a run-on turn say little about what the turn asks at its end.
_CONTEXT_WEIGHT = 0.3
_CONTEXT_ALONE = 0.7
_CONTEXT_CHARS = 80
_VOLITIONAL_OF_COPULA = ("助動詞-ダ", "助動詞-デス")
_SHORT_QUESTION = 14
_BARE, _BARE_CHARS = 0.5, 40
# お知らせください without a clear object is a deed.
_SURE_OF_OBJECT = 0.75


class Unit:
    """The text to be judged; its words are looked up only where a rule needs them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.wide = widen(text)

    @functools.cached_property
    def words(self) -> Sequence[Token]:
        return morph.tokens(self.text)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A label, how sure, and the evidence's span in the unit."""

    label: str
    score: float
    start: int
    end: int


def judge(clause: Clause, unit: Unit, rules: Rules) -> Verdict | None:
    """What a clause asks for.

    Args:
        clause: one clause of the unit.
        unit: the unit it stands in.
        rules: the cues.

    Returns:
        A verdict (``none`` where a veto took back what looked like a request), or None where
        nothing is asked.
    """
    text = clause.text
    if rules.patterns["means"].search(text):
        return Verdict("answer", _HARD, clause.start, clause.end)
    deed = _first(rules.action_end, text) if rules.patterns["deed_words"].search(text) else None
    asked = (
        _inquiry(clause, deed, unit, rules)
        or _deed(clause, deed)
        or _volitional(clause, unit, rules)
        or _question(clause, unit, rules)
        or (_casual_deed(clause, unit, rules) if clause.is_final else None)
    )
    if asked is None:
        return None
    for cue in rules.none_after:
        if cue.find(clause.after):
            return Verdict("none", _HARD, clause.start, clause.end)
    for cue in rules.none_end:
        # A clear request is vetoed by formulas alone: もらえないかな looks like musing and is none.
        if deed is None or cue.id in _FORMULAS:
            veto = cue.find(text)
            if veto is not None:
                start, end = clause.start + veto.start(), clause.start + veto.end()
                return Verdict("none", _HARD, start, end)
    return asked


_FORMULAS = ("formula", "farewell", "acceptance", "begin", "thanks")


def _first(cues: tuple[Cue, ...], text: str) -> re.Match[str] | None:
    for cue in cues:
        match = cue.find(text)
        if match is not None:
            return match
    return None


def _inquiry(
    clause: Clause, deed: re.Match[str] | None, unit: Unit, rules: Rules
) -> Verdict | None:
    """教えて, 聞かせて, 知りたい: the object decides; a request for a view names it."""
    text, patterns = clause.text, rules.patterns
    wish = patterns["inquiry_end"].search(text)
    asks = deed is not None or wish is not None or _is_short_plea(text)
    if not asks:
        return _trouble(clause, unit, rules)
    if patterns["view_request"].search(text):
        return Verdict("opinion", _HARD, clause.start, clause.end)
    if _first(rules.inquiry, text) is None:
        return None if deed is None else _telling(clause, unit, rules)
    if patterns["bare_inquiry"].search(text) and not patterns["object"].search(text):
        # ちょっと聞きたいんですけど、… only opens the question that follows it.
        if not clause.is_unit_end:
            return None
        return Verdict("action", _SOFT, clause.start, clause.end)
    return view(clause, unit, rules)


def _telling(clause: Clause, unit: Unit, rules: Rules) -> Verdict | None:
    """Deeds of telling (話して, 説明して, お知らせください) whose object is clear."""
    text, patterns = clause.text, rules.patterns
    if patterns["want_view"].search(text):
        return Verdict("opinion", _SOFT, clause.start, clause.end)
    if patterns["telling"].search(text):
        return Verdict("answer", _SOFT, clause.start, clause.end)
    if patterns["soft_inquiry"].search(text):
        told = view(clause, unit, rules)
        return told if told.score >= _SURE_OF_OBJECT else None
    return None


def _is_short_plea(text: str) -> bool:
    return text.endswith(("教えて", "聞かせて", "教えろ", "教えろよ", "教えてよ", "教えてね"))


def _trouble(clause: Clause, unit: Unit, rules: Rules) -> Verdict | None:
    """〜か分からないんですけど, 〜か気になります: asked by telling what is not known."""
    text = clause.text
    if not clause.is_final or not rules.patterns["trouble_end"].search(text):
        return None
    return view(clause, unit, rules) if rules.wh.search(text) else None


def _deed(clause: Clause, deed: re.Match[str] | None) -> Verdict | None:
    if deed is None:
        return None
    start, end = clause.start + deed.start(), clause.start + deed.end()
    return Verdict("action", _DEED, start, end)


def _question(clause: Clause, unit: Unit, rules: Rules) -> Verdict | None:
    text, patterns = clause.text, rules.patterns
    if patterns["kke"].search(text):
        return Verdict("answer", _HARD, clause.start, clause.end)
    if patterns["polite_question"].search(text):
        return view(clause, unit, rules)
    if patterns["asked_quote"].search(clause.after):
        return view(clause, unit, rules)
    if not clause.is_final:
        return None
    if clause.is_asked or _is_rising(clause, unit, rules):
        return view(clause, unit, rules)
    if _is_bare(clause, unit, rules):
        seen = view(clause, unit, rules)
        return Verdict(seen.label, _BARE, seen.start, seen.end)
    return None


def _is_bare(clause: Clause, unit: Unit, rules: Rules) -> bool:
    """Questions by a question word alone, as casual talk and unpunctuated lines have them (今どこ)."""
    if not clause.is_unit_end or len(clause.text) > _BARE_CHARS:
        return False
    if not rules.patterns["bare_question"].search(clause.text):
        return False
    last = ending(clause, unit.words).last
    return last is not None and last.pos[0] != "助詞"


def _is_rising(clause: Clause, unit: Unit, rules: Rules) -> bool:
    """Casual questions without a mark: 週末どこ行くの."""
    if not clause.text.rstrip("ねよ").endswith("の"):
        return False
    end = ending(clause, unit.words)
    last, before = end.last, end.before
    if last is None or before is None or last.surface != "の" or last.pos[0] != "助詞":
        return False
    if before.pos[0] not in ("動詞", "助動詞", "形容詞"):
        return False
    if rules.patterns["no_question"].search(clause.text):
        return False
    return bool(rules.wh.search(clause.text)) or (
        clause.is_unit_end and before.surface != "な" and len(clause.text) <= _SHORT_QUESTION
    )


def _volitional(clause: Clause, unit: Unit, rules: Rules) -> Verdict | None:
    """行こう, 始めましょう, 手伝おうか; with a question word it asks for a preference."""
    if not rules.patterns["volitional"].search(clause.text):
        return None
    end = ending(clause, unit.words)
    last = end.last
    if last is None or not end.has_form("意志推量形"):
        return None
    if last.pos[4].startswith(_VOLITIONAL_OF_COPULA):
        return None
    # A plain form inside a sentence (しようと思う) plans; only ましょう addresses somebody there.
    if not clause.is_final and last.surface != "ましょう":
        return None
    asks = clause.is_asked or ("か" in end.particles and last.surface == "ましょう")
    if asks and rules.wh.search(clause.text):
        return Verdict("opinion", _SOFT, clause.start, clause.end)
    if rules.wh.search(clause.text) and "か" in end.particles:
        return None
    return Verdict("action", _DEED if end.particles else _SOFT, clause.start, clause.end)


def _casual_deed(clause: Clause, unit: Unit, rules: Rules) -> Verdict | None:
    """Imperative forms, requests in て, requests without a verb."""
    text, patterns = clause.text, rules.patterns
    span = (clause.start, clause.end)
    is_order = patterns["order"].search(text) and ending(clause, unit.words).has_form("命令形")
    if is_order and not patterns["cheer"].search(text):
        return Verdict("action", _DEED, *span)
    marked = text + "！" if clause.after.startswith("！") else text
    if patterns["te_firm"].search(marked):
        return Verdict("action", _SOFT, *span)
    if patterns["te_verb"].search(text) and not patterns["te_context"].search(text):
        # Without a stop, 〜を見て is how a cut transcript line goes on.
        if clause.after:
            return Verdict("action", _SOFT, *span)
        return Verdict("action", _WEAK, *span) if "を" not in text else None
    if patterns["elided_context"].search(unit.wide[: clause.end]) and patterns["elided_end"].search(
        text
    ):
        return Verdict("action", _WEAK, *span)
    return None


def view(clause: Clause, unit: Unit, rules: Rules) -> Verdict:
    """Opinion or answer, by the cues of the clause's last part; what stands before counts less."""
    text = clause.text
    cut = 0
    for match in rules.patterns["boundary"].finditer(text):
        if match.end() < len(text) - 3:
            cut = match.end()
    focus = text[cut:]
    context = unit.wide[: clause.start + cut][-_CONTEXT_CHARS:]
    near, hits = _weigh(focus, rules)
    far, _ = _weigh(context, rules) if context.strip() else (0.0, 0)
    if not hits and _is_taste(clause, unit, rules):
        near, hits = rules.predicate_weight, 1
    margin = near + far * (_CONTEXT_WEIGHT if hits else _CONTEXT_ALONE) + rules.bias
    score = 1.0 / (1.0 + math.exp(-0.8 * abs(margin)))
    label = "opinion" if margin > 0 else "answer"
    return Verdict(label, score, clause.start + cut, clause.end)


def _is_taste(clause: Clause, unit: Unit, rules: Rules) -> bool:
    """Whether the predicate is an adjective on which people may differ (回しやすいですか, 変かな？)."""
    for word in reversed(unit.words):
        if word.end > clause.end or word.pos[0] in ("補助記号", "空白", "助詞", "助動詞"):
            continue
        if word.start < clause.start:
            return False
        is_adjective = word.pos[0] in ("形容詞", "形状詞") or word.surface.startswith(
            ("やす", "にく")
        )
        return is_adjective and word.norm not in rules.factual
    return False


def _weigh(text: str, rules: Rules) -> tuple[float, int]:
    found = [cue.weight for cue in rules.view if cue.find(text)]
    return sum(found), len(found)
