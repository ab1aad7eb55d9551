"""Where a feed may lead."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import Settings
from pipeline.feeds import address
from tests.feeds.server import (
    SOUND,
    Fetch,
    Request,
    Server,
    item,
    leftovers,
    quick_client,
    rss,
    serving,
    sounds,
)


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
