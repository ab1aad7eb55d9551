"""A sentence as clauses: where each may begin anew, and how it reads when a sentence ends there."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pipeline import morph
from pipeline.morph import Token
from pipeline.stages.card.afterthought import belongs_before, with_particle
from pipeline.stages.card.spoken import write_inside
from pipeline.stages.card.written import plain_inside

_PARTICLE_VERBS = frozenset(
    "対する 因る 依る よる 付く 就く 取る 於く 通ずる 通じる 向ける 関する 基づく 掛ける 加える 為る 限る 当たる 伴う 沿う 応ずる 応じる 比べる".split()  # noqa: SIM905
)
_TIME_NOUNS = frozenset(
    ["時", "とき", "場合", "際", "内", "うち", "間", "あいだ", "以上", "限り", "中", "後", "前", "度", "たび", "代わり", "為", "ため", "上"]
)  # fmt: skip


_SAYING = frozenset(["言う", "聞く", "仰る", "答える", "返す", "伝える", "頼む"])
_QUOTE_WORDS = 14


class Joint(Enum):
    """How a clause hangs on what follows it."""

    END = "end"
    BUT = "but"
    ALSO = "also"
    CAUSE = "cause"
    THEN = "then"
    IF = "if"
    TOPIC = "topic"
    PART = "part"


# Behind these a sentence may begin that loses nothing of what stood before.
FREE = frozenset({Joint.END, Joint.BUT, Joint.ALSO})
# Here a sentence may end when its verb is put into the final form.
MAY_END = frozenset({Joint.END, Joint.BUT, Joint.ALSO, Joint.CAUSE, Joint.THEN})


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause as it stands, with its joint; and as it stands when a sentence ends there."""

    text: str
    final: str
    joint: Joint


@functools.lru_cache(maxsize=512)
def clauses_of(said: str) -> tuple[Clause, ...]:
    """The clauses of an utterance as it was said: titles, bodies and neighbours all ask for them."""
    return tuple(_in_order(split_clauses(plain_inside(write_inside(said)))))


def split_clauses(text: str) -> list[Clause]:
    """Cut a sentence behind けど, ので, し, て, たら, とき, topics and 。, as speech strings them together.

    Args:
        text: a sentence, written by :func:`pipeline.stages.card.spoken.write_inside`.

    Returns:
        Clauses that join to the text again.
    """
    words = [w for w in morph.tokens(text) if w.surface.strip()]
    clauses: list[Clause] = []
    begin, depth = 0, 0
    for at, word in enumerate(words):
        depth += (word.surface in "「『（") - (word.surface in "」』）")
        if depth > 0:
            continue
        joint, core = _joint(words, at, begin)
        if joint is None and at + 1 < len(words):
            continue
        upto = words[at + 1].start if at + 1 < len(words) else len(text)
        if joint is None:
            joint, core = Joint.PART if _stops_short(word) else Joint.END, at + 1
        begun = words[begin].start
        clauses.append(Clause(text[begun:upto], _final(text, words[begin:core]), joint))
        begin = at + 1
    return clauses


# An afterthought may stand behind what is whole.
_BEHIND = frozenset({Joint.END, Joint.PART, Joint.CAUSE, Joint.BUT})


def _in_order(clauses: list[Clause]) -> list[Clause]:
    """What speech adds behind the verb stands before it, where it can."""
    if len(clauses) < 2 or clauses[-2].joint not in _BEHIND:
        return clauses
    told, added = clauses[-2], with_particle(clauses[-1].text.rstrip("。、 "))
    if not belongs_before(added, told.final):
        return clauses
    if len(clauses) > 2 and not clauses[-3].text.endswith("、"):
        added = f"、{added}"
    whole = Clause(f"{added}、{told.text.rstrip('、 ')}。", f"{added}、{told.final}", Joint.END)
    return [*clauses[:-2], whole]


