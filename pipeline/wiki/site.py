"""What pushing needs of a wiki, whichever it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from pipeline.wiki.http import WikiError
from pipeline.wiki.marks import Mark


class ApiError(WikiError):
    """What the wiki refuses, with its code."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


TITLE_TAKEN = "articleexists"
CONFLICT = "editconflict"


@dataclass(frozen=True, slots=True)
class Revision:
    """A revision of a page.

    Attributes:
        sha1: hex, of its text; empty where the wiki hides it.
        user, timestamp: who wrote it, and when, as the wiki writes it.
        comment: the edit's summary.
        mark: that of bansou's own edits.
        text: where it was asked for.
    """

    page_id: str
    revid: str
    sha1: str
    user: str
    timestamp: str
    comment: str = ""
    mark: Mark | None = None
    text: str = ""

    def is_own(self, key: str) -> bool:
        """Whether this is what bansou wrote for a page, untouched."""
        return self.mark is not None and self.mark.key == key and self.mark.sha1 == self.sha1


@dataclass(frozen=True, slots=True)
class PageState:
    """A page as the wiki has it.

    Attributes:
        title: as the wiki writes it.
        latest: None where there is no such page.
        problem: why the wiki can have no page of this title; empty otherwise.
    """

    title: str
    latest: Revision | None = None
    is_redirect: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of an edit.

    Attributes:
        revid: None where the page had this text already.
        base_revid: what the wiki really laid it on; None where it does not tell.
    """

    page_id: str
    title: str
    revid: str | None
    base_revid: str | None = None


class Site(Protocol):
    """A wiki and the account that writes to it."""

    name: str
    batch: int
    can_move_without_redirect: bool

    def pages_by_id(self, ids: Iterable[str]) -> dict[str, PageState]:
        """Pages by id; one that is deleted has no ``latest``."""

    def pages_by_title(self, titles: Iterable[str]) -> dict[str, PageState]:
        """Pages by title as given, however the wiki writes it."""

    def marked(self, prefix: str) -> list[tuple[Mark, PageState]]:
        """Pages that bansou wrote, wherever they stand, with the last mark of each."""

    def history(self, page_id: str) -> list[Revision]:
        """The latest revisions of a page, newest first."""

    def texts(self, revids: Iterable[str]) -> dict[str, Revision]:
        """Revisions with their text, by id; one that is hidden or gone is left out."""

    def save(
        self,
        text: str,
        *,
        key: str,
        what: str,
        title: str = "",
        page_id: str = "",
        base_revid: str = "",
    ) -> Saved:
        """Write a page: a new one by title, or one that is there by id and the revision it is based on.

        Raises:
            ApiError: :data:`TITLE_TAKEN`, :data:`CONFLICT`, or whatever else the wiki refuses.
            WikiError: it cannot be reached; whether the page was written is not known then.
        """

    def move(self, page_id: str, title: str, *, key: str, sha1: str, leave_redirect: bool) -> str:
        """Give a page another title; returns it as the wiki writes it."""
