"""Servers and feeds that are broken, or mean harm."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import Settings
from pipeline.feeds import address
from pipeline.sources import discover, read_sidecar
from tests.feeds.server import (
    SOUND,
    Fetch,
    Request,
    Server,
    item,
    quick_client,
    rss,
    serving,
    with_ranges,
)

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a0 "はは">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]><rss version='2.0'><channel><title>&a9;</title></channel></rss>"
)
OUTSIDE = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    "<rss version='2.0'><channel><title>&x;</title><item><title>&x;</title></item></channel></rss>"
)


def sounds(settings: Settings) -> list[bytes]:
    return [path.read_bytes() for path in sorted(settings.raw.glob("*.mp3"))]


def leftovers(settings: Settings) -> list[str]:
    return [path.name for path in settings.raw.iterdir()] if settings.raw.exists() else []


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
                "other start": f"bytes 0-{len(SOUND) - 1}/{len(SOUND)}",
                "other total": f"bytes 50000-{len(SOUND)}/{len(SOUND) + 1}",
                "no range": "",
            }[lie]
            request.give(SOUND[50_000:], status=206, type_="audio/mpeg", Content_Range=span)

        server.answers["/1.mp3"] = answer
        assert run(url).failed == []
        assert sounds(empty) == [SOUND]

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


class TestContent:
    """Answers of another kind than they should be."""

    @pytest.mark.parametrize("xml", [BOMB, OUTSIDE, BOMB.replace("</channel>", "")])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
    def test_entities_are_refused(
        self, server: Server, run: Fetch, empty: Settings, xml: str, encoding: str
    ) -> None:
        body = xml.replace('version="1.0"', f'version="1.0" encoding="{encoding}"')
        began = time.monotonic()
        made = run(server.feed(body.encode(encoding)))
        assert "declares a document type" in made.failed[0]
        assert time.monotonic() - began < 2
        assert not list((empty.data / "feeds").glob("*.xml"))

    def test_a_gzip_bomb_is_stopped_at_the_limit(
        self, server: Server, run: Fetch, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("pipeline.feeds.fetching._MOST_FEED", 2**20)
        bomb = gzip.compress(b" " * 50 * 2**20)
        made = run(server.feed(bomb, Content_Encoding="gzip"))
        assert "more than 1 MiB is no feed" in made.failed[0]
        made = run(server.feed(b"\x1f\x8b\x08 no gzip", Content_Encoding="gzip"))
        assert "packed in a way" in made.failed[0]

    def test_a_web_page_instead_of_a_feed_says_where_the_feed_is(
        self, server: Server, run: Fetch
    ) -> None:
        page = (
            '<!doctype html><html><link rel="alternate" type="application/rss+xml" '
            'href="/real.xml"><p>番組</html>'
        )
        made = run(server.feed(page, type_="text/html"))
        assert f"it names the feed {server.url}/real.xml" in made.failed[0]
        assert "is no RSS or Atom" in run(server.feed("<opml/>")).failed[0]
        assert "is no RSS or Atom" in run(server.feed("just text")).failed[0]
        assert run(server.feed(b"")).failed
        assert run(server.feed(bytes(range(256)) * 50)).failed

    def test_a_feed_that_is_not_well_formed_is_read_as_well_as_it_goes(
        self, server: Server, run: Fetch, empty: Settings
    ) -> None:
        server.sound("/1.mp3")
        xml = rss(item(server.url + "/1.mp3", title="Q & A の回"))
        made = run(server.feed(xml))
        assert made.failed == []
        assert "no well-formed XML" in made.warnings[0]
        assert "Q & A の回" in next(empty.raw.glob("*.mp3")).name

    @pytest.mark.parametrize(
        ("body", "type_", "why"),
        [
            (b"<!doctype html><p>login", "text/html; charset=utf-8", "web page"),
            (b"<!doctype html><p>login", "audio/mpeg", "web page"),
            (b"%PDF-1.4 x", "audio/mpeg", "PDF"),
            (b"", "audio/mpeg", "empty"),
            ("これは文字です".encode(), "audio/mpeg", "text"),
        ],
    )
    def test_what_is_no_audio_is_not_kept(
        self, server: Server, run: Fetch, empty: Settings, body: bytes, type_: str, why: str
    ) -> None:
        server.answers["/1.mp3"] = lambda r: r.give(body, type_=type_)
        made = run(server.feed(rss(item(server.url + "/1.mp3"))))
        assert why in made.failed[0]
        assert server.url in made.failed[0]
        assert leftovers(empty) == []

    def test_items_without_audio_are_passed_over(self, server: Server, run: Fetch) -> None:
        made = run(
            server.feed(
                rss(
                    item("/a.pdf", type_="application/pdf"),
                    "<item><title>お知らせ</title></item>",
                    item("", guid="z"),
                )
            )
        )
        assert (made.fetched, made.failed) == ([], [])

    @pytest.mark.parametrize("announces", [True, False])
    def test_media_over_the_limit_are_refused(
        self, server: Server, run: Fetch, empty: Settings, announces: bool
    ) -> None:
        server.answers["/1.mp3"] = lambda r: r.give(
            SOUND, type_="audio/mpeg", length=None if announces else -1
        )
        made = run(server.feed(rss(item(server.url + "/1.mp3"))), max_bytes=100_000)
        assert "--max-size" in made.failed[0]
        assert leftovers(empty) == []

    @pytest.mark.parametrize(
        "title",
        [
            "../../etc/passwd", "..", "/abs/olute", "C:\\x\\y", "a\x00b\x1b[31mred".replace("\x00", "&#1;").replace("\x1b", ""),
            "\u202efdp.exe\u202c", "長" * 5000, "CON", "x.transcript", "x.chapters", "", "~$", "README",
            "con*?|&lt;&gt;&quot;:", "sample-", "😀" * 300, ".hidden", "tail. . .", "一\u2028二\u0085三",
        ],
    )  # fmt: skip
    def test_titles_make_no_dangerous_names(
        self, server: Server, run: Fetch, empty: Settings, title: str
    ) -> None:
        server.sound("/f/1.mp3")
        made = run(server.feed(rss(item(server.url + "/f/1.mp3", title=title, date=""))))
        assert made.failed == []
        found = discover([empty.raw])
        assert [source.episode_id for source in found.sources] == ["g1"]
        assert found.problems == ()
        assert {path.parent for path in empty.data.rglob("*.mp3")} == {empty.raw}
        for path in empty.raw.iterdir():
            assert len(path.name.encode()) <= 220
            assert not set(path.name) & set('/\\:*?"<>|\x00\u202e')
            assert path.name.isprintable()
            assert path.name.startswith("undated")
        assert read_sidecar(next(empty.raw.glob("*.yaml"))).title

    def test_the_extension_is_one_of_audio_whatever_the_address_says(
        self, server: Server, run: Fetch, empty: Settings
    ) -> None:
        server.sound("/1.exe")
        server.sound("/..%2Fx", type_="application/octet-stream")
        urls = [server.url + "/1.exe?n=.mp3", server.url + "/..%2Fx"]
        made = run(server.feed(rss(*(item(u, guid=f"guid {u}", title=u) for u in urls))))
        assert made.failed == []
        assert {path.suffix for path in empty.raw.iterdir()} == {".mp3", ".yaml"}

    def test_hostile_guids_and_yaml(self, server: Server, run: Fetch, empty: Settings) -> None:
        server.sound("/1.mp3")
        guid = "../x: &amp;anchor *alias !!python/object:os.system\u202e"
        title = "- !!map {a: *b} # 'x' \"y\""
        run(server.feed(rss(item(server.url + "/1.mp3", guid=guid, title=title))))
        sidecar = read_sidecar(next(empty.raw.glob("*.yaml")))
        assert sidecar.guid == "../x: &anchor *alias !!python/object:os.system"
        assert sidecar.title == title

    def test_a_million_persons_are_no_episode(
        self, server: Server, run: Fetch, empty: Settings
    ) -> None:
        server.sound("/1.mp3")
        more = "".join(
            f'<podcast:person role="guest">{n}</podcast:person>'
            f'<podcast:transcript url="/t{n}" type="text/vtt"/>'
            for n in range(10_000)
        )
        made = run(server.feed(rss(item(server.url + "/1.mp3", more=more))))
        assert made.is_ok
        assert len(read_sidecar(next(empty.raw.glob("*.yaml"))).guests) == 100
        assert len([path for path in server.paths() if path.startswith("/t")]) == 5


class TestAddresses:
    """Where a feed may lead."""

    @pytest.fixture
    def _half_public(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """127.0.0.1 passes for a public address, all else is told as it is."""
        real = address.is_public
        monkeypatch.setattr(address, "is_public", lambda ip: ip == "127.0.0.1" or real(ip))

    @pytest.mark.parametrize(
        "ip",
        ["10.0.0.1", "127.0.0.1", "169.254.169.254", "192.168.1.1", "172.16.0.1", "100.64.0.1",
         "0.0.0.1", "224.0.0.1", "255.255.255.255", "::1", "fe80::1%eth0", "fc00::1", "::",
         "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:0:0:0:0:80ff:fffe"],
    )  # fmt: skip
    def test_private_addresses(self, ip: str) -> None:
        assert not address.is_public(ip)

    @pytest.mark.parametrize("ip", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"])
    def test_public_addresses(self, ip: str) -> None:
        assert address.is_public(ip)

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]"])
    def test_a_private_host_is_not_even_contacted(
        self, server: Server, run: Fetch, host: str
    ) -> None:
        client, _ = quick_client(allow_private=False)
        port = server.url.rpartition(":")[2]
        made = run(f"http://{host}:{port}/feed", client=client)
        assert made.failed
        assert server.asked == []

    @pytest.mark.usefixtures("_half_public")
    def test_a_redirect_to_a_private_address_is_not_followed(
        self, server: Server, run: Fetch, empty: Settings
    ) -> None:
        with serving("127.0.0.2") as inside:
            inside.sound("/1.mp3")
            server.answers["/1.mp3"] = lambda r: r.give(
                b"", status=302, Location=inside.url + "/1.mp3"
            )
            url = server.feed(rss(item(server.url + "/1.mp3")))
            client, _ = quick_client(allow_private=False)
            made = run(url, client=client)
            assert "127.0.0.2" in made.failed[0]
            assert "--allow-private" in made.failed[0]
            assert inside.asked == []
            assert run(url).is_ok
            assert sounds(empty) == [SOUND]

    @pytest.mark.usefixtures("_half_public")
    def test_a_name_is_looked_up_once_and_all_its_addresses_count(
        self, server: Server, run: Fetch, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        port = int(server.url.rpartition(":")[2])
        server.feed(rss())
        answers = [["127.0.0.1"], ["127.0.0.1", "10.0.0.1"], ["10.0.0.1"]]
        lookups = []

        def look_up(host: str, *_: object, **__: object) -> list[Any]:
            if host != "rebind.example":
                return real(host, *_, **__)
            lookups.append(host)
            kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
            return [(*kind, (ip, port)) for ip in answers[len(lookups) - 1]]

        real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        url = f"http://rebind.example:{port}/feed"
        client, _ = quick_client(allow_private=False)
        assert run(url, client=client).failed == []
        assert server.asked[-1][1]["Host"] == f"rebind.example:{port}"
        for _ in range(2):
            client, _ = quick_client(allow_private=False)
            assert "10.0.0.1" in run(url, client=client).failed[0]
        assert len(lookups) == 3
        assert len(server.asked) == 1

    @pytest.mark.parametrize(
        "there",
        ["file:///etc/passwd", "ftp://example.org/x", "gopher://127.0.0.1/", "data:,x",
         "http://user:pw@127.0.0.1/", "http://[::1", "http://127.0.0.1:99999/", "javascript:x"],
    )  # fmt: skip
    def test_only_http_is_fetched_whoever_names_it(
        self, server: Server, run: Fetch, empty: Settings, there: str
    ) -> None:
        assert run(there).failed
        server.answers["/1.mp3"] = lambda r: r.give(b"", status=301, Location=there)
        made = run(server.feed(rss(item(server.url + "/1.mp3"), item(there, guid="2"))))
        assert len(made.failed) == 2
        assert "pw@" not in "".join(made.failed)
        assert leftovers(empty) == []

    def test_redirects_in_a_ring_end(self, server: Server, run: Fetch) -> None:
        server.answers["/a"] = lambda r: r.give(b"", status=302, Location="/b")
        server.answers["/b"] = lambda r: r.give(b"", status=307, Location="/a")
        made = run(server.url + "/a")
        assert "more than 10 redirects" in made.failed[0]
        assert len(server.asked) == 11

    def test_the_body_of_a_redirect_is_not_waited_for(self, server: Server, run: Fetch) -> None:
        server.feed(rss(), "/there")

        def endless(request: Request) -> None:
            request.send_response(302)
            request.send_header("Location", "/there")
            request.send_header("Content-Length", "1000000000")
            request.end_headers()
            for _ in range(100):
                request.wfile.write(b"x" * 1000)
                time.sleep(0.1)

        server.answers["/feed"] = endless
        began = time.monotonic()
        assert run(server.url + "/feed").is_ok
        assert time.monotonic() - began < 2

    def test_a_feed_that_moved_for_good_is_told(self, server: Server, run: Fetch) -> None:
        there = server.feed(rss(), "/there")
        server.answers["/feed"] = lambda r: r.give(b"", status=301, Location="/there")
        assert there in run(server.url + "/feed").warnings[0]
        server.answers["/feed"] = lambda r: r.give(b"", status=302, Location="/there")
        assert run(server.url + "/feed").warnings == []


def test_files_of_others_are_not_written_through_links(
    server: Server, run: Fetch, empty: Settings, tmp_path: Path
) -> None:
    empty.raw.mkdir(parents=True)
    outside = tmp_path / "outside.txt"
    outside.write_text("mine", encoding="utf-8")
    (empty.raw / "2026-04-06 引き継ぎの話.part").symlink_to(outside)
    server.sound("/1.mp3")
    assert run(server.feed(rss(item(server.url + "/1.mp3")))).is_ok
    assert outside.read_text(encoding="utf-8") == "mine"
