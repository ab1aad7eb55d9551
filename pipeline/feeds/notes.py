"""Show notes: the text of a piece of HTML, line by line, links kept where they say more."""

from __future__ import annotations

import html
import re

_BLOCKS = frozenset(("p", "br", "div", "li", "ul", "ol", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "blockquote", "pre"))  # fmt: skip
_SILENT = frozenset(("script", "style", "template"))
_MOST_CHARS = 50_000


# Every piece ends at the next "<" at the latest, so that no text takes longer than its length; the standard
# library's parser needs minutes for a small text made to hurt it. What ends nowhere is no markup.
_TAG = re.compile(
    r"""<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*)(?P<rest>(?:[^<>"']|"[^"<]*"|'[^'<]*')*|[^<>]*)>"""
)
_UNSEEN = re.compile(r"<!--.*?(?:-->|\Z)|<[!?][^<>]*>", re.DOTALL)
_HREF = re.compile(r"""(?:^|\s)href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"']+))""", re.IGNORECASE)


class _Text:
    """Collects what a reader of a page would see."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._silent = 0
        self._href = ""
        self._linked: list[str] = []

    def read(self, notes: str) -> str:
        notes = _UNSEEN.sub("", notes)
        at = 0
        for tag in _TAG.finditer(notes):
            self._data(notes[at : tag.start()])
            self._tag(tag["name"].lower(), tag["rest"], is_end=bool(tag["end"]))
            at = tag.end()
        self._data(notes[at:])
        return "".join(self.parts)

    def _tag(self, name: str, rest: str, *, is_end: bool) -> None:
        if name in _SILENT:
            self._silent = max(0, self._silent + (-1 if is_end else 1))
        if name in _BLOCKS:
            self.parts.append("\n- " if name == "li" and not is_end else "\n")
        if name == "a" and is_end:
            is_new = self._href not in "".join(self._linked)
            if self._href.startswith(("http://", "https://")) and is_new:
                self.parts.append(f" ({self._href})")
            self._href = ""
        elif name == "a":
            found = _HREF.search(rest)
            self._href = (
                html.unescape(next(filter(None, found.groups()), "")).strip() if found else ""
            )
            self._linked = []

    def _data(self, data: str) -> None:
        if data and not self._silent:
            text = html.unescape(data)
            self._linked.append(text)
            self.parts.append(re.sub(r"\s+", " ", text))


def text_of(notes: str) -> str:
    """The text of show notes, whether they are HTML or plain.

    Args:
        notes: as the feed has them.

    Returns:
        Lines without outer white space, at most one empty one in a row, 50,000 characters at most.
    """
    notes = notes[: 4 * _MOST_CHARS]
    if re.search(r"<[a-zA-Z/!][^<>]*>|&[#a-zA-Z0-9]{2,8};", notes):
        notes = _Text().read(notes)
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
