"""Turns what people edited on cards' pages into reviews."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.export.clean import clean, one_line
from pipeline.export.corpus import says_more, sentence_of
from pipeline.review import labels
from pipeline.review.answers import CHANGES, Answer
from pipeline.review.overlay import Content, Reviewed
from pipeline.review.queue import version_of
from pipeline.wiki.cardpage import EDITABLE, CardPage, NoCardError, plain_text, read_card_page
from pipeline.wiki.ledger import Entry, Ledger
from pipeline.wiki.site import PageState, Revision, Site

_PREFIX = "card:"


@dataclass(frozen=True, slots=True)
class Edited:
    """A card's page that a person changed.

    Attributes:
        base: the revision pushed last; None where the wiki no longer has it.
        page: as it is now.
    """

    card_id: str
    entry: Entry
    title: str
    base: Revision | None
    page: Revision


@dataclass(frozen=True, slots=True)
class Found:
    """What a person's edits of a page come to.

    Attributes:
        answer: a reviewer's; None where there is nothing new in it.
        is_whole: nothing else on the page was changed, so a push may write over it.
        left: what else was changed: a push leaves the page alone until that is undone.
    """

    edited: Edited
    answer: Answer | None
    is_whole: bool
    left: str = ""


@dataclass(slots=True)
class Pulled:
    """What a pull brought.

    Attributes:
        taken: (title, who) of pages whose edits became reviews.
        problems: (title, why) of those that cannot.
        left: (title, what) of edits that no card can hold.
        deleted: titles of pages that people have deleted.
        known: pages whose edits are reviews already.
    """

    taken: list[tuple[str, str]] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    left: list[tuple[str, str]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    known: int = 0


def find_edited(site: Site, ledger: Ledger) -> tuple[list[Edited], list[str]]:
    """Cards' pages that people changed since they were pushed, and titles of those they deleted."""
    cards = [entry for entry in ledger if entry.key.startswith(_PREFIX)]
    states = site.pages_by_id(entry.page_id for entry in cards)
    touched: list[tuple[Entry, PageState, Revision]] = []
    deleted = []
    for entry in cards:
        state = states.get(entry.page_id)
        if state is None or state.latest is None:
            deleted.append(entry.wiki_title)
        elif not (
            entry.is_untouched(state.latest.revid, state.latest.sha1) or state.latest.is_own(entry.key)
        ):  # fmt: skip
            touched.append((entry, state, state.latest))
    bases = {entry.key: _base_revid(site, entry) for entry, _, _ in touched}
    texts = site.texts(
        [*(i for i in bases.values() if i), *(latest.revid for _, _, latest in touched)]
    )
    found = []
    for entry, state, latest in touched:
        if latest.revid in texts:
            base = texts.get(bases[entry.key])
            found.append(
                Edited(
                    entry.key.removeprefix(_PREFIX), entry, state.title, base, texts[latest.revid]
                )
            )
    return found, deleted


def _base_revid(site: Site, entry: Entry) -> str:
    if entry.revid:
        return entry.revid
    own = (r.revid for r in site.history(entry.page_id) if r.is_own(entry.key))
    return next(own, "")


def read_edits(
    edited: Edited, reviewed: Reviewed, tags: Mapping[str, str], *, shown: Collection[str]
) -> Found:
    """What a person's edits say.

    A field that the person changed counts; where the card says something else by now than the page said
    when it was edited, there are two opinions and nothing is taken.

    Args:
        edited: the page.
        reviewed: the cards with the reviews made so far.
        tags: tag → name.
        shown: cards that may be shown.

    Raises:
        NoCardError: the page cannot be read as a card, or contradicts a later change.
    """
    if edited.card_id not in shown:
        raise NoCardError("its card is shown no more; move what is worth keeping elsewhere")
    if edited.base is None:
        raise NoCardError(
            "the text that was pushed is not in its history any more; edit the card in a review"
        )
    base, now = read_card_page(edited.base.text), read_card_page(edited.page.text)
    if now.card_id != edited.card_id:
        raise NoCardError(f"its 番号 is {now.card_id!r} now; put {edited.card_id} back")
    content = reviewed.content_of(edited.card_id)
    changes = {}
    for parameter, name in EDITABLE.items():
        before, after = _value(base, parameter), _value(now, parameter)
        shown = _shown(content, name, tags)
        if _is_same(name, before, after, tags) or _is_same(name, shown, after, tags):
            continue
        if not after and name != "tags":
            raise NoCardError(
                f"its {parameter} is empty; write なし for no tags, and reject a card in a review"
            )
        if not _is_same(name, shown, before, tags):
            raise NoCardError(
                f"its {parameter} was changed here and in the archive since: {shown!r} there; settle it in a "
                "review, or put the page's back"
            )
        changes[name] = after or "なし"
    if "title" in changes and not (_value(now, "本文") or _shown(content, "body", tags)):
        changes["body"] = sentence_of(changes["title"])
    left = _left(base, now)
    if not changes:
        return Found(edited, None, not left, left)
    filled = dict.fromkeys(CHANGES, "") | changes
    comment = f"wiki {edited.title}（{edited.page.revid}）{edited.page.comment}".strip()
    answer = Answer(
        edited.title, edited.card_id, version_of(reviewed, edited.card_id), "", filled,
        comment=one_line(comment),
    )  # fmt: skip
    return Found(edited, answer, not left, left)


def acknowledge(ledger: Ledger, found: Sequence[Found]) -> None:
    """Let pushes write over texts whose edits are all in reviews now."""
    for one in found:
        if one.is_whole:
            ledger.put(replace(one.edited.entry, pulled_sha1=one.edited.page.sha1))


def _value(page: CardPage, parameter: str) -> str:
    try:
        text = plain_text(page.parameters.get(parameter, ""))
    except NoCardError as error:
        raise NoCardError(f"its {parameter}: {error}") from error
    return clean(text)


def _shown(content: Content, name: str, tags: Mapping[str, str]) -> str:
    """A field of a card as its page shows it."""
    if name == "tags":
        return labels.show_tags(content.tags, tags) or "なし"
    if name == "kind":
        return labels.KINDS[content.kind]
    title = one_line(content.title)
    return title if name == "title" else says_more(title, clean(content.body))


def _is_same(name: str, one: str, other: str, tags: Mapping[str, str]) -> bool:
    if name == "tags":
        return set(_tags(one, tags)) == set(_tags(other, tags))
    if name == "kind":
        return (labels.find_kind(one) or one) == (labels.find_kind(other) or other)
    return one == other


def _tags(text: str, tags: Mapping[str, str]) -> list[str]:
    found, unknown = labels.find_tags(text or "なし", tags)
    return [*found, *unknown]


def _left(base: CardPage, now: CardPage) -> str:
    """What else was changed, in words."""
    if base.rest() == now.rest():
        return ""
    names = sorted(base.parameters.keys() | now.parameters.keys())
    odd = [
        n for n in names if n not in EDITABLE and base.parameters.get(n) != now.parameters.get(n)
    ]
    if base.rest()[1] != now.rest()[1]:
        odd.append("the text around the card")
    return ", ".join(odd)
