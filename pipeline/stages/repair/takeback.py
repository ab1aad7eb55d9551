"""What recognition spelled as a term though an ordinary word of its sound was said (ピアノの伴走).

Hints make recognition write the glossary's words too often. A term that stands in a line is weighed
against each of its rivals by the signs that speak about the term, as what was misheard is; only a
clear lead of the rival counts, because mostly the term is right.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

from pipeline.glossary import Term
from pipeline.morph import tokens
from pipeline.sound import distance
from pipeline.stages.repair.candidates import Candidate
from pipeline.stages.repair.clause import clause_cost
from pipeline.stages.repair.context import Episode
from pipeline.stages.repair.evidence import context, frame
from pipeline.stages.repair.judgement import Judgement
from pipeline.stages.repair.lattice import covering
from pipeline.stages.repair.meaning import Meanings, Place, sound_of
from pipeline.stages.repair.rivals import about_the_term, fitting, with_rival

# A rival that sounds farther off is not what recognition took for the term.
_REACH = 0.5
_PRIOR = -1.7
_PER_DISTANCE, _PER_MEANING = 2.0, 3.0
_CHEAPER_TERM, _TAKES_NO_SURU = -0.8, -2.0
# In less text than this a single word makes the whole of it about the domain.
_TALK_CHARS = 400
# An episode about the term: each other line that has it and speaks of no rival.
_STANDS_ELSEWHERE, _MOST_ELSEWHERE = -0.5, -2.0

_OTHER_SENSES = ("against", "other talk around", "frame of another word")


def doubt(
    line: int,
    text: str,
    span: tuple[int, int],
    term: Term,
    number: int,
    rivals: Sequence[tuple[str, float]],
    episode: Episode,
    meanings: Meanings,
) -> Judgement | None:
    """Weigh a term that stands in a line against its rivals.

    Returns:
        The likeliest rival with its points, from nought on to be put in the term's place; null where
        nothing that the glossary says of a rival near in sound stands in the sentence.
    """
    told, around_it = meanings.told[term.id], Place.of(text, *span)
    near = {
        rival: (off, points)
        for rival, off in rivals
        # Where both stand, recognition told them apart, and the words are the rival's own.
        if rival not in around_it.sentence
        and (points := with_rival(told.get(rival), around_it))[0]
    }  # fmt: skip
    if not near:
        return None
    words, (start, end) = tokens(text), span
    first, last = covering(words, start, end)
    aligned = words[first].start == start and words[last].end == end
    place = Candidate(start, end, number, term.reading, 0.0, first, last, aligned)
    as_term = Judgement(line, place, term, term.term, is_word=True)
    around = episode.around(line, start, end)
    covered, after = words[first : last + 1], words[last + 1 : last + 3]
    frame(as_term, covered, words[first - 1 : first], after, text)
    context(as_term, around, episode, has_rivals=True)
    # What speaks against the term may speak for another sense of it (代走 at baseball), not for a rival.
    if episode.size < _TALK_CHARS:
        as_term.take_back("episode about it")
    known = about_the_term(as_term) - sum(as_term.signs.get(sign, 0.0) for sign in _OTHER_SENSES)
    others = [w for n, w in enumerate(words) if not first <= n <= last]
    does = not {"takes する", "takes no する"}.isdisjoint(as_term.signs)
    own = clause_cost(text, start, end, term.term)
    best: Judgement | None = None
    for rival, (off, beside) in near.items():
        made = Judgement(line, place, term, term.term, is_word=True, points=_PRIOR, meant=rival)
        made.add("about the term", -round(known, 2), as_term.why)
        made.add("sound", -_PER_DISTANCE * off)
        nearer = meanings.nearer(term, [rival], others)
        made.add("meaning", -round(_PER_MEANING * (nearer or 0.0), 2))
        fit = -fitting(clause_cost(text, start, end, rival) - own)
        made.add("clause", round(max(fit, _CHEAPER_TERM), 2))
        if does and not _takes_suru(rival):
            made.add("takes no する", _TAKES_NO_SURU)
        made.add("with the rival", *beside, rule="rival")
        if best is None or made.points > best.points:
            best = made
    return best


@functools.lru_cache(maxsize=1024)
def _takes_suru(word: str) -> bool:
    return any("サ変可能" in token.pos for token in tokens(word)[-1:])


def rivals_near(term: Term) -> tuple[tuple[str, float], ...]:
    """The rivals of a term that recognition may take for it, with their distances."""
    off = ((rival, distance(term.reading, sound_of(rival))) for rival in term.rivals)
    return tuple((rival, away) for rival, away in off if away <= _REACH)


def settle(doubts: Sequence[Judgement], standing: Mapping[str, set[int]]) -> None:
    """A term that stands unchallenged elsewhere in the episode is what the episode talks about.

    Args:
        doubts: of the episode; their points change.
        standing: the lines in which each term stands, by its id.
    """
    challenged = {(made.term.id, made.line) for made in doubts if made.points >= _PRIOR}
    for made in doubts:
        lines = standing[made.term.id] - {made.line}
        elsewhere = sum((made.term.id, line) not in challenged for line in lines)
        points = max(_STANDS_ELSEWHERE * elsewhere, _MOST_ELSEWHERE)
        made.add("the term elsewhere", points, str(elsewhere))
