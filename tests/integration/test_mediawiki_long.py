"""The longer rounds against a real MediaWiki: what CI runs stands in test_mediawiki.py."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import mediawiki
import pytest
from mediawiki import Wiki
from running import Done, bansou, finish, start
from wikiarchive import Team, make_team

from pipeline.export.mediawiki import make_dump
from pipeline.export.pages import pages
from pipeline.wiki.ledger import ledger_path

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(bool(mediawiki.why_not()), reason=mediawiki.why_not()),
]

CARD = "知識カード/最初の月は隣で手を動かす"


@pytest.fixture
def wiki(tmp_path: Path) -> Iterator[Wiki]:
    with mediawiki.running(tmp_path / "mediawiki") as made:
        yield made


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return make_team(tmp_path / "data")


def push(team: Team, wiki: Wiki, *more: object) -> Done:
    return bansou("push", "mediawiki", wiki.url, "--data", team.folder, *more, env=wiki.environment)


def pull(team: Team, wiki: Wiki) -> Done:
    return bansou("pull", "mediawiki", wiki.url, "--data", team.folder, env=wiki.environment)


def test_renamed_gone_and_the_ledger_lost(team: Team, wiki: Wiki) -> None:
    done = push(team, wiki)
    assert done.code == 0, done.text
    text = wiki.text(CARD)
    wiki.edit_as_human(CARD, text.replace("続けることが要る", "急がずに手を動かす"))
    done = pull(team, wiki)
    assert done.code == 0, done.text
    assert "0 reviews" in pull(team, wiki).out
    assert push(team, wiki).code == 0
    team.change("ce11", kind="method")
    team.change("ce10", title="約束を守り続けると信頼が積み上がる")
    team.lose("ce12")
    ledger_path(team.archive.store, f"{wiki.url}/api.php").unlink()
    done = push(team, wiki)
    assert done.code == 0, done.text
    assert "1 renamed, 1 with a notice" in done.out
    assert "0 created" in done.out
    assert "見つかりません" in wiki.text("知識カード/手順書は一緒に作る")
    assert "約束を守り続けると" in wiki.text(
        "知識カード/約束を守ると信頼が積み上がる"
    )  # leads there
    assert mediawiki.SECRET not in done.text
    before = wiki.revisions()
    assert push(team, wiki).code == 0
    assert wiki.revisions() == before


def test_a_dump_imported_first_is_taken_over(team: Team, wiki: Wiki, tmp_path: Path) -> None:
    dump = tmp_path / "dump.xml"
    dump.write_bytes(make_dump(pages(team.archive.store, team.settings)))
    wiki.run("importDump.php", dump)
    wiki.run("rebuildrecentchanges.php")
    team.change("ce11", body="新しい本文。")
    done = push(team, wiki)
    assert done.code == 0, done.text
    assert "0 created, 1 updated" in done.out


@pytest.mark.parametrize("after_s", [0.5, 2.0])
def test_kill_9_in_the_middle(team: Team, wiki: Wiki, after_s: float) -> None:
    process = start("push", "mediawiki", wiki.url, "--data", team.folder, env=wiki.environment)
    path = ledger_path(team.archive.store, f"{wiki.url}/api.php")
    end = time.monotonic() + 60
    while not path.is_file() and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(after_s)
    process.send_signal(signal.SIGKILL)
    finish(process)
    done = push(team, wiki)
    assert done.code == 0, done.text
    made = pages(team.archive.store, team.settings)
    assert wiki.revisions() == len(made) + 1  # the wiki's own main page
    assert "0 created, 0 updated" in push(team, wiki).out
