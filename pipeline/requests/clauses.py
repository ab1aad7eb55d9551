"""Cuts a unit into clauses that could each ask something of somebody."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.morph import Token
from pipeline.requests.rules import Rules

# Quotation marks end a piece too: what is quoted is judged like what is said.
_PIECE = re.compile(r"[^。！？\n「」『』]+[。！？」』…]*")
_FINAL_PARTICLES = frozenset(["ね", "よ", "な", "や", "わ", "ぜ", "さ", "ねえ", "なあ"])
_WIDE = (("?", "？"), ("!", "！"), ("｡", "。"), ("､", "、"))
_TRAILING = "。」』… 　、笑ーw"


@dataclass(frozen=True, slots=True)
class Clause:
    """``text`` starts at ``start`` of the unit; ``after`` is what follows it in the unit.

    ``is_final``: the piece ends here, so that casual endings (〜の, 〜て, 〜よう) count as well.
    """

    text: str
    start: int
    after: str
    is_final: bool
    is_unit_end: bool

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def is_asked(self) -> bool:
        """Whether a question mark closes the clause."""
        return self.text.endswith("？")


def widen(text: str) -> str:
    """Make question marks and stops full-width, one code point for one, so that offsets stay."""
    # A table for str.translate looks up every character: 20 times as slow.
    for narrow, wide in _WIDE:
        text = text.replace(narrow, wide)
    return text


def clauses(text: str, rules: Rules) -> list[Clause]:
    """The clauses of a widened unit, in order; a polite question ends a clause wherever it stands."""
    found: list[Clause] = []
    for piece in _PIECE.finditer(text):
        start, end = piece.span()
        body_end = start + len(_body(text[start:end]))
        at = start
        for core in rules.patterns["strong"].finditer(text, start, body_end):
            stop = core.end() + (text[core.end() : core.end() + 1] == "？")
            found.append(_clause(text, at, stop, is_final=stop >= body_end))
            at = stop
        if at < body_end:
            found.append(_clause(text, at, body_end, is_final=True))
    return found


def _body(piece: str) -> str:
    return piece.rstrip(_TRAILING)


def _clause(text: str, start: int, end: int, *, is_final: bool) -> Clause:
    while start < end and text[start] in _TRAILING:
        start += 1
    after = text[end:]
    return Clause(text[start:end], start, after, is_final, not after.strip(_TRAILING + "！？\n"))


@dataclass(frozen=True, slots=True)
class Ending:
    """The last words of a clause, as Sudachi sees them."""

    last: Token | None
    before: Token | None
    particles: str

    def has_form(self, form: str) -> bool:
        """Whether the last word stands in a conjugation form (命令形, 意志推量形)."""
        return self.last is not None and self.last.pos[5].startswith(form)


def ending(clause: Clause, words: Sequence[Token]) -> Ending:
    """The last word of a clause, its final particles and か set apart."""
    inside = [w for w in _within(clause, words) if w.pos[0] not in ("補助記号", "空白")]
    particles = ""
    while (
        inside and inside[-1].pos[0] == "助詞" and inside[-1].surface in (*_FINAL_PARTICLES, "か")
    ):
        particles = inside.pop().surface + particles
    return Ending(
        inside[-1] if inside else None, inside[-2] if len(inside) > 1 else None, particles
    )


def _within(clause: Clause, words: Sequence[Token]) -> Iterator[Token]:
    return (w for w in words if clause.start <= w.start and w.end <= clause.end)
