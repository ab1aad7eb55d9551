"""Reads what a claim asserts from one written sentence."""

from __future__ import annotations

import math
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pipeline import morph, vectors
from pipeline.claims.lexicon import Lexicon, lexicon
from pipeline.morph import Token

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CONTENT = frozenset({"名詞", "動詞", "形容詞", "形状詞", "代名詞", "副詞"})
_NOUNS = frozenset({"名詞", "代名詞", "形状詞"})
_IDLE = frozenset(
    ["為る", "有る", "居る", "成る", "仕舞う", "行く", "来る", "無い", "事", "物", "の", "為", "様", "訳", "筈", "所",
     "下さる", "呉れる", "貰う", "言う", "思う", "出来る", "其れ", "此れ", "掛かる", "得る", "知れる", "因る", "対する", "限る", "置く", "おく",
     "よう", "様", "こと", "くる", "いく", "いる", "ある"]
)  # fmt: skip
# The vectors' rows stand in the order of how common a word is in general language.
_COMMONEST, _RAREST = 20, 20_000
_UNKNOWN = 0.95
_ORDINARY, _FREQUENT = 0.25, 0.6
_LEAST = 0.1
_PREDICATE = 1.3

# What looks like a denial and is none, and what denies without a word for no.
_DUTY = re.compile(
    r"だけ(?:で|じゃ|では)なく|ばかりで(?:は)?なく|な(?:ければ|きゃ|くては|くちゃ|いと)(?:なら|いけ|だめ|ダメ|駄目|困)(?:ない|なく|なか|ません|る)?|ねば(?:なら|いけ)(?:ない|ません)?"
    r"|ざるを得(?:ない|ません)|欠かせ(?:ない|ません)|欠かさず|間違い(?:が)?(?:ない|ありません)|[んの]?(?:じゃ|では)(?:ない|ありません)(?:です|でしょう)?か"
    r"|に(?:すぎ|過ぎ)(?:ない|ません)|(?<=しか)[^、。]{0,8}?(?:ない|ません)"
)
_GUESS = re.compile(
    r"かもしれ(?:ない|なく|ません)|かも(?=$|[。、」と])|(?:だろう|でしょう)(?=と|$|。|か)|のではないか|気が(?:する|し)|らしい(?=$|。)|ようだ(?=$|。)|可能性が"
)
_FORBIDS = re.compile(
    r"(?:て|で)は?(?:いけ|なら)(?:ない|ません)|ちゃ(?:いけ|だめ|ダメ|駄目)(?:ない|ません)?|(?:たら|ては|では|のは|こと は|と)(?:だめ|ダメ|駄目|禁物|まずい)"
    r"|べきで(?:は)?(?:ない|ありません)|(?:のは|ことは|のを|ことを|ほうは)?(?:避ける|控える|よくない|良くない|まずい|禁物)|不要|(?:だめ|ダメ|駄目)(?=で|だ|$)"
)
_SELF = frozenset({"自身", "自分", "達"})
_DENIALS = frozenset({"ない", "無い", "ず", "ぬ", "ん", "まい"})
_IF = frozenset({"と", "ば"})
_NO_NUMBER = frozenset({("一", "緒"), ("一", "つ"), ("一", "度"), ("一", "番")})
_SAYS = frozenset({"言う", "思う", "考える", "聞く", "の", "は", "も", "共"})
_IF_ENDINGS = frozenset({"たら", "だら", "なら"})
_WHEN = frozenset({"場合", "限り", "時", "際", "前", "後", "内", "程"})
_WIDE = str.maketrans("０１２３４５６７８９〇一二三四五六七八九", "01234567890123456789")
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}


@dataclass(frozen=True, slots=True)
class Word:
    """A content word: its concept (words that say the same share one), the form and
    row of its vector, weight, and case.

    ``case`` is the particle behind it (が, を, に, …, empty where none), ``in_condition`` whether it
    stands in the condition of the claim.
    """

    concept: str
    form: str
    row: int | None
    weight: float
    case: str
    in_condition: bool
    is_noun: bool


