"""From spoken to written Japanese, without changing what is claimed.

Only what carries no meaning goes: fillers, softeners at the end, politeness. A negation, a condition
or a hedge (かもしれない, と思う, かな) always stays; where one is only hinted at, it is spelled out.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pipeline import morph
from pipeline.morph import Token

# A filler is one only where a pause shows it: at the start or after a comma.
_FILLERS = re.compile(
    r"(?:(?<=^)|(?<=[、。\s]))(?:えーっと|えっと|えーと|ええと|えー|うーん|んー|あのー|あの(?=、)|ま[あぁ](?!ま[あぁ])"
    r"|なんか|こう(?=、)|その(?=、)|なんていうか|何ていうか|(?:なん|何)だろう(?=[、\s])|やっぱり|やっぱ|やはり"
    r"|もう(?=、)|(?:はい|うん)(?=[、。\s])|(?:ああ|あー|おー)(?=[、\s])|そうですね(?=[、。])|で(?=、)|でですね(?=、)"
    r"|ですね(?=、)|要は|いやいや)[、。\s]*"
)
# What ties a sentence to the one before and carries nothing by itself.
_LEADS = re.compile(
    r"^(?:(?:いや|うわー?|あ|お|え|ええ|それで|それから|それに|そこで|また|あとは?|正直|ただ|で|なんで|けど|けれども?)(?=、)"
    r"|でも|しかし|だから|ですから|なので|(?:ただ)?一方で|しかも|そして|その(?:上|中)で|その(?:ため|ために|結果)(?=、)"
    r"|そしたら(?=、)|そうしたら(?=、)|言うと、|(?:いえ)+、|(?:本当に|確かに|まさに)?そう(?:で|です|なん(?:です|だ))ね?、|[^、。「」]{1,7}ですね、|あともう(?:一個|一つ|ひとつ)、|(?:[一二三四五1-5]つ目|[一二三四五]番目)[がは]、|さらに|じゃあ|つまり|要するに|例えば|たとえば|ちなみに|実は|もちろん|結局|とはいえ|というのも|なぜなら"
    r"|(?:今日|本日|今回|ここまで)の(?:まとめ|話|結論)(?:として)?(?:は|だと|で言うと)(?=、))[、\s]*"
)
_SPOKEN = (
    (re.compile(r"(?<=[はもにて])ですね、"), "、"),
    (re.compile(r"っていうふうに|っていう風に"), "というふうに"),
    (re.compile(r"っていう"), "という"),
    (re.compile(r"なきゃ(?=いけ|なら)"), "なければ"),
    (re.compile(r"なくちゃ(?=いけ|なら)"), "なくては"),
    (re.compile(r"じゃなくて"), "ではなくて"),
    (re.compile(r"(?<=[うくぐすつぬぶむるいたな])(?:ん|の)じゃない(?=か)"), "のではない"),
    (re.compile(r"じゃない(?!です|か|の)"), "ではない"),
)
# Softeners at the end, tried again until none fits; what is left is the claim. 「…んじゃないですか」
# and 「…かなと」 are guesses and stay so; 「…るじゃないですか」 only asks for agreement.
_ENDS = (
    (re.compile(r"、(?:はい|ええ|うん|まあ|なんか)$"), ""),
    (re.compile(r"(?<=[うくぐすつぬぶむるいたんだ])(?:けれども|けれど|けど)$"), ""),
    (re.compile(r"(?<=です)(?:けれども|けれど|けど)$"), ""),
    (re.compile(r"(?<=ます|です|した|せん)[がし]$"), ""),
    (re.compile(r"な[んの]です$"), "です"),
    (re.compile(r"(?<=[うくぐすつぬぶむるいた])(?:んです|のです|わけです)$"), ""),
    (re.compile(r"(?:もん|もの)じゃないですか$"), "ものです"),
    (
        re.compile(
            r"(?<=[うくぐすつぬぶむるいたな])[んの](?:じゃ|では)ない(?:です|でしょう)?か(?:な[あぁ]?)?$"
        ),
        "のではないか",
    ),
    (
        re.compile(
            r"(?<=[うくぐすつぬぶむるいたな])[んの](?:じゃ|では)ないか(?:な[あぁ]?)?(?:と|って)$"
        ),
        "のではないかと思う",
    ),
    (re.compile(r"(?<=[うくぐすつぬぶむるいた])じゃないですか$"), ""),
    (
        re.compile(r"じゃないですか$"),
        "です",
    ),  # 「主役じゃないですか」; a doubt says じゃないんですか
    (re.compile(r"(?<=だろう)な?(?:と|って)$"), "と思う"),
    (re.compile(r"(?<=[うくぐすつぬぶむるいた])(?:っていう|という)(?:ところ|感じ)です$"), ""),
    (re.compile(r"(?<=と)(?:いうふうに|いう風に)(?=思)"), ""),
    (re.compile(r"(?<=と)思って(?:い)?て$"), "思っている"),
    (re.compile(r"[、\s]+$"), ""),
)
_SUMS_UP = re.compile(r"(?<=[うくぐすつぬぶむるいた])(?:っていう|という)ことです$")
_DEFINES = re.compile(r"とは|というのは|のは|ことは|意味は")
_GUESS = re.compile(r"かな[あぁ]?(?:(?:っていう|という)(?:ところ|こと|感じ)(?:です)?|(と|って))?$")
_INTERROGATIVE = re.compile(
    r"どう|どこ|どれ|どの|どんな|どちら|どっち|何|なに|なぜ|誰|だれ|いつ|いくら|いくつ"
)
_OPEN_END = re.compile(
    r"(?:て|で|し|ので|から|と|が|を|に|は|も|の|けど|とか|という|みたいな|たり|たら|なら|ば|き|り)$"
)
_SAYING = frozenset("言う いう 思う 感じる 聞く 伝える 考える 答える 呼ぶ 話す 返す 頼む".split())  # noqa: SIM905
_CONTRACTED = {
    "てる": ("て", "てい"), "でる": ("で", "でい"), "ちゃう": ("ちゃ", "てしま"), "じゃう": ("じゃ", "でしま"),
    "とく": ("と", "てお"), "どく": ("ど", "でお"),
}  # fmt: skip
# The polite stem's last kana in the five-row verbs: before ない, and with た.
_FIVE_ROW = {
    "き": ("か", "いた"), "ぎ": ("が", "いだ"), "し": ("さ", "した"), "ち": ("た", "った"), "に": ("な", "んだ"),
    "び": ("ば", "んだ"), "み": ("ま", "んだ"), "り": ("ら", "った"), "い": ("わ", "った"),
}  # fmt: skip


def clean(sentence: str) -> str:
    """A spoken sentence without fillers, repetitions and softeners, ending in 。 or ？.

    Args:
        sentence: one utterance, repaired.

    Returns:
        Written Japanese; empty where nothing but fillers was said. Cleaning it again changes nothing.
    """
    return _until_stable(sentence, _clean_once)


def _clean_once(sentence: str) -> str:
    text = sentence.strip().lstrip("。、").rstrip("。．,. 、").strip()
    text = _until_stable(text, lambda t: _FILLERS.sub("", t))
    text = _by_word(text)
    # A restart said twice; digits repeat by themselves.
    text = re.sub(r"([^\d〇一二三四五六七八九十百千]{3,12}?)、?\1(?=[はがをにで、])", r"\1", text)
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
    text = _guess(_without_particles(text))
    for pattern, written in _ENDS:
        text = pattern.sub(written, text)
    summed = _SUMS_UP.search(text)
    if summed:
        text = text[: summed.start()] + ("ことです" if _DEFINES.search(text) else "")
    return text


def _without_particles(text: str) -> str:
    """Without よ and ね at the end; the words decide, 積み重ね keeps its ね."""
    words = morph.tokens(text)
    while (
        words and words[-1].pos[1] == "終助詞" and words[-1].surface in {"よ", "ね", "ねえ", "ねぇ"}
    ):
        words.pop()
    return text[: words[-1].end] if words else text


def _guess(text: str) -> str:
    """A guess left hanging, spelled out: 「…かなと」 → と思う, 「…かも」 and 「…かな」 → かもしれない."""
    found = _GUESS.search(text)
    if found:
        stem = text[: found.start()]
        ends = [w.surface for w in morph.tokens(f"{stem}かな")[-2:]]
        if ends != ["か", "な"]:  # 静かな, 確かな
            return text
        if found[1]:
            return f"{stem}かなと思う"
        is_open = stem.endswith("ない") or _INTERROGATIVE.search(stem.rsplit("、", 1)[-1])
        return f"{stem}かな" if is_open else f"{stem}かもしれない"
    is_guess = [w.surface for w in morph.tokens(text)[-2:]] == ["か", "も"]
    return f"{text}しれない" if is_guess else text


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
        elif word.pos[0] == "助動詞" and word.lemma in _CONTRACTED:
            parts.append(word.surface.replace(*_CONTRACTED[word.lemma], 1))
        elif word.surface.strip() or before is None or after is None:
            parts.append(word.surface)
        else:
            parts.append(_pause(before, after))
    return "".join(parts)


def _pause(before: Token, after: Token) -> str:
    """What recognition wrote as a space: between clauses a comma, within one nothing."""
    if before.surface[-1].isascii() and after.surface[0].isascii():
        return " "
    if before.surface in "、。？！!?" or after.surface in "、。？！!?":
        return ""
    ends_clause = before.pos[1] == "接続助詞" or before.surface in {"は", "も", "ので", "で"}
    side_by_side = before.pos[0] == "名詞" and after.pos[0] in {"名詞", "代名詞"}
    return "、" if ends_clause or side_by_side else ""


def without_lead(text: str) -> str:
    """A sentence without the conjunctions and interjections that tie it to the one before."""
    return _until_stable(text, lambda t: _FILLERS.sub("", _LEADS.sub("", t)))


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
    if verb.pos[0] not in {"動詞", "助動詞"} or verb.lemma in _UNSURE:
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
