"""Lays what reviewers decided over the cards that the pipeline makes.

The cards' own tables stay as the stage wrote them; readers take the cards from here. The latest review
of a card counts. Where the pipeline has since come to say something else, the reviewer's word stands
and the difference is a :class:`Conflict`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from pipeline import schema
from pipeline.review.labels import ReviewError

Row = dict[str, Any]

_NOT_LETTERS = re.compile(r"[\W_]+")
_STATUS = {"accept": "accepted", "edit": "edited"}


@dataclass(frozen=True, slots=True)
class Content:
    """What of a card a reviewer can change."""

    title: str
    body: str
    kind: str
    tags: tuple[str, ...]
    quote: str

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Content:
        return cls(row["title"], row["body"], row["kind"], tuple(row["tags"]), row["quote"])

    def as_json(self, **more: str) -> str:
        return json.dumps({**asdict(self), **more}, ensure_ascii=False, sort_keys=True)


@dataclass(frozen=True, slots=True)
class Review:
    """One decision on a card.

    Attributes:
        content_sha256: hash of the card as the pipeline made it when it was decided on.
        prior_review_id: the review that stood when the card was shown to the reviewer.
        before: what the pipeline said of the card then.
        after: what the card says since.
        merged_into: the card that holds its claim now, where the decision is ``merge``.
    """

    review_id: str
    card_id: str
    episode_id: str
    reviewer: str
    decided_at: datetime
    decision: str
    content_sha256: str
    prior_review_id: str | None
    before: Content
    after: Content
    merged_into: str | None = None
    comment: str | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Review:
        """Read a row of the table ``reviews``.

        Raises:
            ReviewError: what it holds is not what this program writes.
        """
        try:
            before, after = json.loads(row["before"]), json.loads(row["after"])
            into = after.get("merged_into")
            contents = [Content.of(before), Content.of(after)]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ReviewError(
                f"review {row['review_id']} of card {row['card_id']} is damaged ({error!r}); "
                "bring data/processed/reviews back from a backup"
            ) from error
        rest = {k: v for k, v in row.items() if k not in ("before", "after")}
        return cls(**rest, before=contents[0], after=contents[1], merged_into=into)

    def as_row(self) -> Row:
        more = {"merged_into": self.merged_into} if self.merged_into else {}
        row = {name: getattr(self, name) for name in self.__slots__ if name != "merged_into"}
        return row | {"before": self.before.as_json(), "after": self.after.as_json(**more)}


@dataclass(frozen=True, slots=True)
class Conflict:
    """Where the pipeline says otherwise than a reviewer decided.

    Attributes:
        kind: ``changed`` (a field reads otherwise now), ``vanished`` (the pipeline no longer finds the
            claim), ``target`` (the card it was merged into is gone, rejected or not for the same eyes).
        field: which field; empty where the whole card is meant.
        reviewed: what the reviewer left there.
        machine: what the pipeline says now.
    """

    card_id: str
    episode_id: str
    title: str
    kind: str
    field: str
    reviewed: str
    machine: str
    reviewer: str
    decided_at: datetime


@dataclass(slots=True)
class Reviewed:
    """The cards with the reviews laid over them.

    Attributes:
        cards: what readers see, rows of the table ``cards`` in the order given.
        hidden: cards that readers do not see: rejected (None) or merged by hand (into which card).
        machine: all cards as the pipeline made them, by id.
        latest: the review that counts, by card.
        history: all reviews by card, in the order made.
        conflicts: where the pipeline says otherwise.
    """

    cards: list[Row] = field(default_factory=list)
    hidden: dict[str, str | None] = field(default_factory=dict)
    machine: dict[str, Row] = field(default_factory=dict)
    latest: dict[str, Review] = field(default_factory=dict)
    history: dict[str, list[Review]] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)

    def content_of(self, card_id: str) -> Content:
        """What a reviewer is shown of a card, also of one that is hidden or gone."""
        review, row = self.latest.get(card_id), self.machine.get(card_id)
        if review is None:
            return Content.of(self.machine[card_id])
        return _overlaid(row, review) if row else review.after


def apply_reviews(
    cards: Iterable[Row], reviews: Sequence[Mapping[str, Any]], *, audience: Mapping[str, str]
) -> Reviewed:
    """Lay reviews over cards.

    Args:
        cards: rows of the table ``cards``.
        reviews: rows of the table ``reviews``, in the order made.
        audience: who may see an episode; a card never becomes evidence before other eyes.

    Raises:
        ReviewError: a review is damaged.
    """
    made = Reviewed(machine={row["card_id"]: row for row in cards})
    for row in reviews:
        review = Review.of(row)
        made.latest[review.card_id] = review
        made.history.setdefault(review.card_id, []).append(review)
    # Rejected first: whether a merge holds depends on its target.
    for card_id, review in made.latest.items():
        if review.decision == "reject" and card_id in made.machine:
            made.hidden[card_id] = None
    for card_id, review in made.latest.items():
        if review.decision == "merge" and card_id in made.machine:
            target = find_target(made, card_id, audience)
            if target:
                made.hidden[card_id] = target
    made.cards = [_lay_over(made, row) for i, row in made.machine.items() if i not in made.hidden]
    made.conflicts = [
        c for _, review in sorted(made.latest.items()) for c in _conflicts(made, review)
    ]
    return made


def find_target(made: Reviewed, card_id: str, audience: Mapping[str, str]) -> str | None:
    """The card that holds the claim of one merged by hand; None where there is none any more."""
    seen = [card_id]
    while (review := made.latest.get(seen[-1])) and review.decision == "merge":
        target = review.merged_into
        if target is None or target in seen or target not in made.machine:
            return None
        seen.append(target)
    last = made.latest.get(seen[-1])
    if last is not None and last.decision == "reject":
        return None
    eyes = {audience[made.machine[i]["episode_id"]] for i in seen}
    return seen[-1] if len(eyes) == 1 else None


def _lay_over(made: Reviewed, row: Row) -> Row:
    review = made.latest.get(row["card_id"])
    if review is None:
        return row
    content = _overlaid(row, review)
    is_changed = content != Content.of(row)
    status = _STATUS.get(review.decision) or ("edited" if is_changed else "unreviewed")
    sha256 = row["content_sha256"]
    if is_changed:  # readers of the hash must notice
        sha256 = hashlib.sha256(f"{sha256}\0{content.as_json()}".encode()).hexdigest()
    return row | asdict(content) | {
        "tags": list(content.tags), "review_status": status, "content_sha256": sha256,
    }  # fmt: skip


def _overlaid(row: Row, review: Review) -> Content:
    """What was accepted stays as it was read; the quote is the recording's, so it follows the pipeline
    unless it still is the very one that the reviewer corrected."""
    after = review.after
    # A newer schema may no longer know a kind or tag; the difference is listed as a conflict.
    kind = after.kind if after.kind in schema.CARD_KINDS else row["kind"]
    tags = tuple(tag for tag in after.tags if tag in schema.TAGS)
    quote = after.quote if row["quote"] == review.before.quote else row["quote"]
    return Content(after.title, after.body, kind, tags, quote)


def _conflicts(made: Reviewed, review: Review) -> list[Conflict]:
    row = made.machine.get(review.card_id)
    is_kept = review.decision in _STATUS
    if row is None:  # where a reviewer had put the card away, its vanishing is no contradiction
        return [_conflict(review, "vanished", "", "", "")] if is_kept else []
    found = []
    if review.decision == "merge" and review.card_id not in made.hidden:
        found.append(_conflict(review, "target", "", review.merged_into or "", ""))
    names = ("title", "body", "kind", "tags", "quote") if is_kept else ("title", "body", "quote")
    now = Content.of(row)
    for name in names:
        machine, before, after = (getattr(c, name) for c in (now, review.before, review.after))
        if not any(_is_same(name, machine, other) for other in (before, after)):
            found.append(_conflict(review, "changed", name, _shown(after), _shown(machine)))
    return found


def _is_same(name: str, one: Any, other: Any) -> bool:
    if name == "tags":
        return set(one) == set(other)
    if name == "quote":  # another recogniser's commas are no other words
        return _NOT_LETTERS.sub("", one) == _NOT_LETTERS.sub("", other)
    return bool(one == other)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else "、".join(value)


def _conflict(review: Review, kind: str, name: str, reviewed: str, machine: str) -> Conflict:
    return Conflict(
        review.card_id, review.episode_id, review.after.title, kind, name, reviewed, machine,
        review.reviewer, review.decided_at,
    )  # fmt: skip
