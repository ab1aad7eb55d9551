"""``bansou pull mediawiki``: what people edit on cards' pages becomes reviews."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakewiki import PASSWORD, USER, FakeWiki, serving
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner
from wikiarchive import Team, make_team

from pipeline.cli import app
from pipeline.export.wikitext import escape
from pipeline.review.tables import read_reviews, reviewed_cards
from pipeline.wiki.cardpage import NoCardError, plain_text, read_card_page
from pipeline.wiki.pull import Pulled
from pipeline.wiki.sync import PushOptions, pull_mediawiki, push_mediawiki

CARD = "知識カード/最初の月は隣で手を動かす"


@pytest.fixture
def wiki(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeWiki]:
    monkeypatch.setenv("BANSOU_WIKI_USER", USER)
    monkeypatch.setenv("BANSOU_WIKI_PASSWORD", PASSWORD)
    with serving(FakeWiki()) as made:
        yield made


@pytest.fixture
def team(tmp_path: Path, wiki: FakeWiki) -> Team:
    """Cards that stand on the wiki."""
    made = make_team(tmp_path / "data")
    assert push_mediawiki(made.settings, wiki.url).is_ok
    return made


def pull(team: Team, wiki: FakeWiki, **options: object) -> Pulled:
    return pull_mediawiki(team.settings, wiki.url, options=PushOptions(**options))  # type: ignore[arg-type]


def edit(wiki: FakeWiki, old: str, new: str) -> None:
    text = wiki.text(CARD)
    assert old in text
    wiki.write(CARD, text.replace(old, new))


def card(team: Team) -> dict[str, object]:
    rows = reviewed_cards(team.archive.store).to_pylist()
    return dict(next(row for row in rows if row["card_id"] == "ce11"))


def test_an_edit_becomes_a_review_once_and_the_next_push_follows(
    team: Team, wiki: FakeWiki
) -> None:
    edit(
        wiki, "|本文=最初の月は隣で手を動かす。続けることが要る。", "|本文=隣に座る。<br>急がない。"
    )
    edit(wiki, "|主張=最初の月は隣で手を動かす", "|主張=最初は隣で")
    edit(wiki, "|種類=原則", "|種類=方法")
    edit(wiki, "|タグ=[[知識カード/タグ/伴走|伴走]]", "|タグ=[[知識カード/タグ/自走|自走]]、伴走")
    assert pull(team, wiki).taken == [(CARD, "佐藤")]
    row = card(team)
    assert row["body"] == "隣に座る。\n急がない。"
    assert (row["title"], row["kind"], row["review_status"]) == ("最初は隣で", "method", "edited")
    assert set(row["tags"]) == {"bansou", "jisou"}  # type: ignore[call-overload]
    review = read_reviews(team.archive.store).to_pylist()[0]
    assert review["reviewer"].startswith("佐藤@127.0.0.1")
    assert pull(team, wiki).taken == []
    report = push_mediawiki(team.settings, wiki.url)
    assert report.is_ok
    assert "知識カード/最初は隣で" in wiki.titles()
    before = wiki.edits
    assert push_mediawiki(team.settings, wiki.url).is_ok
    assert pull(team, wiki).taken == []
    assert wiki.edits == before
    assert len(read_reviews(team.archive.store)) == 1


def test_nothing_edited_brings_nothing(team: Team, wiki: FakeWiki) -> None:
    assert pull(team, wiki) == Pulled()


def test_a_dry_run_keeps_nothing(team: Team, wiki: FakeWiki) -> None:
    edit(wiki, "続けることが要る", "人の直し")
    assert pull(team, wiki, dry_run=True).taken == [(CARD, "佐藤")]
    assert len(read_reviews(team.archive.store)) == 0
    assert pull(team, wiki).taken == [(CARD, "佐藤")]


def test_a_lost_ledger_hides_no_edit(team: Team, wiki: FakeWiki) -> None:
    edit(wiki, "続けることが要る", "人の直し")
    for path in (team.archive.store.state / "wiki").glob("*.jsonl"):
        path.unlink()
    assert pull(team, wiki).taken == [(CARD, "佐藤")]
    assert "人の直し" in str(card(team)["body"])


def test_what_no_card_holds_stays_on_the_wiki(team: Team, wiki: FakeWiki) -> None:
    edit(wiki, "続けることが要る", "人の直し")
    wiki.write(CARD, wiki.text(CARD) + "\n\n人の覚え書き")
    pulled = pull(team, wiki)
    assert pulled.taken == [(CARD, "佐藤")]
    assert pulled.left == [(CARD, "the text around the card")]
    report = push_mediawiki(team.settings, wiki.url)
    assert [c.why for c in report.conflicts] == ["edited"]
    assert "人の覚え書き" in wiki.text(CARD)
    edit(wiki, "\n\n人の覚え書き", "")
    assert pull(team, wiki).taken == []
    assert push_mediawiki(team.settings, wiki.url).is_ok


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("|種類=原則", "|種類=なぞ", "なぞ"),
        ("|タグ=[[知識カード/タグ/伴走|伴走]]", "|タグ=未知のタグ", "未知のタグ"),
        ("|主張=最初の月は隣で手を動かす", "|主張=" + "長" * 46, "46 characters"),
        ("|主張=最初の月は隣で手を動かす", "|主張=", "empty"),
        ("続けることが要る", "{{要出典}}", "markup"),
        ("続けることが要る", "<ref>x</ref>", "markup"),
        ("{{知識カード", "{{別のテンプレート", "gone"),
        ("|番号=ce11", "|番号=ce12", "番号"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_told_and_stays(
    team: Team, wiki: FakeWiki, old: str, new: str, why: str
) -> None:
    edit(wiki, old, new)
    code, output = run("pull", "mediawiki", wiki.url, "--data", team.folder)
    assert code == 1
    assert why in output
    assert len(read_reviews(team.archive.store)) == 0
    assert not push_mediawiki(team.settings, wiki.url).is_ok
    assert new in wiki.text(CARD)


@pytest.mark.parametrize(
    ("old", "new", "title", "body"),
    [
        ("|主張=最初の月は隣で手を動かす", "|主張=最初は隣で", "最初は隣で", "最初は隣で。"),
        ("|本文=", "|本文=急がない。", "最初の月は隣で手を動かす", "急がない。"),
    ],
)
def test_a_body_that_is_not_shown_follows_its_title_or_gets_a_text(
    team: Team, wiki: FakeWiki, old: str, new: str, title: str, body: str
) -> None:
    team.change("ce11", body="最初の月は隣で手を動かす。")
    assert push_mediawiki(team.settings, wiki.url).is_ok
    assert "|本文=\n" in wiki.text(CARD)
    edit(wiki, old, new)
    assert pull(team, wiki).problems == []
    assert (card(team)["title"], card(team)["body"]) == (title, body)
    assert push_mediawiki(team.settings, wiki.url).is_ok


def test_two_opinions_are_told_not_settled(team: Team, wiki: FakeWiki) -> None:
    edit(wiki, "続けることが要る", "人の直し")
    team.change("ce11", body="機械の直し。")
    pulled = pull(team, wiki)
    assert pulled.taken == []
    assert "機械の直し" in pulled.problems[0][1]


def test_a_deleted_page_is_told(team: Team, wiki: FakeWiki) -> None:
    wiki.delete(CARD)
    assert pull(team, wiki).deleted == [CARD]


@given(st.text(max_size=80))
def test_any_text_comes_back_from_a_page_as_it_went(text: str) -> None:
    from pipeline.export.clean import clean

    page = read_card_page(
        f"前\n{{{{知識カード\n|主張={escape(text)}\n|番号=c1\n}}}}\n[[Category:x]]"
    )
    assert plain_text(page.parameters["主張"]) == clean(text)
    assert page.card_id == "c1"


@pytest.mark.parametrize(
    "text", ["", "{{知識カード", "{{知識カード|a={{x}}", "{{知識カードではない|主張=x}}"]
)
def test_a_page_without_a_whole_template_is_no_card(text: str) -> None:
    with pytest.raises(NoCardError):
        read_card_page(text)


def run(*args: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(a) for a in args])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output
