"""What a reader sees of a wiki's pages, and whether anything on them is odd."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

from pipeline.export import Page
from pipeline.export.corpus import Card

_VOID = {"br", "hr", "img"}
_OF_A_CARD = {"div", "p", "blockquote", "a", "br"}


class Shown(HTMLParser):
    """What a reader sees of a card, by part, and the elements it is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: dict[str, str] = {}
        self.elements: set[str] = set()
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        if tag in _VOID:
            self.handle_data(" ")
        else:
            self._open.append(dict(attrs).get("class") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        for name in ("claim", "body", "quote", "speaker"):
            if f"bansou-card-{name}" in self._open:
                self.parts[name] = self.parts.get(name, "") + data


def assert_whole(page: Page, parsed: Mapping[str, Any]) -> None:
    """A page as it was meant: its text, no red link, no raw template, nothing that it should not use."""
    assert parsed["wikitext"] == page.text, page.title
    # The wiki names namespaces in its own language.
    assert parsed["title"].split(":")[-1] == page.title.split(":")[-1]
    missing = [x for x in parsed["links"] + parsed["templates"] if not x["exists"]]
    assert not missing, page.title
    assert not [x for x in parsed["categories"] if x.get("missing")], page.title
    odd = [parsed[name] for name in ("images", "properties", "parsewarnings")]
    assert not any(odd), page.title
    assert all(x.startswith("https://example.com/") for x in parsed["externallinks"]), page.title
    html = parsed["text"]
    assert "redlink=1" not in html, page.title
    assert 'class="new"' not in html, page.title
    assert "<script" not in html, page.title
    if page.kind == "card":
        assert not re.search(r"\{\{\{|\{\{知識カード", html), page.title


def assert_shows(card: Card, html: str) -> None:
    """A card's page says what the card says, letter by letter, and is made of nothing but its box."""
    shown = Shown()
    shown.feed(html)
    assert shown.elements <= _OF_A_CARD, card.title
    assert _flat(shown.parts["claim"]) == _flat(card.title)
    assert _flat(shown.parts.get("body", "")) == _flat(card.shown_body)
    assert f"「{_flat(card.quote)}" in _flat(shown.parts["quote"])
    assert f"話者：{_flat(card.speaker)}" in _flat(shown.parts["speaker"])


def _flat(text: str) -> str:
    return " ".join(text.split())
