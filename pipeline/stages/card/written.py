"""The plain forms of written Japanese: no conjunctions in front, no politeness at the end."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from pipeline import morph
from pipeline.morph import Token
from pipeline.stages.card.spoken import until_stable, without_fillers

# What ties a sentence to the one before and carries nothing by itself.
_LEADS = re.compile(
    r"^(?:(?:そう(?:そう)?|うん|はい|な|そっか|そうか|というのは|っていうのは|(?:今の)?(?:お)?話を(?:聞いて|伺って)(?:い?て)?(?:思った|思う)(?:の|ん)(?:は|が|です(?:が|けど))|いや|うわー?|あ|お|え|ええ|それで|それから|それに|そこで|また|あとは?|正直|ただ|で|なんで|けど|けれども?)(?=、)"
    r"|でも|しかし|だから|ですから|なので|ですので(?=、)|だけど|だって(?=[、一-龠ぁ-んァ-ヶ])(?!、?(?:い|さ))|では次に、|つまりね、|なのでね、|(?:ただ)?一方で|しかも|そして|その(?:上|中)で|その(?:ため|ために|結果)(?=、)"
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


_JOINING = frozenset(
    {"と", "が", "けど", "けれど", "けれども", "けども", "ので", "から", "し", "のに"}
)
_BEHIND_A_NOUN = {"ので": "な", "のに": "な"}  # 大事なので; before the others 大事だ


def plain_inside(sentence: str) -> str:
    """A sentence whose clauses, the last aside, are no politer than its end will be.

    書きますと、どれも追わなくなります → 書くと、どれも追わなくなります. What is quoted stays as it was said, and so does
    what is not surely understood.

    Args:
        sentence: written by :func:`pipeline.stages.card.spoken.write_inside`.
    """
    if not _POLITE_JOINT.search(sentence):
        return sentence
    words = morph.tokens(sentence)
    parts: list[str] = []
    kept = depth = 0  # all before is in the parts
    for at, word in enumerate(words):
        depth += (word.surface in "「『") - (word.surface in "」』")
        found = None if depth > 0 or word.lemma not in {"ます", "です"} else _joined(words, at)
        if found is None:
            continue
        begin, end, plain = found
        parts += [sentence[kept:begin], plain]
        kept = end
    return "".join(parts) + sentence[kept:]


_POLITE_JOINT = re.compile(
    r"(?:ます|ました|ません|です|でした|でしょう)(?:と|が|けど|けれど|けども|ので|から|し|のに)|(?:まし|でし)(?:たら|て)"
)


def _joined(words: Sequence[Token], at: int) -> tuple[int, int, str] | None:
    """A polite ending that joins a clause to the next: where it begins and ends, with its verb, and its plain form."""
    if not at:
        return None
    before, word = words[at - 1], words[at]
    is_verb = word.lemma == "ます"
    ending = next((e for e in (*_POLITE, ("でし", "た")) if _surfaces(words, at, len(e)) == e), ())
    end = at + max(1, len(ending))
    if word.surface in {"まし", "でし"} and not ending:
        return _running_on(words, at)
    joint = _joint(words, end)
    if joint is None or (is_verb and not ending):
        return None
    if is_verb:
        plain = _conjugate("", [*words[at - 2 : at - 1], before._replace(start=0)], _POLITE[ending])
        return None if plain is None else (before.start, words[end - 1].end, plain)
    plain = _plain_copula(word, before, joint)
    return None if plain is None else (word.start, words[end - 1].end, plain)


def _joint(words: Sequence[Token], at: int) -> str | None:
    """The particle that joins a clause to the next, if one stands there."""
    if _surfaces(words, at, 2) == ("の", "で"):
        return "ので"
    after = words[at] if at < len(words) else None
    if after is None or after.pos[0] != "助詞" or after.surface not in _JOINING:
        return None
    is_quoting = after.surface == "と" and (
        after.pos[1] != "接続助詞" or _surfaces(words, at + 1, 1) != ("、",)
    )
    return None if is_quoting else after.surface  # やりますと言う


def _surfaces(words: Sequence[Token], at: int, size: int) -> tuple[str, ...]:
    return tuple(w.surface for w in words[at : at + size])


def _running_on(words: Sequence[Token], at: int) -> tuple[int, int, str] | None:
    """ましたら → たら, まして → て, でして → で."""
    before, after = words[at - 1], words[at + 1] if at + 1 < len(words) else None
    if after is None or after.surface not in {"たら", "て"}:
        return None
    if words[at].lemma == "です":
        is_noun = after.surface == "て" and before.pos[0] == "名詞"
        return (words[at].start, after.end, "で") if is_noun else None
    past = _conjugate("", [*words[at - 2 : at - 1], before._replace(start=0)], "た")
    if past is None:
        return None
    plain = (
        f"{past}ら" if after.surface == "たら" else past[:-1] + {"た": "て", "だ": "で"}[past[-1]]
    )
    return before.start, after.end, plain


def _plain_copula(word: Token, before: Token, joint: str) -> str | None:
    """What です, でした, でしょう is before a joint: nothing behind an adjective, else だ, な, だった, だろう."""
    if word.surface == "でしょう":
        return "だろう"
    is_adjective = before.pos[0] == "形容詞" or before.lemma in {"ない", "たい", "らしい", "た"}
    is_noun = before.pos[0] in {"名詞", "形状詞", "代名詞", "接尾辞"} or before.pos[1] == "副助詞"
    if word.surface == "です" and is_adjective:
        return ""
    if not is_noun:
        return None
    return _BEHIND_A_NOUN.get(joint, "だ") if word.surface == "です" else "だった"


def _conjugate(text: str, words: Sequence[Token], form: str) -> str | None:
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


def _without_desu(text: str, words: Sequence[Token]) -> str:
    before = words[-2]
    stem = text[: words[-1].start]
    if before.lemma == "た":
        return to_plain(stem)
    if (
        before.pos[0] == "形容詞"
        or before.pos[1] == "形容詞的"
        or before.lemma in {"ない", "たい", "らしい"}
    ):
        return stem
    if (
        before.surface == "みたい"
        and words[-3:-2]
        and words[-3].pos[0] in {"動詞", "形容詞", "助動詞"}
    ):
        return text[: before.start] + "ようだ"
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
    if form == "命令形" and words[-1].surface.endswith(("ろ", "なさい")):
        return True
    is_guess = words[-1].surface in {"だろう", "でしょう"}
    return is_guess or form.startswith(("終止形", "連体形"))


# A noun at the end says something only of a topic, under a condition, or in another's place.
_SAYS = re.compile(
    r"[^てで]は(?=.)|[たい]ら、|[えけげせてねべめれ]ば、|(?<=[うくぐすつぬぶむるいなた])と、"
    r"|ではなく(?:て)?、|(?:の|ほう|方)が(?=.)|ったら(?=[一-龠ァ-ヶ])"
)
# 信頼は、…相手かどうか; 先に決めるのはどの紙をいつ捨てるか
_WHETHER = re.compile(
    r"かどうか$|(?:のは|とは)[^。]*(?:どう(?!し|せ)|どこ|どれ|どの|どんな|どちら|何(?!も|か)|なぜ|誰|いつ(?!も|か)|いくら)[^。]*(?<!ない)か$"
)
# 決まっているのは三か月
_NAMES = re.compile(r"[うくぐすつぬぶむるいた]のは、?[^、]{1,12}$")
_NO_CLAIM = frozenset(["固有名詞", "数詞", "助数詞可能"])


def with_copula(text: str) -> str:
    """A sentence that ends in its noun (担当が替わったら、新規と同じ) with the である that speech leaves out.

    One that ends in somebody's words gets its という.
    """
    if text.endswith("」と"):
        return f"{text}いう"
    if not _SAYS.search(text):
        return text
    if _WHETHER.search(text):
        return f"{text}である"
    words = morph.tokens(text)
    last = words[-1]
    is_noun = (last.pos[0] in {"名詞", "形状詞"} or last.pos[:2] == ("接尾辞", "名詞的")) and (
        _NAMES.search(text) or not _NO_CLAIM & set(last.pos)
    )
    return f"{text}である" if is_noun or last.surface in {"だけ", "ばかり"} else text
