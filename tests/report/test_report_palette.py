"""Contrast of the pages' colours, computed as WCAG 2 defines it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.report.palette import (
    COLOURS,
    GROUPS,
    SHAPE_ON,
    TEXT_ON,
    contrast,
    group_of,
    in_order,
    in_rows,
    stylesheet,
)
from pipeline.schema import TAGS

TEMPLATES = Path(__file__).parents[2] / "pipeline" / "report" / "templates"


def test_the_formula_gives_what_the_standard_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#123456", "#123456") == 1


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("front", "ground"), [(front, ground) for front, on in TEXT_ON.items() for ground in on]
)
def test_text_meets_aa(front: str, ground: str, mode: int) -> None:
    assert contrast(COLOURS[front][mode], COLOURS[ground][mode]) >= 4.5


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("front", "ground"), [(front, ground) for front, on in SHAPE_ON.items() for ground in on]
)
def test_shapes_meet_aa(front: str, ground: str, mode: int) -> None:
    assert contrast(COLOURS[front][mode], COLOURS[ground][mode]) >= 3


def test_every_text_colour_of_the_stylesheet_was_looked_at() -> None:
    css = "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in ("page.css", "print.css"))  # fmt: skip
    used = set(re.findall(r"(?<![-\w])color:var\(--([a-z]+)\)", css))
    assert used <= set(TEXT_ON)
    assert set(re.findall(r"background(?:-color)?:var\(--([a-z]+)\)", css)) <= {
        ground for grounds in TEXT_ON.values() for ground in grounds
    } | {"tag"}  # fmt: skip
    assert not re.search(r"(?<!&)#[0-9a-f]{6}\b", css)


def test_every_tag_has_a_colour_and_a_row() -> None:
    ids = {group.id for group in GROUPS}
    assert {group_of(tag) for tag in TAGS} == ids
    assert sorted(tag for _, found in in_rows(set(TAGS)) for tag in found) == sorted(TAGS)
    assert in_order({"fit", "jisou", "bansou"}) == ["bansou", "jisou", "fit"]


def test_the_stylesheet_has_both_modes() -> None:
    css = stylesheet()
    assert "prefers-color-scheme:dark" in css
    for light, dark in COLOURS.values():
        assert light in css
        assert dark in css
