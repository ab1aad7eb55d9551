"""Which texts need no search: those without the letters that every match holds."""

from __future__ import annotations

import re

import pytest

from pipeline.literals import literals, may_match


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
