"""``bansou push mediawiki`` against a wiki that goes wrong in all the ways wikis do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakewiki import (
    PASSWORD,
    USER,
    Answer,
    FakeWiki,
    cut,
    html_502,
    no_json,
    serving,
    slow,
)
from typer.testing import CliRunner
from wikiarchive import Team, make_team

from pipeline.cli import app
from pipeline.errors import BusyError, ConfigError
from pipeline.wiki.http import Pace, WikiError, check_url
from pipeline.wiki.ledger import Ledger, forget_pages, ledger_path, pages_with
from pipeline.wiki.report import Report
from pipeline.wiki.sync import PushOptions, push_mediawiki

CARD = "知識カード/最初の月は隣で手を動かす"
PLACE = "知識カード/"


@pytest.fixture
def wiki(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeWiki]:
    monkeypatch.setenv("BANSOU_WIKI_USER", USER)
    monkeypatch.setenv("BANSOU_WIKI_PASSWORD", PASSWORD)
    with serving(FakeWiki()) as made:
        yield made


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return make_team(tmp_path / "data")


class Waits:
    """Pauses that are only written down."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    @property
    def pace(self) -> Pace:
        return Pace(sleep=self.seconds.append)


def push(team: Team, wiki: FakeWiki, *, waits: Waits | None = None, **options: object) -> Report:
    given = PushOptions(**options)  # type: ignore[arg-type]
    return push_mediawiki(team.settings, wiki.url, options=given, pace=(waits or Waits()).pace)


def lose_ledger(team: Team, wiki: FakeWiki) -> None:
    ledger_path(team.archive.store, f"{wiki.url}/api.php").unlink()


def run(*args: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(a) for a in args])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert "Traceback" not in done.output
    return done.exit_code, done.output


# -- what is written ------------------------------------------------------------------------


def test_the_second_push_makes_no_revision(team: Team, wiki: FakeWiki) -> None:
    first = push(team, wiki)
    assert first.is_ok
    assert CARD in first.created
    before = wiki.edits
    second = push(team, wiki)
    assert (second.created, second.updated, second.unchanged) == ([], [], len(first.created))
    assert wiki.edits == before


def test_a_changed_card_makes_one_revision_of_its_page(team: Team, wiki: FakeWiki) -> None:
    push(team, wiki)
    before = {title: len(wiki.page(title).revisions) for title in wiki.titles()}
    team.change("ce11", body="隣に座って一緒に手を動かす。急がない。")
    report = push(team, wiki)
    assert report.updated == [CARD]
    assert "急がない" in wiki.text(CARD)
    changed = [t for t in wiki.titles() if len(wiki.page(t).revisions) > before[t]]
    assert changed == [CARD]


def test_private_episodes_never_leave(team: Team, wiki: FakeWiki) -> None:
    push(team, wiki)
    assert "秘密" not in json.dumps(wiki.requests, ensure_ascii=False)
    assert "meeting" not in json.dumps(wiki.requests, ensure_ascii=False)


def test_an_episode_made_private_loses_its_pages_text(team: Team, wiki: FakeWiki) -> None:
    push(team, wiki)
    team.archive.episode("e1", visibility="private", relation="acme")
    report = push(team, wiki, many_gone=True)
    assert CARD in report.noticed
    assert "隣で" not in wiki.text(CARD)


def test_a_renamed_card_keeps_its_page_and_its_old_title_leads_there(
    team: Team, wiki: FakeWiki
) -> None:
    push(team, wiki)
    page_id = wiki.page(CARD).pageid
    team.change("ce11", title="最初の三か月は隣で手を動かす")
    report = push(team, wiki)
    new = PLACE + "最初の三か月は隣で手を動かす"
    assert report.renamed == [(CARD, new)]
    assert wiki.page(new).pageid == page_id
    assert wiki.page(CARD).is_redirect
    assert push(team, wiki).updated == []
    # And back again, over the redirect.
    team.change("ce11", title="最初の月は隣で手を動かす")
    assert push(team, wiki).renamed == [(new, CARD)]
    assert wiki.page(CARD).pageid == page_id


