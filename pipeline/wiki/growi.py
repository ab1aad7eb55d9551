"""GROWI's REST API v3, as far as pushing needs it.

Written to its documented API (``/_api/v3/page``, ``/_api/v3/pages/rename``) and not run against a live
server. A page's Markdown is the card's text as :mod:`pipeline.export.markdown` would write it for GROWI;
its mark (:mod:`pipeline.wiki.marks`) stands in a comment at its end, since GROWI's edits have no summary.
GROWI merges nothing: an edit names the revision it is based on, and is refused where that is old.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.wiki.http import BusyServerError, Server, WikiError, pause_of
from pipeline.wiki.marks import Mark, mark_key, read_mark, sha1_of
from pipeline.wiki.secrets import Login
from pipeline.wiki.site import CONFLICT, TITLE_TAKEN, ApiError, PageState, Revision, Saved

_COMMENT = re.compile(r"\n*<!-- (\[bansou \S+ [0-9a-f]{40}\]) -->\s*\Z")


class Growi:
    """A GROWI and the token of who writes to it."""

    name = "GROWI"
    batch = 50
    can_move_without_redirect = True

    def __init__(self, url: str, login: Login, server: Server) -> None:
        self.url = url
        self.api = f"{url}/_api/v3"
        self._server = server
        self._seen: dict[str, Revision] = {}
        self._headers = {"Authorization": f"Bearer {login.secret}"}

    def pages_by_id(self, ids: Iterable[str]) -> dict[str, PageState]:
        """See :class:`pipeline.wiki.site.Site`; GROWI tells of one page a request."""
        return {i: self._page({"pageId": i}, "") for i in sorted(set(ids))}

    def pages_by_title(self, titles: Iterable[str]) -> dict[str, PageState]:
        return {title: self._page({"path": title}, title) for title in dict.fromkeys(titles)}

    def marked(self, prefix: str) -> list[tuple[Mark, PageState]]:
        """Nothing: without a ledger pages are known by their paths and marks alone."""
        return []

    def history(self, page_id: str) -> list[Revision]:
        return []

    def texts(self, revids: Iterable[str]) -> dict[str, Revision]:
        # A revision's id alone does not lead to it: those looked at last are kept.
        return {i: self._seen[i] for i in revids if i in self._seen}

    def save(
        self, text: str, *, key: str, what: str, title: str = "", page_id: str = "", base_revid: str = ""
    ) -> Saved:  # fmt: skip
        """See :meth:`pipeline.wiki.site.Site.save`."""
        body = f"{text}\n\n<!-- [bansou {mark_key(key)} {sha1_of(text)}] -->\n"
        self._server.pace.wait()
        if page_id:
            given = {"pageId": page_id, "revisionId": base_revid, "body": body}
            got = self._send("PUT", "page", json=given)
        else:
            got = self._send("POST", "page", json={"path": title, "body": body})
        page, revision = got["page"], got["revision"]
        return Saved(str(page["_id"]), str(page["path"]), str(revision["_id"]), base_revid or None)

    def move(self, page_id: str, title: str, *, key: str, sha1: str, leave_redirect: bool) -> str:
        """See :meth:`pipeline.wiki.site.Site.move`."""
        now = self._page({"pageId": page_id}, "")
        given = {
            "pageId": page_id, "revisionId": now.latest.revid if now.latest else "", "newPagePath": title,
            "isRenameRedirect": leave_redirect, "isRecursively": False,
        }  # fmt: skip
        self._server.pace.wait()
        return str(self._send("PUT", "pages/rename", json=given)["page"].get("path", title))

    def _page(self, where: Mapping[str, str], title: str) -> PageState:
        try:
            page = self._send("GET", "page", params=where)["page"]
        except ApiError as error:
            if error.code in ("page-not-found", "notfound"):
                return PageState(title)
            raise
        revision = page.get("revision") or {}
        text, mark = split_mark(str(revision.get("body", "")))
        author = revision.get("author") or {}
        latest = Revision(
            str(page["_id"]), str(revision.get("_id", "")), sha1_of(text),
            str(author.get("username", "")) if isinstance(author, dict) else "",
            str(revision.get("createdAt", "")), "", mark, text,
        )  # fmt: skip
        self._seen[latest.revid] = latest
        return PageState(str(page["path"]), latest)

    def _send(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        got: dict[str, Any] = self._server.request(
            method, f"{self.api}/{path}", read=_answer, headers=self._headers, **more
        )
        return got


def split_mark(body: str) -> tuple[str, Mark | None]:
    """A page's text and the mark at its end."""
    found = _COMMENT.search(body)
    if found is None:
        return body.rstrip(), None
    return body[: found.start()].rstrip(), read_mark(found[1])


def _answer(status: int, headers: Mapping[str, str], content: Any) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise WikiError("this is not how GROWI's API answers; check the address")
    if status < 400:
        return content
    errors = content.get("errors") or [{}]
    first = errors[0] if isinstance(errors, list) else errors
    first = first if isinstance(first, dict) else {"message": str(first)}
    code, text = str(first.get("code", "")), str(first.get("message", f"HTTP {status}"))
    if status in (401, 403) and code != "page-is-forbidden":
        raise WikiError(f"GROWI does not let the token in ({text}); make one in the user settings that may read and write pages")  # fmt: skip
    if code == "already_exists" or ("exist" in text.lower() and status != 404):
        raise ApiError(TITLE_TAKEN, text)
    if status == 409 or code == "conflict":
        raise ApiError(CONFLICT, text)
    if status == 404 or code in ("page-not-found", "notfound_or_forbidden"):
        raise ApiError("page-not-found", text)
    if status in (429, 502, 503, 504):
        raise BusyServerError(f"HTTP {status}: {text}", pause_of(headers))
    raise ApiError(code or f"http-{status}", text)
