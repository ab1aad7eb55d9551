"""Reads cards and reviews from the store, the one laid over the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipeline import schema
from pipeline.errors import TableError
from pipeline.review.labels import ReviewError
from pipeline.review.overlay import Reviewed, apply_reviews
from pipeline.store import Store, read_parquet

if TYPE_CHECKING:
    import pyarrow as pa

_KEPT = ("accepted", "edited")


def reviewed_cards(store: Store) -> pa.Table:
    """The cards as readers see them: reviews applied, rejected and merged ones left out.

    The same tables give the same rows in the same order (by episode, as the episode has them).

    Returns:
        A table of the schema ``cards``; ``review_status`` is what reviewers decided, ``content_sha256``
        changes with what a reader sees.

    Raises:
        TableError: a table is missing or damaged.
        ReviewError: the reviews are damaged.
    """
    merged = {e["card_id"] for e in read_ledger(store).to_pylist() if e["status"] == "merged"}
    rows = read_reviewed(store).cards
    return schema.to_table(
        "cards",
        [r for r in rows if r["card_id"] not in merged or r["review_status"] in _KEPT],
    )


def read_reviewed(store: Store) -> Reviewed:
    """All cards with the reviews laid over them, and where the pipeline now says otherwise.

    Raises:
        TableError: a table is missing or damaged.
        ReviewError: the reviews are damaged.
    """
    ids = sorted(i for i, r in store.load_records().items() if "card" in r.get("stages", {}))
    cards = [row for i in ids for row in store.read("cards", i).to_pylist()]
    episodes = [row for i in ids for row in store.read("episodes", i).to_pylist()]
    return apply_reviews(
        cards,
        read_reviews(store).to_pylist(),
        audience={row["episode_id"]: audience_of(row) for row in episodes},
    )


def read_reviews(store: Store) -> pa.Table:
    """The table ``reviews``, empty where nobody decided anything yet.

    Raises:
        ReviewError: it is damaged; unlike other tables nothing can make it again.
    """
    path = store.table_path("reviews", "")
    if not path.is_file():
        return schema.to_table("reviews", [])
    try:
        return read_parquet("reviews", path)
    except TableError as error:
        raise ReviewError(
            f"{path} is damaged; it holds people's work, which nothing can make again: bring it back "
            "from a backup (or move it away to begin anew)"
        ) from error


def read_ledger(store: Store) -> pa.Table:
    """The ledger of card ids, empty before the first run.

    Raises:
        TableError: it is damaged; nothing but a backup has all that it holds.
    """
    path = store.table_path("card_ledger", "")
    if not path.is_file():
        return schema.to_table("card_ledger", [])
    try:
        return read_parquet("card_ledger", path)
    except TableError as error:
        reason = str(error).partition("; delete it")[0]
        raise TableError(
            f"{reason}; it alone knows since when cards are there and what became of them: bring it back "
            "from a backup, or delete it and run `bansou ingest` to begin it anew"
        ) from error


def audience_of(episode: Mapping[str, Any]) -> str:
    """Who may see an episode: everybody, or those of its relation."""
    if episode["visibility"] == "public":
        return "public"
    return f"private:{episode['relation'] or episode['episode_id']}"
