"""The corpus stage ``link``: the same claim said again, related cards, and what became of each id.

It sees all cards in the order (published_at, episode_id) and writes only its own tables, so results
do not depend on the order in which episodes arrived. What an episode's cards are compared with, and
how much their words weigh, is what stands up to that episode; so one that stands last costs one look-up
a card in the index of the others. ``docs/cards.md`` says how it decides.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline import schema
from pipeline.stages.link.index import Episode, Index
from pipeline.stages.link.ledger import keep_ledger
from pipeline.stages.link.line import Read, bring_in_step, place_of
from pipeline.stages.link.partners import MAX_LINKS
from pipeline.stages.link.weighing import MODEL_FILE

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "MAX_LINKS",
    "MODEL_FILE",
    "STAGE_VERSION",
    "Episode",
    "Index",
    "link",
    "place_of",
    "relink",
]

STAGE_VERSION = 5

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
    """Relate all cards, from nothing.

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
    rows: dict[str, list[Row]] = {}
    for row in cards.to_pylist():
        rows.setdefault(row["episode_id"], []).append(row)
    episodes = [
        Episode(i, audience[i], place_of(i, published_at.get(i)), mark="") for i in sorted(rows)
    ]
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("BEGIN")
        index = Index(connection, "")
        made, _ = relink(index, episodes, rows.__getitem__, ledger, now=now, hidden=hidden)
    return made


def relink(  # noqa: PLR0913  what changed, and what of before still holds
    index: Index,
    episodes: Iterable[Episode],
    read: Read,
    ledger: pa.Table,
    *,
    now: datetime,
    gone: Collection[str] = (),
    hidden: Collection[str] = (),
    besides: Collection[str] = (),
    before: Mapping[str, pa.Table] | None = None,
) -> tuple[dict[str, pa.Table], pa.Table]:
    """Relate all cards, going on from the index of an earlier run.

    The tables are those that :func:`link` makes of the same cards.

    Args:
        index: of an earlier run, or empty; brought in step.
        episodes: all episodes that may stand otherwise than in the index.
        read: gives the cards of one of them, without the hidden ones.
        ledger: ``card_ledger`` of the run before.
        now: the clock, for the ledger alone.
        gone: episodes of the index that are no more.
        hidden: as for :func:`link`.
        besides: episodes whose entries in the ledger are looked at in any case.
        before: ``card_links`` of the run before, given only where that and ``ledger`` are surely as the
            last run on this index left them; then nothing but what changed is looked up. Likewise
            ``card_sources``, where no reviewer had a hand in it.

    Returns:
        The tables, ``card_ledger`` with the entries of the episodes looked at alone; and the rest of the
        ledger, in which nothing changed.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    moved = bring_in_step(index, episodes, read, gone=gone)
    seen = moved | set(besides)
    before = before or {}
    links, sources = before.get("card_links"), before.get("card_sources")
    if links is None:
        seen |= _at_odds(index, ledger)
    is_seen = pc.is_in(ledger["episode_id"], value_set=pa.array(sorted(seen), pa.string()))
    rest = ledger.filter(pc.invert(is_seen))
    rows = [row for i in sorted(index.some(seen)) for row in read(i)]
    entries = keep_ledger(
        rows,
        index.heads([row["card_id"] for row in rows]),
        ledger.filter(is_seen).to_pylist(),
        now=now,
        hidden=hidden,
        elsewhere=lambda ids: _among(rest["card_id"], ids),
    )
    made = {
        "card_links": _all_links(index) if links is None else _links(index, links),
        "card_sources": (
            schema.to_table("card_sources", _by_key(index.sources()))
            if sources is None
            else _sources(index, sources, moved)
        ),
        "card_ledger": schema.to_table("card_ledger", entries),
    }
    return made, rest


def _all_links(index: Index) -> pa.Table:
    return schema.from_columns("card_links", zip(*index.links(), strict=True))


def _links(index: Index, before: pa.Table) -> pa.Table:
    """As :func:`_all_links`, made of the table before."""
    import pyarrow as pa
    import pyarrow.compute as pc

    cards, rows = index.changed_links()
    changed = pa.array(sorted(cards), pa.string())
    first, second = before.column_names[:2]
    is_meant = pc.or_(
        pc.is_in(before[first], value_set=changed), pc.is_in(before[second], value_set=changed)
    )
    new = schema.from_columns("card_links", zip(*rows, strict=True))
    whole = pa.concat_tables([before.filter(pc.invert(is_meant)), new])
    order = [(first, "ascending"), ("score", "descending"), (second, "ascending")]
    return whole.sort_by(order).combine_chunks()


def _at_odds(index: Index, ledger: pa.Table) -> set[str]:
    """Episodes of cards of which the ledger says otherwise than the index, or nothing.

    A run that was killed, or a ledger from a backup, leaves them so.
    """
    names = ("card_id", "episode_id", "content_sha256", "merged_into", "status")
    rows = zip(*(ledger[name].to_pylist() for name in names), strict=True)
    told: dict[str, tuple[Any, ...]] = {row[0]: row[1:] for row in rows}
    found: set[str] = set()
    for card_id, *said in index.all_cards():
        if list(told.pop(card_id, ())[:3]) != said:
            found.add(str(said[0]))
    there = index.marks()
    return found | {
        episode_id
        for episode_id, _, _, status in told.values()
        if status == "live" or (status != "vanished" and episode_id not in there)
    }


def _among(column: pa.ChunkedArray, values: Collection[str]) -> set[str]:
    """Those of some values that stand in a column."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not values:
        return set()
    is_meant = pc.is_in(column, value_set=pa.array(sorted(values), pa.string()))
    return set(column.filter(is_meant).to_pylist())


def _sources(index: Index, before: pa.Table, moved: Collection[str]) -> pa.Table:
    """``card_sources`` made of the table before: the rows that an episode gave stay while it was not moved.

    A row tells of a card and of the one before it that made its claim first; what stands in line before an
    episode that was not moved was not moved either.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    is_moved = pc.is_in(before["episode_id"], value_set=pa.array(sorted(moved), pa.string()))
    new = schema.to_table("card_sources", _by_key(index.new_sources()))
    whole = pa.concat_tables([before.filter(pc.invert(is_moved)), new])
    order = [(name, "ascending") for name in schema.TABLES["card_sources"].key]
    return whole.sort_by(order).combine_chunks()


def _by_key(sources: Iterable[tuple[Any, ...]]) -> list[Row]:
    found: dict[tuple[str, ...], Row] = {}
    for source in sources:
        row = dict(zip(schema.TABLES["card_sources"].column_names, source, strict=True))
        found[row["card_id"], row["episode_id"], row["passage_id"]] = row
    return [found[key] for key in sorted(found)]
