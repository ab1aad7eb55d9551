"""Markdown that shows a text as it is, in every reader: what has a meaning there becomes an entity.

Entities are never markup (CommonMark 6.2), while a backslash is not known to the extensions that wikis
add: Obsidian's ``%%`` and ``#tags``, GROWI's ``$lsx()``, ``:emoji:``, ``@mentions``, formulas.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from pipeline.export.clean import clean

_MARKUP = re.compile(
    r"[&<>\[\]{}|\\`*_~#$^=\"'@!]|:(?!\d)|(?<!\d):|%(?=%)|(?<=%)%|\((?=[crtpCRTP]+\))"
)
# A mark that combines must not change the sign before the text.
_HEAD = re.compile(r"^([-+\u0300-\u036f\u3099\u309a\u20d0-\u20ff])|^(\d{1,9})([.)])")


class Markdown(str):
    """Markup made on purpose: not escaped again."""

    __slots__ = ()


def escape(text: object) -> Markdown:
    """A text as Markdown that shows it as it is; lines are kept by ``<br>``."""
    if isinstance(text, Markdown):
        return text
    return Markdown("<br>".join(_escape_line(line) for line in clean(str(text)).split("\n")))


def _escape_line(line: str) -> str:
    line = _MARKUP.sub(lambda found: _entity(found[0]), line)
    return _HEAD.sub(
        lambda found: _entity(found[1]) if found[1] else f"{found[2]}{_entity(found[3])}", line
    )


def _entity(mark: str) -> str:
    return f"&#{ord(mark)};"


def link(target: str, label: str) -> Markdown:
    """An inline link; ``target`` is a path of plain text, or an address already made safe."""
    safe = target if re.match(r"https?://", target) else quote(target, safe="/")
    return Markdown(f"[{escape(label)}]({safe.replace('(', '%28').replace(')', '%29')})")


def wikilink(name: str, label: str) -> Markdown:
    """Obsidian's link by a file's name."""
    shown = clean(label).replace("\n", " ")
    # Within [[ ]] nothing can be escaped, so what would end the link is written full-width.
    for mark in "[]|#^\\`<>$%*_~=":
        shown = shown.replace(mark, chr(ord(mark) + 0xFEE0))
    return Markdown(f"[[{name}]]" if shown == name or not shown else f"[[{name}|{shown}]]")
