"""What people decide is checked, kept, and laid over whatever the pipeline makes later."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from reviewing import AUDIENCE, MONDAY, Desk, card

from pipeline import schema
from pipeline.review import ReviewError, apply_reviews
from pipeline.review.linked import settle
from pipeline.review.queue import choose, find_items
from pipeline.stages.link import link

OTHER = "解約の兆候は問い合わせの減り方に出る"
FRIDAY = datetime(2026, 5, 8, tzinfo=UTC)


@pytest.fixture
def desk() -> Desk:
    return Desk(card("c1"), card("c2", OTHER, kind="signal", score=0.4, episode_id="e2"))


# -- what a decision does --------------------------------------------------------------------


def test_an_accepted_card_says_so(desk: Desk) -> None:
    assert desk.take(desk.answer("c1", "採用")).counts == {"accept": 1}
    shown = desk.shown("c1")
    assert shown is not None
    assert shown["review_status"] == "accepted"
    assert shown["content_sha256"] == desk.cards[0]["content_sha256"]
    assert desk.shown("c2") == desk.cards[1]


def test_an_edit_changes_what_readers_see_and_its_hash(desk: Desk) -> None:
    desk.take(
        desk.answer(
            "c1", "修正", title="期限を守り続けると信頼される", tags="伴走、fit", kind="方法"
        )
    )
    shown = desk.shown("c1")
    assert shown is not None
    assert (shown["title"], shown["kind"]) == ("期限を守り続けると信頼される", "method")
    assert shown["tags"] == ["bansou", "fit"]
    assert shown["body"] == desk.cards[0]["body"]
    assert shown["content_sha256"] != desk.cards[0]["content_sha256"]
    assert shown["review_status"] == "edited"


def test_a_new_text_needs_no_decision_and_tags_can_be_emptied(desk: Desk) -> None:
    assert desk.take(desk.answer("c1", title="別の題")).counts == {"edit": 1}
    assert desk.take(desk.answer("c1", "採用", tags="なし")).counts == {"edit": 1}
    shown = desk.shown("c1")
    assert shown is not None
    assert (shown["title"], shown["tags"]) == ("別の題", [])


def test_a_rejected_card_is_hidden_until_it_is_taken_back(desk: Desk) -> None:
    desk.take(desk.answer("c1", "却下", comment="雑談"))
    assert desk.shown("c1") is None
    assert desk.rows[0]["comment"] == "雑談"
    desk.take(desk.answer("c1", "accept"))
    assert desk.shown("c1") is not None


def test_a_merged_card_becomes_evidence_of_its_target(desk: Desk) -> None:
    desk.take(desk.answer("c2", merge_into="c1"))
    tables = linked(desk)
    assert [c["card_id"] for c in desk.reviewed.cards] == ["c1"]
    (source,) = tables["card_sources"]
    assert (source["card_id"], source["episode_id"]) == ("c1", "e2")
    assert source["quote"] == desk.cards[1]["quote"]
    assert statuses(tables) == {"c1": ("live", None), "c2": ("merged", "c1")}


def linked(desk: Desk, ledger: list[dict[str, object]] | None = None) -> dict[str, list[dict]]:
    reviewed, before = desk.reviewed, schema.to_table("card_ledger", ledger or [])
    made = link(
        schema.to_table("cards", reviewed.cards), dict.fromkeys(AUDIENCE), before, audience=AUDIENCE, now=MONDAY
    )  # fmt: skip
    return {k: t.to_pylist() for k, t in settle(made, reviewed, before, now=FRIDAY).items()}


def statuses(tables: dict[str, list[dict]]) -> dict[str, tuple[str, str | None]]:
    return {e["card_id"]: (e["status"], e["merged_into"]) for e in tables["card_ledger"]}


def test_rejected_cards_are_in_the_ledger_and_nowhere_else(desk: Desk) -> None:
    first = linked(desk)
    desk.take(desk.answer("c1", "却下"))
    second = linked(desk, first["card_ledger"])
    assert statuses(second)["c1"] == ("rejected", None)
    assert second["card_ledger"][0]["first_seen_at"] == MONDAY
    assert second["card_ledger"][0]["content_changed_at"] == MONDAY
    desk.take(desk.answer("c1", "採用"))
    assert statuses(linked(desk, second["card_ledger"]))["c1"] == ("live", None)


def test_a_kept_card_is_not_swallowed_by_one_that_resembles_it() -> None:
    desk = Desk(card("c1"), card("c2", episode_id="e2", passage_id="e2#p0"))
    assert statuses(linked(desk))["c2"] == ("merged", "c1")
    desk.take(desk.answer("c2", "採用"))
    tables = linked(desk)
    assert statuses(tables)["c2"] == ("live", None)
    assert tables["card_sources"] == []


# -- what the pipeline makes later -----------------------------------------------------------


def test_an_edit_survives_another_text_of_the_pipeline_as_a_conflict(desk: Desk) -> None:
    desk.take(desk.answer("c1", title="人が書いた題"))
    desk.remake("c1", title="機械の新しい題")
    shown = desk.shown("c1")
    assert shown is not None
    assert shown["title"] == "人が書いた題"
    (conflict,) = desk.reviewed.conflicts
    assert (conflict.kind, conflict.field, conflict.machine) == (
        "changed",
        "title",
        "機械の新しい題",
    )
    assert (conflict.reviewed, conflict.reviewer) == ("人が書いた題", "佐藤")
    desk.take(desk.answer("c1", "採用"))  # looked at again: settled
    assert desk.reviewed.conflicts == []
    shown = desk.shown("c1")
    assert shown is not None
    assert shown["title"] == "人が書いた題"


def test_no_conflict_where_the_pipeline_comes_to_say_the_same_or_only_times_move(
    desk: Desk,
) -> None:
    desk.take(desk.answer("c1", title="人が書いた題"))
    desk.remake("c1", title="人が書いた題", start_s=755.0)
    assert desk.reviewed.conflicts == []


def test_a_vanished_card_is_a_conflict_that_only_a_rejection_closes(desk: Desk) -> None:
    desk.take(desk.answer("c1", title="人が書いた題"))
    desk.lose("c1")
    (conflict,) = desk.reviewed.conflicts
    assert (conflict.kind, conflict.title) == ("vanished", "人が書いた題")
    assert "no longer" in desk.take(desk.answer("c1", "採用")).problems[0].message
    assert desk.take(desk.answer("c1", "却下")).problems == []
    assert desk.reviewed.conflicts == []


def test_a_rejected_card_that_vanishes_contradicts_nobody(desk: Desk) -> None:
    desk.take(desk.answer("c1", "却下"))
    desk.lose("c1")
    assert desk.reviewed.conflicts == []


def test_a_rejected_card_with_another_text_is_looked_at_again(desk: Desk) -> None:
    desk.take(desk.answer("c1", "却下"))
    desk.remake("c1", title="まったく別の主張")
    assert desk.shown("c1") is None
    assert [c.field for c in desk.reviewed.conflicts] == ["title"]


def test_a_card_merged_into_one_that_is_gone_is_shown_again(desk: Desk) -> None:
    desk.take(desk.answer("c2", merge_into="c1"))
    desk.lose("c1")
    assert desk.shown("c2") is not None
    assert [c.kind for c in desk.reviewed.conflicts] == ["target"]


def test_a_corrected_quote_holds_while_it_is_the_same_recording(desk: Desk) -> None:
    quote = desk.cards[0]["quote"]
    desk.take(desk.answer("c1", quote=quote.replace("信頼", "人望")))
    shown = desk.shown("c1")
    assert shown is not None
    assert "人望" in shown["quote"]
    desk.remake("c1", quote="聞き直したら全然ちがう言葉だった。")
    shown = desk.shown("c1")
    assert shown is not None
    assert shown["quote"] == "聞き直したら全然ちがう言葉だった。"
    assert [c.field for c in desk.reviewed.conflicts] == ["quote"]


def test_no_private_card_becomes_evidence_of_a_public_one() -> None:
    desk = Desk(card("c1"), card("c2", OTHER, episode_id="e2"))
    desk.take(desk.answer("c2", merge_into="c1"))
    moved = apply_reviews(desk.cards, desk.rows, audience=AUDIENCE | {"e2": "private:acme"})
    assert moved.hidden == {}
    assert [c.kind for c in moved.conflicts] == ["target"]
    desk = Desk(card("c1"), card("c3", OTHER, episode_id="meeting"))
    assert "same eyes" in desk.take(desk.answer("c3", merge_into="c1")).problems[0].message


# -- what is refused -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decision", "filled", "words"),
    [
        ("保留", {}, "保留"),
        ("修正", {}, "nothing"),
        ("", {"comment": "どうだろう"}, "no decision"),
        ("却下", {"title": "新しい"}, "new texts"),
        ("採用", {"tags": "伴走、ピアノ"}, "ピアノ"),
        ("採用", {"kind": "歌"}, "歌"),
        ("採用", {"title": "長" * 46}, "46"),
        ("採用", {"title": "一\n二"}, "one line"),
        ("採用", {"body": "鐘\a"}, "U+0007"),
        ("採用", {"body": "\ud83d"}, "U+D83D"),
        ("採用", {"quote": "一度も言っていない言葉"}, "what was said"),
        ("統合", {}, "no card"),
        ("統合", {"merge_into": "c1"}, "itself"),
        ("統合", {"merge_into": "c-old"}, "vanished"),
        ("統合", {"merge_into": "c-none"}, "does not exist"),
        ("採用", {"merge_into": "c2"}, "merge into"),
        ("採用", {"version": "1.5E+10"}, "damaged"),
        ("採用", {"version": "v0123456789abcdef.0"}, "changed"),
        ("採用", {"version": "v0123456789abcdef.r0123456789abcdef-0"}, "not in this data"),
    ],
)
def test_a_wrong_answer_is_told(
    desk: Desk, decision: str, filled: dict[str, str], words: str
) -> None:
    made = desk.take(desk.answer("c1", decision, **filled))
    assert len(made.problems) == 1
    assert words in made.problems[0].message
    assert desk.rows == []


def test_every_wrong_row_is_listed_and_nothing_is_taken(desk: Desk) -> None:
    good, bad = desk.answer("c1", "採用"), desk.answer("c2", "保留")
    unknown = desk.answer("c2", "採用", place="row 9")
    object.__setattr__(unknown, "card_id", "c9")
    made = desk.take(good, bad, unknown)
    assert [(p.place, p.card_id) for p in made.problems] == [("row 3", "c2"), ("row 9", "c9")]
    assert desk.rows == []


def test_circles_and_rejected_targets_are_seen_across_the_file(desk: Desk) -> None:
    made = desk.take(desk.answer("c1", merge_into="c2"), desk.answer("c2", merge_into="c1"))
    assert len(made.problems) == 2
    made = desk.take(desk.answer("c1", merge_into="c2"), desk.answer("c2", "却下"))
    assert [p.card_id for p in made.problems] == ["c1"]


def test_one_card_twice_in_a_file(desk: Desk) -> None:
    accept = desk.answer("c1", "採用")
    made = desk.take(accept, desk.answer("c1", "却下", place="row 7"))
    assert [p.place for p in made.problems] == ["row 7"]
    assert desk.take(accept, accept).counts == {"accept": 1}


def test_a_change_in_a_column_for_reading_is_not_lost_in_silence(desk: Desk) -> None:
    data = desk.answer("c1")
    object.__setattr__(data, "shown", {"title": "直接書きかえた題"})
    assert "タイトル" in desk.take(data).problems[0].message


# -- the same again, and meanwhile -----------------------------------------------------------


def test_the_same_file_twice_adds_nothing(desk: Desk) -> None:
    answers = [desk.answer("c1", title="新しい題"), desk.answer("c2", "却下")]
    desk.take(*answers)
    rows = list(desk.rows)
    made = desk.take(*answers, reviewer="鈴木")
    assert (made.known, made.counts, made.problems) == (2, {}, [])
    assert desk.rows == rows


def test_a_reviewer_goes_on_in_the_same_sheet_and_changes_their_mind(desk: Desk) -> None:
    accept, reject = desk.answer("c1", "採用"), desk.answer("c1", "却下")
    desk.take(accept)
    desk.take(reject)
    assert desk.shown("c1") is None
    desk.take(accept)
    assert desk.shown("c1") is not None
    assert len({row["review_id"] for row in desk.rows}) == 3


def test_an_old_file_does_not_undo_what_was_decided_on_a_newer_one(desk: Desk) -> None:
    old = desk.answer("c1", "採用")
    desk.take(old)
    desk.take(desk.answer("c1", "却下"))
    assert desk.take(old).known == 1
    assert desk.shown("c1") is None


@pytest.mark.parametrize("by", ["person", "pipeline"])
def test_a_card_that_changed_since_is_refused_skipped_or_taken(desk: Desk, by: str) -> None:
    late = desk.answer("c1", title="遅れて来た題")
    other = desk.answer("c2", "採用")
    if by == "person":
        desk.take(desk.answer("c1", "却下"), reviewer="鈴木")
    else:
        desk.remake("c1", body="機械の新しい本文。")
    assert ("鈴木" if by == "person" else "pipeline") in desk.take(late, other).problems[0].message
    made = desk.take(late, other, on_changed="skip")
    assert ([p.card_id for p in made.skipped], made.counts) == (["c1"], {"accept": 1})
    assert desk.take(late, on_changed="take").counts == {"edit": 1}
    assert desk.take(late, on_changed="take").known == 1
    shown = desk.shown("c1")
    assert shown is not None
    assert shown["title"] == "遅れて来た題"
    assert shown["body"] == desk.cards[0]["body"]


def test_what_was_decided_keeps_both_texts(desk: Desk) -> None:
    desk.take(desk.answer("c1", title="新しい題"))
    before, after = (json.loads(desk.rows[0][k]) for k in ("before", "after"))
    assert before["title"] == desk.cards[0]["title"]
    assert after["title"] == "新しい題"
    assert desk.rows[0]["decided_at"] == MONDAY


def test_a_damaged_review_is_named(desk: Desk) -> None:
    desk.take(desk.answer("c1", "採用"))
    for text in ("[1]", "{", "{}", '{"title": 1}'):
        desk.rows[0]["after"] = text
        with pytest.raises(ReviewError, match="c1"):
            _ = desk.reviewed


# -- what is looked at -----------------------------------------------------------------------


def test_the_least_sure_come_first_and_conflicts_before_them() -> None:
    scores = {"c1": 0.9, "c2": 0.2, "c3": 0.5, "c4": 0.7, "c5": 0.95}
    desk = Desk(*(card(i, f"{i}は{OTHER}", score=s) for i, s in scores.items()))
    desk.take(desk.answer("c5", "採用"), desk.answer("c1", "採用"))
    desk.remake("c5", title="機械の新しい題")
    items = find_items(desk.reviewed, merged={"c4"})
    assert [i.card_id for i in choose(items)] == ["c5", "c2", "c3"]
    assert [i.card_id for i in choose(items, lowest=50)] == ["c5", "c2"]
    assert [i.card_id for i in choose(items, statuses=["accepted", "merged"])] == ["c4", "c1"]
    assert len(choose(items, statuses=["all"], episodes=["e1"])) == 5
    assert choose(items, episodes=["e2"]) == []
    assert choose(items)[0].time == "00:12:34"
    assert "機械の新しい題" in choose(items)[0].note