def test_two_cards_that_swap_titles_end_up_right_or_are_told(team: Team, wiki: FakeWiki) -> None:
    push(team, wiki)
    team.change("ce11", title="仮の題")
    team.change("ce12", title="最初の月は隣で手を動かす")
    wiki.rights.append("suppressredirect")
    report = push(team, wiki)
    assert report.is_ok
    assert "手順書" not in wiki.text(CARD).split("本文=")[0]
    assert wiki.page(CARD).latest.comment.endswith("]")


def test_a_page_that_people_moved_stays_there_and_is_kept_up(team: Team, wiki: FakeWiki) -> None:
    push(team, wiki)
    page = wiki.page(CARD)
    page.title = "手引き/隣で手を動かす"
    wiki.write(CARD, "#REDIRECT [[手引き/隣で手を動かす]]")
    team.change("ce11", body="隣に座る。")
    report = push(team, wiki)
    assert report.updated == ["手引き/隣で手を動かす"]
    assert not report.renamed
    lose_ledger(team, wiki)
    team.change("ce11", body="隣に座って待つ。")
    assert push(team, wiki).updated == ["手引き/隣で手を動かす"]


def test_a_vanished_card_gets_a_notice_once(team: Team, wiki: FakeWiki) -> None:
    push(team, wiki)
    team.lose("ce11")
    assert push(team, wiki).noticed == [CARD]
    assert "見つかりません" in wiki.text(CARD)
    assert "ce11" in wiki.text(CARD)
    before = wiki.edits
    assert push(team, wiki).noticed == []
    assert wiki.edits == before


def test_a_merged_card_leads_to_the_other(team: Team, wiki: FakeWiki) -> None:
    push(team, wiki)
    team.lose("ce11", merged_into="ce12")
    push(team, wiki)
    assert "[[知識カード/手順書は一緒に作る" in wiki.text(CARD)


def test_most_pages_are_not_declared_gone_by_a_wrong_folder(
    team: Team, wiki: FakeWiki, tmp_path: Path
) -> None:
    push(team, wiki)
    path = ledger_path(team.archive.store, f"{wiki.url}/api.php")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    with path.open("a", encoding="utf-8") as out:
        for n in range(200):
            out.write(json.dumps(rows[-1] | {"key": f"card:x{n}"}) + "\n")
    before = wiki.edits
    with pytest.raises(ConfigError, match="--many-gone"):
        push(team, wiki)
    assert wiki.edits == before


# -- what people wrote ----------------------------------------------------------------------


def test_a_page_that_a_person_edited_is_shown_and_left_alone(team: Team, wiki: FakeWiki) -> None:
    push(team, wiki)
    wiki.write(CARD, wiki.text(CARD).replace("続けることが要る", "人の直し"))
    team.change("ce11", body="機械の直し。")
    team.change("ce12", body="こちらは新しい。")
    code, output = run("push", "mediawiki", wiki.url, "--data", team.folder)
    assert code == 1
    assert "人の直し" in wiki.text(CARD)
    assert "conflict: " + CARD in output
    assert "-|本文=最初の月は隣で手を動かす。人の直し。" in output
    assert "+|本文=機械の直し。" in output
    assert "佐藤" in output
    assert "こちらは新しい" in wiki.text(PLACE + "手順書は一緒に作る")
    lose_ledger(team, wiki)  # the wiki itself tells that a person was there
    assert [c.why for c in push(team, wiki).conflicts] == ["edited"]
    assert "人の直し" in wiki.text(CARD)


def test_an_edit_that_a_person_took_back_is_no_conflict(team: Team, wiki: FakeWiki) -> None:
    push(team, wiki)
    text = wiki.text(CARD)
    wiki.write(CARD, text + "\n落書き")
    wiki.write(CARD, text)
    team.change("ce11", body="新しい本文。")
    assert push(team, wiki).updated == [CARD]


