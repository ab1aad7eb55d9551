"""MediaWiki's action API, as far as pushing and pulling need it.

Written on plain HTTP rather than on mwclient: pages are meant by id, an edit names the revision that it
is based on, and hundreds of pages are looked up in one request; mwclient knows pages by title and asks
for each before it edits. Source of method: the API's own documentation (``api.php?action=help``) and
MediaWiki 1.39 under test.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pipeline.wiki.actionapi import ActionApi, batched
from pipeline.wiki.marks import Mark, read_mark, sha1_of, summary
from pipeline.wiki.site import ApiError, PageState, Revision, Saved

_REVISION = "ids|sha1|user|comment|timestamp"


class MediaWiki(ActionApi):
    """A wiki and the account that writes to it."""

    # -- looking up -------------------------------------------------------------------------

    def pages_by_id(self, ids: Iterable[str]) -> dict[str, PageState]:
        """Pages by id; one that is deleted has no ``latest``."""
        found = {}
        for some in batched(sorted(set(ids)), self.batch):
            for page in self.query(pageids="|".join(some), prop="info|revisions", rvprop=_REVISION):
                found[str(page.get("pageid", 0))] = _state(page)
        return found

    def pages_by_title(self, titles: Iterable[str]) -> dict[str, PageState]:
        """Pages by title as given, however the wiki writes it."""
        found: dict[str, PageState] = {}
        for some in batched(list(dict.fromkeys(titles)), self.batch):
            names: dict[str, str] = {}
            pages = self.query(
                names, titles="|".join(some), prop="info|revisions", rvprop=_REVISION
            )
            by_title = {str(page.get("title")): _state(page) for page in pages}
            for title in some:
                written = names.get(title, title)
                if written in by_title:
                    found[title] = by_title[written]
        return found

    def pages_under(self, prefix: str) -> list[PageState]:
        """All pages whose title begins so, redirects left out."""
        # The wiki knows the prefix's namespace; the name of a page in it must be told without.
        probe = self.query(titles=f"{prefix}x", prop="info")
        space = int(probe[0].get("ns", 0)) if probe else 0
        rest = str(probe[0]["title"])[:-1] if probe and "title" in probe[0] else prefix
        if space:
            rest = rest.partition(":")[2]
        pages = self.query(
            generator="allpages", gapprefix=rest, gapnamespace=space, gaplimit=self.batch,
            gapfilterredir="nonredirects", prop="info|revisions", rvprop=_REVISION,
        )  # fmt: skip
        return [_state(page) for page in pages]

    def marked(self, prefix: str) -> list[tuple[Mark, PageState]]:
        """Pages that bansou wrote, wherever people have moved them, with the last mark of each.

        Those that the account wrote are known by its contributions, imported ones by the prefix.
        """
        marks: dict[str, Mark] = {}
        for revision in self._contributions():
            if revision.mark is not None:
                marks.setdefault(revision.page_id, revision.mark)
        states = self.pages_by_id(marks)
        for state in self.pages_under(prefix):
            if state.latest is not None and state.latest.page_id not in marks:
                mark = state.latest.mark
                if mark is not None:
                    marks[state.latest.page_id] = mark
                    states[state.latest.page_id] = state
        return [(mark, states[i]) for i, mark in marks.items() if i in states]

    def history(self, page_id: str) -> list[Revision]:
        """The latest revisions of a page, newest first."""
        pages = self.query(
            pageids=page_id, prop="revisions", rvprop=_REVISION, rvlimit=50, once=True
        )
        return [_revision(page_id, entry) for page in pages for entry in page.get("revisions", ())]

    def texts(self, revids: Iterable[str]) -> dict[str, Revision]:
        """Revisions with their text, by id; one that is hidden or gone is left out."""
        found = {}
        for some in batched(sorted(set(revids)), min(self.batch, 50)):
            pages = self.query(
                revids="|".join(some),
                prop="revisions",
                rvprop=f"{_REVISION}|content",
                rvslots="main",
            )
            for page in pages:
                for entry in page.get("revisions", ()):
                    if "content" in entry.get("slots", {}).get("main", {}):
                        revision = _revision(str(page.get("pageid", 0)), entry)
                        found[revision.revid] = revision
        return found

    def _contributions(self) -> Iterator[Revision]:
        """The account's own edits, newest first."""
        more: dict[str, Any] = {}
        while True:
            got = self.read(
                list="usercontribs", ucuser=self.user, uclimit="max", ucprop="ids|comment|timestamp", **more
            )  # fmt: skip
            for entry in got.get("query", {}).get("usercontribs", ()):
                yield _revision(str(entry["pageid"]), {**entry, "user": self.user})
            if "continue" not in got:
                return
            more = got["continue"]

    # -- writing ----------------------------------------------------------------------------

    def save(
        self, text: str, *, key: str, what: str, title: str = "", page_id: str = "", base_revid: str = ""
    ) -> Saved:  # fmt: skip
        """See :meth:`pipeline.wiki.site.Site.save`."""
        where: dict[str, Any] = (
            {"pageid": page_id, "baserevid": base_revid, "nocreate": 1}
            if page_id
            else {"title": title, "createonly": 1}
        )
        digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
        got = self.write(
            action="edit", text=text, md5=digest, summary=summary(what, key, sha1_of(text)), bot=1,
            watchlist="nochange", **where,
        ).get("edit", {})  # fmt: skip
        if got.get("result") != "Success":
            why = ", ".join(sorted(set(got) - {"result", "pageid", "title"})) or "no reason given"
            raise ApiError("failure", f"the wiki did not take the edit ({why})")
        return Saved(
            str(got["pageid"]),
            str(got["title"]),
            _id(got.get("newrevid")),
            _id(got.get("oldrevid")),
        )

    def move(self, page_id: str, title: str, *, key: str, sha1: str, leave_redirect: bool) -> str:
        """See :meth:`pipeline.wiki.site.Site.move`."""
        more = {} if leave_redirect else {"noredirect": 1}
        got = self.write(
            action="move", fromid=page_id, to=title, reason=summary("題の変更", key, sha1), movetalk=1,
            ignorewarnings=1, watchlist="nochange", **more,
        )  # fmt: skip
        return str(got["move"]["to"])


def _state(page: Mapping[str, Any]) -> PageState:
    title = str(page.get("title", ""))
    if page.get("invalid"):
        reason = page.get("invalidreason", "invalid title")
        return PageState(title, problem=str(reason.get("text") if isinstance(reason, dict) else reason))  # fmt: skip
    if page.get("missing") or not page.get("revisions"):
        return PageState(title)
    latest = _revision(str(page["pageid"]), page["revisions"][0])
    return PageState(title, latest, bool(page.get("redirect")))


def _revision(page_id: str, entry: Mapping[str, Any]) -> Revision:
    main = entry.get("slots", {}).get("main", {})
    comment = str(entry.get("comment", ""))
    return Revision(
        page_id, str(entry["revid"]), str(entry.get("sha1", "")), str(entry.get("user", "")),
        str(entry.get("timestamp", "")), comment,
        read_mark(comment, str(entry.get("sha1", ""))), str(main.get("content", "")),
    )  # fmt: skip


def _id(value: Any) -> str | None:
    return None if value is None else str(value)
