"""Episodes come with everything their feed says of them."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from pipeline.config import Settings
from pipeline.sources import discover, read_sidecar, read_transcript
from tests.feeds.server import SOUND, Fetch, Server, item, rss

VTT = "WEBVTT\n\n00:00:01.000 --> 00:00:03.000\n<v 田中>こんにちは\n"
JSON = json.dumps(
    {"version": "1.0.0", "segments": [{"startTime": 1, "endTime": 3, "speaker": "田中", "body": "こんにちは"}]}
)  # fmt: skip
SRT = "1\n00:00:01,000 --> 00:00:03,000\nこんにちは\n"


def names(settings: Settings) -> list[str]:
    return sorted(path.name for path in settings.raw.iterdir())


def test_an_episode_comes_with_all_that_its_feed_says(
    server: Server, run: Fetch, empty: Settings
) -> None:
    server.sound("/1.mp3")
    server.feed(VTT, "/1.vtt", type_="text/vtt")
    server.feed(JSON, "/1.json", type_="application/json")
    server.feed('{"version":"1.2.0","chapters":[{"startTime":0,"title":"はじめ"}]}', "/c.json")
    more = (
        "<link>https://example.org/1</link>"
        "<content:encoded><![CDATA[<p>今日は<b>型化</b>の話。</p><ul><li>資料 "
        '<a href="https://example.org/a">こちら</a></li></ul><script>x()</script>]]></content:encoded>'
        '<podcast:person role="guest">水沢</podcast:person>'
        '<podcast:person role="Guest" group="cast">北野</podcast:person>'
        "<podcast:person>桐谷</podcast:person>"
        '<podcast:person group="audio post-production" role="editor">別人</podcast:person>'
        '<podcast:transcript url="/1.vtt" type="text/vtt"/>'
        '<podcast:transcript url="/1.json" type="application/json"/>'
        '<podcast:transcript url="/1.html" type="text/html"/>'
        '<podcast:chapters url="/c.json" type="application/json+chapters"/>'
    )
    made = run(server.feed(rss(item(server.url + "/1.mp3?token=a", more=more))))
    assert made.failed == made.warnings == []
    stem = "2026-04-06 引き継ぎの話"
    assert names(empty) == [
        f"{stem}.chapters.json", f"{stem}.mp3", f"{stem}.transcript.json", f"{stem}.yaml",
    ]  # fmt: skip
    assert (empty.raw / f"{stem}.mp3").read_bytes() == SOUND
    sidecar = read_sidecar(empty.raw / f"{stem}.yaml")
    assert sidecar.guid == "g1"
    assert sidecar.title == "引き継ぎの話"
    assert sidecar.published_at == dt.datetime(2026, 4, 5, 22, tzinfo=dt.UTC)
    assert sidecar.guests == ("水沢", "北野")
    assert sidecar.hosts == ("桐谷",)
    assert sidecar.link == "https://example.org/1"
    assert sidecar.feed_url == server.url + "/feed"
    assert sidecar.show_notes == "今日は型化の話。\n\n- 資料 こちら (https://example.org/a)"
    assert read_transcript(empty.raw / f"{stem}.transcript.json").segments[0].speaker == "田中"
    found = discover([empty.raw])
    assert not found.problems
    assert [(s.episode_id, s.chapters is not None) for s in found.sources] == [("g1", True)]


def test_a_transcript_published_later_is_taken(server: Server, run: Fetch, empty: Settings) -> None:
    server.sound("/1.mp3")
    url = server.feed(rss(item(server.url + "/1.mp3")))
    run(url)
    server.feed(SRT, "/t")
    more = '<podcast:transcript url="/t" type="application/srt"/>'
    server.feed(rss(item(server.url + "/1.mp3", more=more)))
    assert run(url).updated == ["引き継ぎの話: transcript"]
    assert len(list(empty.raw.glob("*.transcript.srt"))) == 1
    assert run(url).updated == []


def test_the_next_transcript_is_tried_where_one_is_broken(
    server: Server, run: Fetch, empty: Settings
) -> None:
    server.sound("/1.mp3")
    server.feed("<!doctype html><p>login", "/1.json")
    server.feed(SRT, "/1.srt")
    more = (
        '<podcast:transcript url="/1.json" type="application/json"/>'
        '<podcast:transcript url="/1.srt" type="application/x-subrip"/>'
    )
    made = run(server.feed(rss(item(server.url + "/1.mp3", more=more))))
    assert made.is_ok
    assert made.fetched[0].with_transcript
    assert "/1.json" in made.warnings[0]
    assert [p.name for p in empty.raw.iterdir() if p.name.startswith(".")] == []


def test_since_limit_and_dry_run(server: Server, run: Fetch, empty: Settings) -> None:
    items = []
    for day in range(1, 6):
        server.sound(f"/{day}.mp3")
        date = f"0{day} Apr 2026 00:00:00 GMT"
        items.append(item(f"{server.url}/{day}.mp3", guid=f"g{day}", title=f"第{day}回", date=date))
    url = server.feed(rss(*items))
    made = run(url, limit=2, dry_run=True)
    assert [p.title for p in made.planned] == ["第5回", "第4回"]
    assert not empty.data.exists()
    assert [f.title for f in run(url, limit=2).fetched] == ["第5回", "第4回"]
    assert run(url, limit=2).fetched == []
    made = run(url, since=dt.date(2026, 4, 3))
    assert [f.title for f in made.fetched] == ["第3回"]
    assert (made.known, made.passed_over) == (2, 2)


def test_ctrl_c_leaves_a_part_that_the_next_run_goes_on_with(
    server: Server, run: Fetch, empty: Settings
) -> None:
    server.sound("/1.mp3")
    url = server.feed(rss(item(server.url + "/1.mp3")))

    def interrupt(step: object) -> None:
        if step.done > 100_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(url, report=interrupt)
    part = next(empty.raw.glob("*.part"))
    size = part.stat().st_size
    assert 65_536 <= size < len(SOUND)
    assert discover([empty.raw]).sources == ()
    assert run(url).is_ok
    assert server.asked[-1][1]["Range"] == f"bytes={size}-"
    assert server.asked[-1][1]["If-Range"] == '"v1"'
    assert next(empty.raw.glob("*.mp3")).read_bytes() == SOUND
    assert not part.exists()


def test_a_huge_feed_is_read_in_seconds_and_known_at_once(
    server: Server, run: Fetch, empty: Settings
) -> None:
    url = server.feed(
        rss(*(item(f"{server.url}/{n}.mp3", guid=f"g{n}", title=f"第{n}回") for n in range(3000)))
    )
    made = run(url, dry_run=True)
    assert len(made.planned) == 3000
    assert len({planned.path for planned in made.planned}) == 3000


def test_a_name_that_is_taken_is_not_written_over(
    server: Server, run: Fetch, empty: Settings
) -> None:
    empty.raw.mkdir(parents=True)
    mine = empty.raw / "2026-04-06 引き継ぎの話.wav"
    mine.write_bytes(b"mine")
    server.sound("/1.mp3")
    assert run(server.feed(rss(item(server.url + "/1.mp3")))).is_ok
    assert mine.read_bytes() == b"mine"
    assert len(discover([empty.raw]).sources) == 2


def test_atom_feeds_and_old_encodings(server: Server, run: Fetch, empty: Settings) -> None:
    server.sound("/1.m4a", b"\0\0\0\x20ftypM4A " + SOUND)
    atom = (
        '<?xml version="1.0" encoding="{e}"?><feed xmlns="http://www.w3.org/2005/Atom" '
        'xmlns:podcast="https://podcastindex.org/namespace/1.0"><title>放送</title><entry>'
        "<id>tag:example.org,2026:{n}</id><title>初回の対談</title>"
        "<updated>2026-04-06T07:00:00+09:00</updated><summary>概要</summary>"
        f'<link rel="enclosure" type="audio/x-m4a" href="{server.url}/1.m4a"/>'
        '<podcast:person role="guest">髙橋</podcast:person></entry></feed>'
    )
    for n, encoding in enumerate(("utf-8", "cp932", "utf-16", "euc_jp")):
        # Japan's old encodings are called by names that promise less than their bytes hold.
        name = "Shift_JIS" if encoding == "cp932" else encoding
        xml = atom.format(e=name, n=n).replace("髙", "髙" if encoding != "euc_jp" else "高")
        made = run(server.feed(xml.encode(encoding), f"/{encoding}"))
        assert made.failed == made.warnings == []
    sidecars = [read_sidecar(path) for path in empty.raw.glob("*.yaml")]
    assert {sidecar.guests for sidecar in sidecars} == {("髙橋",), ("高橋",)}
    assert len(sidecars) == 4