@pytest.mark.parametrize("touches", [True, False])
def test_an_edit_made_meanwhile_is_noticed_even_where_the_wiki_merges_it(
    team: Team, wiki: FakeWiki, touches: bool
) -> None:
    push(team, wiki)
    text = wiki.text(CARD)
    theirs = text.replace("続けることが要る", "人の直し") if touches else f"{text}\n\n人の覚え書き"
    wiki.on_edit.append(lambda: wiki.write(CARD, theirs) and None)  # type: ignore[func-returns-value]
    team.change("ce11", body="機械の直し。")
    report = push(team, wiki)
    assert [c.why for c in report.conflicts] == ["edited" if touches else "merged"]
    assert "人の" in wiki.text(CARD)
    # It stays a conflict, with the ledger and without.
    assert [c.key for c in push(team, wiki).conflicts] == ["card:ce11"]
    lose_ledger(team, wiki)
    assert [c.key for c in push(team, wiki).conflicts] == ["card:ce11"]
    assert "人の" in wiki.text(CARD)


def test_a_page_of_peoples_own_keeps_its_title_and_text(team: Team, wiki: FakeWiki) -> None:
    wiki.write(CARD, "昔からのページ")
    report = push(team, wiki)
    assert [(c.title, c.why) for c in report.conflicts] == [(CARD, "taken")]
    assert wiki.text(CARD) == "昔からのページ"


def test_a_page_that_people_deleted_comes_back_only_when_asked(team: Team, wiki: FakeWiki) -> None:
    push(team, wiki)
    wiki.delete(CARD)
    assert [c.why for c in push(team, wiki).conflicts] == ["deleted"]
    assert CARD not in wiki.titles()
    assert push(team, wiki, recreate=True).created == [CARD]


def test_a_template_that_the_team_made_its_own_is_no_conflict(team: Team, wiki: FakeWiki) -> None:
    push(team, wiki)
    wiki.write("テンプレート:知識カード", "<includeonly>私たちの形</includeonly>")
    assert push(team, wiki).is_ok
    assert "私たちの形" in wiki.text("テンプレート:知識カード")


# -- the ledger -----------------------------------------------------------------------------


def test_a_lost_ledger_is_made_again_from_the_wiki(team: Team, wiki: FakeWiki) -> None:
    push(team, wiki)
    team.lose("ce13")
    lose_ledger(team, wiki)
    before = wiki.edits
    report = push(team, wiki)
    # Cards that are gone are found as well.
    assert report.noticed == [PLACE + "答えではなく意見を聞かれたら兆候"]
    assert report.created == []
    lose_ledger(team, wiki)
    team.change("ce11", title="新しい題", body="新しい本文。")
    report = push(team, wiki)
    assert report.renamed == [(CARD, PLACE + "新しい題")]
    assert not report.conflicts
    assert wiki.edits > before


def test_an_imported_dump_is_taken_over(team: Team, wiki: FakeWiki) -> None:
    from pipeline.export.mediawiki import comment_of
    from pipeline.export.pages import pages

    for page in pages(team.archive.store, team.settings):
        wiki.write(page.title, page.text, user="imported>Bansou", comment=comment_of(page))
    before = wiki.edits
    team.change("ce11", body="新しい本文。")
    report = push(team, wiki)
    assert report.updated == [CARD]
    assert wiki.edits == before + 1


@pytest.mark.parametrize("at", [1, 30, 71])
def test_a_run_cut_short_is_gone_on_with(team: Team, wiki: FakeWiki, at: int) -> None:
    class Killed(BaseException):
        pass

    count = 0

    def on_page(what: str, title: str) -> None:
        nonlocal count
        count += 1
        if count == at:
            raise Killed

    with pytest.raises(Killed):
        push_mediawiki(team.settings, wiki.url, on_page=on_page, pace=Waits().pace)
    report = push(team, wiki)
    assert report.is_ok
    assert len(report.created) == len(wiki.titles()) - at
    assert wiki.edits == len(wiki.titles())


def test_a_page_written_before_the_ledger_knew_is_not_doubled(team: Team, wiki: FakeWiki) -> None:
    push(team, wiki)
    path = ledger_path(team.archive.store, f"{wiki.url}/api.php")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: len(lines) // 3]) + lines[-1][:20])  # torn in the middle
    before = wiki.edits
    assert push(team, wiki).created == []
    assert wiki.edits == before
    Ledger.at(path)
    assert push(team, wiki).unchanged > 0


def test_a_second_push_at_the_same_time_is_told_to_wait(team: Team, wiki: FakeWiki) -> None:
    def on_page(what: str, title: str) -> None:
        push(team, wiki)

    with pytest.raises(BusyError):
        push_mediawiki(team.settings, wiki.url, on_page=on_page)


