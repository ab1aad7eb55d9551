"""``bansou push growi`` against a server that answers as GROWI's API is documented to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from wikiarchive import Team, make_team

from pipeline.wiki.growipush import push_growi
from pipeline.wiki.http import Pace, WikiError
from pipeline.wiki.report import Report
from pipeline.wiki.sync import PushOptions

TOKEN = "growi-token-of-many-letters="  # noqa: S105


class FakeGrowi:
    """Pages by id: path, body and revision."""

    def __init__(self) -> None:
        self.pages: dict[str, dict[str, Any]] = {}
        self.url = ""
        self.writes = 0

    def find(self, path: str) -> dict[str, Any] | None:
        return next((p for p in self.pages.values() if p["path"] == path), None)

    def answer(self, method: str, path: str, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if method == "GET":
            page = self.pages.get(given.get("pageId", "")) or self.find(given.get("path", ""))
            if page is None:
                return 404, {"errors": [{"code": "page-not-found", "message": "Page is not found"}]}
            return 200, {"page": page}
        self.writes += 1
        if path.endswith("/rename"):
            page = self.pages[given["pageId"]]
            if self.find(given["newPagePath"]):
                return 409, {"errors": [{"code": "already_exists", "message": "already exists"}]}
            page["path"] = given["newPagePath"]
            return 200, {"page": page}
        if method == "PUT":
            page = self.pages[given["pageId"]]
            if given["revisionId"] != page["revision"]["_id"]:
                return 409, {"errors": [{"code": "conflict", "message": "outdated"}]}
        else:
            page = {"_id": f"p{len(self.pages)}", "path": given["path"]}
            self.pages[page["_id"]] = page
        self.put(page, given["body"], "bansou")
        return 201, {"page": page, "revision": page["revision"]}

    def put(self, page: dict[str, Any], body: str, user: str) -> None:
        page["revision"] = {"_id": f"r{self.writes}-{len(body)}", "body": body, "author": {"username": user}}  # fmt: skip


@pytest.fixture
def growi(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGrowi]:
    wiki = FakeGrowi()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do(self) -> None:
            where = urlsplit(self.path)
            data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            given = {k: v[-1] for k, v in parse_qs(where.query).items()} | json.loads(data or b"{}")
            status, content = 401, {"errors": [{"code": "", "message": f"bad {self.headers['Authorization']}"}]}  # fmt: skip
            if self.headers["Authorization"] == f"Bearer {TOKEN}":
                status, content = wiki.answer(self.command, where.path, given)
            body = json.dumps(content).encode()
            head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n\r\n"
            self.wfile.write(head.encode() + body)

        do_GET = do_POST = do_PUT = do  # noqa: N815

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    wiki.url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("BANSOU_WIKI_TOKEN", TOKEN)
    yield wiki
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return make_team(tmp_path / "data")


def push(team: Team, wiki: FakeGrowi, **options: Any) -> Report:
    return push_growi(
        team.settings, wiki.url, options=PushOptions(**options), pace=Pace(sleep=lambda s: None)
    )


CARD = "/知識カード/カード/最初の月は隣で手を動かす"


def test_pages_are_made_once_and_follow_their_cards(team: Team, growi: FakeGrowi) -> None:
    assert push(team, growi).is_ok
    page = growi.find(CARD)
    assert page is not None
    assert "秘密" not in json.dumps(growi.pages, ensure_ascii=False)
    writes = growi.writes
    assert push(team, growi).is_ok
    assert growi.writes == writes
    team.change("ce11", body="隣に座る。")
    assert push(team, growi).updated == [CARD]
    assert "隣に座る" in page["revision"]["body"]


def test_a_persons_edit_is_left_alone_with_the_ledger_and_without(
    team: Team, growi: FakeGrowi
) -> None:
    push(team, growi)
    page = growi.find(CARD)
    assert page is not None
    growi.put(page, page["revision"]["body"].replace("続ける", "人の直し"), "sato")
    team.change("ce11", body="機械の直し。")
    report = push(team, growi)
    assert [(c.why, c.who) for c in report.conflicts] == [("edited", "sato")]
    assert "機械の直し" in report.conflicts[0].diff
    for path in (team.archive.store.state / "wiki").glob("*.jsonl"):
        path.unlink()
    assert not push(team, growi).is_ok
    assert "人の直し" in page["revision"]["body"]


def test_a_lost_ledger_is_no_loss(team: Team, growi: FakeGrowi) -> None:
    push(team, growi)
    for path in (team.archive.store.state / "wiki").glob("*.jsonl"):
        path.unlink()
    team.change("ce11", body="隣に座る。")
    report = push(team, growi)
    assert report.created == []
    assert report.updated == [CARD]


def test_a_token_that_is_refused_is_not_repeated(
    team: Team, growi: FakeGrowi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BANSOU_WIKI_TOKEN", "another-secret")
    with pytest.raises(WikiError, match="does not let the token in") as caught:
        push(team, growi)
    assert "another-secret" not in str(caught.value)
