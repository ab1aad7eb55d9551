"""What the trained model sees of a unit: the clause that may ask, its end, its words, and the rules' verdict."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline import vectors
from pipeline.linear import Features, gram_keys, make_features
from pipeline.morph import Token
from pipeline.requests.clauses import Clause, clauses
from pipeline.requests.judge import Unit, Verdict, judge
from pipeline.requests.rules import Rules

_DIGITS = re.compile("[0-9０-９]+")
_TAIL_CHARS = 45
_END_CHARS = 8
# How much a kind of feature weighs before it is learned: character pairs of the whole unit say
# little, the clause's end says most. The rules' verdict is the prior.
_WHOLE, _CLAUSE, _RULE, _VECTOR = 0.3, 0.5, 1.5, 2.0
# Kinds of rows of characters.
_IN_UNIT, _IN_CLAUSE = 1, 2
# A run-on turn's beginning says nothing about what it asks at its end.
_UNIT_CHARS, _WORDS = 160, 40
_PUNCTUATION = ("補助記号", "空白")
_REST = "。」』… 　、笑ー！？\n"


@dataclass(frozen=True, slots=True)
class Reading:
    """A unit as rules read it: the clause that counts and the verdict on it, where there is one."""

    unit: Unit
    clause: Clause | None
    verdict: Verdict | None
    is_gated: bool


def read(text: str, rules: Rules) -> Reading:
    """Find the last clause that asks something, else the last clause."""
    unit = Unit(text)
    found = clauses(unit.wide, rules)
    if not rules.gate.search(unit.wide):
        return Reading(unit, found[-1] if found else None, None, is_gated=True)
    veto: Verdict | None = None
    for clause in reversed(found):
        verdict = judge(clause, unit, rules)
        if verdict is not None and verdict.label != "none":
            return Reading(unit, clause, verdict, is_gated=False)
        veto = veto or verdict
    return Reading(unit, found[-1] if found else None, veto, is_gated=False)


def features(reading: Reading) -> Features:
    """Named features, rows of characters, and the direction of the clause's content words."""
    wide = _DIGITS.sub("0", reading.unit.wide)[-_UNIT_CHARS:]
    verdict, clause = reading.verdict, reading.clause
    label = verdict.label if verdict else "shut" if reading.is_gated else "none"
    named = {
        "asked": float("？" in wide),
        "asked at end": float(wide.endswith("？")),
        "gate": float(not reading.is_gated),
        "rule " + label: _RULE,
        f"rule {label} {round(verdict.score, 1) if verdict else 0}": _RULE,
    }
    grams = [(gram_keys(wide, _IN_UNIT, (1, 2, 3)), _WHOLE)]
    if clause is None:
        return make_features(named, grams, vectors.mean(()))
    text = _DIGITS.sub("0", clause.text)
    grams.append((gram_keys(text[-_TAIL_CHARS:], _IN_CLAUSE, (1, 2, 3, 4)), _CLAUSE))
    words = [
        w for w in reading.unit.words
        if clause.start <= w.start < clause.end and w.pos[0] not in _PUNCTUATION
    ]  # fmt: skip
    named |= _of_clause(text, words)
    named["goes on"] = float(bool(clause.after.strip(_REST)))
    named["length"] = min(len(text), 60) / 30
    return make_features(named, grams, vectors.mean(words) * _VECTOR)


def _of_clause(text: str, words: Sequence[Token]) -> dict[str, float]:
    end = "$" + text.rstrip("。！")
    found = {"e" + end[-size:]: 1.0 for size in range(1, _END_CHARS + 1)}
    lemmas = ["<", *(w.norm for w in words), ">"][-_WORDS:]
    for size in (1, 2, 3):
        for at in range(len(lemmas) - size + 1):
            found["l" + " ".join(lemmas[at : at + size])] = 1.0
    shapes = [w.pos[0] + w.pos[5][:4] for w in words][-4:]
    found["p" + "|".join(shapes)] = 1.0
    found["p" + "|".join(shapes[-2:])] = 1.0
    return found