def test_the_ledger_tells_which_pages_hold_an_episode_and_forgets_it(
    team: Team, wiki: FakeWiki
) -> None:
    push(team, wiki)
    assert CARD in [title for _, title in pages_with(team.archive.store, "e1")]
    forget_pages(team.archive.store, ["e1"])
    assert pages_with(team.archive.store, "e1") == []
    assert "隣で" not in ledger_path(team.archive.store, f"{wiki.url}/api.php").read_text(encoding="utf-8")  # fmt: skip


# -- a server that goes wrong ---------------------------------------------------------------


def maxlag(made: Answer) -> None:
    made.error("maxlag", Retry_After="7")


def ratelimited(made: Answer) -> None:
    made.error("ratelimited")


def too_many(made: Answer) -> None:
    made.status, made.body = 429, b"slow down"
    made.headers["Retry-After"] = "33"


def locked(made: Answer) -> None:
    made.error("internal_api_error_DBQueryError")


@pytest.mark.parametrize("fault", [html_502, cut, no_json, locked, maxlag, ratelimited, too_many])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_server_that_stumbles_is_waited_for(
    team: Team, wiki: FakeWiki, fault: object, when: str
) -> None:
    waits = Waits()
    # The first question finds the wiki; an answer that is no JSON is no wiki's there.
    getattr(wiki, when).extend([*([lambda made: None] if when == "before" else []), *[fault] * 3])
    report = push(team, wiki, waits=waits)
    assert report.is_ok
    assert len(waits.seconds) == 3
    assert wiki.edits == len(wiki.titles()), "an edit whose answer was lost was made twice"
    assert push(team, wiki).unchanged == len(wiki.titles())


def test_the_server_is_given_the_time_that_it_asks_for(team: Team, wiki: FakeWiki) -> None:
    waits = Waits()
    wiki.before += [maxlag, too_many]
    push(team, wiki, waits=waits)
    assert waits.seconds == [7.0, 33.0]
    waits = Waits()
    wiki.after += [ratelimited]
    team.change("ce11", body="新しい本文。")
    push(team, wiki, waits=waits)
    assert waits.seconds[0] >= 10


def test_a_lost_answer_to_an_update_is_no_conflict(team: Team, wiki: FakeWiki) -> None:
    push(team, wiki)
    wiki.after += [cut]
    team.change("ce11", body="新しい本文。")
    report = push(team, wiki)
    assert report.is_ok
    assert len(wiki.page(CARD).revisions) == 2
    assert push(team, wiki).is_ok


def test_a_session_that_ends_is_begun_again(team: Team, wiki: FakeWiki) -> None:
    push(team, wiki)
    team.change("ce11", body="新しい本文。")
    wiki.before += [lambda made: None] * 3 + [lambda made: wiki.end_session()]
    report = push(team, wiki)
    assert report.updated == [CARD]
    assert sum(r.get("action") == "login" for r in wiki.requests) == 3


def test_a_server_that_stays_down_is_given_up_and_what_is_done_is_kept(
    team: Team, wiki: FakeWiki
) -> None:
    def on_page(what: str, title: str) -> None:
        if len(wiki.pages) == 10:
            wiki.before += [html_502] * 20

    with pytest.raises(WikiError, match="run again"):
        push_mediawiki(team.settings, wiki.url, on_page=on_page, pace=Waits().pace)
    wiki.before.clear()
    assert push(team, wiki).is_ok
    assert wiki.edits == len(wiki.titles())


def test_a_slow_server_is_no_error(team: Team, wiki: FakeWiki) -> None:
    wiki.after += [slow]
    assert push(team, wiki).is_ok


def test_a_page_that_the_wiki_refuses_does_not_stop_the_others(team: Team, wiki: FakeWiki) -> None:
    wiki.before += [lambda made: None] * 7

    def protected(made: Answer) -> None:
        if made.params.get("title") == CARD:
            made.error("protectedpage")
        else:
            wiki.before.append(protected)

    wiki.before.append(protected)
    report = push(team, wiki)
    assert [title for title, _ in report.failed] == [CARD]
    assert len(report.created) == len(wiki.titles())


