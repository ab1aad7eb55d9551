"""What speaks for and against a candidate: points, summed; at nought or above it is repaired.

A wrong edit costs twice what a missed one costs, so the sum starts below nought and every doubt is
dearer than the matching hope. The strongest single sign is Sudachi's lattice cost of the clause: a
misheard word is no word, and the clause gets thousands of points cheaper with the term in its place.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from pipeline.glossary import Term
from pipeline.morph import Token, tokens
from pipeline.sound import distance, hiragana, is_kana, is_katakana, key
from pipeline.stages.repair.candidates import Candidate
from pipeline.stages.repair.clause import CLAUSE_MARKS, clause_gain, strangeness
from pipeline.stages.repair.context import Episode, Surroundings, found
from pipeline.stages.repair.judgement import Judgement
from pipeline.stages.repair.lattice import ends_in_verb
from pipeline.stages.repair.meaning import Meanings, Place, is_rare
from pipeline.stages.repair.rivals import count_rivals, outweigh, with_rival
from pipeline.stages.repair.usage import used

_PER_DISTANCE = 3.2
# Signs that come later (from the rest of the episode) lift nothing that lies lower.
_WORTH_WEIGHING = -4.0
_COST_PER_POINT, _MIN_GAIN, _MAX_GAIN = 2000.0, -6000.0, 8500.0
# From this gain on what stands there is no word at that place.
NON_WORD_GAIN = 3500.0
_HOMOPHONES = {"rare": 1.2, "some": -1.2, "common": -2.2}
# Nothing says that this is the domain's talk.
_OFF_TOPIC = {"rare": 0.0, "some": -1.0, "common": -1.4}
_OTHER_TALK = -2.5
# Weak words of the domain (仕事, 会社) turn up in any talk.
_PASSING = 0.4
_OFF_TOPIC_NEAR = -1.2
_LENGTH = {0: -3.0, 1: -3.0, 2: -0.7, 3: 0.0, 4: 0.4, 5: 0.8, 6: 1.3, 7: 1.6}
_LONG = 2.2
# Words of the same part of speech that any clause takes: rare terms must not look dear.
_STAND_IN = {"verbal_noun": "支援", "adjectival_noun": "大切", "noun": "問題", "name": "問題"}
_CONTENT = {"名詞", "接頭辞", "接尾辞", "形状詞", "副詞", "感動詞"}
_DOING = {"する", "できる", "出来る", "為る", "致す", "いたす"}
_SPELLED_OUT = 1.2
# The dictionary gives the term as the usual spelling (合性 is 相性).
_SAME_WORD = 3.0
# A loan word of so many sounds that is near a term's and in no text is the term.
_RARE, _RARE_LOAN, _LONG_LOAN = 1.2, 2.4, 3
_NEAR_RUN = 0.3
_NEARER = 0.1
# Any text is a little nearer to a domain word than to a surface of another domain.
_PER_MEANING, _SAME_MEANING = 3.0, 0.15
# A single character (者, 型) is less of a sign than a word.
_COMPOUND = {False: 1.2, True: 2.0}
# A prefix makes words that no dictionary lists (無理解).
_PREFIXED = -1.5
# What has no word before it to belong to is no suffix (ちゃんを防ぐ).
_NO_STEM, _STRAY_SUFFIX = frozenset(["助詞", "助動詞", "補助記号", "空白"]), 2.5
_PASSIVE = ("され", "予定", "済")
_TORN = -4.0
_KANJI_ALONE = re.compile(r"[一-龠々]{2,}")
_ONE_KANJI = re.compile(r"[一-龠々]")
_AFFIXES = frozenset("者型化力中後前的時側感性系先度率会員料費用等各全再初")
_NAME_TITLES = ("さん", "くん", "君", "様", "氏", "先生")


def judge(
    line: int,
    text: str,
    words: Sequence[Token],
    candidate: Candidate,
    term: Term,
    episode: Episode,
    meanings: Meanings,
) -> Judgement:
    """Weigh what the line and the passage say about a candidate."""
    made = Judgement(line, candidate, term, text[candidate.start : candidate.end])
    covered = words[candidate.first : candidate.last + 1]
    after = words[candidate.last + 1 : candidate.last + 3]
    before = words[candidate.first - 1 : candidate.first]
    around = episode.around(line, candidate.start, candidate.end)
    _sound(made)
    _edges(made, before, after)
    _torn(made, covered)
    _word(made, text, covered, before, after)
    frame(made, covered, before, after, text)
    rivals = count_rivals(made, meanings)
    context(made, around, episode, bool(rivals))
    if made.is_word:
        place = Place.of(text, candidate.start, candidate.end)
        points, seen = with_rival(meanings.told[term.id].get(made.surface), place)
        made.add("with what stands there", -points, seen)
    others = [w for n, w in enumerate(words) if not candidate.first <= n <= candidate.last]
    meant = [made.surface] if made.is_word else rivals
    nearer = meanings.nearer(term, meant, others) if meant else None
    if nearer is not None:
        points = _PER_MEANING * (nearer - _SAME_MEANING)
        # Where the episode talks of something else, nearness to the domain is by chance.
        made.add(
            "meaning", round(min(points, points * max(0.0, 1 - 2 * episode.share_against(term))), 2)
        )
    used(made, text)
    if not made.is_word and made.points > _WORTH_WEIGHING:
        outweigh(made, text, others, meanings, _STAND_IN[term.kind])
    return made


def _sound(made: Judgement) -> None:
    length = len(key(made.term.reading))
    made.add("sound", -_PER_DISTANCE * made.candidate.distance * 4 / max(4, length))
    if length <= 2:
        made.add("sound of a short word", -_PER_DISTANCE * made.candidate.distance)
    made.add("length", _LENGTH.get(length, _LONG))
    if not made.candidate.aligned:
        made.add("inside a word", -2.5)


def _torn(made: Judgement, covered: Sequence[Token]) -> None:
    """A listed word of kanji is whole: in 断片化 no 片化 was misheard."""
    c = made.candidate
    for word in (covered[0], covered[-1]):
        is_cut = word.start < c.start or word.end > c.end
        if is_cut and word.known and _KANJI_ALONE.fullmatch(word.surface):
            made.add("tears a word", _TORN, word.surface)
            return


def _edges(made: Judgement, before: Sequence[Token], after: Sequence[Token]) -> None:
    """A single kanji right beside what is no word belongs to it: 大騒源 is 大草原."""
    c, term = made.candidate, made.term
    strays = [w.surface for w in before if w.end == c.start and w.surface not in term.before]
    strays += [w.surface for w in after[:1] if w.start == c.end and w.surface not in term.after]
    strays = [s for s in strays if _ONE_KANJI.fullmatch(s) and s not in _AFFIXES]
    if strays and _ONE_KANJI.match(made.surface):
        made.add("the kanji go on", -3.5, "・".join(strays))


def _word(
    made: Judgement,
    text: str,
    covered: Sequence[Token],
    before: Sequence[Token],
    after: Sequence[Token],
) -> None:
    c = made.candidate
    content = [w.pos[0] in _CONTENT or ends_in_verb(w, c.end) or _is_bare_stem(w) for w in covered]
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
    no_word = "non_word" if gain >= NON_WORD_GAIN else ""
    made.add("gain" if made.is_word else "gain, no word", bounded / _COST_PER_POINT, rule=no_word)
    if made.is_word:
        _dictionary_word(made, covered[0])
    spelled_out = is_kana(made.surface) and not is_kana(made.term.term) and c.distance <= 0.05
    if not made.is_word and (
        _is_loan_run(made, covered) if len(covered) > 1 else _is_long_loan(covered[0], made)
    ):
        made.add("a rare loan word", _RARE_LOAN)
    if spelled_out and "助動詞語幹" in covered[-1].pos and after and after[0].pos[0] == "助動詞":
        made.add("grammar inside", -3.0)  # かつように is 勝つように
    elif spelled_out and not any("固有名詞" in w.pos for w in covered):
        # Recognition writes in kana what it has no word for.
        made.add("the sound in kana", _SPELLED_OUT)
    elif not all(content):
        exact = c.distance <= 0.05 and (content[0] or gain >= _MAX_GAIN)
        made.add("grammar inside", -1.2 if exact else -3.0)
    _affixes(made, covered, before)
    if len(covered) == 1 and "人名" in covered[0].pos:
        made.add("a name", -3.0 if made.is_word else -1.0)
    if after and after[0].surface in _NAME_TITLES:
        made.add("a person", -5.0)


def _affixes(made: Judgement, covered: Sequence[Token], before: Sequence[Token]) -> None:
    """What is made with a prefix is a word; a suffix is one only behind what it belongs to."""
    if [w.pos[0] for w in covered] == ["接頭辞", "名詞"] and len(covered[1].surface) > 1:
        made.add("a word with a prefix", _PREFIXED)
    if len(covered) == 1 and _is_suffix(made.surface):
        hangs = (
            bool(before)
            and before[0].end == made.candidate.start
            and before[0].pos[0] not in _NO_STEM
        )
        made.add("a suffix" if hangs else "a suffix to nothing", -2.0 if hangs else _STRAY_SUFFIX)


@functools.lru_cache(maxsize=4096)
def _is_suffix(surface: str) -> bool:
    (*_, last) = tokens(hiragana(surface))
    return last.start == 0 and last.pos[0] == "接尾辞"


def _is_bare_stem(word: Token) -> bool:
    """The kanji of an adjective without its ending (硬か)."""
    return word.pos[0] == "形容詞" and bool(_ONE_KANJI.fullmatch(word.surface))


def _dictionary_word(made: Judgement, word: Token) -> None:
    # The odder it is here, the less it counts that a dictionary knows it.
    share = 1.0 - max(0.0, made.gain) / NON_WORD_GAIN
    homophones = made.term.homophones
    exact = made.candidate.distance < _NEARER or is_katakana(made.term.term)
    points = _HOMOPHONES[homophones if exact or homophones != "rare" else "some"]
    made.add(f"a word, {homophones}", round(points * share, 2))
    if distance(word.reading, made.term.reading) > made.candidate.distance + 0.3:
        # 番組 is バングミ, whatever 組 may be elsewhere
        made.add("a word read otherwise", -2.5)
    if word.norm == made.term.term:
        made.add("the same word", _SAME_WORD)
    elif is_rare(word) and word.surface == made.surface:
        if _is_long_loan(word, made):
            made.add("a rare loan word", _RARE_LOAN)
        else:
            made.add("a rare word", _RARE)


def _is_long_loan(word: Token, made: Judgement) -> bool:
    """A loan word that hardly a text has, near to a loan word of the glossary."""
    return (
        word.surface == made.surface
        and is_katakana(made.surface) and is_katakana(made.term.term)
        and len(key(made.surface)) >= _LONG_LOAN and is_rare(word)
    )  # fmt: skip


def _is_loan_run(made: Judgement, covered: Sequence[Token]) -> bool:
    """Loan words that together sound like a long one of the glossary (チャン・レート)."""
    near = made.candidate.aligned and made.candidate.distance <= _NEAR_RUN
    return (
        near and len(key(made.surface)) > _LONG_LOAN
        and is_katakana(made.surface) and is_katakana(made.term.term)
    )  # fmt: skip


def frame(
    made: Judgement,
    covered: Sequence[Token],
    before: Sequence[Token],
    after: Sequence[Token],
    text: str,
) -> None:
    """What stands right beside: する, another word's particles, the words it forms compounds with."""
    does = bool(after) and after[0].start == made.candidate.end and _is_doing(after[0])
    does = does or ends_in_verb(covered[-1], made.candidate.end)
    if does and made.term.verb:
        odd = not any("サ変可能" in w.pos for w in covered)
        made.add("takes する", 1.2 if odd else 0.2, rule="frame" if odd else "")
    elif does:
        made.add("takes no する", -6.0 if made.term.kind == "adjectival_noun" else -2.0)
    left, right = text[: made.candidate.start], text[made.candidate.end :]
    if left.endswith(made.term.against_before or ("\0",)) or right.startswith(
        made.term.against_after or ("\0",)
    ):
        made.add("frame of another word", -2.5)
    if right.startswith("な") and not right.startswith(("なの", "なん", "ない", "なら", "など")):
        made.add("before な", 1.0 if made.term.kind == "adjectival_noun" else -3.0)
    if does and not made.term.takes_object:
        _object(made, covered, left, right)
    beside = [w for w in made.term.before if left.endswith(w)]
    beside += [w for w in made.term.after if right.startswith(w)]
    if beside:
        longest = max(beside, key=len)
        made.add("compound", _COMPOUND[len(longest) > 1], longest, rule="compound")


