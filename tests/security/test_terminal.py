"""Nothing that a file, a feed or a wiki says steers the terminal, whichever command shows it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from pipeline.cli import app
from tests.conftest import HOST_TEXT
from tests.feeds.server import SOUND, Server, item, rss, serving

# Colours, the window's title, 8-bit introducers, a bell, a turned direction of writing, a line break.
BAD = "\x1b[31m赤\x1b]0;x\x07\x9b1m\x90q\u202e逆\u2066\r上書き\x08\x7f\u2028行"
STEERS = frozenset(map(chr, (*range(9), *range(0x0B, 0x20), *range(0x7F, 0xA0)))) | set(
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029"
)
runner = CliRunner()


def run(*args: object, ok: tuple[int, ...] = (0,)) -> str:
    done = runner.invoke(app, [str(a) for a in args])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code in ok, done.output
    steering = STEERS & set(done.output)
    assert not steering, f"{args}: {sorted(map(ascii, steering))}"
    return done.output


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("hostile") / "data"
    raw = data / "raw"
    raw.mkdir(parents=True)
    (raw / "a.txt").write_text(HOST_TEXT, encoding="utf-8")
    (raw / "a\x1b[31m\u202e.txt").write_text(HOST_TEXT, encoding="utf-8")
    (raw / "x\n2026-01-01 00:00:00 INFO forged.txt").write_text(HOST_TEXT, encoding="utf-8")
    names = {
        "title": BAD,
        "guests": [BAD],
        "hosts": [BAD],
        "link": f"https://e.org/{BAD}",
    }
    (raw / "a.yaml").write_text(yaml.safe_dump(names), encoding="utf-8")
    talk = (
        f"佐藤{BAD[:9]}：最初の月は隣で一緒に進めて、少しずつ手を離していきましょう。\n田中：{BAD[:9]}不安です。\n"
        * 3
    )
    (raw / "定例.txt").write_text(talk, encoding="utf-8")
    meeting = {"title": BAD, "relation": BAD, "date": "2026-04-01", "visibility": "public"}
    (raw / "定例.yaml").write_text(yaml.safe_dump(meeting), encoding="utf-8")
    (raw / "b\x1b[31m.yaml").write_text(f"tit\\x1b[31m: {BAD[1:4]}", encoding="utf-8")
    (raw / "c\x1b[31m.srt").write_text("nothing", encoding="utf-8")
    return data


def test_every_command_that_reads_the_tables(hostile: Path, tmp_path: Path) -> None:
    at = ("--data", hostile)
    run("ingest", *at, "--dry-run", ok=(0, 1))
    run("ingest", *at, ok=(1,))  # what cannot be read is told too
    assert "\n2026-01-01" not in run("status", *at)
    shown = run("search", "兆候", *at, "--json")
    card_id = json.loads(shown)[0]["id"]
    assert json.loads(shown)[0]["episode_title"].startswith("\x1b[31m赤")  # the value is whole
    for args in (
        ("status",), ("status", "--json"), ("status", "--verify"), ("search", "兆候"), ("search", "隣", "--passages"),
        ("show", card_id), ("show", card_id, "--json"), ("history", card_id), ("history", card_id, "--json"),
        ("trust",), ("trust", "--json"), ("trust", "--mask"), ("ingest", "--no-fetch"),
        ("review", "export", tmp_path / "cards.csv"), ("review", "export", tmp_path / "t.json", "--format", "label-studio"),
        ("review", "conflicts", "--json"), ("review", "terms"), ("report", "--all", "--out", tmp_path / "site"),
        *(("export", form, "--out", tmp_path / form) for form in ("markdown", "csv", "jsonl", "cosense", "mediawiki")),
    ):  # fmt: skip
        run(*args, *at, ok=(0, 1, 2))
    sheet = (tmp_path / "cards.csv").read_bytes().decode("utf-8-sig")
    odd = tmp_path / "odd\x1b[31m.csv"
    odd.write_text(sheet.replace(",,,,,,,,\r\n", f",{BAD[:12]},,,,,,,\r\n"), encoding="utf-8")
    run("review", "import", odd, "--reviewer", "佐藤", *at, ok=(0, 1))
    run("forget", BAD, *at, "--yes", ok=(0, 1))
    log = (hostile / "processed" / "_state" / "logs" / "bansou.log").read_text(encoding="utf-8")
    assert "ERROR" in log
    assert not STEERS & set(log)
    assert all(
        re.match(r"2\d{3}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ", line) for line in log.split("\n")[:-1]
    )


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def test_what_a_feed_says(server: Server, tmp_path: Path) -> None:
    bad = "".join(f"&#{ord(c)};" for c in BAD if c not in "\x1b\x07\x08\x00")
    server.sound("/1.mp3")
    server.answers["/2.mp3"] = lambda r: r.give(b"x", status=302, Location="http://x\x9b\x7f/\x85")
    more = '<podcast:transcript url="/t%1b.vtt" type="text/vtt"/>'
    server.answers["/t%1b.vtt"] = lambda r: r.give(BAD.encode(), type_="text/vtt")
    url = server.feed(rss(item("/1.mp3", title=bad, more=more), item("/2.mp3", guid=bad, title=bad),
                          item("/3.mp3", guid="g3", title=bad), channel=f"<title>{bad}</title>"))  # fmt: skip
    at = ("--allow-private", "--data", tmp_path / "d")
    run("fetch", url, *at, "--dry-run")
    assert "failed" in run("fetch", url, *at, ok=(1,))
    assert (tmp_path / "d").exists()
    assert len(SOUND) in [p.stat().st_size for p in (tmp_path / "d" / "raw").iterdir()]
    for path in (tmp_path / "d" / "raw").iterdir():
        assert not STEERS & set(path.name)


def test_settings_that_are_wrong(tmp_path: Path) -> None:
    path = tmp_path / "bansou.toml"
    path.write_text('"\\u001b[31m" = 1\n', encoding="utf-8")
    run("status", "--config", path, ok=(1,))
    path.write_text('jobs = "\\u001b[31m\\u202e"\n', encoding="utf-8")
    run("status", "--config", path, ok=(1,))


def test_a_feeds_address_in_the_settings_is_not_repeated(tmp_path: Path) -> None:
    path = tmp_path / "bansou.toml"
    path.write_text('feeds = {url = "https://e.org/f?token=s3cret"}\n', encoding="utf-8")
    shown = run("status", "--config", path, ok=(1,))
    assert "setting feeds" in shown
    assert "s3cret" not in shown