@dataclass(frozen=True, slots=True, eq=False)
class Assertion:
    """A claim: its words in order, and what decides whether it can be one with another.

    ``sides`` counts the words of which only one can hold by (axis, side), ``denied`` the words denied or
    forbidden; ``numbers`` are in Arabic digits with the counter behind them, ``agents`` who acts:
    ``ours`` or ``theirs``. ``codes`` (of concepts), ``weights`` and ``vectors`` are its words as arrays.
    """

    words: tuple[Word, ...]
    denied: frozenset[str]
    is_guess: bool
    numbers: frozenset[str]
    sides: Mapping[tuple[int, int], int]
    agents: frozenset[str]
    has_condition: bool
    codes: NDArray[Any]
    weights: NDArray[Any]
    vectors: NDArray[Any]


def read(text: str) -> Assertion:
    """What a claim asserts.

    Args:
        text: one written sentence, as in a title.

    Raises:
        ModelError: the dictionary or the word vectors are missing.
    """
    known = lexicon()
    guess = _GUESS.search(text)
    plain = _GUESS.sub("", text)
    words = morph.tokens(plain)
    condition_ends = _condition_end(words)
    content = [n for n, word in enumerate(words) if _counts(word)]
    found = [
        Word(
            known.concept.get(w.norm, w.norm), _form(w), vectors.token_row(w),
            _weight(w, known) * (_PREDICATE if n == content[-1] else 1.0),
            _case(words, n), w.end <= condition_ends, w.pos[0] in _NOUNS,
        )
        for n in content for w in (words[n],)
    ]  # fmt: skip
    return make_assertion(
        tuple(found),
        denied=_denied(plain, words, content, known),
        is_guess=guess is not None,
        numbers=frozenset(_numbers(words)),
        sides=_sides(words, known),
        agents=frozenset(_agents(words, known)),
        has_condition=condition_ends > 0,
    )


def make_assertion(words: tuple[Word, ...], **found: Any) -> Assertion:
    """A claim of its words and the other attributes of :class:`Assertion`, its arrays made of them.

    Raises:
        ModelError: the word vectors are missing.
    """
    import numpy as np

    table = np.zeros((len(words), vectors.dimensions()), dtype=np.float32)
    for number, word in enumerate(words):
        if word.row is not None:
            table[number] = vectors.vector(word.form)
    return Assertion(
        words=words,
        codes=np.array([zlib.crc32(w.concept.encode()) for w in words], dtype=np.uint32),
        weights=np.array([w.weight for w in words], dtype=np.float64),
        vectors=table,
        **found,
    )


def _condition_end(words: Sequence[Token]) -> int:
    """Where the condition of a claim ends; 0 where there is none."""
    ends = [
        word.end for n, (word, after) in enumerate(pairwise(words))
        if (word.pos[1] == "接続助詞" and word.surface in _IF)
        or (word.surface == "と" and n and words[n - 1].pos[0] in {"動詞", "助動詞", "形容詞"} and after.norm not in _SAYS)
        or (word.surface == "から" and n and words[n - 1].surface in {"て", "で"})
        or (word.pos[0] == "助動詞" and word.surface in _IF_ENDINGS)
        or (word.norm in _WHEN and after.pos[0] in {"助詞", "補助記号"} and after.surface not in {"の", "を", "が"})
    ]  # fmt: skip
    return max(ends, default=0)


def _sides(words: Sequence[Token], known: Lexicon) -> Counter[tuple[int, int]]:
    found = Counter(side for w in words for side in known.sides.get(w.norm, ()))
    after = sum(w.surface in {"て", "で"} and n.surface == "から" for w, n in pairwise(words))
    for side in known.sides.get("後", ()) if after else ():
        found[side] += after
    return found


