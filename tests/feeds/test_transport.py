"""Bytes that come late, in part, wrong, or not at all."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from pipeline.config import Settings
from tests.feeds.server import (
    SOUND,
    Fetch,
    Request,
    Server,
    item,
    quick_client,
    rss,
    sounds,
    with_ranges,
)


class TestTransport:
    """Bytes that come late, in part, wrong, or not at all."""

    @pytest.fixture
    def url(self, server: Server) -> str:
        return server.feed(rss(item(server.url + "/1.mp3")))

    @pytest.mark.parametrize("has_length", [True, False])
    def test_a_line_that_breaks_again_and_again(
        self, server: Server, run: Fetch, empty: Settings, url: str, has_length: bool
    ) -> None:
        def broken(request: Request) -> None:
            asked = request.headers.get("Range", "")
            start = int(asked[6:].partition("-")[0]) if asked else 0
            rest = SOUND[start:]
            more: dict[str, Any] = {"ETag": '"v1"', "type_": "audio/mpeg"}
            if start:
                more |= {
                    "status": 206,
                    "Content_Range": f"bytes {start}-{len(SOUND) - 1}/{len(SOUND)}",
                }
            length = len(rest) if has_length or start else -1
            request.give(rest[:120_000] if length != -1 else rest, length=length, **more)

        server.answers["/1.mp3"] = broken
        made = run(url)
        assert made.failed == []
        assert sounds(empty) == [SOUND]
        if has_length:
            ranges = [h.get("Range") for path, h in server.asked if path == "/1.mp3"]
            assert ranges == [None, "bytes=120000-", "bytes=240000-"]

    def test_chunks_that_stop_are_no_whole_file(
        self, server: Server, run: Fetch, empty: Settings, url: str
    ) -> None:
        def chunked(request: Request) -> None:
            request.send_response(200)
            request.send_header("Content-Type", "audio/mpeg")
            request.send_header("Transfer-Encoding", "chunked")
            request.end_headers()
            request.wfile.write(b"1000\r\n" + SOUND[:0x1000] + b"\r\n1000\r\n" + SOUND[:100])
            request.close_connection = True

        server.answers["/1.mp3"] = chunked
        made = run(url)
        assert "broke off" in made.failed[0]
        assert "run again later" in made.failed[0]
        assert sounds(empty) == []

    def test_more_than_was_announced_is_never_kept(
        self, server: Server, run: Fetch, empty: Settings, url: str
    ) -> None:
        server.answers["/1.mp3"] = lambda r: r.give(SOUND, type_="audio/mpeg", length=1000)
        assert run(url).is_ok  # the rest of the answer is no part of it
        assert sounds(empty) == [SOUND[:1000]]

    def test_a_file_that_changed_meanwhile_is_never_joined(
        self, server: Server, run: Fetch, empty: Settings, url: str
    ) -> None:
        server.answers["/1.mp3"] = lambda r: r.give(
            SOUND[:99_999], type_="audio/mpeg", length=len(SOUND), ETag='"old"'
        )
        assert not run(url).is_ok
        assert next(empty.raw.glob("*.part")).stat().st_size == 99_999
        new = SOUND[:4] + SOUND[4:][::-1]
        server.answers["/1.mp3"] = lambda r: with_ranges(r, new, etag='"new"')
        assert run(url).is_ok
        assert sounds(empty) == [new]

    @pytest.mark.parametrize("lie", ["other start", "other total", "no range"])
    def test_a_part_that_was_not_asked_for_begins_anew(
        self, server: Server, run: Fetch, empty: Settings, url: str, lie: str
    ) -> None:
        def answer(request: Request) -> None:
            if "Range" not in request.headers:
                whole = len([p for p in server.paths() if p == "/1.mp3"]) > 1
                body = SOUND if whole else SOUND[:50_000]
                request.give(body, length=len(SOUND), type_="audio/mpeg", ETag='"a"')
                return
            span = {
                "other start": f"bytes 0-{len(SOUND) - 50_001}/{len(SOUND)}",
                "other total": f"bytes 50000-{len(SOUND)}/{len(SOUND) + 1}",
                "no range": "",
            }[lie]
            body = SOUND[:-50_000] if lie == "other start" else SOUND[50_000:]
            request.give(body, status=206, type_="audio/mpeg", Content_Range=span)

        server.answers["/1.mp3"] = answer
        assert run(url).failed == []
        assert sounds(empty) == [SOUND]

    def test_half_a_feed_is_no_feed(self, server: Server, run: Fetch) -> None:
        # Well-formed as far as it goes: only its length tells that something is missing.
        url = server.feed(rss(), length=5000)
        assert "broke off" in run(url).failed[0]

    @pytest.mark.parametrize("is_whole", [True, False])
    def test_416_for_a_part_that_is_whole_or_too_long(
        self, server: Server, run: Fetch, empty: Settings, url: str, is_whole: bool
    ) -> None:
        server.sound("/1.mp3")

        def stop(step: Any) -> None:
            if step.done == len(SOUND):
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            run(url, report=stop)
        part = next(empty.raw.glob("*.part"))
        assert part.read_bytes() == SOUND
        if not is_whole:
            part.write_bytes(SOUND + b"more")
        assert run(url).failed == []
        assert sounds(empty) == [SOUND]
        asked = len([path for path in server.paths() if path == "/1.mp3"])
        assert asked == (2 if is_whole else 3)

    def test_without_etag_and_date_the_length_must_agree(
        self, server: Server, run: Fetch, empty: Settings, url: str
    ) -> None:
        def answer(request: Request) -> None:
            if "Range" in request.headers:
                assert "If-Range" not in request.headers
                span = f"bytes 70000-{len(SOUND) - 1}/{len(SOUND)}"
                request.give(SOUND[70_000:], status=206, type_="audio/mpeg", Content_Range=span)
            else:
                request.give(SOUND[:70_000], length=len(SOUND), type_="audio/mpeg")

        server.answers["/1.mp3"] = answer
        assert run(url).failed == []
        assert sounds(empty) == [SOUND]

    def test_a_weak_tag_vouches_for_nothing(
        self, server: Server, run: Fetch, empty: Settings, url: str
    ) -> None:
        server.answers["/1.mp3"] = lambda r: r.give(
            SOUND[:500] if len(server.paths()) < 3 else SOUND,
            length=len(SOUND), type_="audio/mpeg", ETag='W/"x"',
        )  # fmt: skip
        run(url)
        assert all("If-Range" not in headers for _, headers in server.asked)
        assert sounds(empty) == [SOUND]

    @pytest.mark.parametrize("way", ["silent", "drip"])
    def test_a_server_that_never_ends_is_left(
        self, server: Server, run: Fetch, empty: Settings, url: str, way: str
    ) -> None:
        def slow(request: Request) -> None:
            request.send_response(200)
            request.send_header("Content-Type", "audio/mpeg")
            request.send_header("Content-Length", str(len(SOUND)))
            request.end_headers()
            for n in range(30):
                time.sleep(0.05 if way == "drip" else 2)
                request.wfile.write(SOUND[n : n + 1])

        server.answers["/1.mp3"] = slow
        began = time.monotonic()
        client, _ = quick_client(tries=2, read_s=0.3, stall_s=0.3)
        made = run(url, client=client)
        assert ("only" if way == "drip" else "ReadTimeout") in made.failed[0]
        assert time.monotonic() - began < 5

    def test_a_busy_server_is_given_the_time_it_asks_for(
        self, server: Server, run: Fetch, empty: Settings, url: str
    ) -> None:
        answers: Iterator[Any] = iter(
            [(429, "7"), (503, "Wed, 21 Oct 2015 07:28:00 GMT"), (500, "100000")]
        )

        def busy(request: Request) -> None:
            status, after = next(answers, (200, ""))
            if status == 200:
                request.give(SOUND, type_="audio/mpeg")
            else:
                request.give(b"busy", status=status, Retry_After=after)

        server.answers["/1.mp3"] = busy
        client, pauses = quick_client(tries=5)
        assert run(url, client=client).is_ok
        assert pauses == [7.0, 2.0, 120.0]

    def test_a_server_that_stays_busy_is_told(self, server: Server, run: Fetch, url: str) -> None:
        server.answers["/feed"] = lambda r: r.give(b"", status=503)
        client, pauses = quick_client(tries=3)
        made = run(url, client=client)
        assert made.failed == [f"{url}: HTTP 503, 3 times; run again later to go on"]
        assert pauses == [1.0, 2.0]

    def test_nobody_listens(self, run: Fetch) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        made = run(f"http://127.0.0.1:{port}/feed")
        assert "no answer" in made.failed[0]

    def test_a_server_that_talks_nonsense(self, server: Server, run: Fetch, url: str) -> None:
        server.answers["/feed"] = lambda r: (r.wfile.write(b"\x00\xffnonsense\r\n\r\n"), setattr(r, "close_connection", True))[0]  # type: ignore[func-returns-value]  # fmt: skip
        assert "no answer" in run(url).failed[0]

    def test_one_broken_episode_keeps_nobody_from_the_others(
        self, server: Server, run: Fetch, empty: Settings
    ) -> None:
        server.sound("/2.mp3")
        made = run(
            server.url + "/no-feed",
            server.feed(rss(item(server.url + "/404.mp3", guid="a"), item(server.url + "/2.mp3"))),
        )
        assert len(made.failed) == 2
        assert sounds(empty) == [SOUND]

    def test_packed_audio_is_unpacked_and_never_resumed(
        self, server: Server, run: Fetch, empty: Settings, url: str
    ) -> None:
        body = gzip.compress(SOUND)
        server.answers["/1.mp3"] = lambda r: r.give(
            body, type_="audio/mpeg", Content_Encoding="gzip", ETag='"g"'
        )
        assert run(url).failed == []
        assert sounds(empty) == [SOUND]
