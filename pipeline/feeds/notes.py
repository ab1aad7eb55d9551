"""Show notes: the text of a piece of HTML, line by line, links kept where they say more."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = frozenset(("p", "br", "div", "li", "ul", "ol", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "blockquote", "pre"))  # fmt: skip
_SILENT = frozenset(("script", "style", "template"))
_MOST_CHARS = 50_000


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0
        self._href = ""
        self._linked = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in _SILENT
        if tag in _BLOCKS:
            self.parts.append("\n- " if tag == "li" else "\n")
        if tag == "a":
            self._href, self._linked = (dict(attrs).get("href") or "").strip(), ""

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in _SILENT))
        if tag in _BLOCKS:
            self.parts.append("\n")
        if tag == "a":
            if self._href.startswith(("http://", "https://")) and self._href not in self._linked:
                self.parts.append(f" ({self._href})")
            self._href = ""

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._linked += data
            self.parts.append(re.sub(r"\s+", " ", data))


def text_of(notes: str) -> str:
    """The text of show notes, whether they are HTML or plain.

    Args:
        notes: as the feed has them.

    Returns:
        Lines without outer white space, at most one empty one in a row, 50,000 characters at most.
    """
    notes = notes[: 4 * _MOST_CHARS]
    if re.search(r"<[a-zA-Z/!][^<>]*>|&[#a-zA-Z0-9]{2,8};", notes):
        reader = _Text()
        reader.feed(notes)
        reader.close()
        notes = "".join(reader.parts)
    lines = [
        " ".join(printable(line).split())
        for line in re.split(r"[\r\n\x0b\x0c\x85\u2028\u2029]", notes)
    ]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return text if len(text) <= _MOST_CHARS else text[:_MOST_CHARS].rstrip() + " …"


def printable(text: str) -> str:
    """A text without control characters and marks that turn the direction of writing."""
    return "".join(
        c if c.isprintable() or c in "\t\u3000" else " " for c in text if c not in _TURNS
    )


_TURNS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u200b")
