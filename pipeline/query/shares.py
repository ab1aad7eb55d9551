"""Counts and shares with their intervals: what was asked for, which tags, which tags together."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from typing import TYPE_CHECKING, Literal

from pipeline.export.labels import UNKNOWN_SPEAKER
from pipeline.query.session import DataFolder
from pipeline.query.tables import episodes, passages, tags, utterances

if TYPE_CHECKING:
    import pandas as pd

_Z = 1.959963984540054  # 95 %
GROUPS = ("episode_id", "speaker", "relation")


def wilson(count: int, total: int) -> tuple[float, float]:
    """The 95% interval of a share after Wilson (1927); 0 to 1 where there is nothing to go by."""
    if total <= 0:
        return 0.0, 1.0
    share, square = count / total, _Z * _Z
    middle = share + square / (2 * total)
    spread = _Z * math.sqrt(share * (1 - share) / total + square / (4 * total * total))
    low, high = ((middle + sign * spread) / (1 + square / total) for sign in (-1, 1))
    return (0.0 if count == 0 else low), (1.0 if count == total else high)


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
    made["opinion_share"] = (made["opinion"] / made["asked"].where(made["asked"] > 0)).astype(
        "float64"
    )
    ends = [wilson(int(o), int(a)) for o, a in zip(made["opinion"], made["asked"], strict=True)]
    made["low"] = pd.Series([low for low, _ in ends], made.index, dtype="float64")
    made["high"] = pd.Series([high for _, high in ends], made.index, dtype="float64")
    made.index = made.index.astype(said[by].dtype).rename(by)
    return made.reset_index()


def tag_shares(*, data: DataFolder = None, private: bool | None = None) -> pd.DataFrame:
    """How many passages of each episode carry each tag.

    A row an episode and tag, also where the count is 0; episodes in the order of time, tags in that
    of the taxonomy.

    Columns:
        episode_id (string): episode
        published_at (timestamp, UTC): when it was published; may be null
        tag (category): tag
        passages (int64): passages of the episode
        tagged (int64): of these, how many carry the tag
        share (float64, 0 to 1): tagged of passages; null where the episode has none
        low, high (float64, 0 to 1): ends of its 95% interval (Wilson)

    Args:
        data: data folder; see ``bs.use``.
        private: private episodes too; as ``bs.use`` set it where not given.

    Raises:
        TableError: a stored table is damaged.
    """
    import pandas as pd

    known, found = tags(data=data, private=private), passages(data=data, private=private)
    shown = episodes(data=data, private=private)
    of_passage = found.set_index("passage_id")["episode_id"]
    pairs = known.drop_duplicates(["passage_id", "tag"])
    moments = shown.set_index("episode_id")["published_at"]
    counts = Counter(zip(pairs["passage_id"].map(of_passage), pairs["tag"], strict=True))
    totals = Counter(found["episode_id"])
    keys = list(itertools.product(shown["episode_id"], known["tag"].cat.categories))
    ends = [wilson(counts[key], totals[key[0]]) for key in keys]
    made = pd.DataFrame(
        {
            "episode_id": pd.Series([i for i, _ in keys], dtype=shown["episode_id"].dtype),
            "published_at": pd.Series([moments[i] for i, _ in keys], dtype=moments.dtype),
            "tag": pd.Series([tag for _, tag in keys], dtype=known["tag"].dtype),
            "passages": pd.Series([totals[i] for i, _ in keys], dtype="int64"),
            "tagged": pd.Series([counts[key] for key in keys], dtype="int64"),
        }
    )
    made["share"] = (made["tagged"] / made["passages"].where(made["passages"] > 0)).astype(
        "float64"
    )
    made["low"] = pd.Series([low for low, _ in ends], dtype="float64")
    made["high"] = pd.Series([high for _, high in ends], dtype="float64")
    return made


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
