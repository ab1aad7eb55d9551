"""Feeds, what they publish beside an episode, and what a fetch keeps: with files that come far into it."""

from __future__ import annotations

import atexit
import functools
import json
import tempfile
from contextlib import ExitStack
from pathlib import Path

import fuzzing
from fuzzing import spoiled
from hypothesis import strategies as st

from pipeline.config import Settings
from pipeline.feeds import fetch
from pipeline.feeds.companions import fetch_chapters, fetch_transcript
from pipeline.feeds.items import Extras, Item, Link
from pipeline.feeds.read import read_feed
from pipeline.sources import read_transcript
from tests.feeds.server import Server, item, quick_client, rss, serving

_XML = (
    '<item>|</item>|<item|<entry>|</entry>|<channel>|<rss version="2.0">|<![CDATA[|]]>|<!--|-->|<!DOCTYPE a [|<!ENTITY a "b">'
    '|&a;|&amp;|&#0;|&#x110000;|&lt;p&gt;|<?xml version="1.0" encoding="utf-7"?>|<?x|?>|<title>|</title>|<p b="\'>\'"|<a href="'
    '|<enclosure url="http://[::1" type="audio/mpeg"/>|<guid>|<pubDate>|Mon, 99 Apr 99999 99:99:99 +9999|2026-02-31T25:61:61Z'
    '|xmlns:x="y"|x:a="1" |<podcast:person role="guest">|<podcast:transcript url="//"/>|<psc:chapter start="1:2:3.4" title="a"/>'
    "|<description>|<content type='xhtml'>|<script>|</script>|&lt;!--|&lt;a href='|\0|\x1b[31m|\u202e|\ufffe|../../x|>|<|\"|'|伴走|=|/"
)  # fmt: skip
_RSS = rss(
    item(
        "/1.mp3",
        more='<description><![CDATA[<p>一行目<br/><a href="https://e.org/x">詳しく</a></p>]]></description>'
        '<podcast:person role="guest">佐藤</podcast:person><podcast:transcript url="/1.vtt" type="text/vtt"/>'
        '<podcast:chapters url="/1.json" type="application/json+chapters"/>'
        '<psc:chapters><psc:chapter start="00:01:02.5" title="始め"/></psc:chapters>'
        "<link>https://e.org/1</link><itunes:duration>1:00</itunes:duration>",
    ),
    item("/2.mp3", guid="g2", title="二回目 &amp; &lt;b&gt;", date="2026-04-07T07:00:00+09:00"),
    channel="<podcast:person>鈴木</podcast:person>",
)
_ATOM = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="ja"><title>番組</title>
<entry><id>urn:1</id><title type="html">引き継ぎ</title><updated>2026-04-06T00:00:00Z</updated>
<link rel="enclosure" type="audio/mpeg" href="a/1.mp3"/><content type="html">&lt;p&gt;話&lt;/p&gt;</content></entry></feed>"""
_RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:enc="http://purl.oclc.org/net/rss_2.0/enc#"><channel rdf:about="x"><title>番組</title></channel>
<item rdf:about="1"><title>一</title><link>https://e.org/1.mp3</link><enc:enclosure rdf:resource="https://e.org/1.mp3"/></item></rdf:RDF>"""
FEEDS = st.one_of(
    fuzzing.TEXT_FILES,
    spoiled(*(f.encode() for f in (_RSS, _RSS, _ATOM, _RDF)), _RSS.encode("utf-16"), pieces=_XML),
    st.lists(st.sampled_from(_XML.split("|")), max_size=40).map(lambda p: "".join(p).encode("utf-8", "replace")),
)  # fmt: skip


def feed(path: Path) -> None:
    made = read_feed(path.read_bytes(), url=f"https://example.org/{path.name}")
    for found in made.items:
        assert found.title.isprintable()
        assert len(found.notes) <= 50_002


_open = ExitStack()  # as long as the tests run


@functools.cache
def _server() -> Server:
    # Closed before the interpreter ends its threads: afterwards nobody would answer.
    atexit.register(_open.close)
    return _open.enter_context(serving())


def published(kind: str, path: Path) -> None:
    """A file that a feed publishes beside an episode, from a real server into a real folder."""
    body = path.read_bytes()
    link = Link(_server().feed(body, f"/{path.name}", type_="text/plain"), kind)
    extras = Extras(transcripts=(link,) if kind else (), chapters_url=None if kind else link.url)
    given = Item(None, "回", None, None, "", Link("x"), extras)
    client, _ = quick_client(tries=1)
    with tempfile.TemporaryDirectory() as folder:
        if kind:
            name, problems = fetch_transcript(client, given, Path(folder), "a", "ja")
        else:
            name, problems = fetch_chapters(client, given, Path(folder), "a")
        assert bool(name) != bool(problems)
        assert all(link.url in problem for problem in problems)
        if name and kind:
            assert read_transcript(Path(folder) / name).segments
        assert [p.name for p in Path(folder).iterdir()] == ([name] if name else [])
    client.close()


VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v 田中>伴走です。</v>\n\n00:02.000 --> 00:03.000\n次です。\n"
SRT = "1\n00:00:01,000 --> 00:00:02,000\n伴走です。\n\n2\n00:00:02,000 --> 00:00:03,000\n次です。\n"
PODCAST_JSON = json.dumps({"version": "1.0.0", "segments": [
    {"speaker": "田中", "startTime": 1.0, "endTime": 2.0, "body": "伴走です。"}]})  # fmt: skip
CHAPTERS = json.dumps({"version": "1.2.0", "chapters": [{"startTime": 1, "title": "始め"}]})
JSON_PIECES = (
    '{|}|[|]|"|,|:|null|NaN|1e999|-1|\\ud800|"startTime":|"chapters":|"segments":|"text":|[[|{"a":'
)


def feed_state(path: Path) -> None:
    """Whatever ``state.json`` holds, a fetch goes on with it or begins anew, within its folder."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder) / "in" / "data")
        (settings.data / "feeds").mkdir(parents=True)
        (settings.data / "feeds" / "state.json").write_bytes(path.read_bytes())
        server = _server()
        url = server.feed(
            rss(item(server.sound("/s.mp3", b"\xff\xfb\x90\x64" * 500))), "/state.xml"
        )
        client, _ = quick_client(tries=1)
        fetch(settings, [url], client=client)
        client.close()
        assert [p.name for p in Path(folder).iterdir()] == ["in"]
        assert [p.name for p in (Path(folder) / "in").iterdir()] == ["data"]


@functools.cache
def state() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        server = _server()
        url = server.feed(
            rss(item(server.sound("/s.mp3", b"\xff\xfb\x90\x64" * 500))), "/state.xml"
        )
        client, _ = quick_client(tries=1)
        fetch(Settings(data=Path(folder)), [url], client=client)
        return (Path(folder) / "feeds" / "state.json").read_bytes()
