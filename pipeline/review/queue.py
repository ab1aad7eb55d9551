"""Which cards a reviewer should look at, the least sure first."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.review import labels
from pipeline.review.overlay import Conflict, Content, Reviewed, Row

STATUSES = (*labels.STATUSES, "all")
DEFAULT_STATUSES = ("unreviewed", "conflict")
_DECIDED = {"accept": "accepted", "edit": "edited", "reject": "rejected", "merge": "merged"}
_VERSION = re.compile(r"v([0-9a-f]{16})\.(0|r[0-9a-f]{16}-[0-9]+)")


@dataclass(frozen=True, slots=True)
class Item:
    """A card as a reviewer is shown it.

    Attributes:
        row: the card as the pipeline has it; None where it no longer finds its claim.
        version: stands for the card and the reviews as they are now; comes back with the answer.
        content: what can be changed, as it stands now.
        status: one of :data:`pipeline.review.labels.STATUSES`.
        note: where the pipeline says otherwise than a reviewer decided.
    """

    card_id: str
    episode_id: str
    row: Row | None
    version: str
    content: Content
    status: str
    note: str

    @property
    def score(self) -> float:
        return self.row["score"] if self.row else 0.0

    @property
    def time(self) -> str:
        if self.row is None or self.row["start_s"] is None:
            return ""
        minutes, seconds = divmod(int(self.row["start_s"]), 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"


def find_items(reviewed: Reviewed, *, merged: Collection[str] = ()) -> list[Item]:
    """Every card, and those that a reviewer kept but the pipeline lost.

    Args:
        reviewed: the cards with the reviews laid over them.
        merged: cards that the corpus stage took for the same claim as another.
    """
    notes: dict[str, list[Conflict]] = {}
    for conflict in reviewed.conflicts:
        notes.setdefault(conflict.card_id, []).append(conflict)
    gone = [i for i in notes if i not in reviewed.machine]
    items = []
    for card_id in [*reviewed.machine, *sorted(gone)]:
        row, review = reviewed.machine.get(card_id), reviewed.latest.get(card_id)
        if card_id in notes:
            status = "conflict"
        elif review:
            status = _DECIDED[review.decision]
        else:
            status = "merged" if card_id in merged else "unreviewed"
        items.append(
            Item(
                card_id, row["episode_id"] if row else reviewed.latest[card_id].episode_id, row,
                version_of(reviewed, card_id), reviewed.content_of(card_id), status,
                "\n".join(_note(conflict) for conflict in notes.get(card_id, ())),
            )
        )  # fmt: skip
    return items


def choose(
    items: Sequence[Item],
    *,
    statuses: Collection[str] = DEFAULT_STATUSES,
    episodes: Collection[str] = (),
    lowest: float = 100.0,
) -> list[Item]:
    """Items to look at, the least sure first.

    Args:
        statuses: keep these; ``all`` for every one.
        episodes: keep cards of these; none named keeps all.
        lowest: keep this share (percent, above 0) of what is left, the least sure.
    """
    kept = [
        item
        for item in items
        if ("all" in statuses or item.status in statuses)
        and (not episodes or item.episode_id in episodes)
    ]
    kept.sort(key=_urgency)
    return kept[: math.ceil(len(kept) * lowest / 100)]


def version_of(reviewed: Reviewed, card_id: str) -> str:
    """What changes when the pipeline or a reviewer changes the card.

    It begins with a letter, lest a spreadsheet reads a number in it.
    """
    row, review = reviewed.machine.get(card_id), reviewed.latest.get(card_id)
    sha256 = row["content_sha256"] if row else review.content_sha256 if review else ""
    return f"v{sha256[:16]}.{review.review_id if review else 0}"


def read_version(text: str) -> tuple[str, str | None] | None:
    """The beginning of the card's hash and the review in a version; None where it is none."""
    found = _VERSION.fullmatch(text.strip())
    return (found[1], None if found[2] == "0" else found[2]) if found else None


def _urgency(item: Item) -> tuple[Any, ...]:
    row: Mapping[str, Any] = item.row or {"first_segment": 0, "first_char": 0}
    # Conflicts come first: there a person and the pipeline have both looked and disagree.
    place = (item.episode_id, row["first_segment"], row["first_char"], item.card_id)
    return (item.status != "conflict", item.score, *place)


def _note(conflict: Conflict) -> str:
    if conflict.kind == "vanished":
        return "この主張は今の書き起こしから見つからなくなりました（却下でこの件を閉じられます）"
    if conflict.kind == "target":
        return f"統合先 {conflict.reviewed} がなくなったか却下されたため、元に戻しました"
    return f"{labels.FIELDS[conflict.field]}（今の自動生成）：{conflict.machine}"
