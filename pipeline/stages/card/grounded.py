"""Whether a card claims nothing that its passage does not say.

Independent of how a card was made, so that a fault in making one is caught: every content word must
stand in the source (by dictionary form, normalised form, reading or a listed paraphrase), every number
too, and what turns a claim round must not be lost on the way: negations, conditions, guesses.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline import morph
from pipeline.morph import Token
from pipeline.stages.card.dialect import standard

_CONTENT = {"名詞", "動詞", "形容詞", "形状詞", "代名詞", "副詞"}
_IDLE = frozenset(
    [
        "こと",
        "もの",
        "よう",
        "ところ",
        "風",
        "ふう",
        "所",
        "為る",
        "有る",
        "居る",
        "成る",
        "事",
        "物",
        "様",
        "為",
        "無い",
        "言う",
        "思う",
        "其れ",
        "出来る",
        "行く",
        "来る",
        "因る",
        "対する",
        "と言う",
        "の",
    ]
)
# What a writer may put for what was said; either word grounds the other.
_PARAPHRASES = (
    frozenset({"客", "お客", "お客さん", "お客様", "顧客", "クライアント", "カスタマー"}),
    frozenset({"余り", "あんまり"}),
    frozenset({"ちゃんと", "きちんと"}),
    frozenset(
        {
            "非常",
            "非常に",
            "滅茶苦茶",
            "めちゃくちゃ",
            "めちゃめちゃ",
            "むちゃくちゃ",
            "むちゃむちゃ",
        }
    ),
    frozenset({"とても", "凄い", "迚も"}),
    frozenset({"何方", "どちら", "どっち"}),
    frozenset({"様々", "色々", "いろんな"}),
    frozenset({"何故", "なぜ", "なんで"}),
    frozenset({"皆", "みんな"}),
    frozenset({"奴", "やつ", "物", "もの"}),
    frozenset({"多く", "多い", "一杯", "いっぱい"}),
    frozenset({"事", "物", "所"}),
    frozenset({"ような", "様", "みたい", "風"}),
    frozenset({"一緒", "共"}),
)
# For each of these words all that ground it; a word of two groups leads from the first into the second.
_MEANS: dict[str, frozenset[str]] = {}
for _word in frozenset().union(*_PARAPHRASES):
    _MEANS[_word] = frozenset({_word})
    for _group in _PARAPHRASES:
        if _MEANS[_word] & _group:
            _MEANS[_word] |= _group
_TWO_KANA = re.compile(r"[ぁ-ん]{1,2}")
_NUMBER = re.compile(r"[0-9０-９〇一二三四五六七八九十百千万]+")
_KANJI_DIGITS = str.maketrans("０１２３４５６７８９〇一二三四五六七八九", "01234567890123456789")
_NO_DENIAL = re.compile(
    r"な(?:ければ|きゃ|くては|くちゃ|いと)(?:なら|いけ|だめ|ダメ|駄目)(?:ない|なく|なか|ません)?|かもしれ(?:ない|なく|ません)|[んの]?(?:じゃ|では)(?:ない|ありません)(?:です|でしょう)?(?:の)?か|じゃん"
)
# 口を出すな、って; のだな and the like forbid nothing.
_FORBIDDEN = re.compile(r"[うくぐすつぬぶむる]な(?=[。、」]|って|$)")
_NEGATED = {"ない", "ん", "ぬ", "ず", "まい", "無い", "へん"}
_GUESS = re.compile(
    r"かもしれ(?:ない|なく|ません)|かも(?=$|[。、」と])|だろう|でしょう|ではないか|んじゃない|じゃないか|かな|気がする|気がし|らしい|ようだ|はず"
)
_CONDITION = re.compile(
    r"[ただ]ら|[えけげせてねべめれ]ば|なら(?!な|ず|び|な)|場合|限り|(?:とき|時)(?:は|に)|ないと|(?<=[うくぐすつぬぶむるい])と、"
)


@dataclass(frozen=True, slots=True)
class Check:
    """What of a text is not grounded: words, and ``why`` in one phrase; empty where all is."""

    words: tuple[str, ...]
    why: str

    @property
    def is_grounded(self) -> bool:
        """Whether nothing was found."""
        return not self.words and not self.why


def check(text: str, source: str) -> Check:
    """Compare a title or a body with what was said.

    Args:
        text: written Japanese, one sentence or several.
        source: the passage, repaired, with the recorded antecedent if there is one.

    Returns:
        What is missing in the source, or lost from it.
    """
    # A dialect's words and denials count as those of the standard language: 書かへん, 受けたらあかん.
    spoken = "\n".join(map(standard, source.split("\n")))
    known = _forms_of(source)
    if spoken != source:
        known |= _forms_of(spoken)
    heard = source + spoken
    claimed = _GUESS.sub("、", text)
    missing = [
        w.surface
        for w in morph.tokens(claimed)
        if _counts(w) and not _forms([w]) & known and w.surface not in heard
    ]
    missing += [n for n in _numbers(text) if n not in _numbers(source)]
    if missing:
        return Check(tuple(dict.fromkeys(missing)), "not said")
    for sentence in re.split(r"。", text):
        # What stands there word for word has lost nothing.
        is_said = not sentence or _stands_alone(sentence, source)
        lost = "" if is_said else _turned(sentence, spoken)
        if lost:
            return Check((), lost)
    return Check((), "")


def _counts(word: Token) -> bool:
    # Two kana that the dictionary takes for a noun are mostly a slip of it: いかな|いと.
    is_slip = word.pos[0] == "名詞" and bool(_TWO_KANA.fullmatch(word.surface))
    return (
        word.pos[0] in _CONTENT
        and word.norm not in _IDLE
        and word.pos[1] != "非自立可能"
        and not is_slip
    )


@functools.lru_cache(maxsize=64)
def _forms_of(source: str) -> frozenset[str]:
    """The forms of what was said: every sentence of a card asks for them."""
    return frozenset(_forms(morph.tokens(source)))


def _forms(words: Sequence[Token]) -> set[str]:
    forms: set[str] = set()
    for surface, _, _, _, lemma, norm, reading, _ in words:
        forms.update((norm, lemma, surface))
        if len(reading) > 2:
            forms.add(reading)
    for form in forms & _MEANS.keys():
        forms |= _MEANS[form]
    return forms


def _numbers(text: str) -> set[str]:
    return {n.translate(_KANJI_DIGITS) for n in _NUMBER.findall(text)}


def _turned(sentence: str, source: str) -> str:
    """Which mark of the stretch of source that says the sentence is missing in it."""
    stretch = _aligned(sentence, source)
    if not stretch:
        return ""
    ours, theirs = _negations(sentence), _negations(stretch)
    if ours != theirs:
        return "a negation is lost or added"
    if _GUESS.search(_end(stretch)) and not _GUESS.search(sentence):
        return "a guess became a fact"
    return ""


def _aligned(sentence: str, source: str) -> str:
    """The shortest run of source words that holds the sentence's content words in their order."""
    words = morph.tokens(sentence)
    want = [w.norm for w in words if _counts(w)]
    have = morph.tokens(source)
    if not want:
        return ""
    best: tuple[int, int] | None = None
    for start, word in enumerate(have):
        if word.norm != want[0]:
            continue
        at, found = start, 0
        for number, later in enumerate(have[start:], start):
            if found < len(want) and later.norm == want[found]:
                found, at = found + 1, number
        if found == len(want) and (best is None or at - start < best[1] - best[0]):
            best = (start, at)
    if best is None:
        return ""
    end = best[1] + 1
    commas = _commas_behind(words)
    while end < len(have) and (_belongs(have[end]) or (commas and have[end].surface == "、")):
        commas -= have[end].surface == "、"
        end += 1
    # Words that count for nothing may stand before the first that counts: できないことはできないと正直に言う.
    begin, ahead = best[0], next(n for n, w in enumerate(words) if _counts(w))
    while ahead and begin and have[begin - 1].surface not in "。\n？":
        begin, ahead = begin - 1, ahead - 1
    return source[have[begin].start : have[end - 1].end]


