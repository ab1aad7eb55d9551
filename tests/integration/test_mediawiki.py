"""Push and pull against a real MediaWiki: Debian's, with SQLite."""

from __future__ import annotations

import re
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
HOSTILE = "|危険}}{{Main}}[[File:x]]~~~~<script>alert(1)</script>__NOTOC__=cmd|"


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


def test_push_edit_conflict_pull_push(team: Team, wiki: Wiki) -> None:
    team.change("ce13", title=HOSTILE[:45], body=HOSTILE)
    done = push(team, wiki)
    assert done.code == 0, done.text
    wiki.run("runJobs.php")
    made = pages(team.archive.store, team.settings)
    for page in made:
        assert wiki.text(page.title).rstrip("\n") == page.text, page.title
        html = wiki.html(page.title)
        assert 'class="new"' not in re.sub(r"<a[^>]*action=edit[^>]*>", "", html), page.title
        assert "{{{" not in html
        assert "<script" not in html
        assert "redlink=1" not in html, page.title
    assert "秘密" not in "".join(wiki.text(page.title) for page in made)

    # Nothing changed: no revision. One card changed: one.
    before = wiki.revisions()
    assert push(team, wiki).code == 0
    assert wiki.revisions() == before
    team.change("ce11", body="隣に座って手を動かす。")
    assert push(team, wiki).code == 0
    assert wiki.revisions() == before + 1

    # A person's edit stands, is shown, and comes back as a review.
    text = wiki.text(CARD)
    wiki.edit_as_human(
        CARD, text.replace("隣に座って手を動かす。", "隣に座って、急がずに手を動かす。")
    )
    team.change("ce11", kind="method")
    done = push(team, wiki)
    assert done.code == 1
    assert f"conflict: {CARD}" in done.out
    assert "急がずに" in done.out
    assert "急がずに" in wiki.text(CARD)
    done = pull(team, wiki)
    assert done.code == 0, done.text
    assert f"taken: {CARD} (Admin)" in done.out
    assert "0 reviews" in pull(team, wiki).out
    done = push(team, wiki)
    assert done.code == 0, done.text
    assert "急がずに" in wiki.text(CARD)
    assert "|種類=方法" in wiki.text(CARD)
    before = wiki.revisions()
    assert push(team, wiki).code == 0
    assert wiki.revisions() == before

    # Renamed, gone, the ledger lost.
    team.change("ce10", title="約束を守り続けると信頼が積み上がる")
    team.lose("ce12")
    ledger_path(team.archive.store, f"{wiki.url}/api.php").unlink()
    done = push(team, wiki)
    assert done.code == 0, done.text
    assert "1 renamed, 1 with a notice" in done.out
    assert "0 created" in done.out
    assert "見つかりません" in wiki.text("知識カード/手順書は一緒に作る")
    assert mediawiki.USER in wiki.environment["BANSOU_WIKI_USER"]
    assert mediawiki.SECRET not in done.text


def test_an_edit_between_reading_and_writing_is_noticed(
    team: Team, wiki: Wiki, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person saves after the push has looked and before it writes; the wiki merges without a word."""
    from pipeline.wiki import mediawiki as client
    from pipeline.wiki.sync import push_mediawiki

    for name, value in wiki.environment.items():
        monkeypatch.setenv(name, value)
    assert push_mediawiki(team.settings, wiki.url).is_ok
    team.change("ce11", body="機械の直し。")
    save = client.MediaWiki.save

    def late(self: client.MediaWiki, text: str, **more: str) -> object:
        if more["key"] == "card:ce11":
            wiki.edit_as_human(CARD, f"{wiki.text(CARD).rstrip()}\n\n人の覚え書き")
        return save(self, text, **more)

    monkeypatch.setattr(client.MediaWiki, "save", late)
    report = push_mediawiki(team.settings, wiki.url)
    assert [c.why for c in report.conflicts] == ["merged"]
    assert "人の覚え書き" in wiki.text(CARD)
    monkeypatch.setattr(client.MediaWiki, "save", save)
    assert [c.why for c in push_mediawiki(team.settings, wiki.url).conflicts] == ["edited"]


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
