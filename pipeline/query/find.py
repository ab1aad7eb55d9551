"""Search as a frame."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from pipeline import schema
from pipeline.query.frames import dtype_of
from pipeline.query.session import DataFolder, find_settings, is_private_wanted

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = (
    *(schema.Column(n, "string", "") for n in ("title", "quote", "episode_id", "episode_title")),
    schema.Column("published_at", "timestamp", ""),
    schema.Column("speaker", "string", ""),
    schema.Column("start_s", "float64", ""),
    schema.Column("end_s", "float64", ""),
    schema.Column("kind", "string", "", values=schema.CARD_KINDS),
    schema.Column("tags", "strings", ""),
    schema.Column("request", "string", "", values=schema.REQUESTS),
    schema.Column("score", "float64", ""),
    schema.Column("by_words", "bool", ""),
)


def search(  # noqa: PLR0913  filters are many
    query: str,
    *,
    passages: bool = False,
    tag: str | Sequence[str] = (),
    kind: str | Sequence[str] = (),
    request: str | Sequence[str] = (),
    speaker: str | Sequence[str] = (),
    episode: str | Sequence[str] = (),
    since: date | None = None,
    until: date | None = None,
    limit: int = 10,
    data: DataFolder = None,
    private: bool | None = None,
) -> pd.DataFrame:
    """Find cards (or passages) by words, readings and meaning, the best first.

    Several values of one filter mean any of them; all filters must be met.

    Columns:
        card_id, or passage_id with ``passages`` (string): what was found
        title (string): the claim; empty for a passage
        quote (string): the part of the quote, or of the passage, around what was found
        episode_id, episode_title (string): where it was said
        published_at (timestamp, day in UTC): when; may be null
        speaker (string): who; null where unknown
        start_s, end_s (float64, s): from the start of the episode; null where there are no times
        kind (category): kind of claim; null for a passage
        tags (strings): its tags
        request (category): what the quote asks for; null for a passage
        score (float64, 0 to 1): 1 for what is first by words and by meaning; orders this search only
        by_words (bool): false where only words of a like meaning were found

    Args:
        query: words in any form, in kanji or かな; "…" or 「…」 asks for words in this order.
        passages: search passages instead of cards.
        tag, kind, request: values as in the tables; ``bs.names`` tells them.
        speaker: name, or 不明 for whoever is not named.
        episode: episode ids.
        since, until: first and last day of publication (UTC).
        limit: at most so many rows.
        data: data folder; see ``bs.use``.
        private: private episodes too; as ``bs.use`` set it where not given.

    Raises:
        QueryError: the query holds no word or is too long.
        BansouError: no episodes yet, or an episode is unknown.
    """
    from pipeline.search import Filters
    from pipeline.search import search as find

    filters = Filters(
        tags=_several(tag), kinds=_several(kind), requests=_several(request),
        speakers=_several(speaker), episodes=_several(episode), since=since, until=until,
        private=is_private_wanted(private),
    )  # fmt: skip
    hits = find(find_settings(data).data, query, passages=passages, filters=filters, limit=limit)
    return _frame("passage_id" if passages else "card_id", hits)


def _several(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _frame(key: str, hits: Sequence[Any]) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(index=pd.RangeIndex(len(hits)))
    for column in (schema.Column(key, "string", ""), *_COLUMNS):
        name = {key: "id", "published_at": "published"}.get(column.name, column.name)
        values: Any = [getattr(hit, name) for hit in hits]
        if column.type == "timestamp":
            values = pd.to_datetime(pd.Series(values, dtype=object), utc=True)
        frame[column.name] = pd.Series(values, dtype=None if column.type == "timestamp" else object)
        frame[column.name] = frame[column.name].astype(dtype_of(column))
    return frame
