"""Ordinary words that sound like a term: what was misheard may be one of theirs.

That something is no word tells that it was misheard, not what was said. So the term is weighed
against each word of the same sound by the signs that speak about the term, not about the slip.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.morph import Token
from pipeline.sound import distance, is_kana, katakana, key
from pipeline.stages.repair.clause import clause_cost
from pipeline.stages.repair.judgement import OUTWEIGHED, Judgement
from pipeline.stages.repair.meaning import Meanings, sound_of

_NEARER, _PER_RIVAL, _OWN_SOUND = 0.1, 0.3, 3
# A word that sounds farther off than the term by more than this is not what was said.
_REACH = 0.3
_PER_DISTANCE, _PER_MEANING = 3.2, 3.0
_COST_PER_POINT, _MAX_FIT = 2000.0, 2.0
# How much likelier than an ordinary word a term is before anything is known of the talk.
_BEFOREHAND = {"rare": 0.4, "some": -0.2, "common": -0.6}
_ABOUT_THE_TERM = frozenset(
    ["topic", "episode about it", "with", "compound", "against", "other talk around", "takes no する",
     "before な", "frame of another word"]
)  # fmt: skip
# Below this lead over the likeliest other word it is as likely that word.
_LEAD, _AS_LIKELY = 0.15, -2.5
# Particles that a word spelled in kana may swallow (過多か).
_SWALLOWED = ("カ", "モ", "ト", "ニ", "ガ", "ヲ", "ハ")


def alike(made: Judgement, rivals: Sequence[str], reach: float = _NEARER) -> dict[str, float]:
    """The ordinary words that sound about as near to what was heard as the term, and how near."""
    c = made.candidate
    itself = katakana(made.surface)
    off = {word: distance(c.reading, sound_of(word)) for word in rivals if word != itself}
    if is_kana(made.surface) and c.reading.endswith(_SWALLOWED):
        shorter = c.reading[:-1]
        off |= {w: d for w in off if (d := distance(shorter, sound_of(w))) < off[w] and d == 0.0}
    return {word: d for word, d in off.items() if d <= c.distance + reach}


def count_rivals(made: Judgement, rivals: Sequence[str]) -> list[str]:
    """Points for the words that sound as near to what was heard as the term does."""
    c = made.candidate
    off = alike(made, rivals)
    if not made.is_word and min(off.values(), default=c.distance) < c.distance - _NEARER:
        made.add("sounds more like another", -4.0, min(off, key=lambda word: off[word]))
    if off and not made.is_word:
        made.add("sounds like others", -min(_PER_RIVAL * len(off), 0.9), "・".join([*off][:3]))
    elif (
        not made.is_word and c.distance < _NEARER and made.term.homophones != "common"
        and len(key(made.term.reading)) >= _OWN_SOUND
    ):  # fmt: skip
        made.add("sounds like nothing else", 0.8)
    return [*off]


def outweigh(
    made: Judgement, text: str, others: Sequence[Token], meanings: Meanings, stand_in: str
) -> None:
    """Take points from a term that is no likelier than another word of the sound."""
    c, term = made.candidate, made.term
    known = sum(points for sign, points in made.signs.items() if sign in _ABOUT_THE_TERM)
    known += _BEFOREHAND[term.homophones]
    own = min(clause_cost(text, c.start, c.end, word) for word in (term.term, stand_in))
    leads: dict[str, float] = {}
    for word, off in alike(made, meanings.rivals, _REACH).items():
        nearer = meanings.nearer(term, [word], others) or 0.0
        fit = (clause_cost(text, c.start, c.end, word) - own) / _COST_PER_POINT
        leads[word] = known + _PER_DISTANCE * (off - c.distance) + _PER_MEANING * nearer
        leads[word] += max(-_MAX_FIT, min(_MAX_FIT, fit))
    if leads:
        likeliest = min(leads, key=lambda word: leads[word])
        made.lead = leads[likeliest]
        if made.lead < _LEAD:
            made.add(OUTWEIGHED, _AS_LIKELY, likeliest)
