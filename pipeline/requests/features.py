"""What the trained model sees of a unit: the clause that may ask, its end, its words, and the rules' verdict."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from pipeline import vectors
from pipeline.linear import FeatureRows, Features, feature_key, gram_keys_of_all, row_keys
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

# A few thousand names return all the time: rules' verdicts, shapes of clause ends.
_key = functools.lru_cache(maxsize=8192)(feature_key)


@dataclass(frozen=True, slots=True)
class Reading:
    """A unit as rules read it: the clause that counts and the verdict on it, where there is one."""

    unit: Unit
    clause: Clause | None
    verdict: Verdict | None
    is_gated: bool


def read(text: str, rules: Rules) -> Reading:
    """Find the last clause that asks something, else the last clause."""
    reading = read_open(text, rules)
    if reading is not None:
        return reading
    unit = Unit(text)
    found = clauses(unit.wide, rules)
    return Reading(unit, found[-1] if found else None, None, is_gated=True)


def read_open(text: str, rules: Rules) -> Reading | None:
    """The same, but None where no word of the unit can ask: such a unit is not even cut."""
    unit = Unit(text)
    if not rules.gate.search(unit.wide):
        return None
    found = clauses(unit.wide, rules)
    veto: Verdict | None = None
    for clause in reversed(found):
        verdict = judge(clause, unit, rules)
        if verdict is not None and verdict.label != "none":
            return Reading(unit, clause, verdict, is_gated=False)
        veto = veto or verdict
    return Reading(unit, found[-1] if found else None, veto, is_gated=False)


def features(reading: Reading) -> Features:
    """Named features, rows of characters, and the direction of the clause's content words."""
    rows = features_of_all([reading])
    return Features(rows.keys, rows.values, rows.vectors[0])


def features_of_all(readings: Sequence[Reading]) -> FeatureRows:
    """The features of many units: all named ones, then the rows of characters of units, then of clauses."""
    import numpy as np

    texts = [_texts(reading) for reading in readings]
    words = [_words(reading) for reading in readings]
    named = [_named(*seen) for seen in zip(readings, texts, words, strict=True)]
    counts = [len(one) for one in named]
    keys = [np.fromiter(chain.from_iterable(named), dtype=np.uint32)]
    values = [np.fromiter(chain.from_iterable(one.values() for one in named), dtype=np.float64)]
    owners = [np.repeat(np.arange(len(named)), counts)]
    for rows, kind, sizes, weight in (
        ([unit for unit, _ in texts], _IN_UNIT, (1, 2, 3), _WHOLE),
        ([clause[-_TAIL_CHARS:] for _, clause in texts], _IN_CLAUSE, (1, 2, 3, 4), _CLAUSE),
    ):
        found, places = gram_keys_of_all(rows, kind, sizes)
        keys.append(found)
        values.append(np.full(len(found), weight))
        owners.append(places)
    return FeatureRows(
        np.concatenate(keys), np.concatenate(values), np.concatenate(owners),
        vectors.means(words) * _VECTOR,
    )  # fmt: skip


def _texts(reading: Reading) -> tuple[str, str]:
    """The end of the unit and the clause that counts, numbers made alike."""
    unit, clause = reading.unit.wide, reading.clause
    inside = "" if clause is None else clause.text
    # Most units are without numbers: one look spares two.
    if _DIGITS.search(unit):
        unit, inside = _DIGITS.sub("0", unit), _DIGITS.sub("0", inside)
    return unit[-_UNIT_CHARS:], inside


def _words(reading: Reading) -> Sequence[Token]:
    """The words of the clause that counts, without punctuation."""
    if reading.clause is None:
        return []
    start, end = reading.clause.start, reading.clause.end
    return [
        w for w in reading.unit.words if start <= w.start < end and w.pos[0] not in _PUNCTUATION
    ]


def _named(reading: Reading, texts: tuple[str, str], words: Sequence[Token]) -> dict[int, float]:
    """Numbers of named features (:func:`feature_key`), with their values."""
    (wide, text), verdict, clause = texts, reading.verdict, reading.clause
    label = verdict.label if verdict else "shut" if reading.is_gated else "none"
    found = {
        _key("asked"): float("？" in wide),
        _key("asked at end"): float(wide.endswith("？")),
        _key("gate"): float(not reading.is_gated),
        _key("rule " + label): _RULE,
        _key(f"rule {label} {round(verdict.score, 1) if verdict else 0}"): _RULE,
    }
    if clause is None:
        return found
    end = "$" + text.rstrip("。！")
    found |= dict.fromkeys(
        [feature_key("e" + end[-size:]) for size in range(1, _END_CHARS + 1)], 1.0
    )
    lemmas = ["<", *[w.norm for w in words], ">"][-_WORDS:]
    found |= dict.fromkeys(row_keys("l", lemmas, longest=3), 1.0)
    shapes = [w.pos[0] + w.pos[5][:4] for w in words[-4:]]
    found[_key("p" + "|".join(shapes))] = 1.0
    found[_key("p" + "|".join(shapes[-2:]))] = 1.0
    found[_key("goes on")] = float(bool(clause.after.strip(_REST)))
    found[_key("length")] = min(len(text), 60) / 30
    return found
