"""Which utterances of a passage a card quotes, what it claims, and of what kind the claim is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pipeline import morph
from pipeline.kinds import KindRules
from pipeline.stages.card.written import (
    clean,
    has_predicate,
    is_cut_off,
    to_plain,
    without_lead,
)

TITLE_CHARS = 45
_QUOTE_CHARS = 260
_QUOTE_UTTERANCES = 4
_MIN_CONTENT_WORDS = 3
_MIN_WORTH = 0.3
_MIN_FURTHER_WORTH = 1.0
_MAX_CLAIMS = 3
_ASK_TAIL_CHARS = 15
_MIN_INFORMATIVE_WORDS = 2
_VAGUE = frozenset(
    ["事", "こと", "物", "もの", "所", "ところ", "人", "方", "時", "感じ", "風", "話", "形", "為る", "有る", "居る",
     "成る", "思う", "言う", "出来る", "良い", "凄い", "御座る"]
)  # fmt: skip

# Talk about the programme itself. 前回, 今日 or ゲスト alone are everyday words of any meeting.
_PROGRAMME = re.compile(
    r"よろしくお願い|お送りしま|(?:この|当)番組|番組(?:を|の|も|へ)|ラジオ|Radio|リスナー|エピソードでは|引き続き(?:お付き合い|お楽しみ|よろしく)"
    r"|(?:前|次|今)の回|(?:前回|次回|今回|今日|本日|来週)[^。]{0,60}(?:聞いていき|話(?:を|し)|お話|お送り|お届け|取り上げ|深掘り|テーマ|お便り|収録|配信|来て(?:もら|いただ))"
    r"|(?:本日|今日|今回)のゲスト|ゲスト(?:は|に)[^。]{0,40}(?:さん|お迎え|お越し)|話していきたい|話したいなと"
    r"|ありがとうございました(?!と|って)|自己紹介(?:を|から|お願い)|本題に"
)
# A title that begins so means something only to who heard the sentence before.
_POINTS_AWAY = re.compile(
    r"(?:そう(?:なる|なれ|なっ|する|すれ|した|でな|じゃな|ではな|やって)|その(?:場合|とき|時|瞬間|後|あと)"
    r"|(?:それ|これ|あれ)(?!ぞれ|から(?!は)|まで|くらい)|(?:そこ|そっち|そちら)(?!そこ))"
)
_DEMONSTRATIVE = re.compile(
    r"[そこあ](?:の|れ|んな|う|ういう|うした)|そこ|ここ|あそこ|[そあ]っち|そちら"
)
# What a shorter title may leave out, and what it may not: a condition is part of the claim.
_CONDITION = re.compile(
    r"(?:なら(?:ば)?|(?<=[てで])も|でないと|ないと|限り|場合(?:は|に|には|も)?"
    r"|(?:とき|時|うち|あいだ|間|まで|以上)(?:は|に|には|こそ)?|(?<=[てで])(?:から|は)|こそ)、$"
)
# たら, ば and と are conditions too, unless something past is told: 「質問したら、…と言った」. And
# 「…と思うと」 or 「…で言うと」 only frame what follows.
_IF = re.compile(
    r"(?:[ただ]ら|[えけげせてねべめれ]ば(?<!もあれば)|(?<=[うくぐすつぬぶむるい])(?<![思言考見聞]う)(?<!考える)(?<!見る)(?<!聞く)と)、$"
)
_NEW_SCOPE = re.compile(r"(?:けど|けれども?|(?:です|ます|した)が|し)、?$")
_TOPIC = re.compile(r"(?<![てで])(?:は|が|も)、$")


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
    utterances: Sequence[dict[str, Any]], tags: Sequence[dict[str, Any]], *, kinds: KindRules
) -> list[Claim]:
    """The claims of a passage, in order; none where nothing in it stands alone.

    Args:
        utterances: the passage's utterances, rows of the table.
        tags: its tags; offsets in the passage's text (utterances joined by a newline).
        kinds: tell of what kind a claim is.

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
    ranked = sorted(candidates, reverse=True)[:_MAX_CLAIMS]
    for worth, _, core, title in ranked:
        is_further = bool(claims)
        if worth < (_MIN_FURTHER_WORTH if is_further else _MIN_WORTH):
            break
        if (is_further and not weights[core]) or any(c.first <= core <= c.last for c in claims):
            continue
        taken = {n for c in claims for n in range(c.first, c.last + 1)}
        # A sentence that carries a claim of its own is no part of this one's quote.
        taken |= {n for w, _, n, _ in ranked if w >= _MIN_FURTHER_WORTH and weights[n]} - {core}
        first, last = _grow(utterances, weights, core, taken)
        shown = {t["tag"]: t for n in range(first, last + 1) for t in evidence[n]}
        if not shown:
            shown = {t["tag"]: t for t in tags}
        body = _body([u["text"] for u in utterances[first : last + 1]])
        strongest = max((t["score"] for t in shown.values()), default=0.0)
        score = min(0.95, 0.3 + 0.4 * strongest + 0.1 * min(1.0, worth) + 0.1 * (weights[core] > 0))
        is_signal = any(tag.startswith("signal.") for tag in shown)
        kind = "signal" if is_signal else kinds.kind_of(body)
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
    """The claim of a sentence, as much of it as fits and stands alone; None where none does."""
    sentence = clean(text).rstrip("。")
    is_open = sentence.endswith(("?", "？", "か")) and not sentence.endswith("のではないか")
    if is_open or is_cut_off(sentence):
        return None
    plain = to_plain(without_lead(sentence))
    title = _shorten(_comma_clauses(plain)) or _shorten(_fine_clauses(plain))
    if title is None or _POINTS_AWAY.match(title) or not has_predicate(title):
        return None
    is_claim = (
        _content_words(title) >= _MIN_CONTENT_WORDS
        and _informative_words(title) >= _MIN_INFORMATIVE_WORDS
    )
    return title if is_claim else None


