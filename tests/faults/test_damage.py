"""Files cut short, emptied or replaced by junk: found, named, and made anew where that can be done."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakewiki import PASSWORD, USER, FakeWiki
from fakewiki import serving as serving_wiki
from folders import Run
from running import ledger
from scenes import tables_of
from wikiarchive import make_team

from pipeline.run.plan import STAGES
from pipeline.search.index import FILE_NAME
from pipeline.store import Store
from pipeline.wiki.ledger import ledger_path
from tests.feeds.server import Server, item, rss

Damage = Callable[[bytes], bytes]
# Of another size than before, as what a crash or a broken copy leaves.
WAYS: dict[str, Damage] = {
    "emptied": lambda _: b"",
    "a few bytes": lambda data: data[:4],
    "half": lambda data: data[: len(data) // 2],
    "nearly all": lambda data: data[:-2],
    "junk": lambda data: os.urandom(len(data) + 1),
}
ways = pytest.mark.parametrize("way", WAYS)
EPISODE_TABLES = [name for stage in STAGES for name in stage.writes]
REMADE = ["card_links", "card_sources", "relations", "trust_points"]


def damage(path: Path, way: str) -> Path:
    path.write_bytes(WAYS[way](path.read_bytes()))
    return path


def table_path(data: Path, table: str) -> Path:
    return Store(data / "processed").table_path(table, "第1回")


# -- what is made anew ----------------------------------------------------------------------


@ways
def test_every_table_of_an_episode(done_folder: Path, run: Run, way: str) -> None:
    before = tables_of(done_folder)
    for table in EPISODE_TABLES:
        damage(table_path(done_folder, table), way)
    assert "is damaged" in run("status", "--data", done_folder).out
    done = run("ingest", "--data", done_folder)
    assert done.code == 0, done.text
    named = {line.split("table ")[1].split()[0] for line in done.err.splitlines()}
    assert all(named & set(stage.writes) for stage in STAGES), "each stage names one"
    assert tables_of(done_folder) == before
    assert "nothing to do" in run("ingest", "--data", done_folder).out


@ways
def test_tables_of_the_corpus(done_folder: Path, run: Run, way: str) -> None:
    before = tables_of(done_folder)
    paths = [damage(table_path(done_folder, table), way) for table in REMADE]
    done = run("ingest", "--data", done_folder)
    assert done.code == 0, done.text
    assert sorted(done.err.splitlines()) == sorted(
        f"damaged: {path}: is damaged; it is made anew" for path in paths
    )
    assert tables_of(done_folder) == before
    again = run("ingest", "--data", done_folder)
    assert (again.err, "nothing to do" in again.out) == ("", True)


def test_junk_of_the_same_size_is_found_by_verify(done_folder: Path, run: Run) -> None:
    before = tables_of(done_folder)
    for table in (*REMADE, "tags"):
        path = table_path(done_folder, table)
        path.write_bytes(os.urandom(path.stat().st_size))
    done = run("ingest", "--data", done_folder, "--verify")
    assert done.code == 0, done.text
    assert len(done.err.splitlines()) == len(REMADE) + 1
    assert tables_of(done_folder) == before


@pytest.mark.parametrize("table", REMADE)
def test_a_table_of_the_corpus_that_is_gone(done_folder: Path, run: Run, table: str) -> None:
    before = tables_of(done_folder)
    path = table_path(done_folder, table)
    path.unlink()
    done = run("ingest", "--data", done_folder)
    assert (done.code, done.err) == (0, f"damaged: {path}: is missing; it is made anew\n")
    assert tables_of(done_folder) == before


@ways
def test_notes_of_earlier_runs(done_folder: Path, run: Run, way: str) -> None:
    before = tables_of(done_folder), ledger(done_folder)
    for name in ("link.json", "trust.json", "noted-relations.json"):
        damage(done_folder / "processed/_state" / name, way)
    done = run("ingest", "--data", done_folder)
    assert done.code == 0, done.text
    assert (tables_of(done_folder), ledger(done_folder)) == before


@ways
def test_the_search_index(
    done_folder: Path, run: Run, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    hits = run("search", "手順書", "--data", done_folder).out
    path = damage(done_folder / "processed" / FILE_NAME, way)
    # Without a log file the command's warnings go to stderr, as Python does it.
    with caplog.at_level(logging.WARNING, "bansou"):
        logging.getLogger("bansou").propagate = True
        done = run("search", "手順書", "--data", done_folder)
    assert (done.code, done.out) == (0, hits)
    assert {r.getMessage() for r in caplog.records} == {
        f"{path}: is damaged; it is made anew from the tables"
    }


# -- what nothing can make again ------------------------------------------------------------


@pytest.mark.parametrize("way", ["emptied", "half", "junk"])
@pytest.mark.parametrize("table", ["card_ledger", "reviews"])
def test_what_people_and_time_wrote_is_never_thrown_away(
    done_folder: Path, run: Run, way: str, table: str
) -> None:
    args = ("review", "import", done_folder / "cards.csv", "--reviewer", "佐藤")
    assert run(*args, "--data", done_folder).code == 0
    path = table_path(done_folder, table)
    whole, before = path.read_bytes(), tables_of(done_folder)
    damaged = damage(path, way).read_bytes()
    for verb in (("ingest",), args, ("export", "csv")):
        done = run(*verb, "--data", done_folder)
        assert done.code == 1, done.text
        (line,) = (x for x in done.err.splitlines() if x.startswith(("failed: ", "error: ")))
        assert str(path) in line
        assert "from a backup" in line
        assert path.read_bytes() == damaged
    path.write_bytes(whole)
    assert run("ingest", "--data", done_folder).code == 0
    assert tables_of(done_folder) == before
    assert path.read_bytes() == whole


# -- feeds and wikis ------------------------------------------------------------------------


@ways
def test_what_is_known_of_feeds(tmp_path: Path, server: Server, run: Run, way: str) -> None:
    data = tmp_path / "data"
    items = [
        item(server.sound(f"/{name}.mp3", b"\xff\xfb\x90\x64" + name.encode() * 999), guid=name, title=name)
        for name in ("kept", "secret")
    ]  # fmt: skip
    args = ("fetch", server.feed(rss(*items)), "--allow-private", "--data", data)
    assert run(*args).code == 0
    assert run("forget", "secret", "--yes", "--data", data).code in (0, 1)
    forget_files(data, "secret")
    asked = len(server.asked)
    path = damage(data / "feeds/state.json", way)
    done = run(*args)
    assert done.code == 0, done.text
    assert f"warning: {path}: is damaged; made anew from the sidecars" in done.err
    assert "2 known" in done.out
    assert not any("mp3" in asked_for for asked_for in server.paths()[asked:])
    assert run(*args).err == ""
    damage(path, way)
    forgotten = damage(data / "feeds/forgotten.json", way)
    done = run(*args)
    assert done.code == 1
    assert str(forgotten) in done.err
    assert "from a backup" in done.err
    assert not list((data / "raw").glob("*secret*"))


def forget_files(data: Path, guid: str) -> None:
    from pipeline.feeds import forget_fetched

    forget_fetched(data, [guid])
    for path in (data / "raw").glob(f"*{guid}*"):
        path.unlink()


@pytest.fixture
def wiki(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeWiki]:
    monkeypatch.setenv("BANSOU_WIKI_USER", USER)
    monkeypatch.setenv("BANSOU_WIKI_PASSWORD", PASSWORD)
    with serving_wiki(FakeWiki()) as made:
        yield made


@pytest.mark.parametrize("way", [way for way in WAYS if way not in ("half", "nearly all")])
def test_the_ledger_of_a_wiki(tmp_path: Path, wiki: FakeWiki, run: Run, way: str) -> None:
    team = make_team(tmp_path / "data")
    args = ("push", "mediawiki", wiki.url, "--data", team.folder)
    assert run(*args).code == 0
    edits, path = wiki.edits, ledger_path(team.archive.store, f"{wiki.url}/api.php")
    if way == "a few bytes":  # a line in the middle, the others are sound
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join([*lines[:3], lines[3][:9] + b"\n", *lines[4:]]))
    else:
        damage(path, way)
    done = run(*args)
    assert done.code == 0, done.text
    assert f"warning: {path}: " in done.err
    assert "only a backup of it knows" in done.err
    assert wiki.edits == edits, "no page is written twice"
    again = run(*args)
    assert (again.code, again.err, wiki.edits) == (0, "", edits)
    assert all(json.loads(line) for line in path.read_bytes().splitlines())