def test_a_blocked_account_stops_at_once(team: Team, wiki: FakeWiki) -> None:
    def blocked(made: Answer) -> None:
        if made.params.get("action") == "edit":
            made.error("blocked")
        else:
            wiki.before.append(blocked)

    wiki.before.append(blocked)
    with pytest.raises(WikiError, match="blocked"):
        push(team, wiki)
    assert wiki.edits == 0


def test_pages_are_written_no_faster_than_asked(team: Team, wiki: FakeWiki) -> None:
    waits = Waits()
    pace = Pace(60, sleep=waits.seconds.append, clock=lambda: sum(waits.seconds))
    push_mediawiki(team.settings, wiki.url, pace=pace)
    assert sum(waits.seconds) == pytest.approx(len(wiki.titles()) - 1)


# -- the command ----------------------------------------------------------------------------


def test_a_dry_run_tells_and_changes_nothing(team: Team, wiki: FakeWiki) -> None:
    code, output = run("push", "mediawiki", wiki.url, "--data", team.folder, "--dry-run")
    assert code == 0
    assert f"create: {CARD}" in output
    assert wiki.edits == 0
    assert not ledger_path(team.archive.store, f"{wiki.url}/api.php").exists()
    push(team, wiki)
    before = wiki.edits
    team.change("ce11", title="別の題", body="別の本文。")
    team.lose("ce12")
    code, output = run("push", "mediawiki", wiki.url, "--data", team.folder, "--dry-run")
    assert f"rename: {CARD} → {PLACE}別の題" in output
    assert f"notice: {PLACE}手順書は一緒に作る" in output
    assert wiki.edits == before


def test_the_password_is_in_no_output_log_or_file(
    team: Team, wiki: FakeWiki, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs = [run("push", "mediawiki", wiki.url, "--data", team.folder, "-v")[1]]
    monkeypatch.setenv("BANSOU_WIKI_PASSWORD", f"{PASSWORD}-wrong")
    for extra in ([], ["-v"]):
        code, output = run("push", "mediawiki", wiki.url, "--data", team.folder, *extra)
        assert code == 1
        assert "wrong password ***" in output  # the wiki said it, we do not repeat it
        outputs.append(output)
    files = [p.read_bytes() for p in team.folder.rglob("*") if p.is_file()]
    assert not any(PASSWORD in output for output in outputs)
    assert not any(PASSWORD.encode() in data for data in files)
    assert PASSWORD not in repr(wiki.pages)


def test_without_a_password_it_says_how_to_get_one(
    team: Team, wiki: FakeWiki, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BANSOU_WIKI_PASSWORD")
    code, output = run("push", "mediawiki", wiki.url, "--data", team.folder)
    assert code == 1
    assert "Special:BotPasswords" in output
    assert wiki.requests == []


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://wiki.example.org/w", "not encrypted"),
        ("https://name:pass@wiki.example.org/w", "BANSOU_WIKI_PASSWORD"),
        ("ftp://wiki.example.org", "no address"),
        ("wiki.example.org", "no address"),
        ("http://127.0.0.1.example.org/", "not encrypted"),
        ("http://[::1", "cannot be read"),
    ],
)
def test_an_address_that_would_give_the_password_away_is_refused(url: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why) as caught:
        check_url(url)
    assert "name:pass" not in str(caught.value)


def test_addresses_that_are_good() -> None:
    assert check_url("https://wiki.example.org/w/") == "https://wiki.example.org/w"
    for here in ("http://localhost:8080", "http://127.0.0.1", "http://[::1]:80"):
        assert check_url(here) == here
    assert check_url("http://wiki.lan", insecure=True) == "http://wiki.lan"


def test_what_is_no_wiki_is_named(team: Team, wiki: FakeWiki) -> None:
    with pytest.raises(WikiError, match="no MediaWiki answers"):
        push_mediawiki(team.settings, f"{wiki.url}/w/elsewhere", pace=Waits().pace)


def test_the_password_does_not_follow_a_redirect(team: Team, wiki: FakeWiki) -> None:
    def elsewhere(made: Answer) -> None:
        made.status, made.body = 302, b"moved"
        made.headers["Location"] = "http://evil.example.org/api.php"

    wiki.before += [elsewhere] * 3
    with pytest.raises(WikiError, match=r"evil\.example\.org"):
        push(team, wiki)
