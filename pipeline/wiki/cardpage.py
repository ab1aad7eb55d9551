"""Reads a card's page as people left it: the parameters of its template, and what stands around it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.export.wikipages import TEMPLATE
from pipeline.export.wikitext import unescape

# Parameter → what of a card it is; the rest is made by the pipeline.
EDITABLE: Mapping[str, str] = {"主張": "title", "本文": "body", "種類": "kind", "タグ": "tags"}
CARD_ID = "番号"
_OPEN, _CLOSE = ("{{", "[["), ("}}", "]]")
_CALL = re.compile(r"\{\{\s*(?:Template:|テンプレート:)?" + TEMPLATE + r"\s*(?=[|}])")
_LINK = re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]*)\]\]")
_EMPHASIS = re.compile(r"'{2,5}")
# As MediaWiki reads it: a comment that ends nowhere goes on to the end.
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_MARKUP = re.compile(r"\{\{|\}\}|<[a-zA-Z/]|\[(?:https?:)?//|\[\[|\]\]|^[*#:;=]|^\{\||~{3}", re.MULTILINE)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CardPage:
    """A card's page taken apart.

    Attributes:
        parameters: of the template, as they stand there.
        around: the text before and after it.
    """

    parameters: Mapping[str, str]
    around: tuple[str, str]

    @property
    def card_id(self) -> str:
        return unescape(self.parameters.get(CARD_ID, ""))

    def rest(self, *without: str) -> tuple[object, ...]:
        """All that is not to be edited here, for telling whether it was."""
        others = {
            k: v for k, v in self.parameters.items() if k not in EDITABLE and k not in without
        }
        return (others, tuple(part.strip() for part in self.around))


class NoCardError(Exception):
    """The page does not show a card any more, or shows it in a way that cannot be read."""


def read_card_page(text: str) -> CardPage:
    """Take a card's page apart.

    Raises:
        NoCardError: the template is not there, or not closed.
    """
    found = _CALL.search(text)
    if found is None:
        raise NoCardError(f"its template {TEMPLATE} is gone")
    parts, end = _split(text, found.end())
    parameters = {}
    for part in parts:
        name, sign, value = part.partition("=")
        if sign:
            parameters[name.strip()] = value.strip()
    return CardPage(parameters, (text[: found.start()], text[end:]))


def plain_text(wikitext: str) -> str:
    """What a reader sees of a parameter: links by their labels, no bold and italics, lines kept.

    Raises:
        NoCardError: it holds markup that a card cannot.
    """
    text = _EMPHASIS.sub("", _LINK.sub(r"\1", _COMMENT.sub("", wikitext)))
    if odd := _MARKUP.search(_BREAK.sub("\n", text)):
        raise NoCardError(f"it holds markup that a card cannot ({odd[0]})")
    return unescape(text)


def _split(text: str, at: int) -> tuple[list[str], int]:
    """The parts of a call between its bars, and where it ends; bars of links and calls within do not count."""
    parts, start, depth = [], at, 0
    while at < len(text):
        pair = text[at : at + 2]
        if depth == 0 and pair == "}}":
            parts.append(text[start:at])
            return parts[1:], at + 2
        if pair in _OPEN:
            depth, at = depth + 1, at + 2
        elif pair in _CLOSE and depth:
            depth, at = depth - 1, at + 2
        else:
            if text[at] == "|" and depth == 0:
                parts.append(text[start:at])
                start = at + 1
            at += 1
    raise NoCardError(f"its template {TEMPLATE} is not closed")
