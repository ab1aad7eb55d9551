"""``bansou fetch``, and ``bansou ingest`` with feeds in the settings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from tests.conftest import HOST_TEXT
from tests.feeds.server import SOUND, Server, item, rss, serving

runner = CliRunner()


def run(*args: object) -> tuple[int, str]:
    done = runner.invoke(app, [str(a) for a in args])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


def as_srt(text: str) -> str:
    lines = [line for line in text.splitlines() if ":" not in line]
    cues = (
        f"{n + 1}\n00:00:{n * 5:02},000 --> 00:00:{n * 5 + 4:02},000\n{line}\n"
        for n, line in enumerate(lines)
    )
    return "\n".join(cues)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture
def feed(server: Server) -> str:
    server.sound("/1.mp3")
    server.feed(as_srt(HOST_TEXT), "/1.srt")
    more = '<podcast:transcript url="/1.srt" type="application/x-subrip"/>'
    return server.feed(rss(item(server.url + "/1.mp3?t=1", more=more)))


def test_fetch_says_what_came_and_then_that_nothing_is_new(feed: str, tmp_path: Path) -> None:
    data = tmp_path / "d"
    args = ("fetch", feed, "--data", data, "--allow-private")
    code, out = run(*args, "--dry-run")
    assert (code, out) == (0, "would fetch: 引き継ぎの話\n1 would be fetched, 0 known\n")
    assert not data.exists()
    code, out = run(*args)
    assert code == 0
    assert "fetched: 2026-04-06 引き継ぎの話.mp3 (0.3 MiB, with its transcript)" in out
    assert "1 fetched, 0 failed, 0 known" in out
    assert run(*args) == (0, "nothing new in the feeds: 1 episodes are known\n")
    log = (data / "processed" / "_state" / "logs" / "bansou.log").read_text(encoding="utf-8")
    assert "2026-04-06 引き継ぎの話: fetched as" in log
    assert "t=1" not in log


def test_private_addresses_need_a_word(feed: str, server: Server, tmp_path: Path) -> None:
    code, out = run("fetch", feed, "--data", tmp_path / "d")
    assert code == 1
    assert "--allow-private" in out
    assert server.asked == []


def test_wrong_usage(feed: str, tmp_path: Path) -> None:
    assert run("fetch", "--data", tmp_path)[0] == 2
    assert run("fetch", feed, "--since", "yesterday")[0] == 2
    assert run("fetch", feed, "--limit", 0)[0] == 2


def test_size_date_and_number(feed: str, server: Server, tmp_path: Path) -> None:
    args = ("fetch", feed, "--data", tmp_path / "d", "--allow-private")
    assert "nothing new" in run(*args, "--since", "2026-04-07")[1]
    server.sound("/1.mp3", SOUND * 8)
    code, out = run(*args, "--max-size", 1, "--since", "2026-04-06", "--limit", 1)
    assert code == 1
    assert "2 MiB is more than the 1 allowed" in out


def test_ingest_fetches_first_and_goes_on_where_a_feed_fails(
    feed: str, server: Server, data: Path, tmp_path: Path
) -> None:
    (tmp_path / "bansou.toml").write_text(
        f'feeds = ["{feed}", "{server.url}/gone"]\nfeeds_allow_private = true\n', encoding="utf-8"
    )
    code, out = run("ingest", "--data", data, "--no-fetch")
    assert code == 0
    assert server.asked == []
    assert run("ingest", "--data", data, "--dry-run")[0] == 0
    assert server.asked == []
    code, out = run("ingest", "--data", data)
    assert code == 1
    assert f"failed: {server.url}/gone: HTTP 404" in out
    assert "done: g1" in out
    assert "1 done, 0 failed, 2 up to date" in out
    server.feed(rss(), "/gone")
    code, out = run("ingest", "--data", data)
    assert code == 0
    assert "nothing new in the feeds" in out
    assert "3 episodes are up to date" in out


def test_the_environment_names_feeds(
    feed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BANSOU_FEEDS", f"{feed} {feed}")
    monkeypatch.setenv("BANSOU_FEEDS_ALLOW_PRIVATE", "1")
    code, out = run("fetch", "--data", tmp_path / "d")
    assert code == 0
    assert "1 fetched, 0 failed, 0 known" in out
