"""Answers of another kind than they should be."""

from __future__ import annotations

import gzip
import time

import pytest

from pipeline.config import Settings
from pipeline.sources import discover, read_sidecar
from tests.feeds.server import (
    SOUND,
    Fetch,
    Server,
    item,
    leftovers,
    rss,
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

# Harmless today; refused all the same, as nobody can tell by looking.
SMALL = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x "x">]>'
    "<rss version='2.0'><channel><title>&x;</title></channel></rss>"
)


class TestContent:
    """Answers of another kind than they should be."""

    @pytest.mark.parametrize("xml", [BOMB, OUTSIDE, SMALL, BOMB.replace("</channel>", "")])
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
