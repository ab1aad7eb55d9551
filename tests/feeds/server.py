"""A real web server on this machine that answers as each test says, well or badly."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pipeline.config import Settings
from pipeline.feeds import FetchReport
from pipeline.feeds.client import Client

Answer = Callable[["Request"], None]
Fetch = Callable[..., FetchReport]
# The start of an MPEG frame, then something whose every byte is told from its neighbours.
SOUND = b"\xff\xfb\x90\x64" + bytes((i * 7 + i // 251) % 251 for i in range(300_000))


class Request(BaseHTTPRequestHandler):
    """One request; ``server.answers`` says what comes of it."""

    protocol_version = "HTTP/1.1"
    server: Any

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        self.server.asked.append((self.path, dict(self.headers)))
        answer = self.server.answers.get(path)
        try:
            if answer is None:
                self.give(b"nothing here", status=404, type_="text/plain")
            else:
                answer(self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def give(
        self,
        body: bytes,
        *,
        status: int = 200,
        type_: str = "application/rss+xml",
        length: int | None = None,
        **headers: str,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", type_)
        if length != -1:
            self.send_header("Content-Length", str(len(body) if length is None else length))
        else:
            self.send_header("Connection", "close")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)
        if length is not None and length != len(body):
            self.close_connection = True

    def log_message(self, *_: object) -> None: ...


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Clients that hang up are what is tested here."""


class Server:
    """Answers by path; ``asked`` is what was asked for, in order."""

    def __init__(self, url: str, server: Any) -> None:
        self.url, self._server = url, server

    @property
    def answers(self) -> dict[str, Answer]:
        return self._server.answers

    @property
    def asked(self) -> list[tuple[str, dict[str, str]]]:
        return self._server.asked

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    def feed(self, xml: str | bytes, path: str = "/feed", **headers: str) -> str:
        body = xml.encode() if isinstance(xml, str) else xml
        self.answers[path] = lambda r: r.give(body, **headers)
        return self.url + path

    def sound(self, path: str, body: bytes = SOUND, type_: str = "audio/mpeg") -> str:
        """A file that knows Range and ETag, as a good server does."""
        self.answers[path] = lambda r: with_ranges(r, body, type_)
        return self.url + path


def with_ranges(
    request: Request, body: bytes, type_: str = "audio/mpeg", etag: str = '"v1"'
) -> None:
    asked = request.headers.get("Range", "")
    if not asked or request.headers.get("If-Range", etag) != etag:
        request.give(body, type_=type_, ETag=etag)
        return
    start = int(asked.removeprefix("bytes=").partition("-")[0])
    if start >= len(body):
        request.give(b"", status=416, Content_Range=f"bytes */{len(body)}")
        return
    span = f"bytes {start}-{len(body) - 1}/{len(body)}"
    request.give(body[start:], status=206, type_=type_, ETag=etag, Content_Range=span)


@contextmanager
def serving(host: str = "127.0.0.1") -> Iterator[Server]:
    server: Any = _Quiet((host, 0), Request)
    server.answers, server.asked = {}, []
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield Server(f"http://{host}:{server.server_port}", server)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def quick_client(**more: Any) -> tuple[Client, list[float]]:
    """A client that loses no time, and the pauses that it would have made."""
    pauses: list[float] = []
    given: dict[str, Any] = {"allow_private": True, "tries": 3, "read_s": 1.0, "stall_s": 0.4}
    return Client(**(given | more), sleep=pauses.append), pauses


NAMESPACES = (
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:podcast="https://podcastindex.org/namespace/1.0" '
    'xmlns:psc="http://podlove.org/simple-chapters" xmlns:atom="http://www.w3.org/2005/Atom" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
)


def item(
    media: str, *, guid: str | None = "g1", title: str = "引き継ぎの話",
    date: str = "Mon, 06 Apr 2026 07:00:00 +0900", type_: str = "audio/mpeg", more: str = "",
) -> str:  # fmt: skip
    given = f'<guid isPermaLink="false">{guid}</guid>' if guid is not None else ""
    when = f"<pubDate>{date}</pubDate>" if date else ""
    return (
        f'<item><title>{title}</title>{given}{when}<enclosure url="{media}" length="1" '
        f'type="{type_}"/>{more}</item>'
    )


def rss(*items: str, channel: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" {NAMESPACES}><channel>'
        f"<title>伴走ラジオ</title><language>ja</language>{channel}{''.join(items)}</channel></rss>"
    )


def sounds(settings: Settings) -> list[bytes]:
    return [path.read_bytes() for path in sorted(settings.raw.glob("*.mp3"))]


def leftovers(settings: Settings) -> list[str]:
    return [path.name for path in settings.raw.iterdir()] if settings.raw.exists() else []
