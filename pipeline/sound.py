"""How Japanese words sound: morae, readings of single kanji, distances, and an index by sound.

The distance is an edit distance over morae with weights for what speech recognition confuses: long
vowels and ッ come and go, voicing is cheap, ン is dear. The index holds every near variant of its
words by a folded key, so that finding them costs the same for thirty words as for three hundred.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

from pipeline.errors import ConfigError

KANJI_READINGS = Path(__file__).parent / "lexicon" / "kanji_readings.tsv"

_MORA = re.compile(r"[ァ-ヴ][ァィゥェォャュョヮ]?|ー")
_KATAKANA = re.compile(r"[ァ-ヴー]+")
_TO_HIRAGANA = {code + 0x60: code for code in range(ord("ぁ"), ord("ゖ") + 1)}
_TO_KATAKANA = {code: code + 0x60 for code in range(ord("ぁ"), ord("ゖ") + 1)}

_LONG, _STOP, _NASAL = "H", "Q", "N"
_ROWS = {
    "": "アイウエオ", "k": "カキクケコ", "g": "ガギグゲゴ", "s": "サシスセソ", "z": "ザジズゼゾ",
    "t": "タチツテト", "d": "ダヂヅデド", "n": "ナニヌネノ", "h": "ハヒフヘホ", "b": "バビブベボ",
    "p": "パピプペポ", "m": "マミムメモ", "r": "ラリルレロ",
}  # fmt: skip
_SMALL = {
    "ァ": "a", "ィ": "i", "ゥ": "u", "ェ": "e", "ォ": "o", "ャ": "a", "ュ": "u", "ョ": "o", "ヮ": "a",
}  # fmt: skip
# シ, チ, ジ sound like シャ, チャ, ジャ and not like サ, タ, ザ.
_PALATAL = {"シ": "sy", "チ": "ty", "ジ": "zy", "ヂ": "zy", "ツ": "ts", "ヅ": "z"}
_BARE = {"sy": "s", "ty": "t", "zy": "z", "ts": "ts"}
_FOLDED = {"g": "k", "z": "s", "d": "t", "b": "h", "p": "h", "zy": "sy", "gy": "ky", "dy": "ty", "by": "hy",
           "py": "hy", "ts": "t", "v": "h", "f": "h"}  # fmt: skip
_VOICED = {frozenset(pair) for pair in (
    ("k", "g"), ("s", "z"), ("t", "d"), ("h", "b"), ("h", "p"), ("b", "p"), ("sy", "zy"), ("ty", "zy"),
    ("ky", "gy"), ("hy", "by"), ("hy", "py"), ("by", "py"), ("ts", "z"), ("b", "v"), ("h", "f"), ("ty", "dy"),
)}  # fmt: skip
_CLOSE = {frozenset(pair) for pair in (
    ("n", "m"), ("m", "b"), ("r", "d"), ("r", "n"), ("s", "sy"), ("sy", "ty"), ("t", "ty"), ("d", "zy"),
    ("z", "d"), ("k", "ky"), ("g", "gy"), ("t", "ts"), ("s", "ts"), ("y", ""), ("w", ""), ("h", ""), ("h", "w"),
    ("h", "k"), ("k", "t"), ("p", "t"), ("n", "ny"), ("r", "ry"), ("m", "my"), ("ry", "y"), ("z", "zy"), ("g", ""),
    ("h", "hy"), ("m", "w"), ("n", "g"), ("s", "h"),
)}  # fmt: skip
_NEAR_VOWELS = {frozenset(pair) for pair in ("ie", "uo", "ao", "ea", "iu")}

# Above this a pair of morae is not what an ear confuses.
_MAX_SUBSTITUTION = 0.7
_FAR = 1.2
_MAX_PATTERNS = 48

Sound = tuple[str, str]  # consonant, vowel


def katakana(text: str) -> str:
    """A text with its hiragana turned into katakana."""
    return text.translate(_TO_KATAKANA)


def is_kana(text: str) -> bool:
    """Is a text nothing but hiragana or katakana."""
    return is_katakana(katakana(text))


def hiragana(text: str) -> str:
    """A text with its katakana turned into hiragana."""
    return text.translate(_TO_HIRAGANA)


def is_katakana(text: str) -> bool:
    """Is a text nothing but katakana (a reading)."""
    return bool(_KATAKANA.fullmatch(text))


@functools.lru_cache(maxsize=4096)
def _sound(mora: str) -> Sound:
    if mora in "ーッン":
        return {"ー": _LONG, "ッ": _STOP, "ン": _NASAL}[mora], ""
    first = {"ヲ": "オ", "ヰ": "イ", "ヱ": "エ", "ヴ": "ブ"}.get(mora[0], mora[0])
    small = mora[1:]
    if first in _SMALL:  # a small kana on its own
        return ("y" if first in "ャュョ" else "", _SMALL[first])
    if first in "ヤユヨ":
        return "y", "auo"["ヤユヨ".index(first)]
    if first == "ワ":
        return "w", "a"
    for consonant, row in _ROWS.items():
        if first in row:
            plain, vowel = _PALATAL.get(first, consonant), "aiueo"[row.index(first)]
            return (plain, vowel) if not small else _with_small(plain, vowel, small)
    return mora, ""


def _with_small(consonant: str, vowel: str, small: str) -> Sound:
    if small in "ャュョ":
        return (consonant if consonant.endswith("y") or not consonant else consonant + "y"), _SMALL[
            small
        ]
    if not consonant:
        return "w", _SMALL[small]
    if consonant == "h" and vowel == "u":
        return "f", _SMALL[small]
    # ティ is t + i, but シェ, チェ, ジェ keep their sound.
    return (_BARE.get(consonant, consonant) if vowel not in "i" else consonant), _SMALL[small]


@functools.lru_cache(maxsize=65536)
def sounds(reading: str) -> tuple[Sound, ...]:
    """The morae of a katakana reading as sounds, long vowels folded (ソウ and ソー are the same)."""
    found: list[Sound] = []
    vowel = ""
    for mora in _MORA.findall(reading):
        sound = _sound(mora)
        if sound[0] == "" and _lengthens(vowel, sound[1]):
            sound = (_LONG, "")
        if sound[0] == _LONG and (not found or found[-1][0] == _LONG):
            continue
        found.append(sound)
        vowel = sound[1] if sound[0] != _LONG else vowel
    return tuple(found)


def _lengthens(before: str, vowel: str) -> bool:
    return bool(before) and (before == vowel or (before, vowel) in {("o", "u"), ("e", "i")})


@functools.lru_cache(maxsize=65536)
def _substitution(one: Sound, other: Sound) -> float:
    """What it costs to hear one mora as another."""
    if one == other:
        return 0.0
    kinds = {one[0], other[0]}
    if not one[1] or not other[1]:
        vowel = one[1] or other[1]
        if _STOP in kinds:
            return 0.3 if kinds & {"ts", "k", "ty"} and vowel in "ui" else 0.9
        if _LONG in kinds:
            return 0.4 if "" in kinds else 0.9
        return 0.6 if kinds & {"n", "m"} else 0.9
    pair = frozenset(kinds)
    consonants = (
        0.0 if one[0] == other[0] else 0.3 if pair in _VOICED else 0.5 if pair in _CLOSE else 0.9
    )
    both = frozenset((one[1], other[1]))
    vowels = 0.0 if len(both) == 1 else 0.5 if both in _NEAR_VOWELS else 0.8
    return min(consonants + vowels, _FAR)


_GAPS = {_LONG: 0.2, _STOP: 0.25, _NASAL: 0.8, "": 0.7}


def _gap(sound: Sound) -> float:
    """What it costs to lose or gain a mora."""
    return _GAPS.get(sound[0], 1.0)


@functools.lru_cache(maxsize=65536)
def distance(one: str, other: str, limit: float = math.inf) -> float:
    """How far two katakana readings lie apart: 0 the same sound, 1 about one mora.

    Args:
        one: a reading.
        other: another.
        limit: what lies farther off than this may count as infinitely far, which is found sooner.

    Source of method: weighted edit distance over morae.
    """
    left, right = sounds(one), sounds(other)
    gaps = [_gap(sound) for sound in right]
    row = [0.0, *itertools.accumulate(gaps)]
    for a in left:
        before, lost = row, _gap(a)
        row = [before[0] + lost]
        for j, b in enumerate(right):
            row.append(min(before[j] + _substitution(a, b), before[j + 1] + lost, row[j] + gaps[j]))
        if min(row) > limit:
            return math.inf
    return row[-1]


@functools.lru_cache(maxsize=1)
def _kanji_table() -> dict[str, tuple[tuple[str, float], ...]]:
    table: dict[str, tuple[tuple[str, float], ...]] = {}
    try:
        lines = KANJI_READINGS.read_text(encoding="utf-8").splitlines()
        for line in lines:
            if not line.startswith("#"):
                kanji, listed = line.split("\t")
                pairs = (pair.split(":") for pair in listed.split())
                table[kanji] = tuple((reading, int(share) / 100) for reading, share in pairs)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{KANJI_READINGS} is missing or damaged ({error}); "
            "make it again with `python -m pipeline.lexicon.make_kanji_readings`"
        ) from error
    return table


def kanji_readings(kanji: str) -> tuple[tuple[str, float], ...]:
    """Katakana readings of a kanji with the share of its words that have them; () where none is known.

    Raises:
        ConfigError: the table is missing or damaged.
    """
    return _kanji_table().get(kanji, ())


@functools.lru_cache(maxsize=4096)
def _symbol(sound: Sound) -> str:
    """One character a sound, voicing folded."""
    consonant, vowel = sound
    if consonant in {_LONG, _STOP}:
        return ""
    if consonant in {"t", "d"} and vowel == "i":  # ティ is heard as チ
        consonant = "ty"
    consonant = _FOLDED.get(consonant, consonant)
    return _SYMBOLS.setdefault((consonant, vowel), chr(0x100 + len(_SYMBOLS)))


_SYMBOLS: dict[Sound, str] = {}
_ALL_SOUNDS: tuple[Sound, ...] = tuple(
    dict.fromkeys(
        [_sound(kana) for row in _ROWS.values() for kana in row]
        + [_sound(kana) for kana in "ヤユヨワン"]
        + [_sound(kana + small) for kana in "キギシジチニヒビピミリ" for small in "ャュョ"]
        + [
            _sound(pair)
            for pair in ("ファ", "フィ", "フェ", "フォ", "ウィ", "ウェ", "シェ", "ジェ", "チェ")
        ]
    )
)


@functools.lru_cache(maxsize=65536)
def key(reading: str) -> str:
    """A reading folded to what rarely is misheard: no long vowels, no ッ, no voicing."""
    return "".join(map(_symbol, sounds(reading)))


class SoundIndex:
    """Finds readings by their sound, a piece at a time.

    ``prefixes[key]`` holds the numbers of the readings that end there, () inside of one.

    Args:
        readings: katakana.
    """

    def __init__(self, readings: Sequence[str]) -> None:
        gathered: dict[str, set[int]] = {}
        for number, reading in enumerate(readings):
            for variant in _variants(sounds(reading)):
                for end in range(1, len(variant)):
                    gathered.setdefault(variant[:end], set())
                gathered.setdefault(variant, set()).add(number)
        self.prefixes = {k: tuple(sorted(numbers)) for k, numbers in gathered.items()}


def _variants(word: Sequence[Sound]) -> set[str]:
    """Keys of a word and of what it may be misheard as: other lengths, and one slip."""
    choices: list[tuple[str, ...]] = []
    vowel = ""
    for sound in word:
        if sound[0] == _LONG:
            # Split between two words, a long vowel is a mora of its own.
            extra = {"o": "uo", "e": "ie"}.get(vowel, vowel)
            choices.append(("", *(_symbol(("", v)) for v in extra)))
        elif sound[0] == _STOP:
            choices.append(("", *(_symbol(_sound(kana)) for kana in "ツクチキ")))
        else:
            choices.append((_symbol(sound),))
        vowel = sound[1] or vowel
    patterns = ["".join(p) for p, _ in zip(product(*choices), range(_MAX_PATTERNS), strict=False)]
    found = set(patterns)
    plain = [sound for sound in word if _symbol(sound)]
    if len(plain) >= 3:
        for pattern in _slips(plain):
            found.add(pattern)
    return found


def _slips(plain: Sequence[Sound]) -> Iterator[str]:
    symbols = [_symbol(sound) for sound in plain]
    for i, sound in enumerate(plain):
        head, tail = "".join(symbols[:i]), "".join(symbols[i + 1 :])
        for other in _ALL_SOUNDS:
            if len(plain) >= 7 or _substitution(sound, other) <= _MAX_SUBSTITUTION:
                yield head + _symbol(other) + tail
            if len(plain) >= 4 and i:
                yield head + _symbol(other) + symbols[i] + tail
        if len(plain) >= 4:
            yield head + tail
