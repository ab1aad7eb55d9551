"""Counts and shares with their intervals: what was asked for, which tags, which tags together."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING, Literal

from pipeline.export.labels import UNKNOWN_SPEAKER
from pipeline.query.intervals import difference
from pipeline.query.session import DataFolder
from pipeline.query.tables import episodes, passages, tags, utterances
from pipeline.trust.intervals import wilson

if TYPE_CHECKING:
    import pandas as pd

GROUPS = ("episode_id", "speaker", "relation")


def request_shares(
    by: Literal["episode_id", "speaker", "relation"] = "episode_id",
    *,
    data: DataFolder = None,
    private: bool | None = None,
) -> pd.DataFrame:
    """What was asked for, and how much of it was asking for an opinion.

    A row an episode, speaker (不明 for whoever is not named) or relation; in the order of time, of
    first appearance, of the alphabet: never in the order of the share, for this ranks nobody.
    Judgements that abstained count as none.

    Columns:
        episode_id, speaker or relation (string): the group
        n (int64): utterances
        opinion, answer, action, none (int64): of these, how many ask for it
        asked (int64): opinion + answer
        opinion_share (float64, 0 to 1): opinion of asked; null where nothing was asked
        low, high (float64, 0 to 1): ends of its 95% interval (Wilson); 0 and 1 where nothing was asked

    Args:
        by: what to group by.
        data: data folder; see ``bs.use``.
        private: private episodes too; as ``bs.use`` set it where not given.

    Raises:
        ValueError: ``by`` is none of these.
        TableError: a stored table is damaged.
    """
    import pandas as pd

    from pipeline.schema import REQUESTS

    if by not in GROUPS:
        raise ValueError(f"by is {by!r}; choose one of {', '.join(GROUPS)}")
    said = utterances(data=data, private=private)
    order = list(dict.fromkeys(said["episode_id"]))
    if by == "relation":
        of_episode = episodes(data=data, private=private).set_index("episode_id")["relation"]
        said = said.assign(relation=said["episode_id"].map(of_episode)).dropna(subset="relation")
        order = sorted(set(said["relation"]))
    elif by == "speaker":
        said = said.assign(speaker=said["speaker"].fillna(UNKNOWN_SPEAKER))
        order = list(dict.fromkeys(said["speaker"]))
    asked = said["request"].astype("str").mask(said["request_abstained"], "none")
    counts = pd.crosstab(said[by], asked).reindex(index=order, columns=list(REQUESTS), fill_value=0)
    made = counts.astype("int64").rename_axis(None, axis="columns")
    made.insert(0, "n", made.sum(axis="columns").astype("int64"))
    made["asked"] = made["opinion"] + made["answer"]
    made = _with_share(made, "opinion", "asked", "opinion_share")
    made.index = made.index.astype(said[by].dtype).rename(by)
    return made.reset_index()


def tag_shares(
    by: Literal["episode_id", "month"] = "episode_id",
    *,
    data: DataFolder = None,
    private: bool | None = None,
) -> pd.DataFrame:
    """How many passages of each episode (or month) carry each tag.

    A row an episode and tag, also where the count is 0; in the order of time, tags in that of the
    taxonomy. By month, episodes without a date are left out.

    Columns:
        episode_id (string): episode; not there by month
        published_at (timestamp, UTC): when it was published, the first day of a month; may be null
        tag (category): tag
        passages (int64): passages there
        tagged (int64): of these, how many carry the tag
        share (float64, 0 to 1): tagged of passages; null where there are none
        low, high (float64, 0 to 1): ends of its 95% interval (Wilson)

    Args:
        by: a row an episode, or all episodes of a month together.
        data: data folder; see ``bs.use``.
        private: private episodes too; as ``bs.use`` set it where not given.

    Raises:
        TableError: a stored table is damaged.
    """
    import pandas as pd

    known, found = tags(data=data, private=private), passages(data=data, private=private)
    shown = episodes(data=data, private=private)
    of_passage = found.set_index("passage_id")["episode_id"]
    moments = shown.set_index("episode_id")["published_at"]
    pairs = known.drop_duplicates(["passage_id", "tag"])
    counts = Counter(zip(pairs["passage_id"].map(of_passage), pairs["tag"], strict=True))
    totals = Counter(found["episode_id"])
    keys = list(itertools.product(shown["episode_id"], known["tag"].cat.categories))
    made = pd.DataFrame(
        {
            "episode_id": pd.Series([i for i, _ in keys], dtype=shown["episode_id"].dtype),
            "published_at": pd.Series([moments[i] for i, _ in keys], dtype=moments.dtype),
            "tag": pd.Series([tag for _, tag in keys], dtype=known["tag"].dtype),
            "passages": pd.Series([totals[i] for i, _ in keys], dtype="int64"),
            "tagged": pd.Series([counts[key] for key in keys], dtype="int64"),
        }
    )
    if by == "month":
        days = made["published_at"].dt.tz_localize(None)
        first = days.dt.to_period("M").dt.to_timestamp().dt.tz_localize("UTC")
        made["published_at"] = first.astype(moments.dtype)
        grouped = made.dropna(subset="published_at").groupby(["published_at", "tag"], observed=True)
        made = grouped[["passages", "tagged"]].sum().reset_index()
    return _with_share(made, "tagged", "passages", "share")


def tag_changes(*, data: DataFolder = None, private: bool | None = None) -> pd.DataFrame:
    """What changes: each tag's share of passages in the earlier and the later half of the dated episodes.

    A row a tag that stands somewhere, in the order of the taxonomy; none before there are two dated
    episodes. No correction is made for looking at many tags at once.

    Columns:
        tag (category): tag
        early, late (int64): passages that carry it, in the earlier and the later half
        early_passages, late_passages (int64): all passages of each half
        early_episodes, late_episodes (int64): episodes of each half
        early_share, late_share (float64, 0 to 1): early of early_passages, late of late_passages
        change (float64, -1 to 1): late_share less early_share
        low, high (float64, -1 to 1): ends of its 95% interval (Newcombe 1998, method 10)

    Args:
        data: data folder; see ``bs.use``.
        private: private episodes too; as ``bs.use`` set it where not given.

    Raises:
        TableError: a stored table is damaged.
    """
    import pandas as pd

    shares = tag_shares(data=data, private=private).dropna(subset="published_at")
    order = list(dict.fromkeys(shares["episode_id"]))
    half = len(order) // 2
    is_early = shares["episode_id"].isin(order[:half])
    rows = []
    for tag in shares["tag"].cat.categories if half else ():
        of = shares["tag"] == tag
        one, other = (
            shares[of & part][["tagged", "passages"]].sum() for part in (is_early, ~is_early)
        )
        if one["tagged"] + other["tagged"]:
            early, late = ((int(n["tagged"]), int(n["passages"])) for n in (one, other))
            rows.append((tag, early[0], late[0], early[1], late[1], half, len(order) - half,
                         *difference(early, late)))  # fmt: skip
    counts = ["early", "late", "early_passages", "late_passages", "early_episodes", "late_episodes"]
    figures = ["early_share", "late_share", "change", "low", "high"]
    made = pd.DataFrame(rows, columns=["tag", *counts, *figures])
    types = dict.fromkeys(counts, "int64") | dict.fromkeys(figures, "float64")
    return made.astype({"tag": shares["tag"].dtype, **types})


def tag_pairs(*, data: DataFolder = None, private: bool | None = None) -> pd.DataFrame:
    """Which tags stand in the same passages, the most frequent pair first.

    Columns:
        tag, other_tag (category): two tags, in the order of the taxonomy
        together (int64): passages that carry both
        tagged, other_tagged (int64): passages that carry the one, the other
        passages (int64): all passages
        lift (float64): times as often together as chance would have it

    Args:
        data: data folder; see ``bs.use``.
        private: private episodes too; as ``bs.use`` set it where not given.

    Raises:
        TableError: a stored table is damaged.
    """
    import pandas as pd

    known = tags(data=data, private=private)
    total = len(passages(data=data, private=private))
    pairs = known.drop_duplicates(["passage_id", "tag"]).sort_values("tag")
    alone = Counter(pairs["tag"])
    both = Counter(
        pair
        for _, of in pairs.groupby("passage_id")["tag"]
        for pair in itertools.combinations(of, 2)
    )
    rank = {tag: place for place, tag in enumerate(known["tag"].cat.categories)}
    rows = sorted(both.items(), key=lambda item: (-item[1], rank[item[0][0]], rank[item[0][1]]))
    made = pd.DataFrame(
        {
            "tag": pd.Series([one for (one, _), _ in rows], dtype=known["tag"].dtype),
            "other_tag": pd.Series([other for (_, other), _ in rows], dtype=known["tag"].dtype),
            "together": pd.Series([n for _, n in rows], dtype="int64"),
            "tagged": pd.Series([alone[one] for (one, _), _ in rows], dtype="int64"),
            "other_tagged": pd.Series([alone[other] for (_, other), _ in rows], dtype="int64"),
            "passages": pd.Series([total] * len(rows), dtype="int64"),
        }
    )
    expected = made["tagged"] * made["other_tagged"] / made["passages"]
    made["lift"] = (made["together"] / expected).astype("float64")
    return made


def _with_share(made: pd.DataFrame, count: str, total: str, name: str) -> pd.DataFrame:
    """Add a share with its interval; a share of nothing is null."""
    import pandas as pd

    ends = [wilson(int(n), int(of)) for n, of in zip(made[count], made[total], strict=True)]
    share = (made[count] / made[total].where(made[total] > 0)).astype("float64")
    return made.assign(
        **{name: share},
        low=pd.Series([share.low for share in ends], made.index, dtype="float64"),
        high=pd.Series([share.high for share in ends], made.index, dtype="float64"),
    )