def _joint(words: Sequence[Token], at: int, begin: int) -> tuple[Joint | None, int]:
    """The joint that ends a clause at this word, with where the clause's own words end."""
    word = words[at]
    after = words[at + 1] if at + 1 < len(words) else None
    if after is not None and after.surface in "、。":
        return None, 0  # the mark belongs to the clause: decided there
    comma = word.surface == "、"
    if comma and after is not None and at and words[at - 1].pos[1] == after.pos[1] == "数詞":
        return None, 0  # 二、三回
    if word.surface in "。？！?!":
        return Joint.END, at - (_hanging(words, at - 1, begin) if word.surface == "。" else 0)
    last = at - 1 if comma else at
    if last < begin:
        return None, 0
    joint = _by_words(words, last, begin, comma)
    if joint is None:
        return (Joint.PART, last + 1) if comma else (None, 0)
    kind, dropped = joint
    return kind, last + 1 - dropped


def _by_words(
    words: Sequence[Token], last: int, begin: int, comma: bool
) -> tuple[Joint, int] | None:
    """The joint that the word at ``last`` makes, with how many words of it a final form drops."""
    if last <= begin:
        return None
    word, before = words[last], words[last - 1]
    after = next(iter(words[last + 1 : last + 2]), None)
    if after is not None and _is_one_word(word, after):
        return None
    inside = words[begin:last]
    by_particle = _of_conjunction(word, inside, after, comma)
    if by_particle is not None:
        return by_particle if by_particle[0] is not None else None
    if comma and _is_quoted_on(words, last):
        return None
    if comma and word.pos[1] == "終助詞" and _is_final(inside):
        return Joint.END, 0  # 消えましたね、きれいに: what follows is an afterthought
    if comma and word.surface in _AGREED:
        return Joint.END, 0
    return _of_condition(word, before, comma) or (_of_comma(word) if comma else None)


def _hanging(words: Sequence[Token], last: int, begin: int) -> int:
    """How many words a final form drops where speech ends a sentence in the middle: 〜と言われて。, 〜ないから。"""
    joint = _by_words(words, last, begin, comma=True) if last > begin else None
    if joint is None or words[last - 1].pos[0] not in {"動詞", "形容詞", "助動詞"}:
        return 0
    return joint[1] if joint[0] in {Joint.THEN, Joint.CAUSE, Joint.ALSO} else 0


# What the listener is to agree with ends a sentence: 負けるでしょ、そんなの
_AGREED = frozenset(["でしょ", "でしょう", "じゃん", "もん"])


def _is_final(inside: Sequence[Token]) -> bool:
    """Whether the words before a final particle, others of its kind aside, end a sentence."""
    core = next((w for w in reversed(inside) if w.pos[1] != "終助詞"), inside[0])
    return core.pos[5].startswith("終止形")


_BUT = frozenset({"けど", "けれど", "けれども", "けども", "が"})


def _of_conjunction(
    word: Token, inside: Sequence[Token], after: Token | None, comma: bool
) -> tuple[Any, int] | None:
    """For a conjunctive particle its joint, (None, 0) where it joins nothing; None for other words."""
    surface, before = word.surface, inside[-1]
    if surface == "ので" or (surface == "で" and before.surface in {"ん", "の"} and comma):
        return Joint.CAUSE, 1 if surface == "ので" else 2
    if word.pos[1] != "接続助詞" and not (surface in _BUT - {"が"} and word.pos[0] == "助詞"):
        return None
    if surface in {"て", "で"}:
        if not comma or _is_particle(inside):
            return None, 0
        return (Joint.PART, 0) if _is_not(inside) else (Joint.THEN, 1)
    if surface == "から":
        return _of_kara(inside, after)
    if surface in _BUT:
        return Joint.BUT, 1
    return {"し": (Joint.ALSO, 1), "と": (Joint.IF, 0), "ば": (Joint.IF, 0)}.get(surface)


def _of_kara(inside: Sequence[Token], after: Token | None) -> tuple[Any, int]:
    if inside[-1].surface in {"て", "で"}:
        return Joint.IF, 0
    is_lead = inside[-1].lemma == "だ" and len(inside) == 1
    return (
        (None, 0)
        if is_lead or (after and after.lemma in {"こそ", "です", "だ"})
        else (Joint.CAUSE, 1)
    )


def _of_condition(word: Token, before: Token, comma: bool) -> tuple[Joint, int] | None:
    if word.surface in {"たら", "だら", "なら", "ならば"} and word.pos[0] == "助動詞":
        return Joint.IF, 0
    is_time = (word.surface in {"に", "は", "も", "で"} and before.norm in _TIME_NOUNS) or (
        word.norm in _TIME_NOUNS and word.pos[0] == "名詞"
    )
    is_even_if = word.surface == "も" and before.surface in {"て", "で"}
    return (Joint.IF, 0) if comma and (is_time or is_even_if) else None


