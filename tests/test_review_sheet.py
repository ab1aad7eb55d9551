"""The spreadsheet: what goes out comes back, whatever stands in it and however it was saved."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reviewing import EPISODES, TAGS, Desk, card

from pipeline.errors import BansouError
from pipeline.review import ReviewError
from pipeline.review.contents import MAX_TITLE_CHARS
from pipeline.review.queue import find_items
from pipeline.review.sheet import HEADINGS, guard, read_sheet, unguard, write_sheet

PATH = Path("cards.csv")
NASTY = "=+-@＝＋－＠'\"\t\r\n,;、 　\u200f\u202e\ufeff\u2028\x85あ漢😀e\u0301"
TEXTS = st.text(
    st.one_of(
        st.sampled_from(NASTY),
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    ),
    max_size=60,
)
# What a person can type into a cell: no control characters, and outer space is not meant.
TYPED = st.text(
    st.one_of(st.sampled_from("=+-@＝'\"\n,;\u200fあ漢😀"), st.characters(exclude_categories=["Cs", "Cc"])),
    min_size=1, max_size=60,
).map(str.strip).filter(bool)  # fmt: skip


def sheet(desk: Desk) -> bytes:
    return write_sheet(find_items(desk.reviewed), episodes=EPISODES, tags=TAGS)


def filled(data: bytes, row: int, **cells: str) -> list[list[str]]:
    """The table with cells of a row filled in, as a spreadsheet would have it."""
    table = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    for name, text in cells.items():
        table[row][list(HEADINGS).index(name)] = text
    return table


def saved(table: list[list[str]], *, encoding: str = "utf-8-sig", delimiter: str = ",") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(table)
    return out.getvalue().encode(encoding)


@given(TEXTS)
def test_a_guarded_text_is_no_formula_and_comes_back(text: str) -> None:
    guarded = guard(text)
    assert unguard(guarded) == text
    assert not guarded.lstrip().startswith(tuple("=+-@＝＋－＠"))


@settings(max_examples=150, deadline=None)
@given(title=TEXTS, body=TEXTS, quote=TEXTS, speaker=TEXTS)
def test_unchanged_is_undecided_whatever_the_text(
    title: str, body: str, quote: str, speaker: str
) -> None:
    desk = Desk(card("c1", title, body=body, quote=quote, speaker=speaker), card("c2"))
    answers = read_sheet(sheet(desk), PATH)
    made = desk.take(*answers)
    assert (made.empty, made.problems, made.reviews) == (2, [], [])
    assert answers[0].shown["quote"] == quote.replace("\r\n", "\n").replace("\r", "\n")


@settings(max_examples=150, deadline=None)
@given(title=TYPED, body=TYPED, comment=TYPED, delimiter=st.sampled_from(",\t;"))
def test_edits_come_back_exactly(title: str, body: str, comment: str, delimiter: str) -> None:
    desk = Desk(card("c1"), card("c2"))
    title = title.replace("\n", "")[:MAX_TITLE_CHARS].strip() or "題"
    cells = {"new_title": guard(title), "new_body": guard(body), "comment": guard(comment)}
    table = filled(sheet(desk), 2, decision="修正", **cells)
    made = desk.take(*read_sheet(saved(table, delimiter=delimiter), PATH))
    assert made.problems == []
    shown = desk.shown("c2")
    assert shown is not None
    assert (shown["title"], shown["body"], desk.rows[0]["comment"]) == (title, body, comment)


def test_the_file_is_what_excel_expects() -> None:
    data = sheet(
        Desk(card("c1", '=HYPERLINK("http://example.org")', body="一行目\n二行目,と「引用」"))
    )
    assert data.startswith(b"\xef\xbb\xbf")
    text = data.decode("utf-8-sig")
    assert text.endswith("\r\n")
    heading, row = csv.reader(io.StringIO(text, newline=""))
    assert heading == list(HEADINGS.values())
    cells = dict(zip(HEADINGS, row, strict=True))
    assert cells["title"].startswith("'=")
    assert cells["body"] == "一行目\n二行目,と「引用」"
    assert (cells["time"], cells["score"], cells["kind"]) == ("00:12:34", "0.80", "原則")
    assert (cells["tags"], cells["episode"], cells["speaker"]) == ("約束と継続", "第1回", "不明")
    assert cells["decision"] == cells["new_title"] == cells["merge_into"] == ""
    assert not cells["version"][0].isdigit()


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [
        ("utf-8", ","), ("utf-8-sig", "\t"), ("utf-16", "\t"), ("utf-16-le", "\t"), ("cp932", ","),
        ("cp932", "\t"), ("utf-8-sig", ";"),
    ],
)  # fmt: skip
def test_however_the_spreadsheet_saved_it(encoding: str, delimiter: str) -> None:
    desk = Desk(card("c1"), card("c2", "〜から始まる題に𠮷野さんの😀"))
    table = filled(sheet(desk), 1, decision="修正", new_title="顧客の言葉で、約束を守る")
    table = [[cell.encode(encoding, "replace").decode(encoding) for cell in row] for row in table]
    made = desk.take(*read_sheet(saved(table, encoding=encoding, delimiter=delimiter), PATH))
    assert (made.problems, made.counts, made.empty) == ([], {"edit": 1}, 1)
    shown = desk.shown("c1")
    assert shown is not None
    assert shown["title"] == "顧客の言葉で、約束を守る"


def test_reordered_removed_and_added_columns_and_rows_do_no_harm() -> None:
    desk = Desk(card("c1"), card("c2"))
    table = filled(sheet(desk), 1, decision="採用")
    keep = ["decision", "version", "card_id"]
    table = [[row[list(HEADINGS).index(name)] for name in keep] + ["メモ"] for row in table]
    made = desk.take(*read_sheet(saved([table[0], ["", "", "", ""], *reversed(table[1:])]), PATH))
    assert (made.problems, made.counts, made.empty) == ([], {"accept": 1}, 1)


def test_a_title_written_over_in_place_is_told_by_row() -> None:
    desk = Desk(card("c1"), card("c2"))
    table = filled(sheet(desk), 2, title="直接書きかえた題")
    (problem,) = desk.take(*read_sheet(saved(table), PATH)).problems
    assert (problem.place, problem.card_id) == ("row 3", "c2")
    assert "タイトル" in problem.message


@pytest.mark.parametrize("text", ["\ud800題", "題\udfff", "題\0"])
def test_a_text_that_no_file_holds_is_refused(text: str) -> None:
    desk = Desk(card("c1"))
    desk.cards[0]["title"] = text
    with pytest.raises(ReviewError, match="c1"):
        write_sheet(find_items(desk.reviewed), episodes=EPISODES, tags=TAGS)


def damaged() -> dict[str, bytes]:
    whole = saved(filled(sheet(Desk(card("c1"), card("c2", "二枚目"))), 1, decision="採用"))
    lines = whole.split(b"\r\n")
    return {
        "open quote": whole + b'"c3,',
        "no heading": b"\r\n".join(lines[1:]),
        "another table": "名前,点\r\n佐藤,3\r\n".encode(),
        "twice a column": whole.replace("コメント".encode(), "判断".encode()),
        "too many cells": lines[0] + b"\r\n" + lines[1] + b",x,y\r\n",
        "a workbook": b"PK\x03\x04" + b"\0" * 50,
        "cut within a sign": whole[:-3].replace(b"\r\n", b"\n")[:-40] + b"\xe3\x81",
        "nul": whole.replace("採用".encode(), b"\0"),
        "audio": b"OggS" + bytes(range(256)),
        "huge cell": whole + b'"' + b"x" * 200_000 + b'"',
    }


@pytest.mark.parametrize("name", damaged())
def test_a_damaged_file_is_a_sentence(name: str) -> None:
    with pytest.raises(BansouError) as caught:
        read_sheet(damaged()[name], PATH)
    assert "cards.csv" in str(caught.value)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_bytes_make_it_stumble(data: st.DataObject) -> None:
    whole = sheet(Desk(card("c1"), card("c2", "二枚目")))
    at = data.draw(st.integers(0, len(whole) - 1))
    broken = (
        whole[:at] + data.draw(st.binary(max_size=6)) + whole[at + data.draw(st.integers(0, 9)) :]
    )
    try:
        answers = read_sheet(broken, PATH)
    except BansouError:
        return
    Desk(card("c1"), card("c2", "二枚目")).take(*answers)
