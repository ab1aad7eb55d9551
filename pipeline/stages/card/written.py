"""From spoken to written Japanese, without changing what is claimed.

Only what carries no meaning goes: fillers, softeners at the end, politeness. A negation, a condition
or a hedge (かもしれない, と思う, かな) always stays.
"""

from __future__ import annotations

import re

from pipeline import morph
from pipeline.morph import Token

_FILLERS = re.compile(
    r"(?:(?<=^)|(?<=[、。\s]))(?:えーっと|えっと|えーと|ええと|えー|あのー|あの(?=、)|まあ|まぁ|なんか|なんかこう|こう(?=、)"
    r"|その(?=、)|なんていうか|何ていうか|なんだろう|やっぱり|やっぱ|やはり|もう(?=、)|はい(?=、)|うん(?=、)|で(?=、)"
    r"|でですね(?=、)|ですね(?=、)|そうですね(?=、))[、\s]*"
)
_SPOKEN = (
    (re.compile(r"っていうのは"), "というのは"),
    (re.compile(r"っていうのが"), "というのが"),
    (re.compile(r"っていうふうに|っていう風に"), "というふうに"),
    (re.compile(r"っていう"), "という"),
    (re.compile(r"って(?=言|いう|いって|思|感じ|聞|伝え)"), "と"),
    (re.compile(r"みたいなところ(?=[はがをもで])"), "ところ"),
    (re.compile(r"じゃない(?!で)"), "ではない"),
    (re.compile(r"しなきゃ"), "しなければ"),
    (re.compile(r"なきゃ"), "なければ"),
    (re.compile(r"ちゃう"), "てしまう"),
    (re.compile(r"ですけど、?$|ですけれど(?:も)?、?$"), "です"),
    (re.compile(r"(?<=[すただいるう])(?:けど|けれど|けれども)、?$"), ""),
)
_SOFT_END = re.compile(r"(?:よねえ?|ですよね|ね|よ)$")
_OPEN_END = re.compile(
    r"(?:て|で|し|ので|から|と|が|を|に|は|も|の|けど|とか|という|みたいな|たり)$"
)


def clean(sentence: str) -> str:
    """A spoken sentence without fillers, repetitions and softeners, still polite, ending in 。"""
    text = sentence.strip().rstrip("。．、,. ")
    before = None
    while before != text:
        before = text
        text = _FILLERS.sub("", text)
    text = re.sub(
        r"(.{2,12}?)、?\1(?=[はがをにで、])", r"\1", text
    )  # a restart: お客さんが、お客さんが
    for pattern, written in _SPOKEN:
        text = pattern.sub(written, text)
    is_question = text.endswith(("?", "？"))
    if not is_question:
        text = _SOFT_END.sub("", text)
    text = text.strip("、 　")
    if not text:
        return ""
    return text if is_question else text + "。"


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
    if last.lemma == "た" and before.lemma in {"です"} and before.surface == "でし":
        return stem + "だった"
    return text


def _without_desu(text: str, words: list[Token]) -> str:
    before = words[-2]
    if before.surface in {"ん", "の"} and before.pos[0] == "助詞" and len(words) > 2:
        inner = words[-3]
        if inner.pos[5].startswith("連体形") or inner.pos[0] in {"動詞", "形容詞", "助動詞"}:
            return text[: before.start] if inner.surface != "な" else text[: inner.start] + "である"
    if before.pos[0] in {"形容詞"} or before.lemma in {"ない", "たい", "らしい"}:
        return text[: words[-1].start]
    if before.pos[0] in {"名詞", "形状詞", "代名詞", "接尾辞"}:
        return text[: words[-1].start] + "である"
    return text
