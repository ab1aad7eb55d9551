"""Which texts need no search: those without the letters that every match holds."""

from __future__ import annotations

import re

import pytest

from pipeline.literals import last_characters, literal_sets, literals, may_match


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        (r"(?:と|って)思(?:う|った)$", "そうだと思う", "そうだという"),
        (r"(?<=[うくす])かも$", "続くかも", "続くのか"),
        (r"(?:会議|打ち合わせ)(?:の前)?に", "打ち合わせに出る", "会場で会う"),
        (r"な(?=る)", "静かになる", "静かに待つ"),
    ],
)
def test_a_text_without_them_has_no_match(pattern: str, matching: str, other: str) -> None:
    needed = literals(pattern)
    assert needed
    assert re.search(pattern, matching)
    assert may_match(needed, matching)
    assert not may_match(needed, other)


@pytest.mark.parametrize(
    ("pattern", "matching"),
    [
        (r"[、。\s]+$", "。"),
        (r"(?P<who>誰|何)か", "誰か"),
        (r"(?i:SLA)を", "slaを"),
        (r"\u4f34走", "伴走"),
        (r"(ね)え\1", "ねえね"),
        (r"[「」\]）]と", "」と"),
    ],
)
def test_where_nothing_is_known_any_text_may_match(pattern: str, matching: str) -> None:
    assert re.search(pattern, matching)
    assert may_match(literals(pattern), matching)


@pytest.mark.parametrize(
    ("pattern", "endings"),
    [
        (r"(?<=[うくす])かも$", "も"),
        (r"と思(?:う|った|って(?:い)?る)?$", "うたる思"),
        (r"[がし]$", "がし"),
        (r"(?:ね|よ)?さ*(?=。)", ""),  # may be empty
        (r"[^、]か", "か"),
        (r"か[^、]", ""),
        (r"か\s+", ""),
        (r"か[ァ-ヶ]?", ""),
        (r"です(?!か)", "す"),
    ],
)
def test_how_a_match_may_end(pattern: str, endings: str) -> None:
    assert last_characters(pattern) == frozenset(endings)


@pytest.mark.parametrize(
    "pattern",
    [r"(?:担当|先生)(?:を|が)[^。]{0,9}(?:替え|変え)", r"聞(?:いた|かれ)のに、?答え", r"上|下"],
)
@pytest.mark.parametrize(
    "text", ["担当が急に替え", "先生を変え", "聞かれのに答え", "聞いたのに、答え", "上", "右下"]
)
def test_a_match_holds_one_of_each_set(pattern: str, text: str) -> None:
    found = re.search(pattern, text)
    if found:
        assert all(any(one in found[0] for one in needed) for needed in literal_sets(pattern))
        chars = last_characters(pattern)
        assert not chars or found[0][-1] in chars


def test_each_part_of_a_pattern_gives_a_set() -> None:
    assert {frozenset(one) for one in literal_sets(r"(?:担当|先生)が…(?:替え|変え)")} == {
        frozenset({"担当", "先生"}),
        frozenset({"が"}),
        frozenset({"替え", "変え"}),
    }
