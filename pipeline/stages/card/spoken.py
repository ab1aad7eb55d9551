"""What only speech says inside a sentence, put as one writes it; nothing that is claimed changes.

Fillers, pauses and words here, by their class; the rows of patterns in ``spoken_rules``.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pipeline import morph
from pipeline.literals import literals, may_match
from pipeline.morph import Token
from pipeline.stages.card.dialect import standard
from pipeline.stages.card.spoken_rules import RULES

# A filler is one only where a pause or the place shows it.
_FILLERS = re.compile(
    r"(?:(?<=^)|(?<=[、。\s]))(?:えーっと|えっと|えーと|ええと|えー|うーん|んー|あのー+|あの(?=、)|ま[あぁ]、?(?!ま[あぁ])"
    r"|なんか(?!あ[るっりれ]|起き|困)|なんていうか|何ていうか|なん(?:て|と)(?:いう|言う)ん(?:です|でしょう)(?:か)?ね?|(?:なん|何)だろう(?:な|ね)?(?=[、\s])|もう(?=、)|こう(?=、)|その(?=、)"
    r"|(?:この|あの)(?=、)|(?:はい|うん|ええ)(?=[、。\s])|(?:ああ|あー|おー)(?=[、\s])|そうですね(?=[、。])|そうっすね|で(?=、)|でですね|ですね(?=、)"
    r"|(?:[あは]は|ふふ|へえ|へー|うわ|おお|ほう|なるほど)[あはふーっ]*(?=[、。\s])|要は|あのね|ほんで|ほんなら|せやから|せやけど|なんや(?=、)|いやいや|いや(?=、))[、。\s]*"
)
# Adverbs of speech that weigh nothing; やはり and 一応 only seem to.
_IDLE = re.compile(
    r"やっぱり?|やはり|なんか(?!し|あ[るっりれ]|起き|困)|ある種|いわゆる|パッと|ぱっと|ほんとに|本当に(?=、)|一応|とりあえず(?=、)|けっこう(?=、)|普通に(?=、)"
    r"|(?<!もう)(?<![もすほ])ちょっと(?!し[たて]|ず|の|で|だけ|前|後)、?"
)
_SAID_TWICE = re.compile(
    r"([^\d〇一二三四五六七八九十百千、。]{3,12}?)(?:、|(?<=[一-龠ァ-ヶ]))\1(?=[はがをにで、])"
)
_TOPIC_TWICE = re.compile(r"([一-龠ァ-ヶー]{1,8}(?:[はがをにもで]|って))、\1")
# What somebody takes back in the middle of a sentence.
_TAKEN_BACK = re.compile(r"(?<=、)いや、?(?:そう|そこ|それ)(?:じゃ|では)なくて、")
# What follows a pause with という takes up one clause: then the pause goes; or words as they were said.
_NAMED_CLAUSE = re.compile(
    r"(?<=[うくぐすつぬぶむるたいか])(?<!ます)(?<!でしょうか)(?<!ますか)、(?=という)"
)
_POLITE = r"[^、。「」]{2,22}?(?:ます|ません|ました|です|でした|ましょう|でしょうか|[でま]すか|ませんか|[でま]す[よね]|さい)"
_POLITE_ENDS = literals(_POLITE)
_SAID_POLITELY = re.compile(
    rf"(?:(?<=^)|(?<=[、。]))((?:{_POLITE}、)*{_POLITE})、(?=という|と[、一-龠]|って[、い一-龠]|の[二三四五]つ|に変わ|だけ)"
)
_FINITE = re.compile(r"[うくぐすつぬぶむるた]、")
_COMMAS = re.compile(r"、{2,}")
# Words of somebody, told as they were said: quoted, so that nobody takes them for the speaker's own.
_SAID = re.compile(
    r"(?:(?<=^)|(?<=[、。」]))([^、。「」]{3,32}?(?:か|よね?|ね|さい|かも|たい|って何))、?(みたいな、?(?=[^、。はがをもに])|って(?=言|聞|質問|尋|返|伝|答|頼|相談|お願い|お伝え|お聞き|伺|書|送|怒|叱|謝|電話|メール))"
)
# Everyday words for which a page has others; the meaning is the same.
_WORDS = {
    "あんまり": "あまり", "ちゃんと": "きちんと", "めちゃくちゃ": "非常に", "めちゃめちゃ": "非常に", "むちゃくちゃ": "非常に", "むちゃむちゃ": "非常に",
    "すごく": "とても", "すごい": "すごい", "どっち": "どちら", "こっち": "こちら", "そっち": "そちら", "いろんな": "さまざまな",
    "なんで": "なぜ", "みんな": "皆", "やつ": "もの", "一個": "一つ", "二個": "二つ", "三個": "三つ", "ぜんぶ": "全部",
}  # fmt: skip
_NAMED = frozenset("人 方 言葉 会社 もの 名前 状態 話 やつ 意味 形 部署 サービス 制度".split())  # noqa: SIM905
_SAYING = frozenset(
    [
        "言う",
        "いう",
        "思う",
        "感じる",
        "聞く",
        "伝える",
        "考える",
        "答える",
        "呼ぶ",
        "話す",
        "返す",
        "頼む",
        "決める",
        "書く",
    ]
)
_CONTRACTED = {
    "てる": ("て", "てい"), "でる": ("で", "でい"), "ちゃう": ("ちゃ", "てしま"), "じゃう": ("じゃ", "でしま"),
    "とく": ("と", "てお"), "どく": ("ど", "でお"),
}  # fmt: skip


# Classes of words of which only those of _WORDS are written otherwise.
_AS_IT_IS = frozenset(["名詞", "代名詞", "形容詞", "副詞", "形状詞", "接尾辞", "接頭辞", "連体詞"])


# Where none of these stands, no word is written otherwise, and they need not be told apart.
_BY_WORD = re.compile(
    r"って|\s|[てで][てねるたまなれろりんよそへずぬしきはもとか]|ちゃ|じゃ|[とど][くいかけこき]|んな|[ねさ]、|"
    + "|".join(_WORDS)
)


def write_inside(sentence: str) -> str:
    """A spoken sentence with fillers, idle adverbs and spoken joints gone; its end is left as it is.

    Args:
        sentence: one utterance, repaired.

    Returns:
        The sentence; empty where nothing but fillers was said. Doing it again changes nothing.
    """
    return until_stable(standard(sentence.strip()), _once)


def until_stable(text: str, change: Callable[[str], str]) -> str:
    """Apply a change until nothing changes any more (six times at most: rules never undo each other)."""
    for _ in range(6):
        before, text = text, change(text)
        if text == before:
            break
    return text


def without_fillers(text: str) -> str:
    """Without the words of hesitation that a pause or the place marks as such."""
    return until_stable(text, lambda t: _FILLERS.sub("", t))


def _once(text: str) -> str:
    text = without_fillers(_TAKEN_BACK.sub("", text.lstrip("。、 ")))
    # What each of them needs is looked for first: the searches are dear.
    if "って" in text or "みたいな" in text:
        text = _SAID.sub(
            lambda m: f"「{m[1]}」" + ("という" if m[2].startswith("み") else "と"), text
        )
    if may_match(_POLITE_ENDS, text):
        text = _SAID_POLITELY.sub(r"「\1」", text)
    if "、という" in text:
        text = _NAMED_CLAUSE.sub(lambda m: "、" if _FINITE.search(text[: m.start()]) else "", text)
    text = _by_word(text)
    text = _IDLE.sub("", text)
    # A restart said twice; digits repeat by themselves.
    text = _SAID_TWICE.sub(r"\1", text)
    text = _COMMAS.sub("、", text)
    text = _TOPIC_TWICE.sub(r"\1", text)
    for pattern, needed, written in RULES:
        if may_match(needed, text):
            text = pattern.sub(written, text)
    return text


def _by_word(text: str) -> str:
    """Spoken particles and pauses as written ones: 「って言う」 → 「と言う」, a pause → a comma or none.

    The words decide, not the letters: the って of 持って is no particle.
    """
    if not _BY_WORD.search(text):
        return text
    words = morph.tokens(text)
    parts: list[str] = []
    quoted = 0
    for at, word in enumerate(words):
        if word.pos[0] in _AS_IT_IS and word.surface not in _WORDS:
            parts.append(word.surface)
            continue
        quoted += word.surface.count("「") - word.surface.count("」")
        before = words[at - 1] if at else None
        after = words[at + 1] if at + 1 < len(words) else None
        if word.surface == "って" and word.pos[0] == "助詞":
            is_apart = before is not None and before.surface == "、" and at > 1
            is_said = after is not None and is_apart and _is_whole(words[at - 2])
            parts.append("と" if is_said else _particle(before, after))
        elif word.pos[0] == "助動詞" and word.lemma in _CONTRACTED and not _is_denial(word, before):
            spelled = word.surface.replace(*_CONTRACTED[word.lemma], 1)
            if spelled.endswith("いん"):  # 決まってんの: 決まっているの
                is_noun = after is not None and after.surface == "の"
                spelled = spelled[:-1] + ("る" if is_noun else "るん")
            parts.append(spelled)
        elif word.surface in _WORDS and not quoted:
            parts.append(_WORDS[word.surface])
        elif not word.surface.strip() and before is not None and after is not None:
            parts.append(_pause(before, after))
        elif not _is_calling(word, before, after):
            parts.append(_stem(word, after))
    return "".join(parts)


def _is_denial(word: Token, before: Token | None) -> bool:
    """The ちゃう of んちゃう is 違う, the じゃった of 名前じゃった だった: only behind a verb it is てしまう."""
    return word.lemma in {"ちゃう", "じゃう"} and (
        before is None or before.pos[0] not in {"動詞", "助動詞"}
    )


def _is_calling(word: Token, before: Token | None, after: Token | None) -> bool:
    """A ね or さ that only holds the listener inside a sentence: 続くかどうかはね、まだ分からない."""
    return (
        word.surface in {"ね", "さ"}
        and word.pos[1] == "終助詞"
        and before is not None
        and before.pos[1] in {"格助詞", "係助詞", "副助詞", "接続助詞"}
        and after is not None
        and after.surface == "、"
    )


def _stem(word: Token, after: Token | None) -> str:
    """A verb's stem before ない as one writes it: わかんない → わからない, 足んない → 足りない."""
    is_slurred = (
        word.pos[0] == "動詞"
        and word.surface.endswith("ん")
        and word.pos[5].startswith("未然形")
        and after is not None
        and after.surface.startswith("な")
    )
    row = {"五段-ラ行": "ら", "上一段-ラ行": "り"}.get(word.pos[4]) if is_slurred else None
    return word.surface[:-1] + row if row else word.surface


