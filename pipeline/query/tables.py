"""The tables as frames; episodes in the order of publication, the rest in theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.query.frames import documented, read_frame, to_frame
from pipeline.query.session import DataFolder, find_settings, is_private_wanted
from pipeline.review import reviewed_cards
from pipeline.store import Store

if TYPE_CHECKING:
    import pandas as pd


@documented("episodes")
def episodes(*, data: DataFolder = None, private: bool | None = None) -> pd.DataFrame:
    """One row an episode, the oldest first: what it is and where it came from."""
    return _read("episodes", data, private)


@documented("segments")
def segments(*, data: DataFolder = None, private: bool | None = None) -> pd.DataFrame:
    """What recognition or the transcript wrote, untouched."""
    return _read("segments", data, private)


@documented("words")
def words(*, data: DataFolder = None, private: bool | None = None) -> pd.DataFrame:
    """Words with their seconds, where recognition gives them."""
    return _read("words", data, private)


@documented("utterances")
def utterances(*, data: DataFolder = None, private: bool | None = None) -> pd.DataFrame:
    """Sentences, repaired, with what they ask for."""
    return _read("utterances", data, private)


@documented("passages")
def passages(*, data: DataFolder = None, private: bool | None = None) -> pd.DataFrame:
    """Utterances on one point."""
    return _read("passages", data, private)


@documented("repairs")
def repairs(*, data: DataFolder = None, private: bool | None = None) -> pd.DataFrame:
    """Misheard words with what they were meant to be."""
    return _read("repairs", data, private)


@documented("tags")
def tags(*, data: DataFolder = None, private: bool | None = None) -> pd.DataFrame:
    """What passages are about, a row for every piece of evidence."""
    return _read("tags", data, private)


@documented("cards")
def cards(
    *, reviewed: bool = True, data: DataFolder = None, private: bool | None = None
) -> pd.DataFrame:
    """Knowledge cards as readers see them: reviews applied, rejected and merged ones left out.

    With ``reviewed=False`` as the pipeline made them, all of them.
    """
    if not reviewed:
        return _read("cards", data, private)
    store, shown = _shown(data, private)
    frame = to_frame("cards", reviewed_cards(store))
    order = {episode_id: place for place, episode_id in enumerate(shown)}
    places = frame["episode_id"].map(order)
    frame = frame[places.notna()].iloc[places.dropna().argsort(kind="stable")]
    return frame.reset_index(drop=True)


@documented("card_links")
def card_links(*, data: DataFolder = None, private: bool | None = None) -> pd.DataFrame:
    """Related cards, with the reason; only where both cards are shown."""
    shown = set(cards(data=data, private=private)["card_id"])
    return _of("card_links", data, private, {"card_id": shown, "other_card_id": shown})


@documented("card_sources")
def card_sources(*, data: DataFolder = None, private: bool | None = None) -> pd.DataFrame:
    """Further evidence of a card's claim; only of cards and episodes that are shown."""
    shown = set(cards(data=data, private=private)["card_id"])
    _, episode_ids = _shown(data, private)
    return _of("card_sources", data, private, {"card_id": shown, "episode_id": set(episode_ids)})


@documented("relations")
def relations(*, data: DataFolder = None, private: bool | None = None) -> pd.DataFrame:
    """Conversations grouped by customer; empty before ``bansou trust`` made it."""
    known = set(episodes(data=data, private=private)["relation"].dropna())
    return _of("relations", data, private, {"relation": known})


@documented("trust_points")
def trust_points(*, data: DataFolder = None, private: bool | None = None) -> pd.DataFrame:
    """What the customer asked for, meeting by meeting; empty before ``bansou trust`` made it."""
    _, episode_ids = _shown(data, private)
    return _of("trust_points", data, private, {"episode_id": set(episode_ids)})


def _read(name: str, data: DataFolder, private: bool | None) -> pd.DataFrame:
    store, shown = _shown(data, private)
    return read_frame(store, name, shown)


def _of(
    name: str, data: DataFolder, private: bool | None, kept: dict[str, set[Any]]
) -> pd.DataFrame:
    frame = _read(name, data, private)
    for column, values in kept.items():
        frame = frame[frame[column].isin(values)]
    return frame.reset_index(drop=True)


def _shown(data: DataFolder, private: bool | None) -> tuple[Store, list[str]]:
    """The store, and the episodes that may be shown, the oldest first, undated ones last."""
    store = Store(find_settings(data).processed)
    rows = []
    for episode_id in store.episode_ids():
        if store.has("episodes", episode_id):
            rows += store.read("episodes", episode_id).to_pylist()
    wanted = is_private_wanted(private)
    kept = [row for row in rows if wanted or row["visibility"] == "public"]
    kept.sort(key=_published)
    return store, [row["episode_id"] for row in kept]


def _published(row: dict[str, Any]) -> tuple[float, str]:
    moment = row["published_at"]
    return (moment.timestamp() if moment else float("inf"), row["episode_id"])
