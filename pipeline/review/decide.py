"""Checks a reviewer's answers, all of them, and makes the rows of the table ``reviews``."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Literal

from pipeline.review import labels
from pipeline.review.answers import Answer
from pipeline.review.contents import WrongAnswerError, check_shown, new_content
from pipeline.review.overlay import Content, Review, Reviewed, find_target
from pipeline.review.queue import read_version, version_of

OnChanged = Literal["refuse", "skip", "take"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an answer cannot be taken."""

    place: str
    card_id: str
    message: str


@dataclass(slots=True)
class Decided:
    """What the answers come to.

    Attributes:
        reviews: new decisions, in the order of the file.
        problems: with any of these nothing is to be kept.
        skipped: answers left out because their card changed since it was shown.
        known: answers imported before.
        empty: rows that nobody decided.
    """

    reviews: list[Review] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    skipped: list[Problem] = field(default_factory=list)
    known: int = 0
    empty: int = 0

    @property
    def counts(self) -> Counter[str]:
        return Counter(review.decision for review in self.reviews)


class _ChangedError(Exception):
    """The card is not any more what the reviewer was shown."""


class _KnownError(Exception):
    """The answer was imported before."""


def decide(
    answers: Sequence[Answer],
    reviewed: Reviewed,
    *,
    reviewer: str,
    now: datetime,
    tags: Mapping[str, str],
    audience: Mapping[str, str],
    gone: Mapping[str, str],
    on_changed: OnChanged = "refuse",
) -> Decided:
    """Check answers against the cards as they are.

    Args:
        answers: of one file.
        reviewed: the cards with the reviews made so far.
        reviewer: who answered.
        now: the clock.
        tags: tag → name.
        audience: who may see an episode; merging never crosses it.
        gone: every card id ever given → what became of it.
        on_changed: what to do with answers to cards that changed since: ``refuse`` (a problem),
            ``skip`` (leave them out) or ``take`` (decide on the card as it is now).
    """
    made = Decided()
    judge = _Judge(reviewed, reviewer, now, tags, gone, take_changed=on_changed == "take")
    by_card: dict[str, tuple[Answer, str]] = {}
    for answer in answers:
        try:
            if answer.is_empty:
                judge.check_untouched(answer)
                made.empty += 1
                continue
            review = judge.review(answer)
            signature = review.review_id.partition("-")[0]
            if answer.card_id not in by_card:
                by_card[answer.card_id] = (answer, signature)
                made.reviews.append(review)
            elif by_card[answer.card_id][1] != signature:
                place = by_card[answer.card_id][0].place
                why = f"decides otherwise than {place}; keep one of them"
                made.problems.append(Problem(answer.place, answer.card_id, why))
        except _KnownError:
            made.known += 1
        except _ChangedError as error:
            problem = Problem(answer.place, answer.card_id, str(error))
            (made.skipped if on_changed == "skip" else made.problems).append(problem)
        except WrongAnswerError as error:
            made.problems.append(Problem(answer.place, answer.card_id, str(error)))
    made.problems += _check_targets(made.reviews, by_card, reviewed, audience)
    return made


def _check_targets(
    reviews: Sequence[Review],
    by_card: Mapping[str, tuple[Answer, str]],
    reviewed: Reviewed,
    audience: Mapping[str, str],
) -> list[Problem]:
    """Merges seen together with all else that the file decides: no circle, no rejected target."""
    latest = reviewed.latest | {review.card_id: review for review in reviews}
    after = Reviewed(machine=reviewed.machine, latest=latest)
    found = []
    for review in reviews:
        if review.decision == "merge" and find_target(after, review.card_id, audience) is None:
            why = (
                f"the card {review.merged_into} that it is merged into is rejected, merged back into this "
                "one, or not for the same eyes (public and private); choose another"
            )
            found.append(Problem(by_card[review.card_id][0].place, review.card_id, why))
    return found


