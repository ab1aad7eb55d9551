"""What is cut short goes on; what is forgotten or taken away stays so."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from pipeline.cli.common import start_logging
from pipeline.config import Settings
from pipeline.run.forget import forget
from pipeline.run.ingest import ingest
from pipeline.store import Store
from tests.feeds.server import SOUND, Fetch, Request, Server, item, rss, sounds

SRT = "1\n00:00:01,000 --> 00:00:03,000\n伴走の話をします。\n"


def test_a_killed_download_goes_on(
    server: Server, run: Fetch, empty: Settings, tmp_path: Path
) -> None:
    stuck = threading.Event()

    def stall(request: Request) -> None:
        if "Range" in request.headers:
            server.sound("/1.mp3")
            server.answers["/1.mp3"](request)
            return
        request.send_response(200)
        request.send_header("Content-Type", "audio/mpeg")
        request.send_header("Content-Length", str(len(SOUND)))
        request.send_header("ETag", '"v1"')
        request.end_headers()
        request.wfile.write(SOUND[:200_000])
        stuck.wait(20)

    server.answers["/1.mp3"] = stall
    url = server.feed(rss(item(server.url + "/1.mp3")))
    code = "from pipeline.cli import main; main()"
    command = [sys.executable, "-c", code, "fetch", url, "--allow-private", "--data", empty.data]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    part = empty.raw / "2026-04-06 引き継ぎの話.part"
    until = time.monotonic() + 20
    while time.monotonic() < until and not (part.exists() and part.stat().st_size > 100_000):
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    stuck.set()
    size = part.stat().st_size
    assert 100_000 < size < len(SOUND)
    assert run(url).failed == []
    assert server.asked[-1][1]["Range"] == f"bytes={size}-"
    assert sounds(empty) == [SOUND]


def test_a_forgotten_episode_leaves_no_trace_and_does_not_come_back(
    server: Server, run: Fetch, empty: Settings
) -> None:
    server.sound("/1.mp3")
    server.sound("/2.mp3", SOUND + b"2")
    server.feed(SRT, "/1.srt")
    more = '<podcast:transcript url="/1.srt" type="application/x-subrip"/>'
    url = server.feed(
        rss(
            item(server.url + "/1.mp3", guid="secret-guid", title="内緒の話", more=more),
            item(server.url + "/2.mp3", guid="other", title="別の話", more=more),
        )
    )
    store = Store(empty.processed)
    start_logging(store.log_file, verbose=False)
    assert len(run(url).fetched) == 2
    assert ingest(empty).is_ok
    assert "内緒の話: fetched as" in store.log_file.read_text(encoding="utf-8")
    gone = forget(store, ["secret-guid"])
    assert {path.suffix for path in gone.raw_files} == {".mp3", ".srt", ".yaml"}
    assert len(gone.raw_files) == 3
    for path in gone.raw_files:
        path.unlink()
    for path in [*empty.data.glob("feeds/*"), *empty.processed.rglob("*")]:
        if path.is_file():
            assert "内緒".encode() not in path.read_bytes()
            assert b"secret-guid" not in path.read_bytes()
    made = run(url)
    assert (made.fetched, made.updated, made.known) == ([], [], 2)
    assert not list(empty.raw.glob("*内緒*.mp3"))


def test_a_state_with_other_fields_is_made_anew(
    server: Server, run: Fetch, empty: Settings
) -> None:
    server.sound("/1.mp3")
    url = server.feed(rss(item(server.url + "/1.mp3")))
    run(url)
    path = empty.data / "feeds" / "state.json"
    path.write_text(json.dumps({"format": 1, "feeds": {}, "episodes": [{"odd": 1}]}))
    assert run(url).known == 1  # the sidecars know
