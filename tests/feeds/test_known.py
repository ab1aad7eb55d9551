"""What was fetched is known: by guid, whatever else changes."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from pipeline.config import Settings
from pipeline.errors import BusyError
from pipeline.feeds.state import State
from pipeline.sources import discover, read_sidecar
from tests.feeds.server import SOUND, Fetch, Request, Server, item, quick_client, rss


def names(settings: Settings) -> list[str]:
    return sorted(path.name for path in settings.raw.iterdir())


def test_nothing_is_fetched_twice_whatever_changes_but_the_guid(
    server: Server, run: Fetch, empty: Settings
) -> None:
    server.sound("/1.mp3")
    server.sound("/moved/1.mp3")
    url = server.feed(rss(item(server.url + "/1.mp3?token=a")))
    assert len(run(url).fetched) == 1
    before = names(empty)
    server.feed(rss(item(server.url + "/moved/1.mp3?token=b", title="改題", date="")))
    made = run(url)
    assert (made.fetched, made.known) == ([], 1)
    assert names(empty) == before  # the name stays; what it is called follows the feed
    assert read_sidecar(next(empty.raw.glob("*.yaml"))).title == "改題"
    assert len([path for path in server.paths() if ".mp3" in path]) == 1


@pytest.mark.parametrize("loss", ["gone", "damaged", "half a character", "a name too long"])
def test_a_lost_state_is_made_anew_from_the_sidecars(
    server: Server, run: Fetch, empty: Settings, loss: str
) -> None:
    server.sound("/1.mp3")
    server.sound("/2.mp3")
    url = server.feed(
        rss(item(server.url + "/1.mp3"), item(server.url + "/2.mp3", guid=None, title="二"))
    )
    assert len(run(url).fetched) == 2
    state = empty.data / "feeds" / "state.json"
    whole = state.read_text(encoding="utf-8")
    state.unlink()
    if loss != "gone":
        spoiled = {
            "damaged": "{",
            "half a character": whole.replace('"g1"', '"\\ud800"'),
            "a name too long": whole.replace('.mp3",', "x" * 300 + '.mp3",'),
        }[loss]
        state.write_text(spoiled, encoding="utf-8")
    made = run(url)
    assert (made.fetched, made.known) == ([], 2)
    # From then on the guid alone is enough again, short as it is.
    server.feed(rss(item(server.url + "/new.mp3", title="改題", date="")))
    made = run(url)
    assert (made.fetched, made.failed, made.known) == ([], [], 1)


def test_a_sidecar_edited_by_hand_is_left_alone(
    server: Server, run: Fetch, empty: Settings
) -> None:
    server.sound("/1.mp3")
    url = server.feed(rss(item(server.url + "/1.mp3")))
    run(url)
    path = next(empty.raw.glob("*.yaml"))
    mine = path.read_text(encoding="utf-8") + "relation: 甲社\n"
    path.write_text(mine, encoding="utf-8")
    server.feed(rss(item(server.url + "/1.mp3", title="改題")))
    assert run(url).updated == []
    assert path.read_text(encoding="utf-8") == mine


def test_what_a_person_deleted_does_not_come_back(
    server: Server, run: Fetch, empty: Settings
) -> None:
    server.sound("/1.mp3")
    url = server.feed(rss(item(server.url + "/1.mp3")))
    run(url)
    for path in empty.raw.iterdir():
        path.unlink()
    assert run(url).fetched == []
    assert names(empty) == []


def test_an_unchanged_feed_is_not_sent_again_and_hides_nothing(server: Server, run: Fetch) -> None:
    body = rss(item(server.url + "/1.mp3")).encode()

    def answer(request: Request) -> None:
        if request.headers.get("If-None-Match") == '"a"':
            request.send_response(304)
            request.send_header("Content-Length", "0")
            request.end_headers()
        else:
            request.give(body, ETag='"a"', Last_Modified="Mon, 06 Apr 2026 07:00:00 GMT")

    server.answers["/feed"] = answer
    url = server.url + "/feed"
    made = run(url)  # the media is not there yet
    assert "HTTP 404" in made.failed[0]
    server.sound("/1.mp3")
    made = run(url)
    assert made.unchanged_feeds == 1
    assert len(made.fetched) == 1
    assert server.asked[-2][1]["If-Modified-Since"] == "Mon, 06 Apr 2026 07:00:00 GMT"


def test_duplicate_and_missing_guids(server: Server, run: Fetch, empty: Settings) -> None:
    for n in range(4):
        server.sound(f"/{n}.mp3", SOUND + bytes([n]))
    one = item(server.url + "/0.mp3", guid="same", title="一")
    url = server.feed(rss(one))
    assert len(run(url).fetched) == 1
    others = [
        item(server.url + "/1.mp3", guid="same", title="二"),
        item(server.url + "/2.mp3?t=1", guid=None, title="三"),
        item(server.url + "/3.mp3", guid="", title="四"),
    ]
    server.feed(rss(*others, one, one))
    made = run(url)
    assert sorted(f.title for f in made.fetched) == ["三", "二", "四"]
    assert "'same'" in made.warnings[0]
    server.feed(rss(one, *others).replace("?t=1", "?t=2"))
    made = run(url)
    assert (made.fetched, made.known) == ([], 4)
    found = discover([empty.raw])
    assert not found.problems
    assert len(found.sources) == 4


def test_two_feeds_may_use_one_short_guid_and_a_feed_may_move(
    server: Server, run: Fetch, empty: Settings
) -> None:
    server.sound("/a/1.mp3")
    server.sound("/b/1.mp3")
    ours = rss(item(server.url + "/a/1.mp3", guid="1", title="甲の第一回"))
    a = server.feed(ours, "/a")
    b = server.feed(
        rss(item(server.url + "/b/1.mp3", guid="1", title="乙", date="01 May 2026 00:00:00 GMT")),
        "/b",
    )
    assert len(run(a, b).fetched) == 2
    found = discover([empty.raw])
    assert not found.problems
    assert len({source.episode_id for source in found.sources}) == 2
    moved = server.feed(ours, "/new-home")
    assert run(moved).fetched == []
    assert run(a, b, moved).fetched == []


def test_two_fetches_at_once_are_safe(server: Server, run: Fetch, empty: Settings) -> None:
    began, go_on = threading.Event(), threading.Event()

    def slowly(request: Request) -> None:
        began.set()
        go_on.wait(10)
        request.give(SOUND, type_="audio/mpeg")

    server.answers["/1.mp3"] = slowly
    url = server.feed(rss(item(server.url + "/1.mp3")))
    client, _ = quick_client(read_s=10)
    first = threading.Thread(target=lambda: run(url, client=client))
    first.start()
    assert began.wait(10)
    with pytest.raises(BusyError, match="another bansou is fetching"):
        run(url)
    go_on.set()
    first.join()
    assert run(url).known == 1
    assert len(list(empty.raw.glob("*.mp3"))) == 1


def test_a_subscribers_token_is_in_no_file_but_the_feeds_copy(
    server: Server, run: Fetch, empty: Settings
) -> None:
    server.sound("/1.mp3")
    server.feed(rss(item(server.url + "/1.mp3?auth=s3cret")))
    assert run(server.url + "/feed?auth=s3cret").is_ok
    for path in [*empty.raw.glob("*.yaml"), empty.data / "feeds" / "state.json"]:
        assert "s3cret" not in path.read_text(encoding="utf-8")


def test_the_state_is_small_and_says_what_it_knows(
    server: Server, run: Fetch, empty: Settings
) -> None:
    server.sound("/1.mp3")
    url = server.feed(rss(item(server.url + "/1.mp3")))
    run(url)
    state = State(empty.data / "feeds")
    state.load(Path("nowhere"))
    assert [(known.guid, known.is_done, known.part) for known in state.episodes] == [
        ("g1", True, None)
    ]
