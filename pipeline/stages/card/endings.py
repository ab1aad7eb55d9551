"""The end of a clause as a sentence of written, plain Japanese.

Layer after layer of what speech wraps around a claim is taken off (〜っていうところがあるんじゃないかなと思って
聞いてました). What carries meaning stays: a negation, and that something is a guess (のではないか, かもしれない, だろう).
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from pipeline import morph
from pipeline.literals import last_characters, literals, may_match
from pipeline.stages.card.spoken import until_stable
from pipeline.stages.card.written import to_plain

_THINK = r"(?:思|おも)(?:います|う|いました|った|っていました|ていた|っていた|っています|っている|っていて|って|ってい)"
_VAGUE = r"(?:こと|ところ|とこ|話|感じ|印象|イメージ|部分|もの|わけ|気)"
_IS = r"(?:です|である|だ)?"
_VERBAL = r"(?<=[うくぐすつぬぶむるいたな])(?<![おこそとのもよろごぞぼ]う)"
_SO = r"(?:いう(?:ふう|風|よう)に)?、?"
_HEARD = r"(?:ちょっと)?(?:(?:今の|お)?話を?|今)?(?:聞いて(?:い)?て?)?、?"
_WRAP = (
    r"(?:、?(?:という|っていう)"
    + _VAGUE
    + r"(?:[もが]?し(?:て(?:い)?(?:ます|る|て)|ます)|[もが]?する)?"
    + _IS
    + ")"
)
_THOUGHT_SO = r"(?:、?(?:と|って|て|という|っていう)" + _SO + _HEARD + _THINK + ")"
# What may hang behind a guess.
_TAIL = f"{_WRAP}?{_THOUGHT_SO}?(?:、?と|って)?$"
_LONG_TAIL = f"(?:{_WRAP}{_THOUGHT_SO}?|{_THOUGHT_SO})(?:、?と|って)?$"
_GUESS_END = "のではないか"


def _text_ends_with(pattern: str) -> frozenset[str]:
    """The last characters of the texts that a pattern can change; none where any may be."""
    return last_characters(pattern) if pattern.endswith("$") else frozenset()


# Tried from the top, again and again until none fits.
_ENDS = tuple(
    (re.compile(pattern), literals(pattern), written, _text_ends_with(pattern))
    for pattern, written in (
        (r"[、。\s]+$", ""),
        (r"、(?:はい|ええ|うん|まあ|なんか|ちょっと)$", ""),
        # What the listener is to agree with: 負けるでしょ, 違うじゃん, 前ですもん
        (r"(?<=[うくぐすつぬぶむるいた])(?:でしょ|じゃん|もん)$", ""),
        (r"(?<=[一-龠々ァ-ヶー])(?:でしょ|じゃん|だもん|ですもん)$", "である"),
        (r"(?<=です|ます|せん|した)もん$", ""),
        (r"(?<=[うくぐすつぬぶむるいただ])よな[あぁ]?$", ""),
        # One's own rule or summary, told like a quotation: 言葉のまま引き継ぐ、と
        (r"(?<=[うくぐすつぬぶむるいた])(?<![おこそとのもよろごぞぼ]う)(?<!たい)、(?:と|って)$", ""),
        (r"(?<=[うくぐすつぬぶむるいた])んだな(?:、?(?:と|って))?$", ""),
        (r"(?<=な)(?<![そこあど]んな)(?<!にな)んだな(?:、?(?:と|って))?$", "@NA"),
        # Not behind a verb, where it may forbid: 口を出すな、って
        (r"(?<=[いただ])な、?(?:と|って)$", ""),
        (r"(?<=[うくぐすつぬぶむる])という(?:ところ|こと|もの)で$", "ことである"),
        (r"(?<=[うくぐすつぬぶむるた])というか$", ""),
        (r"(?<=[うくぐすつぬぶむるいただんです])(?:けれども|けれど|けども|けど)$", ""),
        (r"(?<=です|ます|した|せん)[がし]$", ""),
        (r"(?<=[うくぐすつぬぶむるいた])が$", ""),
        (r"(?<=[うくぐすつぬぶむるいた])かも$", "かもしれない"),
        (r"(?:、|というように|と)?(?:ちょっと)?(?:今の|お)?(?:話を?|今)?聞いて(?:い)?(?:て)?、?" + _THINK + "$", "と思う"),
        (r"(?<=[うくぐすつぬぶむるいた])(?:じゃ|では)ないですか(?:ね|よ)?$", ""),
        (r"(?<![んの])(?:じゃ|では)ないですか(?:ね|よ)?$", "です"),
        (r"と、?(?:ちょっと)?思って(?:聞い|見)て(?:い)?(?:る|た|ました|ます)(?:けど)?$", "と思う"),
        (r"と、?(?:今は|今でも|私は|僕は)?、?(?:考え|思っ)てい(?:る|ます)$", "と思う"),
        (r"(?:だ|である)ということ(?:である|です|だ)?$", "である"),
        (r"(?<=[」か一-龠ァ-ヶ])、?(?:という|っていう)(?:の|こと|ところ)?な?のではないか$", "ではないか"),
        # 安心感がないって言ったらいいんですかね
        (r"(?:と|って)、?(?:言っ|いっ)たら(?:いい|良い)(?:の|ん)?(?:です)?か(?:ね|な[あぁ]?)?$", ""),
        (r"かな[あぁ]?(?:という|っていう)(?:ところ|感じ|話|ふう|風)?かな[あぁ]?" + _THOUGHT_SO + "?$", "かな"),
        # A guess, however it is wrapped.
        (_VERBAL + r"[んの](?:じゃ|では)ない(?:です|でしょう|だろう)?の?か(?:な[あぁ]?|ね)?" + _TAIL, _GUESS_END),
        (_VERBAL + r"(?<!ような)(?:という|って|っていう)?" + _VAGUE + r"(?:なの)?(?:かな[あぁ]?|かも(?:しれない|しれません|しれないです)?|ですかね|(?:じゃ|では)ないか(?:な)?)" + _TAIL, _GUESS_END),
        (_VERBAL + r"の?かな[あぁ]?" + _LONG_TAIL, _GUESS_END),
        (r"(?<=[一-龠ァ-ヶ])(?:なの)?かな[あぁ]?" + _LONG_TAIL, "な" + _GUESS_END),
        (_VERBAL + r"んだ?ろうな?(?:と|って)(?:" + _THINK + ")?$", "のだろう"),
        (_VERBAL + r"んだろう$", "のだろう"),
        (r"(?<=だろう)な?(?:と|って)(?:" + _THINK + ")?$", ""),
        (r"(?<=でしょう)(?:か)?ね$", ""),
        # A claim wrapped in 「ということ」.
        (_VERBAL + r"(?:という)?(?:の|こと|話)が(?:[^、。]{0,8}(?:の中|中)で)?出て(?:き|い)(?:て(?:い)?(?:る|た|て|ます|ました)?|た|ました)$", ""),
        (r"(?<=[うくぐすつぬぶむるいた])(?:という|っていう|みたいな|ような)?(?:こと|ところ|とこ|の|部分)が(?:やっぱり)?(?:あって|あり|ある|あります|あった|ありました|ありまして)$", "@ARU"),
        (r"(?<=[うくぐすつぬぶむるいた])、?(?:という|っていう)ことな?(?:んです|のです|んだ)?(?:です|だ|である)?$", "@SUM"),
        (r"(?<=[うくぐすつぬぶむるいた])(?:という|っていう|みたいな)" + _VAGUE + r"(?:です|だ|である|だった|でした|になる|になります|になって|になってくる|になってきます)?$", ""),
        (r"(?<=[うくぐすつぬぶむるいた])(?:わけ|ん|の)(?:です|だ|である|でした|だった)?な?$", ""),
        (r"(?<=な)(?<![そこあど]んな)(?<!にな)(?:わけ|ん|の)(?:です|だ|である)?な?$", "@NA"),
        (r"(?<=[一-龠々ァ-ヶー])、?という(?:こと|わけ|話|感じ)(?:です|だ|である)?$", "である"),
        (r"(?<![てで])みたいな(?:こと|感じ|の|話|ところ)?(?:です|だ)?(?:ね|よね)?$", ""),
        (r"(?<=[うくぐすつぬぶむるいただ])(?:と|って|という|っていう)(?:いう(?:ふう|風|よう)に)?$", ""),
        (r"(?:かな[あぁ]?)(?:と|って)?(?:" + _THINK + ")?$", "@KANA"),
        (r"(?:という|っていう)気(?:も|が)(?:し(?:て(?:い)?(?:ます|る|て)|ます)|する)$", "と感じる"),
        (r"(?:という|というよう|いう)に(?=思)", "と"),
        (r"と(?:いうふうに|いう風に|いうように)(?=思)", "と"),
        # 思っていた stays: what somebody used to think
        (r"と(?:は|も)?思って(?:い)?(?:て|まして|る|ます)$", "と思う"),
        (r"と(?:は|も)?(?:思います|思いました|思ったんです|思った|思うの|思うん)$", "と思う"),
        (r"のようなもの(?:です|だ)?$", "のようなものである"),
        (r"(?<!の)(?:ような|みたいな)(?:の|もの|こと)(?:です|だ)?$", ""),
    )
)  # fmt: skip
_PARTICLES = ("よ", "ね", "ねえ", "ねぇ", "さ", "わ")
_DEFINES = re.compile(r"とは|(?:という|っていう)の[はが]|[^てで]は(?![^、]*、)|意味は")
_VOLITIONAL = re.compile(r"[おこそとのもよろごぞぼ]う$")
_THOUGHT = re.compile(r"(?:と|って)(?:は|も)?思(?:う|っている|った)$")
_INTERROGATIVE = re.compile(
    r"どう|どこ|どれ|どの|どんな|どちら|どっち|何|なに|なぜ|誰|だれ|いつ|いくら|いくつ"
)
# Whose thought it is: another's 「思っている」 is what is told, not the speaker's opinion.
_OTHERS = re.compile(
    r"(?:客|さん|顧客|先方|相手|彼|彼女|上司|社長|担当|本人|皆|人|側|向こう|現場|社員|若手)(?:たち|ら|者)?(?:は|が|も)(?![^、]*、(?:私|僕)は)"
)


@dataclass(frozen=True, slots=True)
class Ending:
    """A sentence without its full stop; ``is_opinion``: the speaker said 「と思う」 around it."""

    text: str
    is_opinion: bool

    @property
    def spelled_out(self) -> str:
        """The sentence with its 「と思う」, unless it is marked as a guess anyway."""
        is_marked = self.text.endswith(
            ("のではないか", "だろう", "かもしれない", "と感じる", "かな")
        )
        return self.text if is_marked or not self.is_opinion else f"{self.text}と思う"


@functools.lru_cache(maxsize=2048)
def finish(text: str) -> Ending:
    """A clause as a plain sentence without its full stop.

    Args:
        text: a clause or several, the last in its final form.

    Returns:
        The sentence: 「望ましいのじゃないのかなというように思う」 → 「望ましいのではないか」.
    """
    text = until_stable(text, _peel)
    stem = _THOUGHT.sub("", text)
    if stem == text or _OTHERS.search(stem):
        return Ending(_plain(text), is_opinion=False)
    return Ending(_plain(until_stable(stem, _peel)), is_opinion=True)


@functools.lru_cache(maxsize=1024)
def _ends_with(last: str) -> list[tuple[re.Pattern[str], tuple[str, ...], str]]:
    """Those of the endings that a text with this last character may have."""
    return [
        (p, needed, written) for p, needed, written, chars in _ENDS if not chars or last in chars
    ]


def _peel(text: str) -> str:
    text = _without_particles(text)
    for pattern, needed, written in _ends_with(text[-1:]):
        found = pattern.search(text) if may_match(needed, text) else None
        if not found or found.start() == 0:
            continue
        stem = text[: found.start()]
        if written == "と思う" and _OTHERS.search(stem):
            continue
        if written == "@ARU":
            return stem if not _is_happening(stem, found[0]) else text
        if written == "@SUM":
            return f"{stem}ことである" if _DEFINES.search(stem) else stem
        if written == "@NA":
            return f"{stem[:-1]}だ"
        if written == "@KANA":
            return _guess(stem)
        return stem + written
    return text


def _is_happening(stem: str, wrapped: str) -> bool:
    """「炎上させたことがあって」 tells what happened once; 「良くないところがあって」 wraps a claim."""
    return stem.endswith(("た", "だ")) or ("こと" in wrapped and not stem.endswith("い"))


def _guess(stem: str) -> str:
    ends = [w.surface for w in morph.tokens(f"{stem}かな")[-2:]]
    if ends != ["か", "な"]:  # 静かな, 確かな
        return f"{stem}かな"
    is_open = (
        stem.endswith("ない")
        or _VOLITIONAL.search(stem)
        or _INTERROGATIVE.search(stem.rsplit("、", 1)[-1])
    )
    return f"{stem}かな" if is_open else f"{stem}かもしれない"


def _without_particles(text: str) -> str:
    """Without よ, ね, さ at the end; the words decide, 積み重ね keeps its ね."""
    if not text.endswith(_PARTICLES):
        return text  # most: their words need not be looked up
    words = morph.tokens(text)
    end = len(words)
    while end and words[end - 1].pos[1] == "終助詞" and words[end - 1].surface in _PARTICLES:
        end -= 1
    return text[: words[end - 1].end] if end else text


def _plain(text: str) -> str:
    """The plain final form: a polite ending, or a verb that ran on (整理し → 整理する)."""
    text = to_plain(text)
    words = [w for w in morph.tokens(text) if w.surface.strip()]
    if not words:
        return text
    last = words[-1]
    if last.surface == "ん":
        return text
    if last.pos[5].startswith(("連用形", "未然形")) and last.pos[0] in {"動詞", "形容詞", "助動詞"}:
        if last.lemma == "だ":
            return text[: last.start] + ("ではない" if last.surface == "では" else "である")
        if last.lemma == "た" or (last.lemma == "たい" and last.surface[0] != "た"):  # 離れとう
            return text
        return text[: last.start] + last.lemma
    if last.surface in {"です"}:
        return text[: last.start] + "である"
    if (
        last.surface == "だ"
        and last.pos[0] == "助動詞"
        and last.lemma == "だ"
        and len(words) > 1
        and words[-2].pos[0] in {"名詞", "形状詞", "接尾辞", "代名詞"}
    ):
        return text[: last.start] + "である"
    return text
