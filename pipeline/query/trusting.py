"""Trust over time, for notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.query.session import DataFolder, find_settings, is_private_wanted

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.trust import RelationTrust


def trust_over_time(
    relation: str | None = None,
    *,
    mask: bool = False,
    data: DataFolder = None,
    private: bool | None = None,
) -> list[RelationTrust]:
    """What the meetings with one customer, or with each, tell; for ``plots.trust_trajectory``.

    Args:
        relation: one relation; all where not given.
        mask: masks for names, the same everywhere.
        data: data folder; see ``bs.use``.
        private: relations with private meetings too; as ``bs.use`` set it where not given. Meetings with
            customers are private unless their sidecar says otherwise.

    Returns:
        Relations in alphabetical order; none that may not be shown, or whose sidecars are wrong
        (``bansou trust`` says what is).

    Raises:
        UnknownRelationError: there is no such relation.
        TableError: a stored table is damaged.
    """
    from pipeline import trust

    folder = find_settings(data).data
    every = trust.trust(folder).relations
    chosen = every if relation is None else trust.trust(folder, relation).relations
    shown = [one for one in chosen if is_private_wanted(private) or not one.is_private]
    return trust.mask(shown, among=every) if mask else shown


def trust_verdicts(
    *, mask: bool = False, data: DataFolder = None, private: bool | None = None
) -> pd.DataFrame:
    """A verdict a relation; in alphabetical order, for this ranks nobody.

    Columns:
        relation (string): customer
        verdict (string): 育っている, 停滞, 代走に偏る, 揺らぎ→回復, 損なわれている, or 判断できない (too little data)
        confidence (float64, 0 to 1): how likely that story is among all; 0 where there is no verdict
        meetings (int64): meetings measured
        requests (int64): requests of the customer in all of them
        reason (string): what it rests on, in a sentence

    Args:
        mask: masks for names, the same everywhere.
        data: data folder; see ``bs.use``.
        private: as in ``bs.trust_over_time``.

    Raises:
        TableError: a stored table is damaged.
    """
    from pipeline.trust import VERDICTS

    found = trust_over_time(mask=mask, data=data, private=private)
    rows = [
        (one.relation, VERDICTS[one.verdict], one.confidence, len(one.meetings),
         sum(point.requests for point in one.meetings), one.reason)
        for one in found
    ]  # fmt: skip
    return _typed(
        rows, relation="str", verdict="str", confidence="float64", meetings="int64",
        requests="int64", reason="str",
    )  # fmt: skip


def trust_evidence(
    *, mask: bool = False, data: DataFolder = None, private: bool | None = None
) -> pd.DataFrame:
    """The quotes that verdicts rest on, by relation.

    Columns:
        relation (string): customer
        episode_id (string): meeting
        start_s (float64, s): from the start of the meeting; null where there are no times
        role (string): who said it, by role
        quote (string): what was said
        why (string): why it counts

    Args:
        mask: masks for names, the same everywhere.
        data: data folder; see ``bs.use``.
        private: as in ``bs.trust_over_time``.

    Raises:
        TableError: a stored table is damaged.
    """
    found = trust_over_time(mask=mask, data=data, private=private)
    rows = [
        (one.relation, quote.episode_id, quote.start_s, quote.role, quote.quote, quote.why)
        for one in found
        for quote in one.evidence
    ]
    return _typed(
        rows,
        relation="str",
        episode_id="str",
        start_s="float64",
        role="str",
        quote="str",
        why="str",
    )


def _typed(rows: Sequence[tuple[object, ...]], **types: str) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    text = pd.StringDtype(na_value=np.nan)
    made = pd.DataFrame(rows, columns=list(types))
    return made.astype({name: text if t == "str" else t for name, t in types.items()})