def _comma_clauses(text: str) -> list[str]:
    return [c for c in re.split(r"(?<=、)", text) if c.strip("、 ")]


def _fine_clauses(text: str) -> list[str]:
    """Clauses cut also where speech runs on without a comma: after けど, ので, し, て."""
    words = morph.tokens(text)
    cuts = [0]
    for word, after in pairwise(words):
        runs_on = word.pos[1] == "接続助詞" and word.surface in {
            "けど",
            "けれど",
            "ので",
            "し",
            "て",
            "で",
        }
        is_bound = not text.startswith(("でも", "だから", "なので"), word.end) and (
            after.pos[0] in {"助詞", "助動詞", "補助記号"} or after.pos[1] == "非自立可能"
        )
        if word.surface == "、" or (runs_on and not is_bound):
            cuts.append(word.end)
    return [text[a:b] for a, b in pairwise([*cuts, len(text)])]


def _shorten(clauses: Sequence[str]) -> str | None:
    """As many clauses as fit; a condition goes only with all that stands under it."""
    starts = [at for at in range(1, len(clauses)) if _begins_anew(clauses[at - 1], clauses[at])]
    titles = (_thinned(clauses[start:]) for start in [0, *starts] if clauses)
    return next((title for title in titles if title), None)


def _begins_anew(before: str, clause: str) -> bool:
    """Whether a condition before this clause no longer holds for it."""
    return bool(_NEW_SCOPE.search(before)) or without_lead(clause) != clause


def _thinned(clauses: Sequence[str]) -> str | None:
    """Leave out leading clauses until the title fits: first what is neither condition nor topic.

    A condition never goes; where it does not fit, there is no title.
    """
    is_told = clauses[-1].endswith(("た", "だ")) and not clauses[-1].endswith(("ようだ", "のだ"))

    def binds(clause: str) -> bool:
        return bool(_CONDITION.search(clause) or (not is_told and _IF.search(clause)))

    kept = list(clauses)
    for keeps_topics in (True, False):
        at = 0
        while at < len(kept) - 1 and len(_joined(kept)) > TITLE_CHARS:
            if binds(kept[at]) or (keeps_topics and _TOPIC.search(kept[at])):
                at += 1
            else:
                del kept[at]
    if len(kept) > 1 and _POINTS_AWAY.match(kept[0]) and not binds(kept[0]):
        kept = kept[1:]
    title = _joined(kept)
    return title if title and len(title) <= TITLE_CHARS else None


def _joined(clauses: Sequence[str]) -> str:
    return without_lead("".join(clauses)).strip("、 ")


def _content_words(text: str) -> int:
    return sum(t.pos[0] in {"名詞", "動詞", "形容詞", "形状詞"} for t in morph.tokens(text))


def _informative_words(text: str) -> int:
    return sum(
        t.pos[0] in {"名詞", "動詞", "形容詞", "形状詞"} and t.norm not in _VAGUE
        for t in morph.tokens(text)
    )


def _richness(title: str) -> float:
    words = morph.tokens(title)
    points_away = any(_DEMONSTRATIVE.fullmatch(w.surface) for w in words[:2])
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
            and not any(_is_no_claim(u) for u in inside)
        )  # fmt: skip

    while first > 0 and weights[first - 1] > 0 and fits(first - 1, last):
        first -= 1
    while last + 1 < len(utterances) and weights[last + 1] > 0 and fits(first, last + 1):
        last += 1
    return first, last


def _body(quoted: Sequence[str]) -> str:
    sentences = [clean(text) for text in quoted]
    return "".join(s for s in sentences if s and _content_words(s) >= 2)
