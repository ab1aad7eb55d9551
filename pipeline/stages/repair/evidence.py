"""What speaks for and against a candidate: points, summed; at nought or above it is repaired.

A wrong edit costs twice what a missed one costs, so the sum starts below nought and every doubt is
dearer than the matching hope. The strongest single sign is Sudachi's lattice cost of the clause: a
misheard word is no word, and the clause gets thousands of points cheaper with the term in its place.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.glossary import Term
from pipeline.morph import Token, lattice_cost
from pipeline.sound import distance, is_kana, key
from pipeline.stages.repair.candidates import Candidate
from pipeline.stages.repair.context import Episode, Surroundings, found
from pipeline.stages.repair.lattice import ends_in_verb

PRIOR = -2.5
_PER_DISTANCE = 3.2
_COST_PER_POINT, _MIN_GAIN, _MAX_GAIN = 2000.0, -6000.0, 8500.0
# From this gain on what stands there is no word at that place.
NON_WORD_GAIN = 3500.0
_HOMOPHONES = {"rare": 1.2, "some": -1.2, "common": -2.2}
# Nothing says that this is the domain's talk.
_OFF_TOPIC = {"rare": 0.0, "some": -0.8, "common": -1.2}
_OTHER_TALK = -2.5
# Weak words of the domain (仕事, 会社) turn up in any talk.
_PASSING = 0.4
_OFF_TOPIC_NEAR = -1.2
_LENGTH = {0: -3.0, 1: -3.0, 2: -0.7, 3: 0.0, 4: 0.4, 5: 0.8, 6: 1.3, 7: 1.6}
_LONG = 2.2
_CLAUSE_MARKS = "、。 \u3000?？!！,."
_CLAUSE_CHARS = 15
# Words of the same part of speech that any clause takes: rare terms must not look dear.
_STAND_IN = {"verbal_noun": "支援", "adjectival_noun": "大切", "noun": "問題", "name": "問題"}
_CONTENT = {"名詞", "接頭辞", "接尾辞", "形状詞", "副詞", "感動詞"}
_DOING = {"する", "できる", "出来る", "為る", "致す", "いたす"}
_SPELLED_OUT = 1.2
_NAME_TITLES = ("さん", "くん", "君", "様", "氏", "先生")


@dataclass(slots=True)
class Judgement:
    """A candidate with its points and why; ``surface`` is what stands there."""

    line: int
    candidate: Candidate
    term: Term
    surface: str
    points: float = PRIOR
    gain: float = 0.0
    is_word: bool = False
    why: list[str] = field(default_factory=list)
    signs: set[str] = field(default_factory=set)

    def add(self, points: float, why: str, sign: str = "") -> None:
        """Count points for a reason."""
        if points:
            self.points += points
            self.why.append(f"{why} {points:+.1f}")
            if sign and points > 0:
                self.signs.add(sign)

    @property
    def score(self) -> float:
        """The points as a number from 0 to 1; 0.5 is the threshold."""
        return round(1.0 / (1.0 + math.exp(-self.points)), 4)

    @property
    def rule(self) -> str:
        """Which kind of evidence decided."""
        for sign in ("misspelling", "non_word", "frame", "compound", "episode"):
            if sign in self.signs:
                return sign
        return "context"


def judge(
    line: int, text: str, words: Sequence[Token], candidate: Candidate, term: Term, episode: Episode
) -> Judgement:
    """Weigh what the line and the passage say about a candidate."""
    made = Judgement(line, candidate, term, text[candidate.start : candidate.end])
    covered = words[candidate.first : candidate.last + 1]
    after = words[candidate.last + 1 : candidate.last + 3]
    before = words[candidate.first - 1 : candidate.first]
    around = episode.around(line, candidate.start, candidate.end)
    _sound(made)
    _word(made, text, covered, after)
    _frame(made, covered, before, after, text)
    _context(made, around, episode)
    return made


def _sound(made: Judgement) -> None:
    length = len(key(made.term.reading))
    # The shorter the word, the more of it a slip changes (チャン is a sound of its own beside チャーン).
    made.add(
        -_PER_DISTANCE * made.candidate.distance * 4 / max(4, length) * (2 if length <= 2 else 1),
        "sound",
    )
    made.add(_LENGTH.get(length, _LONG), "length")
    if not made.candidate.aligned:
        made.add(-1.5, "inside a word")


def _word(made: Judgement, text: str, covered: Sequence[Token], after: Sequence[Token]) -> None:
    c = made.candidate
    content = [w.pos[0] in _CONTENT or ends_in_verb(w, c.end) for w in covered]
    gain = clause_gain(text, c.start, c.end, made.term.term, _STAND_IN[made.term.kind])
    if all(w.pos[0] in {"名詞", "接頭辞", "接尾辞"} for w in covered):
        strange = strangeness(made.surface)
        if strange >= NON_WORD_GAIN:
            gain = max(gain, strange)
        elif len(covered) == 1:
            # What a dictionary word costs anywhere says nothing about this place.
            gain -= max(0.0, strange)
    made.gain = gain
    made.is_word = len(covered) == 1 and gain < NON_WORD_GAIN
    bounded = min(max(gain, _MIN_GAIN), _MAX_GAIN)
    made.add(
        bounded / _COST_PER_POINT, f"gain {gain:.0f}", "non_word" if gain >= NON_WORD_GAIN else ""
    )
    if made.is_word:
        # The odder it is here, the less it counts that a dictionary knows it.
        share = 1.0 - max(0.0, gain) / NON_WORD_GAIN
        made.add(round(_HOMOPHONES[made.term.homophones] * share, 2), "a word")
        if distance(covered[0].reading, made.term.reading) > c.distance + 0.3:
            made.add(
                -2.5, "a word read otherwise"
            )  # 番組 is バングミ, whatever 組 may be elsewhere
    spelled_out = is_kana(made.surface) and not is_kana(made.term.term) and c.distance <= 0.05
    if spelled_out and not any("固有名詞" in w.pos for w in covered):
        # Recognition writes in kana what it has no word for.
        made.add(_SPELLED_OUT, "the sound in kana")
    elif not all(content):
        exact = c.distance <= 0.05 and (content[0] or gain >= _MAX_GAIN)
        made.add(-1.2 if exact else -3.0, "grammar inside")
    if len(covered) == 1 and covered[0].pos[0] == "接尾辞":
        made.add(-2.0, "a suffix")
    if len(covered) == 1 and "人名" in covered[0].pos:
        made.add(-3.0 if made.is_word else -1.0, "a name")
    if after and after[0].surface in _NAME_TITLES:
        made.add(-3.0, "a person")


def _frame(
    made: Judgement,
    covered: Sequence[Token],
    before: Sequence[Token],
    after: Sequence[Token],
    text: str,
) -> None:
    does = bool(after) and after[0].start == made.candidate.end and _is_doing(after[0])
    does = does or ends_in_verb(covered[-1], made.candidate.end)
    if does and made.term.verb:
        odd = not any("サ変可能" in w.pos for w in covered)
        made.add(1.2 if odd else 0.2, "takes する", "frame" if odd else "")
    elif does:
        made.add(-2.0, "takes no する")
    left, right = text[: made.candidate.start], text[made.candidate.end :]
    if left.endswith(made.term.against_before or ("\0",)) or right.startswith(
        made.term.against_after or ("\0",)
    ):
        made.add(-2.5, "frame of another word")
    if right.startswith("な") and not right.startswith(("なの", "なん", "ない", "なら", "など")):
        made.add(1.0 if made.term.kind == "adjectival_noun" else -2.0, "before な")
    if left.endswith(made.term.before or ("\0",)) or right.startswith(made.term.after or ("\0",)):
        made.add(1.2, "compound", "compound")


def _is_doing(word: Token) -> bool:
    return word.pos[0] == "動詞" and (word.lemma in _DOING or word.norm in {"為る", "出来る"})


def _context(made: Judgement, around: Surroundings, episode: Episode) -> None:
    term = made.term
    here = episode.topic(around.near)
    topic = min(here + 0.5 * episode.topic(around.far), 4.0)
    made.add(round(0.55 * topic, 2), "topic")
    made.add(round(min(episode.density, 20.0) / 20.0 * 0.8, 2), "episode about it")
    near, far = found(term.contexts_for, around.near), found(term.contexts_for, around.far)
    made.add(min(0.7 * len(near), 1.4) + min(0.2 * len(far), 0.4), "with " + "・".join(near[:3]))
    _against(made, around, episode, here)
    if topic < 0.4 and not near:
        near_only = made.candidate.distance >= 0.2 and not is_kana(term.term)
        made.add(_OFF_TOPIC[term.homophones] + near_only * _OFF_TOPIC_NEAR, "off topic")


def _against(made: Judgement, around: Surroundings, episode: Episode, here: float) -> None:
    """Words of another kind of talk; the farther off, the less where this line speaks of the domain."""
    words = made.term.contexts_against
    near, far = found(words, around.near + made.surface), found(words, around.far)
    elsewhere = -min(0.5 * len(far), 1.5)
    if made.is_word:
        elsewhere += _OTHER_TALK * episode.share_against(made.term)
    made.add(-min(2.2 * len(near), 4.4), "against " + "・".join(near[:3]))
    made.add(
        round(elsewhere / (1.0 + 2.0 * max(0.0, here - _PASSING)), 2),
        "other talk around " + "・".join(far[:3]),
    )


def clause_gain(text: str, start: int, end: int, term: str, stand_in: str) -> float:
    """How much cheaper the clause gets with the term (or any word of its kind) in the span."""
    left = max(text.rfind(mark, 0, start) for mark in _CLAUSE_MARKS) + 1
    rights = [at for at in (text.find(mark, end) for mark in _CLAUSE_MARKS) if at >= 0]
    head = text[max(left, start - _CLAUSE_CHARS) : start]
    tail = text[end : min([*rights, end + _CLAUSE_CHARS])]
    cheapest = min(_cost(head + term + tail), _cost(head + stand_in + tail))
    return float(_cost(head + text[start:end] + tail) - cheapest)


@functools.lru_cache(maxsize=4096)
def strangeness(surface: str) -> float:
    """How much dearer than a common noun a word is where any noun may stand."""
    return float(_cost(f"その{surface}がある") - _cost("その支援がある"))


@functools.lru_cache(maxsize=16384)
def _cost(text: str) -> int:
    return lattice_cost(text)
