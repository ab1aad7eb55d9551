"""The corpus stage ``link``: the same claim said again, related cards, and what became of each id.

It sees all cards in the order (published_at, episode_id) and writes only its own tables, so results
do not depend on the order in which episodes arrived. ``docs/cards.md`` says how it decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline import schema
from pipeline.stages.link.candidates import candidates
from pipeline.stages.link.ledger import keep_ledger
from pipeline.stages.link.merge import merge
from pipeline.stages.link.reasons import MAX_LINKS, relate
from pipeline.stages.link.said import read_cards

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["MAX_LINKS", "STAGE_VERSION", "link"]

STAGE_VERSION = 3

Row = dict[str, Any]


def link(
    cards: pa.Table,
    published_at: Mapping[str, datetime | None],
    ledger: pa.Table,
    *,
    audience: Mapping[str, str],
    now: datetime,
    hidden: Collection[str] = (),
) -> dict[str, pa.Table]:
    """Relate all cards.

    Args:
        cards: the cards of all episodes.
        published_at: when each episode was published.
        ledger: ``card_ledger`` of the run before.
        audience: who may see an episode; cards of different audiences are never merged or linked,
            nor do they weigh in each other's figures, so nothing private shows in what is public.
        now: the clock, for the ledger alone.
        hidden: ids of cards that exist but were taken out by a reviewer, so are not in ``cards``;
            their entries in the ledger stay as they are.

    Returns:
        Tables ``card_links``, ``card_sources`` and ``card_ledger``.

    Raises:
        ModelError: the dictionary or the word vectors are missing.
    """
    rows = sorted(cards.to_pylist(), key=lambda row: _place(row, published_at))
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[audience[row["episode_id"]]].append(row)
    links: list[Row] = []
    heads: dict[str, str] = {}
    for name in sorted(groups):
        group = groups[name]
        said = read_cards(group)
        near = candidates(said)
        merged = merge(said, near)
        heads |= {group[late]["card_id"]: group[first]["card_id"] for late, first in merged.items()}
        links += [
            {
                "card_id": group[a]["card_id"], "other_card_id": group[b]["card_id"],
                "reason": reason, "score": score,
            }
            for a, b, reason, score in relate(said, near, merged)
        ]  # fmt: skip
    return {
        "card_links": schema.to_table("card_links", sorted(links, key=_link_key)),
        "card_sources": schema.to_table("card_sources", _sources(rows, heads)),
        "card_ledger": schema.to_table(
            "card_ledger", keep_ledger(rows, heads, ledger.to_pylist(), now=now, hidden=hidden)
        ),
    }


def _place(row: Row, published_at: Mapping[str, datetime | None]) -> tuple[Any, ...]:
    published = published_at.get(row["episode_id"])
    return (
        published is None, str(published), row["episode_id"], row["first_segment"],
        row["first_char"], row["card_id"],
    )  # fmt: skip


def _link_key(row: Mapping[str, Any]) -> tuple[str, float, str]:
    return row["card_id"], -row["score"], row["other_card_id"]


def _sources(rows: Sequence[Row], heads: Mapping[str, str]) -> list[Row]:
    found = {}
    for row in rows:
        head = heads.get(row["card_id"])
        if head:
            key = (head, row["episode_id"], row["passage_id"])
            found[key] = {
                "card_id": key[0], "episode_id": key[1], "passage_id": key[2],
                "start_s": row["start_s"], "end_s": row["end_s"], "quote": row["quote"],
            }  # fmt: skip
    return [found[key] for key in sorted(found)]
