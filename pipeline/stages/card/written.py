"""From spoken to written Japanese, without changing what is claimed.

Only what carries no meaning goes: fillers, softeners at the end, politeness. A negation, a condition
or a hedge (かもしれない, と思う, かな) always stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pipeline import morph
from pipeline.morph import Token

# A filler is one only where a pause shows it: at the start or after a comma.
_FILLERS = re.compile(
    r"(?:(?<=^)|(?<=[、。\s]))(?:えーっと|えっと|えーと|ええと|えー|あのー|あの(?=、)|まあ|まぁ|なんか|こう(?=、)"
    r"|その(?=、)|なんていうか|何ていうか|なんだろう|やっぱり|やっぱ|やはり|もう(?=、)|はい(?=[、。])|うん(?=[、。])"
    r"|そうですね(?=[、。])|で(?=、)|でですね(?=、)|ですね(?=、)|要は|いやいや)[、。\s]*"
)
_SPOKEN = (
    (re.compile(r"っていうふうに|っていう風に"), "というふうに"),
    (re.compile(r"っていう"), "という"),
    (re.compile(r"なきゃ(?=いけ|なら)"), "なければ"),
    (re.compile(r"じゃなくて"), "ではなくて"),
    (re.compile(r"じゃない(?!です|か|の)"), "ではない"),
)
# Softeners at the end, tried again until none fits; what is left is the claim.
_ENDS = (
    (re.compile(r"(?:よねえ?|ねえ?|よ)$"), ""),
    (re.compile(r"(?<=[うくぐすつぬぶむるいたん])(?:んです|のです)?(?:けど|けれど|けれども)$"), ""),
    (re.compile(r"(?<=です)(?:けど|けれど|けれども)$"), ""),
    (re.compile(r"なんです$"), "です"),
    (re.compile(r"(?<=[うくぐすつぬぶむるいた])(?:んです|のです|わけです)$"), ""),
    (re.compile(r"(?<=[うくぐすつぬぶむるいた])(?:んじゃないですか|じゃないですか)$"), ""),
    (re.compile(r"(?:もん|もの)じゃないですか$"), "ものです"),
    (re.compile(r"のかな(?:っていう|という)(?:ところ|こと|感じ)(?:です)?$"), "のかもしれない"),
    (re.compile(r"(?<=[うくぐすつぬぶむるいた])(?:っていう|という)(?:ところ|こと|感じ)です$"), ""),
    (
        re.compile(r"(?<=と)(?:いうふうに|いう風に)?(?:思って(?:い)?ます|思ってる|思っている)$"),
        "思う",
    ),
    (re.compile(r"[、\s]+$"), ""),
)
_OPEN_END = re.compile(
    r"(?:て|で|し|ので|から|と|が|を|に|は|も|の|けど|とか|という|みたいな|たり|たら|なら|ば|き|り)$"
)


def clean(sentence: str) -> str:
    """A spoken sentence without fillers, repetitions and softeners, ending in 。 or ？.

    Args:
        sentence: one utterance, repaired.

    Returns:
        Written Japanese; empty where nothing but fillers was said.
    """
    text = sentence.strip().rstrip("。．,. 、")
    text = _until_stable(text, lambda t: _FILLERS.sub("", t))
    text = _by_word(text)
    text = re.sub(r"(.{3,12}?)、?\1(?=[はがをにで、])", r"\1", text)  # a restart said twice
    for pattern, written in _SPOKEN:
        text = pattern.sub(written, text)
    if text.endswith(("?", "？")):
        return text
    text = _until_stable(text, _soften).strip("、 \u3000")
    return text + "。" if text else ""


def _until_stable(text: str, change: Callable[[str], str]) -> str:
    before = None
    while before != text:
        before, text = text, change(text)
    return text


def _soften(text: str) -> str:
    for pattern, written in _ENDS:
        text = pattern.sub(written, text)
    return text


def _by_word(text: str) -> str:
    """Spoken particles and pauses as written ones: 「って言う」 → 「と言う」, a pause → a comma or none.

    The words decide, not the letters: the って of 持って is no particle.
    """
    words = morph.tokens(text)
    parts: list[str] = []
    for at, word in enumerate(words):
        before = words[at - 1] if at else None
        after = words[at + 1] if at + 1 < len(words) else None
        if word.surface == "って" and word.pos[0] == "助詞" and after and after.lemma in _SAYING:
            parts.append("と")
        elif word.surface.strip() or before is None or after is None:
            parts.append(word.surface)
        else:
            parts.append(_pause(before, after))
    return "".join(parts)


def _pause(before: Token, after: Token) -> str:
    """What recognition wrote as a space: between clauses a comma, within one nothing."""
    if before.surface[-1].isascii() and after.surface[0].isascii():
        return " "
    if before.surface in "、。？！?!":
        return ""
    ends_clause = before.pos[1] == "接続助詞" or before.surface in {"は", "も", "ので", "で"}
    side_by_side = before.pos[0] == "名詞" and after.pos[0] in {"名詞", "代名詞"}
    return "、" if ends_clause or side_by_side else ""


_SAYING = frozenset("言う いう 思う 感じる 聞く 伝える 考える 答える 呼ぶ".split())  # noqa: SIM905


def is_cut_off(text: str) -> bool:
    """Whether a text stops where a sentence cannot stop."""
    return bool(_OPEN_END.search(text.rstrip("。、 ")))


def to_plain(sentence: str) -> str:
    """The plain form of a polite ending, as a title has it: 築きます → 築く, 大事です → 大事である.

    Endings that are not surely understood stay as they are.
    """
    text = sentence.rstrip("。")
    words = morph.tokens(text)
    if len(words) < 2:
        return text
    last, before = words[-1], words[-2]
    stem = text[: before.start]
    if last.lemma == "ます" and last.surface == "ます" and before.pos[0] in {"動詞", "助動詞"}:
        return stem + before.lemma
    if last.lemma == "です" and last.surface == "です":
        return _without_desu(text, words)
    if last.lemma == "た" and before.lemma == "です" and before.surface == "でし":
        return stem + "だった"
    return text


def _without_desu(text: str, words: list[Token]) -> str:
    before = words[-2]
    if before.pos[0] == "形容詞" or before.lemma in {"ない", "たい", "らしい"}:
        return text[: words[-1].start]
    if before.pos[0] in {"名詞", "形状詞", "代名詞", "接尾辞"}:
        return text[: words[-1].start] + "である"
    return text


def has_predicate(text: str) -> bool:
    """Whether a text ends in something said of something: a verb, an adjective, である."""
    words = [w for w in morph.tokens(text.rstrip("。")) if w.surface.strip()]
    return bool(words) and (
        words[-1].pos[0] in {"動詞", "形容詞", "助動詞"}
        and words[-1].pos[5].startswith(("終止形", "連体形"))
    )
