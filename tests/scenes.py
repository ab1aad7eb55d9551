"""The four commands that write, each on a folder of its own, for the tests that kill them."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from killing import Scene, Stage
from running import bansou, ledger, leftovers, make_episodes, partial_tables

from pipeline.store import Store, read_parquet

sys.path.append(str(Path(__file__).parent / "wiki"))  # where the wiki that answers badly lives

from fakewiki import PASSWORD, USER, FakeWiki
from fakewiki import serving as serving_wiki
from wikiarchive import make_team

from tests.feeds.server import SOUND, Server, item, rss
from tests.feeds.server import serving as serving_feed

SRT = "1\n00:00:01,000 --> 00:00:03,000\n伴走の話をします。\n"


def tables_of(data: Path) -> dict[str, bytes]:
    """The bytes of every table but those with a clock in them."""
    processed = data / "processed"
    return {
        str(path.relative_to(processed)): path.read_bytes()
        for path in sorted(processed.rglob("*.parquet"))
        if "_state" not in path.parts and path.parent.name not in ("card_ledger", "reviews")
    }


# -- ingest ---------------------------------------------------------------------------------


@contextmanager
def ingesting(folder: Path) -> Iterator[Scene]:
    make_episodes(folder / "raw", 2, lines=3)
    yield Scene(
        folder, ("ingest", "--data", folder), lambda: {**tables_of(folder), "ledger": ledger(folder)},
        litter=lambda: leftovers(folder) + partial_tables(folder),
    )  # fmt: skip
    shutil.rmtree(folder)


# -- push -----------------------------------------------------------------------------------


@contextmanager
def pushing(folder: Path) -> Iterator[Scene]:
    make_team(folder, cards=12)
    with serving_wiki(FakeWiki()) as wiki:
        yield Scene(
            folder, ("push", "mediawiki", wiki.url, "--data", folder),
            lambda: {p.title: [r.text for r in p.revisions] for p in wiki.pages.values()},
            env={"BANSOU_WIKI_USER": USER, "BANSOU_WIKI_PASSWORD": PASSWORD},
            litter=lambda: leftovers(folder) + _doubled(wiki),
        )  # fmt: skip
    shutil.rmtree(folder)


def _doubled(wiki: FakeWiki) -> list[str]:
    return [page.title for page in wiki.pages.values() if len(page.revisions) > 1]


# -- fetch ----------------------------------------------------------------------------------


@contextmanager
def feed_for_all() -> Iterator[Stage]:
    """One slow server for all rounds: its address stands in the files that are made."""
    with serving_feed() as server:
        url = _slow_feed(server)

        def stage(folder: Path) -> AbstractContextManager[Scene]:
            return _fetching(folder, url)

        yield stage


def _slow_feed(server: Server) -> str:
    items = []
    for number in range(4):
        path = f"/{number}.mp3"
        server.sound(path, SOUND + bytes([number]) * 900)
        _slow_down(server, path)
        server.feed(SRT, f"/{number}.srt")
        more = f'<podcast:transcript url="{server.url}/{number}.srt" type="application/x-subrip"/>'
        more += f'<psc:chapters><psc:chapter start="00:00:0{number}" title="章"/></psc:chapters>'
        items.append(
            item(server.url + path, guid=f"guid-{number}", title=f"第{number}回の話", more=more)
        )
    return server.feed(rss(*items), ETag='"feed"')


def _slow_down(server: Server, path: str) -> None:
    """Send a body in pieces, with a pause between them."""
    whole = server.answers[path]

    def slowly(request: Any) -> None:
        write = request.wfile.write

        def drip(data: bytes) -> None:
            for at in range(0, len(data), 50_000):
                write(data[at : at + 50_000])
                time.sleep(0.01 if len(data) > 50_000 else 0)

        request.wfile.write = drip
        try:
            whole(request)
        finally:
            request.wfile.write = write

    server.answers[path] = slowly


@contextmanager
def _fetching(folder: Path, url: str) -> Iterator[Scene]:
    def look() -> dict[str, object]:
        raw = folder / "raw"
        files = {path.name: path.read_bytes() for path in sorted(raw.iterdir())}
        state = json.loads((folder / "feeds/state.json").read_text(encoding="utf-8"))
        return {**files, "guids": sorted(entry["guid"] for entry in state["episodes"])}

    def litter() -> list[str]:
        names = [path.name for where in ("raw", "feeds") for path in (folder / where).iterdir()]
        return [name for name in names if name.startswith(".") or name.endswith((".part", ".tmp"))]

    folder.mkdir(parents=True)
    yield Scene(
        folder, ("fetch", url, "--allow-private", "--data", folder), look, litter=litter
    )  # fmt: skip
    shutil.rmtree(folder)


# -- review import --------------------------------------------------------------------------


@contextmanager
def decisions_for_all(folder: Path) -> Iterator[Stage]:
    """Decisions on every card of three episodes, over and over on copies of one folder."""
    made = folder / "made"
    make_episodes(made / "raw", 3, lines=4)
    done = bansou("ingest", "--data", made)
    assert done.code == 0, done.text
    sheet = folder / "cards.csv"
    done = bansou("review", "export", sheet, "--data", made, "--status", "all")
    assert done.code == 0, done.text
    decide_all(sheet)

    def stage(place: Path) -> AbstractContextManager[Scene]:
        return _importing(made, place, sheet)

    yield stage


def decide_all(sheet: Path, *decisions: str) -> None:
    """Decide on every card of a sheet, by turns; accept, reject and edit where nothing is named."""
    turns = decisions or ("承認", "却下", "修正")
    text = sheet.read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    decision, title = rows[0].index("判断"), rows[0].index("新しいタイトル")
    for number, row in enumerate(rows[1:]):
        row[decision] = turns[number % len(turns)]
        if row[decision] == "修正":
            row[title] = f"{number}番目を言い直す"
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    sheet.write_bytes(out.getvalue().encode("utf-8-sig"))


@contextmanager
def _importing(made: Path, folder: Path, sheet: Path) -> Iterator[Scene]:
    shutil.copytree(made, folder)

    def look() -> dict[str, object]:
        reviews = read_parquet("reviews", Store(folder / "processed").table_path("reviews", ""))
        decided = reviews.drop_columns(["decided_at"]).to_pylist()
        return {**tables_of(folder), "ledger": ledger(folder), "decided": decided}

    yield Scene(
        folder, ("review", "import", sheet, "--reviewer", "佐藤", "--data", folder), look,
        litter=lambda: leftovers(folder) + partial_tables(folder),
    )  # fmt: skip
    shutil.rmtree(folder)
