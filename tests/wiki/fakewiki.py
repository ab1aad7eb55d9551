"""A MediaWiki on localhost, as far as its API matters to a client: what it refuses and how it goes wrong.

Semantics as seen of MediaWiki 1.39: tokens and sessions, ``createonly``, ``baserevid`` with silent merges of
edits that do not touch, ``nochange``, titles written its own way, redirects left by moves.
"""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import itertools
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

USER, PASSWORD = "Bansou@push", "s3cret-of-thirty-two-characters!"
_NAMESPACES = {
    "template": (10, "テンプレート"),
    "category": (14, "カテゴリ"),
    "help": (12, "ヘルプ"),
}
_STATS = {"テンプレート": 10, "カテゴリ": 14, "ヘルプ": 12}
Fault = Callable[["Answer"], None]


class FakeError(Exception):
    """An error of the API."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(text or code)
        self.code = code


@dataclass
class Revision:
    revid: int
    parentid: int
    text: str
    user: str
    comment: str

    @property
    def sha1(self) -> str:
        return hashlib.sha1(self.text.encode()).hexdigest()  # noqa: S324


@dataclass
class Page:
    pageid: int
    title: str
    revisions: list[Revision] = field(default_factory=list)

    @property
    def latest(self) -> Revision:
        return self.revisions[-1]

    @property
    def is_redirect(self) -> bool:
        return self.latest.text.startswith("#REDIRECT")


@dataclass
class Answer:
    """What is about to be sent; a fault may spoil it."""

    params: dict[str, str]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    is_cut: bool = False

    def error(self, code: str, **headers: str) -> None:
        self.body = json.dumps({"errors": [{"code": code, "text": code}]}).encode()
        self.headers |= {k.replace("_", "-"): v for k, v in headers.items()}


class FakeWiki:
    """The wiki's state, and what shall go wrong with it."""

    def __init__(self) -> None:
        self.pages: dict[int, Page] = {}
        self.requests: list[dict[str, str]] = []
        self.before: list[Fault] = []  # each spoils one request, which then does nothing
        self.after: list[Fault] = []  # each spoils one answer to an edit that was made
        self.on_edit: list[Callable[[], None]] = []  # each runs once, before an edit
        self.rights = ["edit", "createpage", "move", "apihighlimits"]
        self.url = ""
        self._token = "token1+\\"  # noqa: S105
        self._is_in = False
        self._revid = 0
        self._lock = threading.RLock()

    # -- for tests --------------------------------------------------------------------------

    @property
    def edits(self) -> int:
        return sum(len(page.revisions) for page in self.pages.values())

    def page(self, title: str) -> Page:
        found = self._find(title)
        assert found is not None, f"{title} is none of {[p.title for p in self.pages.values()]}"
        return found

    def text(self, title: str) -> str:
        return self.page(title).latest.text

    def titles(self) -> set[str]:
        return {page.title for page in self.pages.values() if not page.is_redirect}

    def write(self, title: str, text: str, *, user: str = "佐藤", comment: str = "") -> Page:
        with self._lock:
            page = self._find(title)
            if page is None:
                page = Page(len(self.pages) + 1, self.normal(title))
                self.pages[page.pageid] = page
            self._add(page, text, user, comment)
            return page

    def delete(self, title: str) -> None:
        del self.pages[self.page(title).pageid]

    def end_session(self) -> None:
        self._is_in = False
        self._token = "token2+\\"  # noqa: S105

    def edit_texts(self) -> list[str]:
        return [r["text"] for r in self.requests if r.get("action") == "edit"]

    # -- the API ----------------------------------------------------------------------------

    def answer(self, params: dict[str, str]) -> Answer:
        made = Answer(params)
        with self._lock:
            self.requests.append(params)
            if self.before:
                self.before.pop(0)(made)
                if made.body or made.is_cut or made.status >= 400:
                    return made
            try:
                content = self._do(params)
            except FakeError as error:
                content = {"errors": [{"code": error.code, "text": str(error), "module": "main"}]}
            made.body = json.dumps(content).encode()
            if params.get("action") in ("edit", "move") and self.after:
                self.after.pop(0)(made)
        return made

    def _do(self, p: dict[str, str]) -> dict[str, Any]:
        if p["action"] == "login":
            self._is_in = (p["lgname"], p["lgpassword"]) == (USER, PASSWORD)
            if not self._is_in:
                return {"login": {"result": "Failed", "reason": {"code": "wrongpassword", "text": f"wrong password {p['lgpassword']}"}}}  # fmt: skip
            return {"login": {"result": "Success", "lgusername": "Bansou"}}
        if p.get("assertuser") and not self._is_in:
            raise FakeError("assertnameduserfailed")
        if p["action"] == "query":
            return {"batchcomplete": True, "query": self._query(p)} | self._more(p)
        if not self._is_in:
            raise FakeError("permissiondenied")
        if p.get("token") != self._token:
            raise FakeError("badtoken")
        return {"edit": self._edit(p)} if p["action"] == "edit" else {"move": self._move(p)}

    def _query(self, p: dict[str, str]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        meta = p.get("meta", "").split("|")
        if "siteinfo" in meta:
            made["general"] = {"generator": "MediaWiki 1.39.17", "sitename": "偽"}
        if "userinfo" in meta:
            made["userinfo"] = {"name": "Bansou", "rights": self.rights}
        if "tokens" in meta:
            made["tokens"] = {"logintoken": "login+\\", "csrftoken": self._token}
        if p.get("list") == "usercontribs":
            own = [(r, page) for page in self.pages.values() for r in page.revisions if r.user == "Bansou"]  # fmt: skip
            made["usercontribs"] = [
                {"pageid": page.pageid, "revid": r.revid, "comment": r.comment}
                for r, page in sorted(own, key=lambda pair: -pair[0].revid)
            ]
        if "pageids" in p:
            made["pages"] = [
                self._shown(self.pages[int(i)], p) if int(i) in self.pages else {"pageid": int(i), "missing": True}
                for i in p["pageids"].split("|")
            ]  # fmt: skip
        if "titles" in p:
            made |= self._by_title(p)
        if "revids" in p:
            wanted = {int(i) for i in p["revids"].split("|")}
            made["pages"] = [
                {"pageid": page.pageid, "title": page.title, "revisions": [_entry(r, p) for r in hits]}
                for page in self.pages.values()
                if (hits := [r for r in page.revisions if r.revid in wanted])
            ]  # fmt: skip
        if p.get("generator") == "allpages":
            begin = p["gapprefix"]
            made["pages"] = [
                self._shown(page, p) for page in self.pages.values()
                if page.title.partition(":")[2 if int(p["gapnamespace"]) else 0].startswith(begin)
                and not page.is_redirect
            ]  # fmt: skip
        return made

    def _more(self, p: dict[str, str]) -> dict[str, Any]:
        return {}

    def _by_title(self, p: dict[str, str]) -> dict[str, Any]:
        pages, normalized = [], []
        for title in p["titles"].split("|"):
            written = self.normal(title)
            if written != title:
                normalized.append({"fromencoded": False, "from": title, "to": written})
            page = self._find(title)
            if re.search(r"[\[\]{}|<>]", title) or len(title.encode()) > 255:
                pages.append({"title": title, "invalid": True, "invalidreason": {"text": "bad title"}})  # fmt: skip
            elif page is None:
                space = _STATS.get(written.partition(":")[0], 0)
                pages.append({"ns": space, "title": written, "missing": True})
            else:
                pages.append(self._shown(page, p))
        return {"pages": pages, "normalized": normalized}

    def _shown(self, page: Page, p: dict[str, str]) -> dict[str, Any]:
        revisions = list(reversed(page.revisions)) if "rvlimit" in p else [page.latest]
        return {
            "pageid": page.pageid, "ns": 0, "title": page.title,
            "revisions": [_entry(r, p) for r in revisions],
        } | ({"redirect": True} if page.is_redirect else {})  # fmt: skip

    def _edit(self, p: dict[str, str]) -> dict[str, Any]:
        while self.on_edit:
            self.on_edit.pop(0)()
        text = p["text"].replace("\r\n", "\n").rstrip()
        assert hashlib.md5(p["text"].encode()).hexdigest() == p["md5"]  # noqa: S324
        if "pageid" in p:
            page = self.pages.get(int(p["pageid"]))
            if page is None:
                raise FakeError("nosuchpageid")
        else:
            page = self._find(p["title"])
            if page is not None and "createonly" in p:
                raise FakeError("articleexists")
        made = {"result": "Success", "contentmodel": "wikitext"}
        if page is None:
            page = self.write(p["title"], text, user="Bansou", comment=p["summary"])
            return made | {"new": True, "pageid": page.pageid, "title": page.title, "oldrevid": 0, "newrevid": page.latest.revid}  # fmt: skip
        made |= {"pageid": page.pageid, "title": page.title}
        base = next(
            (r for r in page.revisions if r.revid == int(p.get("baserevid", 0))), page.latest
        )
        if text == page.latest.text:
            return made | {"nochange": True}
        if base is not page.latest:
            merged = merge(base.text, page.latest.text, text)
            if merged is None:
                raise FakeError("editconflict")
            text = merged
        old = page.latest.revid
        self._add(page, text, "Bansou", p["summary"])
        return made | {"oldrevid": old, "newrevid": page.latest.revid}

    def _move(self, p: dict[str, str]) -> dict[str, Any]:
        page, there = self.pages[int(p["fromid"])], self._find(p["to"])
        if there is not None:
            back = (
                there.is_redirect and len(there.revisions) == 1 and page.title in there.latest.text
            )
            if not back:
                raise FakeError("articleexists")
            del self.pages[there.pageid]
        old = page.title
        page.title = self.normal(p["to"])
        self._add(page, page.latest.text, "Bansou", f"moved [[{old}]]: {p['reason']}")
        if "noredirect" not in p:
            left = Page(max(self.pages) + 1, old)
            self.pages[left.pageid] = left
            self._add(left, f"#REDIRECT [[{page.title}]]", "Bansou", f"moved: {p['reason']}")
        return {"from": old, "to": page.title}

    def _add(self, page: Page, text: str, user: str, comment: str) -> None:
        self._revid += 1
        parent = page.revisions[-1].revid if page.revisions else 0
        page.revisions.append(Revision(self._revid, parent, text, user, comment))

    def _find(self, title: str) -> Page | None:
        written = self.normal(title)
        return next((page for page in self.pages.values() if page.title == written), None)

    @staticmethod
    def normal(title: str) -> str:
        title = re.sub(r"[\s_\u3000]+", " ", title.partition("#")[0]).strip()
        space, colon, rest = title.partition(":")
        if colon and space.lower() in _NAMESPACES:
            title = f"{_NAMESPACES[space.lower()][1]}:{rest.strip()}"
        return title[:1].upper() + title[1:]


def merge(base: str, theirs: str, ours: str) -> str | None:
    """Both edits in one text where they do not touch; None where they do."""
    lines = base.split("\n")
    edits = []
    for text in (theirs, ours):
        other = text.split("\n")
        matcher = difflib.SequenceMatcher(None, lines, other, autojunk=False)
        edits.append([(a, b, tuple(other[c:d])) for op, a, b, c, d in matcher.get_opcodes() if op != "equal"])  # fmt: skip
    both = sorted(set(edits[0]) | set(edits[1]))
    if any(one[1] >= other[0] for one, other in itertools.pairwise(both)):
        return None
    for start, end, new in reversed(both):
        lines[start:end] = new
    return "\n".join(lines)


def _entry(r: Revision, p: dict[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "revid": r.revid, "parentid": r.parentid, "user": r.user, "comment": r.comment,
        "timestamp": "2026-11-22T08:00:00Z", "sha1": r.sha1,
    }  # fmt: skip
    if "content" in p.get("rvprop", ""):
        made["slots"] = {"main": {"content": r.text}}
    return made


@contextlib.contextmanager
def serving(wiki: FakeWiki) -> Iterator[FakeWiki]:
    """Serve a wiki on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            params = {k: v[-1] for k, v in parse_qs(body, keep_blank_values=True).items()}
            if self.path != "/api.php":
                return self._send(Answer(params, 404, body=b"<html>not here</html>"))
            return self._send(wiki.answer(params))

        def _send(self, made: Answer) -> None:
            # One write: headers and body apart would wait for each other's acknowledgement.
            head = f"HTTP/1.1 {made.status} X\r\nContent-Length: {len(made.body)}\r\n"
            head += "".join(f"{name}: {value}\r\n" for name, value in made.headers.items())
            body = made.body[: len(made.body) // 2] if made.is_cut else made.body
            self.wfile.write(f"{head}\r\n".encode() + body)
            if made.is_cut:
                self.close_connection = True

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    wiki.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield wiki
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# -- faults ---------------------------------------------------------------------------------


def html_502(made: Answer) -> None:
    made.status, made.body = 502, b"<html><h1>502 Bad Gateway</h1></html>"


def cut(made: Answer) -> None:
    """The connection breaks in the middle of the answer."""
    made.body = made.body or b'{"query": {}}'
    made.is_cut = True


def slow(made: Answer) -> None:
    time.sleep(0.6)
    made.body = made.body or b"{}"


def no_json(made: Answer) -> None:
    made.body = b"<html>maintenance</html>"