def _particle(before: Token | None, after: Token | None) -> str:
    """What a spoken って is: と before a verb of saying, は behind a noun that is the topic."""
    if after is None or before is None:
        return "って"
    if after.lemma in _SAYING or after.norm in {"言う", "思う"}:
        return "と"
    if (before.pos[1] == "終助詞" and after.surface not in "、。") or before.surface == "」":
        return "と"
    if before.pos[0] in {"名詞", "接尾辞"} and after.surface in _NAMED:
        return "という"
    if _is_said(before, after):
        return "と"
    is_topic = before.pos[0] in {"名詞", "代名詞", "接尾辞"} and before.pos[1] != "形状詞可能"
    if is_topic and after.surface not in {"の", "か", "こと"} and after.pos[0] != "助詞":
        return "は"
    return "って"


def _is_said(before: Token, after: Token) -> bool:
    """A って behind what is a sentence by itself: 走りすぎてたのかなって、振り返る; 載ってないって分かる."""
    if after.surface == "、":  # 入るって、 is no 入ると、, which is a condition
        is_past = before.lemma == "た" or before.pos[5].startswith("意志")
        return (before.pos[1] == "終助詞" and _is_whole(before)) or is_past
    return after.pos[0] == "動詞" and _is_whole(before)


def _is_whole(last: Token) -> bool:
    """Whether a sentence may end with this word."""
    if last.pos[1] == "終助詞":
        return last.surface in {"な", "よ", "ね", "ぞ", "や", "わ"}
    return (
        last.pos[0] in {"動詞", "助動詞"}
        and last.lemma != "だ"
        and last.pos[5].startswith(("終止形", "意志"))
    )


def _pause(before: Token, after: Token) -> str:
    """What recognition wrote as a space: between clauses a comma, within one nothing."""
    if before.surface[-1].isascii() and after.surface[0].isascii():
        return " "
    if before.surface in "、。？！!?" or after.surface in "、。？！!?":
        return ""
    ends_clause = before.pos[1] == "接続助詞" or before.surface in {"は", "も", "ので", "で"}
    side_by_side = before.pos[0] == "名詞" and after.pos[0] in {"名詞", "代名詞"}
    return "、" if ends_clause or side_by_side else ""
