"""Push and pull against a real MediaWiki: Debian's, with SQLite. The longer rounds: test_mediawiki_long.py."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import mediawiki
import pytest
from mediawiki import Wiki
from running import Done, bansou
from shown import assert_shows, assert_whole
from wikiarchive import Team, make_team

from pipeline.export import Page, read_corpus
from pipeline.export.pages import pages
from pipeline.wiki.sync import push_mediawiki

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(bool(mediawiki.why_not()), reason=mediawiki.why_not()),
]
PLACE = "知識カード/"
FIRST, SECOND, THIRD = (
    f"{PLACE}{title}"
    for title in (
        "約束を守ると信頼が積み上がる",
        "最初の月は隣で手を動かす",
        "手順書は一緒に作る",
    )
)
HOSTILE = "|危険}}{{Main}}[[File:x]]~~~~<script>alert(1)</script>__NOTOC__=cmd|"
SHORT = (
    "信頼は「約束」で👩\u200d💻積み上がる——髙橋・𠮷田"  # no more than its title, and rare letters
)


@dataclass(frozen=True)
class Pushed:
    """A team and the wiki that has its pages."""

    team: Team
    wiki: Wiki

    def push(self) -> Done:
        return self._run("push")

    def pull(self) -> Done:
        return self._run("pull")

    def pages(self) -> list[Page]:
        return pages(self.team.archive.store, self.team.settings)

    def _run(self, verb: str) -> Done:
        return bansou(
            verb, "mediawiki", self.wiki.url, "--data", self.team.folder, env=self.wiki.environment
        )


@pytest.fixture(scope="module")
def pushed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pushed]:
    """One wiki for all tests here; each keeps to a card of its own."""
    folder = tmp_path_factory.mktemp("mediawiki")
    team = make_team(folder / "data", cards=5)
    team.change("ce13", title=HOSTILE[:45], body=HOSTILE, quote=HOSTILE)
    team.change("ce14", title=SHORT, body=f"{SHORT}。")
    with mediawiki.running(folder / "wiki") as wiki:
        made = Pushed(team, wiki)
        before = wiki.revisions()
        done = made.push()
        assert done.code == 0, done.text
        assert wiki.revisions() == before + len(made.pages())
        wiki.run("runJobs.php")
        yield made


def test_every_page_is_there_and_shows_what_it_should(pushed: Pushed) -> None:
    made, corpus = pushed.pages(), read_corpus(pushed.team.archive.store, pushed.team.settings)
    parsed = pushed.wiki.parsed(page.title for page in made)
    for page in made:
        assert_whole(page, parsed[page.title])
        if page.card_id is not None:
            assert_shows(corpus.cards[page.card_id], parsed[page.title]["text"])
    assert pushed.wiki.sha1s(page.title for page in made) == {
        page.title: hashlib.sha1(page.text.encode()).hexdigest()  # noqa: S324
        for page in made
    }
    assert "秘密" not in "".join(page["text"] for page in parsed.values())


def test_nothing_changed_is_no_revision_and_a_changed_card_is_one(pushed: Pushed) -> None:
    assert pushed.push().code == 0
    before = pushed.wiki.revisions()
    assert "0 created, 0 updated, 0 renamed" in pushed.push().out
    assert pushed.wiki.revisions() == before
    pushed.team.change("ce10", body="守れない約束は、最初に断る。")
    done = pushed.push()
    assert done.code == 0, done.text
    assert pushed.wiki.revisions() == before + 1
    assert "|本文=守れない約束は、最初に断る。\n" in pushed.wiki.text(FIRST)


def test_a_persons_edit_stands_and_comes_back_as_a_review(pushed: Pushed) -> None:
    wiki, team = pushed.wiki, pushed.team
    text = wiki.text(SECOND)
    wiki.edit_as_human(SECOND, text.replace("続けることが要る", "急がずに手を動かす"))
    team.change("ce11", quote="隣で、と機械が聞き直した。")
    before = wiki.revisions()
    done = pushed.push()
    assert done.code == 1
    assert f"conflict: {SECOND}" in done.out
    assert "急がずに" in done.out
    assert "急がずに" in wiki.text(SECOND)
    assert wiki.revisions() == before
    done = pushed.pull()
    assert done.code == 0, done.text
    assert f"taken: {SECOND} (Admin)" in done.out
    done = pushed.push()
    assert done.code == 0, done.text
    assert "急がずに" in wiki.text(SECOND)
    assert "|引用=隣で、と機械が聞き直した。" in wiki.text(SECOND)
    assert mediawiki.SECRET not in done.text


def test_an_edit_elsewhere_on_the_page_while_it_is_written_is_noticed(
    pushed: Pushed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person saves after the push has looked and before it writes; the wiki merges without a word."""
    from pipeline.wiki import mediawiki as client

    wiki, team = pushed.wiki, pushed.team
    for name, value in wiki.environment.items():
        monkeypatch.setenv(name, value)
    team.change("ce12", body="機械の直し。")
    save = client.MediaWiki.save

    def late(self: client.MediaWiki, text: str, **more: str) -> object:
        if more["key"] == "card:ce12":
            wiki.edit_as_human(THIRD, f"{wiki.text(THIRD).rstrip()}\n\n人の覚え書き")
        return save(self, text, **more)

    monkeypatch.setattr(client.MediaWiki, "save", late)
    report = push_mediawiki(team.settings, wiki.url)
    assert [(c.title, c.why) for c in report.conflicts] == [(THIRD, "merged")]
    assert "機械の直し" in wiki.text(THIRD)
    assert "人の覚え書き" in wiki.text(THIRD)
    monkeypatch.setattr(client.MediaWiki, "save", save)
    report = push_mediawiki(team.settings, wiki.url)
    assert [(c.title, c.why) for c in report.conflicts] == [(THIRD, "edited")]
    assert "人の覚え書き" in wiki.text(THIRD)
    wiki.edit_as_human(THIRD, wiki.text(THIRD).replace("人の覚え書き", ""))
    assert push_mediawiki(team.settings, wiki.url).is_ok
