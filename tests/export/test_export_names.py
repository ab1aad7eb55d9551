"""Names: readable, stable, and good in every wiki and file system."""

from __future__ import annotations

import re
import unicodedata

import pytest
from exporting import HOSTILE, TEXTS
from hypothesis import given
from hypothesis import strategies as st

from pipeline.export.clean import clean, one_line, one_paragraph
from pipeline.export.names import MAX_NAME_BYTES, Names, give_all, safe_name, same_name

UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")  # fmt: skip


@given(TEXTS)
def test_a_cleaned_text_holds_nothing_unseen_and_stays_clean(text: str) -> None:
    made = clean(text)
    assert not UNSEEN.search(made)
    assert made == clean(made) == unicodedata.normalize("NFC", made).strip()
    assert "\n" not in one_line(text)
    assert "\n" not in one_paragraph(text)
    made.encode()


def test_lines_of_a_quote_are_joined_as_japanese_is_written() -> None:
    assert one_paragraph("隣で\r\n支える") == "隣で支える"
    assert one_paragraph("customer\nsuccess") == "customer success"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("約束を守る", "約束を守る"),
        ("C#/入門: 50%?", "C＃／入門： 50％？"),
        ("[[x|y]]<b>", "［［x｜y］］＜b＞"),
        ("Talk:x", "Talk：x"),
        ("../秘密", "．．／秘密"),
        ("con", "Con＿"),
        ("nul.txt", "Nul＿.txt"),
        ("iPhoneの話", "IPhoneの話"),
        ("終わり.", "終わり．"),
        ("a_b", "A＿b"),
        ("＿＿目次＿＿", "＿目次＿"),
        ("- 列", "－ 列"),
        ("\u202e逆\x00", "逆"),
        ("\u200b", ""),
    ],
)
def test_marks_that_mean_something_are_written_full_width(title: str, name: str) -> None:
    assert safe_name(title) == name


@given(TEXTS)
def test_a_name_is_good_everywhere(text: str) -> None:
    name = safe_name(text)
    assert not re.search(r'[\x00-\x1f<>:"/\\|?*#\[\]{}^`%&$_~\']', name)
    assert len(name.encode()) <= MAX_NAME_BYTES
    assert name == name.strip() == unicodedata.normalize("NFC", name)
    assert not name.startswith((".", "-", " "))
    assert not name.endswith((".", " "))
    assert not re.match(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", name)
    assert not re.search(r"  |&\w+;|＿＿", name)
    if name and len(name[0].upper()) == 1:
        assert name[0] == name[0].upper()


def test_a_long_title_keeps_its_head_and_differs_from_its_like() -> None:
    one, other = safe_name("長" * 200 + "一"), safe_name("長" * 200 + "二")
    assert one != other
    assert one.startswith("長" * 50)
    assert len(one.encode()) <= MAX_NAME_BYTES


@given(
    st.lists(
        st.sampled_from([*HOSTILE, "約束", "約束", "やくそく", "Ａ", "a", "A", "a b", "a-b", ""]),
        max_size=30,
    )
)
def test_names_are_given_once_and_do_not_change_when_younger_cards_come(titles: list[str]) -> None:
    keyed = [(f"c{n}", title) for n, title in enumerate(titles)]
    names = give_all(keyed, taken=["用語集"])
    assert len({same_name(name) for name in names.values()}) == len(titles)
    assert all(name and same_name(name) != same_name("用語集") for name in names.values())
    older = give_all(keyed[: len(keyed) // 2], taken=["用語集"])
    assert older == {key: names[key] for key in older}


def test_who_comes_later_gets_its_id_behind_the_name() -> None:
    names = Names()
    assert names.give("約束を守る", "c1") == "約束を守る"
    assert names.give("約束を守る", "c2") == "約束を守る（c2）"
    assert names.give("", "c3") == "（題なし）c3"
    assert names.give("CS", "c4") == "CS"
    assert names.give("ｃｓ", "c5") == "ｃｓ（c5）".capitalize()