def _agents(words: Sequence[Token], known: Lexicon) -> Iterator[str]:
    for number, word in enumerate(words):
        belongs = number and words[number - 1].surface == "の"
        if word.norm not in known.agents or belongs:
            continue
        case = _case(words, number)
        if case == "が" or (case == "に" and any(w.norm == "貰う" for w in words[number:])):
            yield known.agents[word.norm]


def _counts(word: Token) -> bool:
    return (
        word.pos[0] in _CONTENT
        and word.pos[1] != "数詞"
        and word.norm not in _IDLE
        and word.lemma not in _IDLE
    )


def words_of(text: str) -> tuple[Word, ...]:
    """The content words of a text of any length, without what :func:`read` finds out about a claim."""
    known, words = lexicon(), morph.tokens(text)
    return tuple(
        Word(known.concept.get(w.norm, w.norm), _form(w), vectors.token_row(w), _weight(w, known), "", False, w.pos[0] in _NOUNS)
        for w in words if _counts(w)
    )  # fmt: skip


def _form(word: Token) -> str:
    """The form under which the vectors know a word."""
    forms = (word.norm, word.lemma, word.surface)
    return next((form for form in forms if vectors.row(form) is not None), word.norm)


def _weight(word: Token, known: Lexicon) -> float:
    """How much a word says: by its rank in general language, less for the trade's everyday words."""
    row = vectors.token_row(word)
    share = (
        _UNKNOWN
        if row is None
        else math.log((row + _COMMONEST) / _COMMONEST) / math.log(_RAREST / _COMMONEST)
    )
    weight = max(_LEAST, min(1.0, share))
    if word.norm in known.ordinary:
        return weight * _ORDINARY
    return weight * _FREQUENT if word.norm in known.frequent else weight


def _case(words: Sequence[Token], number: int) -> str:
    for word in words[number + 1 : number + 3]:
        if word.pos[0] == "助詞":
            return "が" if word.surface in {"は", "が", "も"} else word.surface
        if word.pos[0] != "接尾辞" and word.norm not in _SELF:
            return ""
    return ""


def _denied(
    text: str, words: Sequence[Token], content: Sequence[int], known: Lexicon
) -> frozenset[str]:
    """The words that are denied or forbidden; twice denied is affirmed."""
    duties = [m.span() for m in _DUTY.finditer(text)]
    forbids = [m.span() for m in _FORBIDS.finditer(text) if not _within(m.start(), duties)]
    at = [start for start, _ in forbids] + [
        w.start for w in words
        if w.pos[0] in {"助動詞", "形容詞"} and (w.lemma in _DENIALS or w.norm in _DENIALS)
        and not _within(w.start, duties + forbids)
    ]  # fmt: skip
    found: Counter[str] = Counter()
    for start in at:
        before = [n for n in content if words[n].end <= start]
        if before:
            norm = words[before[-1]].norm
            found[known.concept.get(norm, norm)] += 1
    return frozenset(concept for concept, n in found.items() if n % 2)


def _within(at: int, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= at < end for start, end in spans)


def _numbers(words: Sequence[Token]) -> list[str]:
    found, at = [], 0
    while at < len(words):
        start = at
        while at < len(words) and words[at].pos[1] == "数詞":
            at += 1
        if at > start:
            number = "".join(w.surface for w in words[start:at])
            counter = (
                words[at].norm if at < len(words) and words[at].pos[0] in {"名詞", "接尾辞"} else ""
            )
            if (number, counter) not in _NO_NUMBER:
                found.append(_digits(number) + counter)
        at += 1
    return found


def _digits(number: str) -> str:
    """Kanji numerals as Arabic ones: 二十三 → 23, 百二十 → 120."""
    if not any(unit in number for unit in _UNITS):
        return number.translate(_WIDE)
    total = myriads = digit = 0
    for char in number.translate(_WIDE):
        if char.isdigit():
            digit = digit * 10 + int(char)
        elif char == "万":
            myriads, total, digit = (total + digit) * 10_000, 0, 0
        elif char in _UNITS:
            total, digit = total + max(1, digit) * _UNITS[char], 0
    return str(myriads + total + digit)