def _stands_alone(sentence: str, source: str) -> bool:
    """Whether a sentence stands in the source to the letter, and ends where it ends there."""
    if sentence not in source:
        return False
    lines = f"\n{source}\n"
    return any(f"{before}{sentence}{after}" in lines for before in "。、\n" for after in "。\n")


def _commas_behind(words: Sequence[Token]) -> int:
    """How many commas stand behind the last word that counts: 始めたのが、よくなかった."""
    last = max(n for n, w in enumerate(words) if _counts(w))
    return sum(w.surface == "、" for w in words[last:])


def _belongs(word: Token) -> bool:
    """Whether a word behind the last content word is still part of what is said of it."""
    if word.surface in "。、？" or word.pos[1] == "接続助詞" or word.surface in {"けど", "けれど"}:
        return word.surface in {"て", "で", "ば", "と"}
    return word.pos[0] in {"助動詞", "助詞", "空白"} or (
        word.pos[0] in {"動詞", "形容詞", "名詞"} and not _counts(word)
    )


def _end(text: str) -> str:
    return text[-14:]


def _negations(text: str) -> int:
    """How often something is denied; なければならない and 〜じゃないですか deny nothing."""
    plain = _NO_DENIAL.sub("、", text)
    words = morph.tokens(plain)
    denied = sum(w.pos[0] in {"助動詞", "形容詞"} and w.lemma in _NEGATED for w in words)
    return denied + len(_FORBIDDEN.findall(text))