def _is_quoted_on(words: Sequence[Token], last: int) -> bool:
    """「私でないと困ります、とおっしゃる」, 「分かりました、やりますって言う」: said by somebody, not by the speaker."""
    ahead = words[last + 2 : last + 2 + _QUOTE_WORDS]
    if ahead and ahead[0].surface in {"と", "って", "の"}:
        return True
    if words[last].pos[0] != "助動詞" or words[last].pos[5][:3] != "終止形":
        return False
    for word, after in itertools.pairwise(ahead):
        if word.surface in "。、？":
            return False
        if word.surface in {"と", "って"} and after.norm in _SAYING:
            return True
    return False


def _of_comma(word: Token) -> tuple[Joint, int] | None:
    """What stands before a comma without a conjunction: a topic, or a sentence's end."""
    if word.surface in {"は", "が", "も"} and word.pos[0] == "助詞":
        return Joint.TOPIC, 0
    if word.pos[0] in {"動詞", "形容詞", "助動詞"} and word.pos[5].startswith("終止形"):
        return Joint.END, 0
    return None


def _is_particle(words: Sequence[Token]) -> bool:
    """に対し|て, によっ|て, とし|て: a particle, no clause."""
    return (
        len(words) > 1
        and words[-1].norm in _PARTICLE_VERBS
        and words[-2].surface in {"に", "を", "と"}
    )


def _is_not(words: Sequence[Token]) -> bool:
    """Aではなく|て、B and 見ない|で、B: what is denied belongs to what is done or said instead."""
    if not words or words[-1].lemma != "ない":
        return False
    return words[-1].surface == "ない" or (
        len(words) > 1 and words[-2].surface in {"は", "では", "じゃ"}
    )


def _is_one_word(word: Token, after: Token) -> bool:
    """なければ|ならない, ないと|いけない, たら|いい: one meaning, no place to cut."""
    if word.surface not in {"ば", "と", "なら", "たら", "だら", "なきゃ", "は", "も", "なければ"}:
        return False
    return (
        after.norm in {"行く", "成る", "駄目"}
        and after.lemma in {"いける", "なる", "なら", "だめ", "ダメ", "駄目"}
    ) or (after.norm in {"良い"} and after.pos[0] == "形容詞")


def _stops_short(word: Token) -> bool:
    """Whether a text that ends with this word was cut off (寒い倉庫で, 始めて)."""
    if word.pos[0] == "助詞":
        return word.pos[1] in {"格助詞", "係助詞", "接続助詞"}
    return word.pos[0] in {"動詞", "形容詞", "助動詞"} and word.pos[5].startswith(
        ("連用形", "未然形", "仮定形")
    )


def _final(text: str, words: Sequence[Token]) -> str:
    """The clause with its last word in the final form: 整理し → 整理する, 伴走者な → 伴走者だ."""
    if not words:
        return ""
    last = words[-1]
    is_inflected = (
        last.pos[0] in {"動詞", "形容詞", "助動詞"}
        and not last.pos[5].startswith(("終止形", "連体形-一般", "意志"))
        and last.surface != "な"
    )
    if last.surface == "な" and last.lemma == "だ" and words[-2:-1] and words[-2].lemma != "みたい":
        is_inflected = True
    if last.surface == "な" and not is_inflected:
        return text[words[0].start : last.end]
    is_dialect = last.surface == "ん" or (
        last.lemma == "たい" and last.surface[0] != "た"
    )  # 離れとう
    lemma = (
        "いらっしゃる" if last.lemma == "いらしゃる" else last.lemma
    )  # a slip of the dictionary, for いらして
    ended = lemma if is_inflected and not is_dialect else last.surface
    return text[words[0].start : last.start] + ended


def joined(clauses: list[Clause] | tuple[Clause, ...]) -> str:
    """The clauses' text."""
    return "".join(clause.text for clause in clauses)


def may_begin(clauses: list[Clause], at: int) -> bool:
    """Whether a sentence that begins with this clause loses no condition, cause or topic."""
    return at == 0 or clauses[at - 1].joint in FREE


__all__ = ["FREE", "MAY_END", "Clause", "Joint", "joined", "may_begin", "split_clauses"]
