"""What a push would do to each page: decided from the page wanted, the ledger, and the wiki as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.export.pages import Page
from pipeline.wiki.ledger import Entry
from pipeline.wiki.marks import mark_key, sha1_of
from pipeline.wiki.site import PageState, Revision

Action = Literal["create", "update", "keep", "notice", "conflict", "fail"]
# Why a page is left to people.
Why = Literal["edited", "merged", "taken", "deleted"]
_THEIR_OWN = ("template", "style", "category", "index")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page as it shall be.

    Attributes:
        key: as it stands in marks, see :func:`pipeline.wiki.marks.mark_key`.
        is_notice: it says that its card is gone.
    """

    key: str
    title: str
    text: str
    sha1: str
    kind: str
    episode_id: str | None = None
    is_notice: bool = False

    @classmethod
    def of(cls, page: Page) -> Wanted:
        return cls(
            mark_key(page.key),
            page.title,
            page.text,
            sha1_of(page.text),
            page.kind,
            page.episode_id,
        )


@dataclass(frozen=True, slots=True)
class Step:
    """What to do with one page.

    Attributes:
        entry: what the ledger has of it, brought up to date.
        state: the page as the wiki has it.
        move_to: the title that it shall have from now on; empty where it keeps its own.
        why: for a conflict, or in words for a failure.
    """

    action: Action
    wanted: Wanted
    entry: Entry | None = None
    state: PageState | None = None
    move_to: str = ""
    why: str = ""

    @property
    def latest(self) -> Revision | None:
        return self.state.latest if self.state else None


def decide(
    wanted: Wanted,
    entry: Entry | None,
    state: PageState | None,
    *,
    at_title: PageState | None = None,
    recreate: bool = False,
) -> Step:
    """What to do with a page.

    Args:
        wanted: as it shall be.
        entry: what the ledger has of it.
        state: the page of the entry's id.
        at_title: what stands at the title wanted.
        recreate: make pages again that people have deleted.
    """
    if entry is not None and (state is None or state.latest is None):
        if wanted.is_notice:  # nobody misses it
            return Step("keep", wanted, None, state)
        if not recreate:
            return Step("conflict", wanted, entry, state, why="deleted")
        entry = None
    if entry is None:
        return _decide_new(wanted, at_title)
    if state is None or state.latest is None:  # pragma: no cover  for the type checker
        raise AssertionError
    return _decide_known(wanted, entry, state, state.latest, at_title)


def _decide_new(wanted: Wanted, at_title: PageState | None) -> Step:
    if at_title is None or at_title.problem:
        why = at_title.problem if at_title else "the wiki says nothing about its title"
        return Step("fail", wanted, why=why)
    latest = at_title.latest
    if latest is None:
        return Step("create", wanted, None, at_title)
    if latest.sha1 == wanted.sha1 or latest.is_own(wanted.key):
        return _decide_known(wanted, entry_of(wanted, at_title, latest), at_title, latest, at_title)
    if at_title.is_redirect and latest.mark is not None:  # left by a page that was renamed
        return Step("update", wanted, None, at_title)
    return Step("conflict", wanted, None, at_title, why="taken")


def _decide_known(
    wanted: Wanted, entry: Entry, state: PageState, latest: Revision, at_title: PageState | None
) -> Step:
    move_to = _new_title(wanted, entry, state, at_title)
    if latest.sha1 == wanted.sha1:
        fresh = entry_of(wanted, state, latest, entry)
        return Step("keep", wanted, fresh, state, move_to)
    if not (entry.is_untouched(latest.revid, latest.sha1) or latest.is_own(wanted.key)):
        is_theirs = wanted.kind in _THEIR_OWN and entry.sha1 == wanted.sha1
        if is_theirs or (wanted.is_notice and entry.sha1 == wanted.sha1):
            return Step("keep", wanted, entry, state)
        return Step("conflict", wanted, entry, state, why="edited")
    was_pulled = latest.sha1 == entry.pulled_sha1
    if entry.sha1 == wanted.sha1 and not was_pulled:  # as the wiki keeps it
        return Step("keep", wanted, entry, state, move_to)
    return Step("notice" if wanted.is_notice else "update", wanted, entry, state, move_to)


def _new_title(wanted: Wanted, entry: Entry, state: PageState, at_title: PageState | None) -> str:
    """The title to move a page to; empty where it stays, also where people have moved it."""
    if wanted.is_notice or wanted.title in (entry.title, state.title):
        return ""
    if entry.title:
        return wanted.title if state.title == entry.wiki_title else ""
    # The ledger is lost: where people move a page, they leave a redirect.
    is_free = at_title is not None and at_title.latest is None and not at_title.problem
    is_same = at_title is not None and at_title.title == state.title
    return wanted.title if is_free and not is_same else ""


def entry_of(wanted: Wanted, state: PageState, latest: Revision, old: Entry | None = None) -> Entry:
    """The ledger's entry of a page that holds what is wanted, or what its own mark says."""
    title = old.title if old and old.title != wanted.title else wanted.title
    sha1 = latest.sha1
    if latest.sha1 != wanted.sha1 and latest.mark is not None:
        sha1 = latest.mark.sha1
    return Entry(
        wanted.key, latest.page_id, title, state.title, latest.revid, sha1, latest.sha1,
        wanted.episode_id,
    )  # fmt: skip
