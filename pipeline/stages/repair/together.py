"""What candidates say about each other: in a line, and across an episode."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pipeline.stages.repair.judgement import OUTWEIGHED, Judgement

# Two terms in doubt that stand side by side vouch for each other (伴奏 and ダイソー).
_PAIR, _PAIR_SURE = 0.8, 1.6
# What the same spelling was repaired to elsewhere in the episode, beyond doubt.
SURE = 0.9
_ELSEWHERE, _EACH_MORE, _MOST_ELSEWHERE = 1.2, 0.4, 2.4
# How far one place speaks for another: where the spelling is a word, it may be meant elsewhere.
_SHARED = {"rare": 1.0, "some": 1.0, "common": 0.3}
# What recurs is what the episode talks about: for each doubling of the lines it stands in.
_RECURS, _MOST_RECURS = 0.4, 1.2
# Signs that a word is no term at all.
_AS_SUCH = frozenset(["against", "has an object", "frame of another word"])
_AS_SUCH_EACH = 0.6
_OTHER_TALK = -1.0
_UNSURE_NO_WORD = 0.1


def listen(made: Judgement, heard: Sequence[tuple[int, int, float]]) -> None:
    """Recognition was unsure of what it misspelled."""
    c = made.candidate
    sure = [p for start, end, p in heard if start < c.end and end > c.start]
    # That it is no word says already that it was misheard; the doubt does not say for which word.
    most = 0.8 if made.is_word or "sounds like others" not in made.signs else _UNSURE_NO_WORD
    if sure:
        made.add(
            "probability",
            round(max(-0.4, min(most, 1.6 * (0.7 - min(sure)))), 2),
            f"{min(sure):.2f}",
        )


def vouch(judged: Sequence[Judgement]) -> None:
    """Two words of a line that sound like two terms speak for each other."""
    by_line: dict[int, list[Judgement]] = {}
    for made in judged:
        if made.candidate.distance <= 0.3 or made.points >= SURE:
            by_line.setdefault(made.line, []).append(made)
    for made in sorted(judged, key=lambda made: -made.points):
        c = made.candidate
        others = [
            o for o in by_line.get(made.line, ())
            if o.term.id != made.term.id and o.points > -2.0
            and (o.candidate.end <= c.start or o.candidate.start >= c.end)
        ]  # fmt: skip
        sure = [o for o in others if o.points >= SURE]
        if sure:
            made.add("beside a sure one", _PAIR_SURE, sure[0].surface)
        elif others:
            made.add("beside", _PAIR, others[0].surface)
        if others:
            made.take_back("off topic")
            made.take_back("off topic, near sound")
            made.take_back(OUTWEIGHED)


def recall(judged: Sequence[Judgement]) -> None:
    """What recurs, and what is sure elsewhere in the episode, speaks for a doubtful place."""
    lines: dict[tuple[str, str], set[int]] = {}
    for made in judged:
        lines.setdefault((made.surface, made.term.id), set()).add(made.line)
    for made in judged:
        times = len(lines[made.surface, made.term.id])
        if times > 1 and not _is_doubtful(made):
            bonus = min(_RECURS * math.log2(times), _MOST_RECURS)
            made.add("in lines", round(bonus * _share(made), 2), str(times))
    sure: dict[tuple[str, str], set[tuple[int, int]]] = {}
    for made in judged:
        if made.points >= SURE:
            place = (made.line, made.candidate.start)
            sure.setdefault((made.surface, made.term.id), set()).add(place)
    for made in judged:
        # A word may be meant as such in the same line; what is no word is the same slip again.
        elsewhere = {
            (line, start)
            for line, start in sure.get((made.surface, made.term.id), set())
            if line != made.line
            or (not made.is_word and OUTWEIGHED not in made.signs and start != made.candidate.start)
        }
        if elsewhere and "the kanji go on" not in made.signs:
            bonus = min(_ELSEWHERE + _EACH_MORE * (len(elsewhere) - 1), _MOST_ELSEWHERE)
            made.add(
                "sure elsewhere", round(bonus * _share(made), 2), str(len(elsewhere)), "episode"
            )


def contradict(judged: Sequence[Judgement]) -> None:
    """Where a word is clearly meant as such, it may be meant elsewhere in the episode too."""
    clear: dict[tuple[str, str], set[int]] = {}
    for made in judged:
        if made.is_word and made.term.homophones != "rare" and _AS_SUCH & made.signs.keys():
            clear.setdefault((made.surface, made.term.id), set()).add(made.line)
    for made in judged:
        lines = clear.get((made.surface, made.term.id), set()) - {made.line}
        if lines and made.is_word:
            made.add(
                "meant as such elsewhere", -_AS_SUCH_EACH * min(len(lines), 2), str(len(lines))
            )


def _is_doubtful(made: Judgement) -> bool:
    """The episode uses the word as such, or talks of other things here: that it recurs says nothing."""
    signs = made.signs
    others = "meant as such elsewhere" in signs or "against" in signs
    return others or signs.get("other talk around", 0.0) < _OTHER_TALK


def _share(made: Judgement) -> float:
    return _SHARED[made.term.homophones] if made.is_word else 1.0
