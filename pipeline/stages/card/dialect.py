"""Western Japanese as the standard language has it: 書かへん → 書かない, 決まっとる → 決まっている, 順番やねん → 順番だ.

Only what means one thing is changed: 返せへん (will not, cannot) stays, and so does what the dictionary does not know.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import NamedTuple

from pipeline import morph
from pipeline.morph import Token

# Without one of these there is nothing to do, and most speech has none.
_MARK = re.compile(
    r"へん|ねん|や(?:[ろんけでしねなのう]|と[思言]|って|った|。|$)|あかん|とる|(?<=[っしいれえけねめ])と[うっ]|どる|ええ(?![、と])|けん|は[るっ]|おる|おら|お[っん]|うた|うて|」、?て|もろ|(?<=[かがさたなばまらわれせけおえい])ん(?=[、。とけで時な]|$)"
)
# Words that no standard sentence holds; the dictionary does not know them.
_SPELLED = tuple(
    (re.compile(pattern), written)
    for pattern, written in (
        (r"(?<=」)、?て(?=言|聞|訊|書|返)", "と"),
        (r"(?<=[しっいきえれけせげべめねり見来出])て(?=へん)", "てい"),
        (r"(?<=[しっいきえれけせげべめねり見来出])てん(?=けど|。|$|な[。、])", "た"),
        (r"(?<=[るたいなう])んや(?=って|な[とっ。、]|と|[。、]|$)", "んだ"),
        (r"(?<=[すた])よって(?=[、。]|$)", "から"),
        (r"(?:(?<=れ)|(?<=わ)|(?<=[^ま]せ))んで(?=、)", "ないで"),
        (r"なあ?あかん", "なければいけない"),
        (r"たらあかん", "てはいけない"),
        (r"だらあかん", "ではいけない"),
        (r"(?<=[てで])(?:は)?あかん", "はいけない"),
        (r"(?<=は)あかん", "だめだ"),
        (r"(?<=が)(いちばん|一番)?あかん", r"\1いけない"),
        (r"(?<=[うくぐすつぬぶむるいた])やん(?:か|な)?(?=[、。]|$)", ""),
        (r"(?<=[一-龠々ァ-ヶーりの])やん(?:か|な)?(?=[、。]|$)", "だ"),
        (r"(?<=[一-龠々ァ-ヶー」ん])やで(?=[、。]|$)", "だ"),
        (r"あきません", "いけません"),
        (r"あかん(?=[、。]|$)", "だめだ"),
        (r"(?<=[とばはも])いかん(?=[のかで。、]|$|と)", "いけない"),
        (r"や(?:のうて|なくて)", "ではなくて"),
        (r"(?<=[一-龠々ァ-ヶんのけ])や(?=な(?:い|かった)(?:[。、けとのよで]|$|ねん))", "では"),
        (r"(?<=[一-龠々ァ-ヶん])やのに", "なのに"),
        (r"(?<=[、はが])ええ(?=[一-龠])", "いい"),
        (r"おらんく(?=な[っるりら])", "いなく"),
        (r"らんく(?=な[っるりら])", "らなく"),
        (r"(?<=せい)ちゃう", "ではない"),
        (r"(?<=[はがとも])ちゃう(?=[。、け]|$|ねん)", "違う"),
        (r"(?<=[がはも一-龠り])あんねん", "あるねん"),
        (r"(?<=[てで])もええ(?=[、。]|$|ねん|ん|と|し|け|か)", "もいい"),
        (r"(?<=っ)とう(?=[、。よけし]|$)", "ている"),
        (r"(?<=[うくぐすつぬぶむるいただか])けん(?=[、。]|$)", "から"),
        (r"(?<=[うくぐすつぬぶむるいたん])とよ(?=[、。]|$)", ""),
        (r"見とっ(?=[たて])", "見てい"),
        (r"見とる", "見ている"),
        (r"見へん", "見ない"),
    )
)
_COPULA = {"や": "だ", "やっ": "だっ", "やろ": "だろう", "やろう": "だろう"}
_NOT = {"へん": "ない", "へんかっ": "なかっ"}
_STEMS = {"せえ": "し", "けえ": "こ", "あら": ""}
_GOING_ON = {"とる": "ている", "とっ": "てい", "とら": "てい", "どる": "でいる", "どっ": "でい"}
_BEING = {"おる": "いる", "おっ": "い", "おら": "い"}
_CONTRACTED = "連用形-ウ音便"
_HONOUR = {"はる": "る", "はっ": "", "はり": ""}
# Words that a rule may change, besides contracted forms.
_CHANGED = frozenset(
    [*_COPULA, *_NOT, *_GOING_ON, *_BEING, *_HONOUR, "ちゃう", "ねん", "ん", "ええ", "で"]
)


class _Seen(NamedTuple):
    """A word with those around it."""

    before: Token | None
    word: Token
    after: Token | None
    behind: Token | None


# What stands for a word, and how many words before it that takes in (0 or 1); None: as it is.
_Written = tuple[int, str] | None


@functools.lru_cache(maxsize=1024)  # a quote's sentences are checked many times
def standard(text: str) -> str:
    """A sentence with western forms as the standard language has them; others stay as they are."""
    if not _MARK.search(text):
        return text
    for pattern, written in _SPELLED:
        text = pattern.sub(written, text)
    words = [None, *morph.tokens(text), None, None]
    parts: list[str] = []
    for before, word, after, behind in zip(words, words[1:], words[2:], words[3:], strict=False):
        if word is None:
            break
        taken, written = 0, word.surface
        if written in _CHANGED or word.pos[5] == _CONTRACTED:
            seen = _Seen(before, word, after, behind)
            found = (found for rule in _RULES if (found := rule(seen)) is not None)
            taken, written = next(found, (0, written))
        if taken:
            parts[-1] = ""
        parts.append(written + text[word.end : after.start if after else None])
    return "".join(parts)


def _copula(seen: _Seen) -> _Written:
    """順番や, 対等やと思う, 行くやろ, 店長のせいやない, こっちちゃうかな."""
    before, word, after, behind = seen
    is_noun = before is not None and before.pos[0] in {"名詞", "接尾辞", "形状詞", "代名詞"}
    if word.lemma == "ちゃう" and word.surface == "ちゃう" and is_noun:
        return 0, "ではない"
    if word.pos[0] == "助動詞" and word.lemma == "や" and word.surface in _COPULA:
        if after is not None and after.norm == "無い":
            return 0, "では"
        if after is not None and after.surface == "のに":
            return 0, "な"
        is_verbal = before is not None and before.pos[0] in {"動詞", "形容詞", "助動詞"}
        return None if is_verbal and word.surface == "や" else (0, _COPULA[word.surface])
    is_last = after is None or after.surface == "。"
    is_thought = (
        after is not None
        and after.surface == "と"
        and behind is not None
        and behind.lemma in {"思う", "言う"}
    )
    return (0, "だ") if word.surface == "や" and is_noun and (is_last or is_thought) else None


def _explaining(seen: _Seen) -> _Written:
    """要んねん → 要る, 見てんねん → 見ている, 順番やねん → 順番だ."""
    before, word = seen.before, seen.word
    if word.surface != "ねん" or word.pos[1] != "終助詞":
        return None
    if before is None or before.surface == "ん" or not before.pos[5].endswith("撥音便"):
        return 0, ""
    return 1, "ている" if before.lemma == "てる" else before.lemma


def _denied(seen: _Seen) -> _Written:
    """書かへん, 動けん; not ません, すまん, 言わんばかり, やらんとする."""
    before, word, after, behind = seen
    if word.pos[0] != "助動詞" or before is None:
        return None
    if word.surface == "ん" and after is not None and after.surface == "ねん":
        return 1, before.lemma  # 言えんねん: 言えるのだ
    if word.surface in _NOT and before.surface in _STEMS:
        return 1, _STEMS[before.surface] + _NOT[word.surface]
    if (before.surface, word.surface) == ("いか", "ん"):
        return 1, "いけない"
    is_unknown = before.surface == "あか" or (before.surface == "とら" and before.pos[0] == "動詞")
    if is_unknown or not _is_stem(before):
        return None
    if word.surface in _NOT:
        is_running_on = after is not None and after.surface in {"く", "くて"}  # できへんくて
        return 0, "な" if is_running_on else _NOT[word.surface]
    is_other = before.lemma in {"ます", "済む", "くる"} or (
        after is not None
        and (
            after.surface == "ばかり"
            or (after.surface == "と" and behind is not None and behind.lemma == "する")
        )
    )
    if (word.surface, word.lemma) != ("ん", "ぬ") or is_other:
        return None
    return 0, "な" if after is not None and after.surface == "かっ" else "ない"


def _is_stem(verb: Token) -> bool:
    """Whether a form is the one that ない follows: 返せへん may be 返さない or 返せない."""
    is_one_row = verb.pos[4].startswith(("上一段", "下一段", "助動詞-レル"))
    return verb.pos[0] in {"動詞", "助動詞"} and (
        verb.pos[5].startswith("未然形") or (is_one_row and verb.pos[5].startswith("連用形"))
    )


def _going_on(seen: _Seen) -> _Written:
    """決まっとる → 決まっている, 人がおる → 人がいる; おられる is no western form."""
    word, after = seen.word, seen.after
    if word.pos[0] == "助動詞" and word.lemma in {"とる", "どる"} and word.surface in _GOING_ON:
        return 0, _GOING_ON[word.surface]
    is_honour = after is not None and after.lemma == "れる"
    is_being = word.lemma == "おる" and word.surface in _BEING and not is_honour
    return (0, _BEING[word.surface]) if is_being else None


def _honour(seen: _Seen) -> _Written:
    """言わはる → 言う, くれはった → くれた, 怒ってはる → 怒っている."""
    before, word = seen.before, seen.word
    if word.pos[0] != "助動詞" or word.lemma != "はる" or before is None:
        return None
    if before.surface in {"て", "で"} and word.surface in _HONOUR:
        return 0, "いる" if word.surface == "はる" else "い"
    if word.surface == "はる":
        return 1, before.lemma
    is_one_row = before.pos[4].startswith(("上一段", "下一段"))
    return (0, _HONOUR[word.surface]) if word.surface in _HONOUR and is_one_row else None


def _spelled(seen: _Seen) -> _Written:
    """言うた → 言った, 早うて → 早くて, ほうがええ → ほうがいい; a で that urges behind a whole sentence goes."""
    before, word, after, _ = seen
    if word.pos[5] == _CONTRACTED and after is not None and after.surface[0] in "たて":
        return 0, word.lemma[:-1] + ("っ" if word.pos[0] == "動詞" else "く")
    if before is None:
        return None
    if word.surface == "ええ" and word.pos[0] == "形容詞" and before.surface != "、":
        return 0, "いい"
    is_last = after is None or after.surface == "。"
    is_urging = word.surface == "で" and is_last and before.pos[5].startswith(("終止形", "連体形"))
    return (0, "") if is_urging else None


_RULES: tuple[Callable[[_Seen], _Written], ...] = (
    _copula, _explaining, _denied, _going_on, _honour, _spelled
)  # fmt: skip
