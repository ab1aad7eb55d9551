"""The plain forms of written Japanese: no conjunctions in front, no politeness at the end."""

from __future__ import annotations

import functools
import re

from pipeline import morph
from pipeline.morph import Token
from pipeline.stages.card.spoken import until_stable, without_fillers

# What ties a sentence to the one before and carries nothing by itself.
_LEADS = re.compile(
    r"^(?:(?:いや|うわー?|あ|お|え|ええ|それで|それから|それに|そこで|また|あとは?|正直|ただ|で|なんで|けど|けれども?)(?=、)"
    r"|でも|しかし|だから|ですから|なので|(?:ただ)?一方で|しかも|そして|その(?:上|中)で|その(?:ため|ために|結果)(?=、)"
    r"|そしたら(?=、)|そうしたら(?=、)|言うと、|(?:いえ)+、|(?:本当に|確かに|まさに)?そう(?:で|です|なん(?:です|だ))ね?、|[^、。「」]{1,7}ですね、|あともう(?:一個|一つ|ひとつ)、|(?:[一二三四五1-5]つ目|[一二三四五]番目)[がは]、|さらに|じゃあ|つまり|要するに|例えば|たとえば|ちなみに|実は|もちろん|結局|とはいえ|というのも|なぜなら"
    r"|(?:今日|本日|今回|ここまで)の(?:まとめ|話|結論)(?:として)?(?:は|だと|で言うと)(?=、))[、\s]*"
)
_OPEN_END = re.compile(
    r"(?:て|で|し|ので|から|と|が|を|に|は|も|の|けど|とか|という|みたいな|たり|たら|なら|ば|き|り)$"
)
# The polite stem's last kana in the five-row verbs: before ない, and with た.
_FIVE_ROW = {
    "き": ("か", "いた"), "ぎ": ("が", "いだ"), "し": ("さ", "した"), "ち": ("た", "った"), "に": ("な", "んだ"),
    "び": ("ば", "んだ"), "み": ("ま", "んだ"), "り": ("ら", "った"), "い": ("わ", "った"),
}  # fmt: skip


@functools.lru_cache(maxsize=2048)
def without_lead(text: str) -> str:
    """A sentence without the conjunctions and interjections that tie it to the one before."""
    return until_stable(text, lambda t: without_fillers(_LEADS.sub("", t)))


def is_cut_off(text: str) -> bool:
    """Whether a text stops where a sentence cannot stop."""
    return bool(_OPEN_END.search(text.rstrip("。、 ")))


def to_plain(sentence: str) -> str:
    """The plain form of a polite ending, as a title has it.

    築きます → 築く, 完走しました → 完走した, 使いません → 使わない, 大事です → 大事である. Endings that are
    not surely understood stay as they are.
    """
    text = sentence.rstrip("。")
    words = morph.tokens(text)
    surfaces = [w.surface for w in words]
    for ending, form in _POLITE.items():
        if tuple(surfaces[-len(ending) :]) == ending and len(words) > len(ending):
            return _conjugate(text, words[: -len(ending)], form) or text
    if len(words) < 2:
        return text
    last, before = words[-1], words[-2]
    if last.lemma == "です" and last.surface == "です":
        return _without_desu(text, words)
    if last.surface == "でしょう":
        return text[: last.start] + "だろう"
    if last.lemma == "た" and before.lemma == "です" and before.surface == "でし":
        return text[: before.start] + "だった"
    return text


# Endings as Sudachi cuts them; the longest first.
_POLITE = {
    ("ませ", "ん", "でし", "た"): "なかった",
    ("まし", "た"): "た",
    ("ませ", "ん"): "ない",
    ("ます",): "る",
}


_UNSURE = frozenset({"ござる", "です", "問う", "請う", "乞う"})  # 問うた, not 問った


def _conjugate(text: str, words: list[Token], form: str) -> str | None:
    """A verb's polite stem, the last of the words, in a plain form; None where it is not sure."""
    verb = words[-1]
    if (
        verb.pos[0] not in {"動詞", "助動詞"}
        or verb.lemma in _UNSURE
        or verb.surface in {"すい", "すみ"}  # すいません
    ):
        return None
    kind, stem, surface = verb.pos[4], text[: verb.start], verb.surface
    if verb.lemma == "おる" and len(words) > 1 and words[-2].surface in {"て", "で"}:
        kind, surface = "上一段", "い"  # ております is a polite ています
    if form == "る":
        return _present(stem, verb, surface)
    if kind.startswith("五段") and surface[-1] in _FIVE_ROW:
        return stem + _five_row(verb, surface, form)
    is_sure = kind.startswith(("上一段", "下一段", "助動詞-レル", "サ行変格")) or (
        kind == "カ行変格" and surface.endswith("来")
    )
    return stem + surface + form if is_sure else None


def _present(stem: str, verb: Token, surface: str) -> str:
    if surface != verb.surface:
        return f"{stem}いる"
    if verb.lemma.endswith("ずる") and surface.endswith("じ"):
        return f"{stem}{surface}る"  # the dictionary says 信ずる for 信じます
    return stem + verb.lemma


def _five_row(verb: Token, surface: str, form: str) -> str:
    before_nai, past = _FIVE_ROW[surface[-1]]
    if form == "た":
        past = "った" if verb.norm == "行く" else past
        return surface[:-1] + past
    if verb.lemma in {"ある", "有る"}:  # 正解はありません → 正解はない
        return form
    if verb.pos[4].endswith("ラ行"):  # ください, いらっしゃい too
        before_nai = "ら"
    return surface[:-1] + before_nai + form


def _without_desu(text: str, words: list[Token]) -> str:
    before = words[-2]
    stem = text[: words[-1].start]
    if before.lemma == "た":
        return to_plain(stem)
    if before.pos[0] == "形容詞" or before.lemma in {"ない", "たい", "らしい"}:
        return stem
    nominal = {"名詞", "形状詞", "代名詞", "接尾辞"}
    if before.pos[0] in nominal or before.lemma == "べし" or before.pos[1] == "副助詞":
        return stem + "である"
    return text


def has_predicate(text: str) -> bool:
    """Whether a text ends in something said of something: a verb, an adjective, である."""
    if text.endswith("のではないか"):
        return True
    words = [w for w in morph.tokens(text.rstrip("。")) if w.surface.strip()]
    if not words or words[-1].pos[0] not in {"動詞", "形容詞", "助動詞"}:
        return False
    form = words[-1].pos[5]
    is_guess = words[-1].surface in {"だろう", "でしょう"}
    return is_guess or form.startswith(("終止形", "連体形"))
