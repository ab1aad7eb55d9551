"""The colours of pages, light and dark; ``tests/report/test_report_palette.py`` computes their contrast."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.schema import TAGS

# name → (light, dark). What stands on what is listed in TEXT_ON and SHAPE_ON.
COLOURS: Mapping[str, tuple[str, str]] = {
    "paper": ("#ffffff", "#15171a"), "panel": ("#f3f4f7", "#202329"), "ink": ("#1b1c20", "#e8e8ea"),
    "muted": ("#55575f", "#aeb1b9"), "rule": ("#d5d7de", "#3a3e47"), "edge": ("#767a85", "#8a8f9b"),
    "link": ("#0a58a8", "#8ec5ff"), "now": ("#fff1bd", "#4a3d10"), "hit": ("#ffd766", "#7a5200"),
    "here": ("#ffab40", "#8f4f00"), "evidence": ("#dcebff", "#1f3d5c"),
    "fix": ("#8a5a00", "#f0c469"), "warn": ("#8c1d18", "#ffb4ab"),
    "opinion": ("#0b6b4f", "#7fdcb8"), "answer": ("#6a4a00", "#f0cb7a"), "action": ("#9c2b2b", "#ffb0a8"),
    "bansou": ("#0072b2", "#56b4e9"), "daisou": ("#c94f00", "#ff9a57"), "jisou": ("#00815f", "#2fc79a"),
    "roles": ("#6b5bb3", "#b5a7f2"), "signal": ("#a3195b", "#f48bc0"), "trust": ("#8a6d00", "#e3c341"),
    "craft": ("#5f6368", "#b0b4ba"),
}  # fmt: skip

# Text colour → grounds it stands on: WCAG AA asks for 4.5.
TEXT_ON: Mapping[str, tuple[str, ...]] = {
    "ink": ("paper", "panel", "now", "hit", "here", "evidence"),
    "muted": ("paper", "panel", "now"), "link": ("paper", "panel", "now"),
    "opinion": ("paper", "panel", "now"), "answer": ("paper", "panel", "now"),
    "action": ("paper", "panel", "now"), "warn": ("paper", "panel"), "paper": ("ink",),
}  # fmt: skip
# Shapes one must see to understand or use the page: 3.
SHAPE_ON: Mapping[str, tuple[str, ...]] = {
    "edge": ("paper", "panel"), "link": ("paper", "panel"), "fix": ("paper", "now"),
    **dict.fromkeys(
        ("bansou", "daisou", "jisou", "roles", "signal", "trust", "craft"), ("paper", "panel")
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """Tags that share a colour; a tag's name always stands beside it.

    Attributes:
        row: the row of tags it stands in, by what readers call it.
    """

    id: str
    row: str


GROUPS: tuple[Group, ...] = (
    Group("bansou", "走り方"), Group("daisou", "走り方"), Group("jisou", "走り方"), Group("roles", "関わり方"),
    Group("signal", "兆候"), Group("trust", "信頼"), Group("craft", "進め方"),
)  # fmt: skip
_ROLES = frozenset(("balance", "scope", "flat", "oneteam", "candor", "position"))


def group_of(tag: str) -> str:
    """The colour group of a tag."""
    head = tag.partition(".")[0]
    if head in {"bansou", "daisou", "jisou", "signal", "trust"}:
        return head
    return "roles" if head in _ROLES else "craft"


def in_order(tags: set[str]) -> list[str]:
    """Tags in the order of their groups, then of the taxonomy."""
    ids = [group.id for group in GROUPS]
    return sorted(tags, key=lambda tag: (ids.index(group_of(tag)), TAGS.index(tag)))


def in_rows(tags: set[str]) -> list[tuple[str, list[str]]]:
    """Tags by row, in order; rows without any left out."""
    rows: dict[str, list[str]] = {group.row: [] for group in GROUPS}
    names = {group.id: group.row for group in GROUPS}
    for tag in in_order(tags):
        rows[names[group_of(tag)]].append(tag)
    return [(name, found) for name, found in rows.items() if found]


def stylesheet() -> str:
    """The colours as CSS variables, and a rule a tag group."""
    light, dark = (
        "".join(f"--{name}:{pair[at]};" for name, pair in COLOURS.items()) for at in (0, 1)
    )
    groups = "".join(f".g-{group.id}{{--tag:var(--{group.id})}}\n" for group in GROUPS)
    return (
        f":root{{color-scheme:light dark;{light}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
        f"{groups}"
    )


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours as WCAG 2 defines it, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