class _Judge:
    def __init__(
        self, reviewed: Reviewed, reviewer: str, now: datetime, tags: Mapping[str, str],
        gone: Mapping[str, str], *, take_changed: bool,
    ) -> None:  # fmt: skip
        self._reviewed = reviewed
        self._reviewer = reviewer
        self._now = now
        self._tags = tags
        self._gone = gone
        self._take_changed = take_changed

    def check_untouched(self, answer: Answer) -> None:
        """Refuse a row without a decision whose texts for reading were written over."""
        card_id = answer.card_id
        if card_id in self._reviewed.machine and answer.version == version_of(
            self._reviewed, card_id
        ):
            check_shown(answer, self._reviewed.content_of(card_id))

    def review(self, answer: Answer) -> Review:
        """The decision that an answer is."""
        card_id = answer.card_id
        row, old = self._reviewed.machine.get(card_id), self._reviewed.latest.get(card_id)
        if row is None and old is None:
            raise WrongAnswerError(self._unknown(card_id))
        signature = _signature(answer)
        self._check_version(answer, signature)
        shown = self._reviewed.content_of(card_id)
        decision, content = self._decision(answer, shown)
        if row is None and old is not None and decision != "reject":
            raise WrongAnswerError(
                "the pipeline no longer finds this claim; only 却下 (reject) can close the matter"
            )
        if answer.version == version_of(self._reviewed, card_id):
            check_shown(answer, shown)
        if decision == "merge":
            self._check_target(answer)
        number = len(self._reviewed.history.get(card_id, ()))
        version = read_version(answer.version)
        base = version[1] if version else None
        if self._is_changed(answer):  # taken all the same: it counts as made on what is there now
            base = old.review_id if old else None
        return Review(
            f"{signature}-{number}", card_id, row["episode_id"] if row else old.episode_id if old else "",
            self._reviewer, self._now, decision,
            row["content_sha256"] if row else old.content_sha256 if old else "", base,
            Content.of(row) if row else old.before if old else content, content,
            answer.merge_into or None, answer.comment or None,
        )  # fmt: skip

    def _unknown(self, card_id: str) -> str:
        if self._gone.get(card_id) == "vanished":
            return "the pipeline no longer finds this claim; export again"
        if not card_id:
            return "has no card id; keep the column カードID as it was exported"
        return "there is no such card in this data folder; check the file and --data"

    # -- is it still the card that was shown ------------------------------------------------

    def _check_version(self, answer: Answer, signature: str) -> None:
        version = read_version(answer.version)
        if version is None:
            raise WrongAnswerError(
                f"the version {answer.version!r} is damaged; keep the column 版 as it was exported"
            )
        since = self._since(answer, version[1])
        if since is None:
            raise WrongAnswerError("the version names a review that is not in this data folder")
        same_sheet = [
            r.prior_review_id == version[1] and r.content_sha256.startswith(version[0])
            and r.reviewer == self._reviewer
            for r in since
        ]  # fmt: skip
        known = [r.review_id.partition("-")[0] == signature for r in since]
        # The last word counts: within one file a reviewer may go back to what they first said, but an
        # old file imported again must not undo what was decided on a newer one.
        if any(known) and (known[-1] or not all(same_sheet)):
            raise _KnownError
        if self._take_changed:
            return
        if not all(same_sheet):
            by = next(r for r, same in zip(since, same_sheet, strict=True) if not same)
            raise _ChangedError(
                f"{by.reviewer} has decided on it since it was exported; export again"
            )
        if self._is_changed(answer):
            raise _ChangedError("the pipeline has changed it since it was exported; export again")

    def _since(self, answer: Answer, base: str | None) -> list[Review] | None:
        history = self._reviewed.history.get(answer.card_id, [])
        if base is None:
            return history
        ids = [review.review_id for review in history]
        return history[ids.index(base) + 1 :] if base in ids else None

    def _is_changed(self, answer: Answer) -> bool:
        row, version = self._reviewed.machine.get(answer.card_id), read_version(answer.version)
        if row is None or version is None:
            return False
        return not row["content_sha256"].startswith(version[0])

    # -- what was decided -------------------------------------------------------------------

    def _decision(self, answer: Answer, shown: Content) -> tuple[str, Content]:
        decision = labels.find_decision(answer.decision) if answer.decision else None
        if answer.decision and decision is None:
            raise WrongAnswerError(
                f"the decision {answer.decision!r} is none of {'、'.join(labels.DECISIONS.values())}"
            )
        content = new_content(answer, shown, self._tags)
        is_changed = content != shown
        if answer.merge_into and decision in (None, "merge"):
            decision = "merge"
        elif answer.merge_into:
            raise WrongAnswerError(f"names a card to merge into, but decides {answer.decision!r}")
        if decision in ("reject", "merge"):
            if is_changed:
                raise WrongAnswerError(
                    f"{labels.DECISIONS[decision]} and new texts at once; decide for one of them"
                )
            return decision, content
        if decision is None and not is_changed:
            if answer.comment:
                raise WrongAnswerError(
                    "has a comment but no decision; write 採用, 修正, 却下 or 統合"
                )
            raise WrongAnswerError("has a new text that is the old one, and no decision")
        if decision == "edit" and not is_changed:
            raise WrongAnswerError("修正, but nothing in it is new; write 採用 or a new text")
        return ("edit" if is_changed else "accept"), content

    def _check_target(self, answer: Answer) -> None:
        target = answer.merge_into
        if not target:
            raise WrongAnswerError("統合, but no card to merge into; write its id into 統合先")
        if target == answer.card_id:
            raise WrongAnswerError("is merged into itself; write another card's id into 統合先")
        if target not in self._reviewed.machine:
            what = "has vanished" if self._gone.get(target) == "vanished" else "does not exist"
            raise WrongAnswerError(f"the card {target} that it is merged into {what}")


def _signature(answer: Answer) -> str:
    """Stands for what was answered on what, whoever and whenever: so an answer is known again."""
    plain = replace(answer, place="", shown={}, encoding="", decision=labels.find_decision(answer.decision) or "")  # fmt: skip
    text = json.dumps(asdict(plain), ensure_ascii=True, sort_keys=True)
    return f"r{hashlib.sha256(text.encode()).hexdigest()[:16]}"
