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
from pipeline.stages.repair.meaning import Meanings, Place, Told

_NEARER, _PER_RIVAL, _OWN_SOUND = 0.1, 0.3, 3
# A word that sounds farther off than the term by more than this is not what was said.
_REACH = 0.3
# Unless the glossary's words for it stand there.
_REACH_WITH = 0.6
_PER_DISTANCE, _PER_MEANING = 3.2, 3.0
_COST_PER_POINT, _MAX_FIT = 2000.0, 2.0
# How much likelier than an ordinary word a term is before anything is known of the talk.
_BEFOREHAND = {"rare": 0.4, "some": -0.2, "common": -0.6}
_ABOUT_THE_TERM = frozenset(
    ["topic", "episode about it", "with", "compound", "against", "other talk around", "takes no する",
     "before な", "frame of another word"]
)  # fmt: skip
# What the glossary says of a rival: words right beside the place, words in its sentence.
_FRAME, _WORD, _MOST_WITH_RIVAL = 2.4, 1.7, 4.4
# Below this lead over the likeliest other word it is as likely that word.
_LEAD, _AS_LIKELY, _PER_WITH = 0.3, -2.5, 1.4
# Particles that a word spelled in kana may swallow (過多か).
_SWALLOWED = ("カ", "モ", "ト", "ニ", "ガ", "ヲ", "ハ")


def alike(made: Judgement, meanings: Meanings, reach: float = _NEARER) -> dict[str, float]:
    """The ordinary words that sound about as near to what was heard as the term, and how near."""
    c = made.candidate
    itself = katakana(made.surface)
    # What a rare reading of a kanji costs the term, it costs its rivals too.
    rare = round(c.distance - distance(c.reading, made.term.reading), 3)
    found = meanings.alike(c.reading, round(c.distance + reach - rare, 3))
    off = {word: away + rare for word, away in found if word != itself}
    if is_kana(made.surface) and c.reading.endswith(_SWALLOWED):
        off |= {word: 0.0 for word, _ in meanings.alike(c.reading[:-1], 0.0) if word != itself}
    return off


def count_rivals(made: Judgement, meanings: Meanings) -> list[str]:
    """Points for the words that sound as near to what was heard as the term does."""
    c = made.candidate
    off = alike(made, meanings)
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


def about_the_term(made: Judgement) -> float:
    """Points for a term from the signs that speak about it, not about the slip."""
    known = sum(points for sign, points in made.signs.items() if sign in _ABOUT_THE_TERM)
    return known + _BEFOREHAND[made.term.homophones]


def fitting(dearer: float) -> float:
    """Points for a term where another word makes the clause so much dearer."""
    return max(-_MAX_FIT, min(_MAX_FIT, dearer / _COST_PER_POINT))


def with_rival(told: Told | None, place: Place) -> tuple[float, str]:
    """Points for a rival from what the glossary says of it, and the words that stand there."""
    if told is None:
        return 0.0, ""
    beside, near = told.seen(place)
    points = min(_FRAME * len(beside) + _WORD * len(near), _MOST_WITH_RIVAL)
    return points, "・".join([*beside, *near][:3])


def outweigh(
    made: Judgement, text: str, others: Sequence[Token], meanings: Meanings, stand_in: str
) -> None:
    """Take points from a term that is no likelier than another word of the sound."""
    c, term = made.candidate, made.term
    known = about_the_term(made)
    own = min(clause_cost(text, c.start, c.end, word) for word in (term.term, stand_in))
    told, place = meanings.told[term.id], Place.of(text, c.start, c.end)
    leads: dict[str, float] = {}
    for word, off in alike(made, meanings, _REACH_WITH).items():
        beside, _ = with_rival(told.get(word), place)
        if off > c.distance + _REACH and not beside:
            continue
        nearer = meanings.nearer(term, [word], others) or 0.0
        leads[word] = known + _PER_DISTANCE * (off - c.distance) + _PER_MEANING * nearer
        leads[word] += fitting(clause_cost(text, c.start, c.end, word) - own)
        leads[word] -= _PER_WITH * beside
    if leads:
        likeliest = min(leads, key=lambda word: leads[word])
        made.lead = leads[likeliest]
        if made.lead < _LEAD:
            made.add(OUTWEIGHED, round(_AS_LIKELY + min(0.0, made.lead), 2), likeliest)
