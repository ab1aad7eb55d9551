"""Show notes and feeds that were made to hurt: read in time, or refused."""

from __future__ import annotations

import time

import pytest

from pipeline.feeds.address import FeedError, shown
from pipeline.feeds.notes import text_of
from pipeline.feeds.read import read_feed
from tests.feeds.server import item, rss

ATTRIBUTES = " ".join(f"a{n}=''" for n in range(20_000))


@pytest.mark.parametrize(
    "piece",
    ["<!--", "<a", "<?", "</a ", '<a href="', "<p b=\"'>'\"", "<![CDATA[", "<!", "<a b='>", "&#"],
)
def test_no_notes_take_longer_than_their_length(piece: str) -> None:
    notes = "<p>" + piece * (200_000 // len(piece))
    began = time.process_time()
    assert len(text_of(notes)) <= 50_002
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("notes", "text"),
    [
        ("<p>一<br>二</p>", "一\n二"),
        ('<a href="https://e.org/x?a=1&amp;b=2">詳しく</a>です', "詳しく (https://e.org/x?a=1&b=2)です"),
        ("<a title='a > b' href='https://e.org/'>x</a>", "x (https://e.org/)"),
        ("<a href=https://e.org/>https://e.org/</a>", "https://e.org/"),
        ("<a href='javascript:x'>x</a>", "x"),
        ("<script>x<b></script>本文<!-- 秘 -->", "本文"),
        ("1 < 2 &amp; 3 > 2", "1 < 2 & 3 > 2"),
        ("<ul><li>一<li>二</ul>", "- 一\n- 二"),
        ("本文<!-- 終わらない", "本文<!-- 終わらない"),
    ],
)  # fmt: skip
def test_notes_as_a_reader_sees_them(notes: str, text: str) -> None:
    assert text_of(notes) == text


@pytest.mark.parametrize(
    ("xml", "why"),
    [
        (rss(item("/1.mp3", more="<category/>" * 1_000_000)), "a million tags"),
        (rss(f"<item {ATTRIBUTES}/>"), "attributes"),
        (rss("<!" * 50_000), "declares a document type"),
        (rss("<>&#2000000;"), "cannot be read as a feed"),
    ],
)
def test_a_feed_made_to_hurt_is_refused_at_once(xml: str, why: str) -> None:
    began = time.process_time()
    with pytest.raises(FeedError, match=why) as caught:
        read_feed(xml.encode(), url="https://example.org/feed.xml?token=s3cret")
    assert time.process_time() - began < 5
    assert "https://example.org/feed.xml:" in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["https://user:s3cret@example.org/f", "ftp://user:s3cret@example.org/", "//u:s3cret@h/", "https://e.org/f?t=s3cret",
     "http://u:s3cret@[::1", "https://u:p@s3cret@h/x", " https://u:s3cret@h/"],
)  # fmt: skip
def test_an_address_is_shown_without_what_is_secret_in_it(url: str) -> None:
    assert "s3cret" not in shown(url)


@pytest.mark.parametrize("encoding", ["utf7", "f", "utf-32", ""])
def test_a_second_declaration_of_an_unknown_encoding_is_no_traceback(encoding: str) -> None:
    second = f'<?xml version="1.0"?><?xml version="1.0" encoding="{encoding}"?>'
    made = read_feed((second + rss(item("/1.mp3"))).encode(), url="https://example.org/f")
    assert [warning.partition(" (")[0] for warning in made.warnings] == ["is no well-formed XML"]
