"""Which utterances of a passage a card quotes, what it claims, and of what kind the claim is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pipeline import morph
from pipeline.stages.card.written import clean, has_predicate, is_cut_off, to_plain

TITLE_CHARS = 45
_QUOTE_CHARS = 260
_QUOTE_UTTERANCES = 4
_MIN_CONTENT_WORDS = 3
_MIN_WORTH = 0.3
_MIN_FURTHER_WORTH = 1.0
_MAX_CLAIMS = 3
_ASK_TAIL_CHARS = 15

_PROGRAMME = re.compile(
    r"次回|前回|今回は|今日は|引き続き|よろしくお願い|お送りしま|番組|ラジオ|Radio|配信|エピソードでは|リスナー|ゲスト|"
    r"話していきたい|話したいなと|ありがとうございました|自己紹介|本題"
)
_KINDS = (
    ("definition", re.compile(r"とは[、]?.{2,}(?:こと|もの|状態|役割|ところ)|を指す|という(?:意味|定義)|と定義|というのは.{4,40}(?:ことで|ことな|こと。|ことだ|状態)")),
    ("signal", re.compile(r"兆候|サイン|前触れ|予兆|ようになったら|芽生え|きっかけに(?:なっ|見え)")),
    ("caution", re.compile(r"(?:て|で)は(?:いけ|だめ|ダメ|なら)ない|危な|危険|まずい|注意|良くない|よくない|落とし穴|首を絞め|失敗|すぎ(?:る|て)|しまう|逆効果|気をつけ")),
    ("example", re.compile(r"例えば|たとえば|(?:こと|とき|時|会社|お客さん)が(?:あって|ありまして|ありました|いて|いました)|ました。|でした。")),
    ("criterion", re.compile(r"かどうか|基準|見極め|判断|目安|なら(?:ば)?[、]?(?:伴走|代走|自走)|場合は")),
    ("method", re.compile(r"ようにし|やり方|進め方|まず(?:は)?|ステップ|手順|コツ|していく|しておく|するといい|すると良い|決めておく")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claim:
    """What a card says: kind, title, body, the utterances it quotes (inclusive), tags, how sure."""

    kind: str
    title: str
    body: str
    first: int
    last: int
    tags: tuple[str, ...]
    score: float


def find_claims(
    utterances: Sequence[dict[str, Any]], tags: Sequence[dict[str, Any]]
) -> list[Claim]:
    """The claims of a passage, in order; none where nothing in it stands alone.

    Args:
        utterances: the passage's utterances, rows of the table.
        tags: its tags; offsets in the passage's text (utterances joined by a newline).

    Returns:
        Claims whose quotes do not overlap.
    """
    evidence = _evidence(utterances, tags)
    weights = [sum(t["score"] for t in found) for found in evidence]
    candidates = []
    for number, utterance in enumerate(utterances):
        title = None if _is_no_claim(utterance) else _title(utterance["text"])
        if title:
            candidates.append((weights[number] + _richness(title), -number, number, title))
    claims: list[Claim] = []
    for worth, _, core, title in sorted(candidates, reverse=True)[:_MAX_CLAIMS]:
        is_further = bool(claims)
        if worth < (_MIN_FURTHER_WORTH if is_further else _MIN_WORTH):
            break
        if (is_further and not weights[core]) or any(c.first <= core <= c.last for c in claims):
            continue
        taken = {n for c in claims for n in range(c.first, c.last + 1)}
        first, last = _grow(utterances, weights, core, taken)
        shown = {t["tag"]: t for n in range(first, last + 1) for t in evidence[n]}
        if not shown:
            shown = {t["tag"]: t for t in tags}
        body = _body([u["text"] for u in utterances[first : last + 1]])
        strongest = max((t["score"] for t in shown.values()), default=0.0)
        score = min(0.95, 0.3 + 0.4 * strongest + 0.1 * min(1.0, worth) + 0.1 * (weights[core] > 0))
        kind = _kind(body, is_signal=any(tag.startswith("signal.") for tag in shown))
        claims.append(Claim(kind, title, body, first, last, tuple(sorted(shown)), round(score, 3)))
    return sorted(claims, key=lambda c: c.first)


def _is_no_claim(utterance: dict[str, Any]) -> bool:
    """Programme talk, and what asks somebody at its end (a question quoted in the middle is told)."""
    if _PROGRAMME.search(utterance["text"]):
        return True
    end = utterance["request_end_char"]
    asks = utterance["request"] != "none"
    return asks and (end is None or end > len(utterance["text"]) - _ASK_TAIL_CHARS)


def _evidence(
    utterances: Sequence[dict[str, Any]], tags: Sequence[dict[str, Any]]
) -> list[list[dict[str, Any]]]:
    """For each utterance the tags whose evidence stands in it."""
    found: list[list[dict[str, Any]]] = []
    start = 0
    for utterance in utterances:
        end = start + len(utterance["text"])
        found.append([t for t in tags if t["start_char"] < end and t["end_char"] > start])
        start = end + 1
    return found


def _title(text: str) -> str | None:
    """The claim of a sentence: its last clauses, as many as fit and stand alone."""
    sentence = clean(text).rstrip("。")
    if sentence.endswith(("?", "？", "か")) or is_cut_off(sentence):
        return None
    plain = to_plain(sentence)
    clauses = re.split(r"(?<=、)", plain)
    for first in range(len(clauses)):
        title = "".join(clauses[first:]).strip("、 ")
        if len(title) <= TITLE_CHARS:
            break
    else:
        return None
    is_claim = has_predicate(title) and _content_words(title) >= _MIN_CONTENT_WORDS
    return title if is_claim else None


def _content_words(text: str) -> int:
    return sum(t.pos[0] in {"名詞", "動詞", "形容詞", "形状詞"} for t in morph.tokens(text))


def _richness(title: str) -> float:
    words = morph.tokens(title)
    points_away = any(w.pos[0] in {"代名詞", "連体詞"} for w in words[:2])
    return min(1.0, _content_words(title) / 10) - (0.6 if points_away else 0.0)


def _grow(
    utterances: Sequence[dict[str, Any]], weights: Sequence[float], core: int, taken: set[int]
) -> tuple[int, int]:
    """Take neighbours with evidence into the quote, within its limits and one speaker."""
    first = last = core

    def fits(a: int, b: int) -> bool:
        inside = utterances[a : b + 1]
        return (
            taken.isdisjoint(range(a, b + 1))
            and b - a < _QUOTE_UTTERANCES
            and sum(len(u["text"]) for u in inside) <= _QUOTE_CHARS
            and len({u["speaker"] for u in inside}) == 1
            and all(x["last_segment"] + 1 >= y["first_segment"] for x, y in pairwise(inside))
            and not any(_PROGRAMME.search(u["text"]) for u in inside)
        )  # fmt: skip

    while first > 0 and weights[first - 1] > 0 and fits(first - 1, last):
        first -= 1
    while last + 1 < len(utterances) and weights[last + 1] > 0 and fits(first, last + 1):
        last += 1
    return first, last


def _body(quoted: Sequence[str]) -> str:
    sentences = [clean(text) for text in quoted]
    return "".join(s for s in sentences if s and _content_words(s) >= 2)


def _kind(body: str, *, is_signal: bool) -> str:
    if is_signal:
        return "signal"
    return next((kind for kind, pattern in _KINDS if pattern.search(body)), "principle")