def _object(made: Judgement, covered: Sequence[Token], left: str, right: str) -> None:
    """Something is 実装された or one does it 機能を; what is done to nothing is rather 自走."""
    clause = left[max(left.rfind(mark) for mark in CLAUSE_MARKS) + 1 :]
    if "を" in clause or right.startswith(_PASSIVE):
        made.add("has an object", -1.5)
    elif any("サ変可能" in word.pos for word in covered):
        made.add("has no object", 1.0, rule="frame")


def _is_doing(word: Token) -> bool:
    return word.pos[0] == "動詞" and (word.lemma in _DOING or word.norm in {"為る", "出来る"})


def context(made: Judgement, around: Surroundings, episode: Episode, has_rivals: bool) -> None:
    """What the line, the passage and the episode talk about."""
    term = made.term
    here = episode.topic(around.near)
    topic = min(here + 0.5 * episode.topic(around.far), 4.0)
    made.add("topic", round(0.55 * topic, 2))
    made.add("episode about it", round(min(episode.density, 20.0) / 20.0 * 0.8, 2))
    near, far = found(term.contexts_for, around.near), found(term.contexts_for, around.far)
    made.add("with", min(0.7 * len(near), 1.4) + min(0.2 * len(far), 0.4), "・".join(near[:3]))
    _against(made, around, episode, here)
    # What is no word and sounds like the term and like no other word needs no topic.
    needs_topic = made.is_word or has_rivals or made.candidate.distance >= 0.2
    if needs_topic and topic < 0.4 and not near and "compound" not in made.signs:
        near_only = made.candidate.distance >= 0.2 and not is_kana(term.term)
        made.add("off topic", _OFF_TOPIC[term.homophones])
        made.add("off topic, near sound", near_only * _OFF_TOPIC_NEAR)


def _against(made: Judgement, around: Surroundings, episode: Episode, here: float) -> None:
    """Words of another kind of talk; the farther off, the less where this line speaks of the domain."""
    words = made.term.contexts_against
    near, far = found(words, around.near + made.surface), found(words, around.far)
    elsewhere = -min(0.5 * len(far), 1.5)
    if made.is_word:
        elsewhere += _OTHER_TALK * episode.share_against(made.term)
    made.add("against", -min(2.2 * len(near), 4.4), "・".join(near[:3]))
    made.add(
        "other talk around",
        round(elsewhere / (1.0 + 2.0 * max(0.0, here - _PASSING)), 2),
        "・".join(far[:3]),
    )
