"""What one unit (a sentence, a transcript line) asks of somebody: opinion, answer, action or none.

Three parts, after the codebook of this project: a gate that asks whether anything is asked at all
(with hard vetoes for agreement-seeking, echoes and formulas), rules for deeds, and weighted cues for
opinion against answer. The last request of a unit wins. Cues stand in ``lexicon/requests.yaml``.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.requests.clauses import clauses
from pipeline.requests.judge import Unit, Verdict, judge
from pipeline.requests.rules import load

__all__ = ["RULES_VERSION", "THRESHOLD", "RequestJudgement", "classify"]

RULES_VERSION = 1
# Below this score the label is a guess: readers should see it as one.
THRESHOLD = 0.6
_NOTHING_ASKED = 0.9
_GATE_SHUT = 0.97


@dataclass(frozen=True, slots=True)
class RequestJudgement:
    """What a unit asks for.

    ``label`` is opinion, answer, action or none; ``score`` runs from 0 to 1; ``abstained`` tells
    that the score is below :data:`THRESHOLD`; ``start`` and ``end`` are the evidence's half-open
    span in code points of the text given, None where there is none.
    """

    label: str
    score: float
    abstained: bool
    start: int | None
    end: int | None


def classify(text: str) -> RequestJudgement:
    """Classify one unit; where it holds several requests the last one counts.

    Args:
        text: a sentence, a transcript line or a short turn, with or without punctuation.

    Raises:
        ModelError: the dictionary does not load.
        ConfigError: the cue file is damaged.
    """
    rules = load()
    unit = Unit(text)
    if not rules.gate.search(unit.wide):
        return RequestJudgement("none", _GATE_SHUT, False, None, None)
    veto: Verdict | None = None
    for clause in reversed(clauses(unit.wide, rules)):
        verdict = judge(clause, unit, rules)
        if verdict is not None and verdict.label != "none":
            return _judgement(verdict)
        veto = veto or verdict
    if veto is not None:
        return _judgement(veto)
    return RequestJudgement("none", _NOTHING_ASKED, False, None, None)


def _judgement(verdict: Verdict) -> RequestJudgement:
    score = round(verdict.score, 4)
    return RequestJudgement(verdict.label, score, score < THRESHOLD, verdict.start, verdict.end)
