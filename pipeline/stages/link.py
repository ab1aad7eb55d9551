"""The corpus stage ``link``: the same claim said again, related cards, and what became of each id.

It sees all cards in the order (published_at, episode_id) and writes only its own tables, so results
do not depend on the order in which episodes arrived.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline import morph, schema

if TYPE_CHECKING:
    import pyarrow as pa

STAGE_VERSION = 1

MAX_LINKS = 4
_SAME_CLAIM = 0.82
_RESTATES = 0.55
_RELATED = 0.12
_COMMON = 100  # cards
_CONTENT = frozenset({"名詞", "動詞", "形容詞", "形状詞"})

_GUESS = re.compile(
    r"(?:かもしれ(?:ない|ません)|のではないか|(?:だろう|かな?)(?=な?と思)|だろう$)(?:な?と思(?:う|っている|います))?"
)
_AUXILIARY = frozenset(
    {"為る", "有る", "居る", "成る", "仕舞う", "行く", "来る", "無い", "思う", "良い"}
)

Vector = Mapping[str, float]


def link(
    cards: pa.Table,
    published_at: Mapping[str, datetime | None],
    ledger: pa.Table,
    *,
    audience: Mapping[str, str],
    now: datetime,
) -> dict[str, pa.Table]:
    """Relate all cards.

    Args:
        cards: the cards of all episodes.
        published_at: when each episode was published.
        ledger: ``card_ledger`` of the run before.
        audience: who may see an episode; cards of different audiences are never merged or linked,
            nor do they weigh in each other's figures, so nothing private shows in what is public.
        now: the clock, for the ledger alone.

    Returns:
        Tables ``card_links``, ``card_sources`` and ``card_ledger``.
    """
    rows = sorted(
        cards.to_pylist(),
        key=lambda c: (
            published_at.get(c["episode_id"]) is None,
            str(published_at.get(c["episode_id"])), c["episode_id"], c["first_segment"],
            c["first_char"], c["card_id"],
        ),
    )  # fmt: skip
    alike: list[dict[int, float]] = [{} for _ in rows]
    groups: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        groups[audience[row["episode_id"]]].append(number)
    for numbers in groups.values():
        vectors = _vectors([f"{rows[n]['title']} {rows[n]['body']}" for n in numbers])
        for number, near in zip(numbers, _neighbours(vectors), strict=True):
            alike[number] = {numbers[other]: cosine for other, cosine in near.items()}
    merged = _merge(rows, alike)
    return {
        "card_links": schema.to_table("card_links", _links(rows, alike, merged)),
        "card_sources": schema.to_table("card_sources", _sources(rows, merged)),
        "card_ledger": schema.to_table("card_ledger", _ledger(rows, merged, ledger, now)),
    }


def _vectors(texts: Sequence[str]) -> list[Vector]:
    """Unit tf-idf vectors over normalised content words."""
    bags = [Counter(t.norm for t in morph.tokens(text) if t.pos[0] in _CONTENT) for text in texts]
    seen_in = Counter(word for bag in bags for word in bag)
    found: list[Vector] = []
    for bag in bags:
        weights = {
            w: (1 + math.log(n)) * math.log(1 + len(bags) / seen_in[w]) for w, n in bag.items()
        }
        length = math.sqrt(sum(x * x for x in weights.values())) or 1.0
        found.append({w: x / length for w, x in weights.items()})
    return found


def _neighbours(vectors: Sequence[Vector]) -> list[dict[int, float]]:
    """Earlier cards that share words, with their cosine.

    Candidates come through an index of the rarer words: what stands in very many cards brings no
    two of them together by itself.
    """
    index: dict[str, list[int]] = defaultdict(list)
    found: list[dict[int, float]] = []
    for number, vector in enumerate(vectors):
        near = {n for word in vector if len(index[word]) <= _COMMON for n in index[word]}
        cosines = {n: _cosine(vector, vectors[n]) for n in near}
        found.append({n: cosines[n] for n in sorted(near) if cosines[n] >= _RELATED})
        for word in vector:
            index[word].append(number)
    return found


def _cosine(a: Vector, b: Vector) -> float:
    small, large = (a, b) if len(a) <= len(b) else (b, a)
    return min(1.0, math.fsum(x * large.get(word, 0.0) for word, x in small.items()))


def _merge(rows: Sequence[dict[str, Any]], alike: Sequence[dict[int, float]]) -> dict[int, int]:
    """Later card → the first card that makes the same claim."""
    merged: dict[int, int] = {}
    for number, row in enumerate(rows):
        same = [
            (-x, other)
            for other, x in alike[number].items()
            if x >= _SAME_CLAIM and other not in merged and row["kind"] == rows[other]["kind"]
            and _assertion(row["title"]) == _assertion(rows[other]["title"])
        ]  # fmt: skip
        if same:
            merged[number] = min(same)[1]
    return merged


def _assertion(title: str) -> tuple[int, bool, str]:
    """What two claims must share to be one: negations, whether it is a guess, and the predicate.

    Words alone do not tell 増える from 減る or 使う from 使わない where all else is equal.
    """
    guess = _GUESS.search(title)
    words = morph.tokens(_GUESS.sub("", title) if guess else title)
    negations = sum(t.norm in {"無い", "ず", "ぬ", "ない"} for t in words)
    said = [t.norm for t in words if t.pos[0] in _CONTENT and t.norm not in _AUXILIARY]
    return negations, guess is not None, said[-1] if said else ""


def _links(
    rows: Sequence[dict[str, Any]], alike: Sequence[dict[int, float]], merged: Mapping[int, int]
) -> list[dict[str, Any]]:
    found: dict[int, list[tuple[float, int, str]]] = defaultdict(list)
    for number, near in enumerate(alike):
        if number in merged:
            continue
        for other, score in near.items():
            if other in merged:
                continue
            for a, b in ((number, other), (other, number)):
                reason = _reason(rows[a], rows[b], score)
                if reason:
                    found[a].append((-score, b, reason))
    return [
        {
            "card_id": rows[a]["card_id"], "other_card_id": rows[b]["card_id"],
            "reason": reason, "score": round(-score, 3),
        }
        for a, near_b in sorted(found.items())
        for score, b, reason in sorted(near_b)[:MAX_LINKS]
    ]  # fmt: skip


def _reason(a: dict[str, Any], b: dict[str, Any], score: float) -> str | None:
    """How the first relates to the second; None where no reason can be said."""
    if score >= _RESTATES and a["kind"] == b["kind"]:
        return "restates"
    if not set(a["tags"]) & set(b["tags"]):
        return None
    if a["kind"] == "example" and b["kind"] != "example":
        return "example_of"
    if a["kind"] == "criterion" and b["kind"] in {"principle", "method", "caution"}:
        return "condition_for"
    if {a["kind"], b["kind"]} in ({"caution", "method"}, {"caution", "principle"}):
        return "contrast"
    if b["kind"] == "question" and a["kind"] != "question":
        return "answer_to"
    return None


def _sources(rows: Sequence[dict[str, Any]], merged: Mapping[int, int]) -> list[dict[str, Any]]:
    found = {}
    for number, first in sorted(merged.items()):
        row = rows[number]
        key = (rows[first]["card_id"], row["episode_id"], row["passage_id"])
        found[key] = {
            "card_id": key[0], "episode_id": key[1], "passage_id": key[2],
            "start_s": row["start_s"], "end_s": row["end_s"], "quote": row["quote"],
        }  # fmt: skip
    return [found[key] for key in sorted(found)]


def _ledger(
    rows: Sequence[dict[str, Any]], merged: Mapping[int, int], ledger: pa.Table, now: datetime
) -> list[dict[str, Any]]:
    known = {entry["card_id"]: entry for entry in ledger.to_pylist()}
    for number, row in enumerate(rows):
        card_id = row["card_id"]
        old = known.get(card_id)
        is_new = old is None or old["content_sha256"] != row["content_sha256"]
        known[card_id] = {
            "card_id": card_id,
            "episode_id": row["episode_id"],
            "first_seen_at": old["first_seen_at"] if old else now,
            "content_changed_at": now if is_new or not old else old["content_changed_at"],
            "content_sha256": row["content_sha256"],
            "status": _status(old, is_merged=number in merged),
            "merged_into": rows[merged[number]]["card_id"] if number in merged else None,
        }
    seen = {row["card_id"] for row in rows}
    return [
        entry if card_id in seen else entry | {"status": "vanished", "merged_into": None}
        for card_id, entry in sorted(known.items())
    ]


def _status(old: Mapping[str, Any] | None, *, is_merged: bool) -> str:
    """What a reviewer rejected stays rejected."""
    if old and old["status"] == "rejected":
        return "rejected"
    return "merged" if is_merged else "live"
