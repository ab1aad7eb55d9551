"""MediaWiki's markup: plain text that stays text, and links.

Escaped text is made of numeric entities, which MediaWiki shows as the character and never reads as
markup; :func:`unescape` gives the text back (a human's edits too).
"""

from __future__ import annotations

import functools
import html
import re
from urllib.parse import quote

from pipeline.export.clean import clean

# ＿＿目次＿＿ is a command where the wiki speaks Japanese; a colon makes links and definition lists.
# A mark that combines would turn a sign before the text into another: = and U+0338 are ≠.
_MARKUP = re.compile(
    r"[&<>{}\[\]|~'\"_＿=#*:;`\\]|-(?=-)|(?<=-)-|^[-+!]|^[\u0300-\u036f\u3099\u309a\u20d0-\u20ff]"
)
# Numbers behind these words become links of themselves.
_MAGIC = re.compile(r"\b(RFC|PMID|ISBN)(\s)(?=[\s\d-])")
_URL_SAFE = "!$&()*+,-./:;=?@%#"
_BREAK = re.compile(r"<br\s*/?>\s*", re.IGNORECASE)


class Wikitext(str):
    """Markup made on purpose: not escaped again."""

    __slots__ = ()


def escape(text: object) -> Wikitext:
    """A text as wikitext that shows it as it is; lines are kept by ``<br>``."""
    if isinstance(text, Wikitext):
        return text
    lines = clean(str(text)).split("\n")
    return Wikitext("<br>".join(_escape_line(line) for line in lines))


def _escape_line(line: str) -> str:
    line = _MARKUP.sub(lambda found: f"&#{ord(found[0])};", line)
    return _MAGIC.sub(lambda found: f"{found[1]}&#32;", line)


def unescape(wikitext: str) -> str:
    """The plain text behind :func:`escape`."""
    return html.unescape(_BREAK.sub("\n", wikitext)).strip()


def link(title: str, label: str = "") -> Wikitext:
    """A link to a page; of a category or file the page is linked, not used."""
    colon = ":" if title.startswith(("Category:", "File:")) else ""
    return Wikitext(f"[[{colon}{title}|{escape(label or title)}]]")


def external(url: str | None, label: str) -> Wikitext:
    """A link to a web page; the label alone where the address is none of the web's."""
    safe = web_address(url)
    return Wikitext(f"[{safe} {escape(label)}]") if safe else escape(label)


@functools.lru_cache(maxsize=4096)
def web_address(url: str | None) -> str | None:
    """An address of the web with nothing in it that any markup reads; None where it is none."""
    text = clean(url or "")
    if not re.match(r"https?://[^\s/?#]+", text, re.IGNORECASE) or "\n" in text:
        return None
    return quote(text, safe=_URL_SAFE).replace("''", "%27%27").replace("~", "%7E")


def player_address(url: str | None, start_s: float | None) -> str | None:
    """The address that plays an episode from a second on."""
    safe = web_address(url)
    if safe is None or start_s is None:
        return safe
    second = int(start_s)
    bare, _, _ = safe.partition("#")
    host = re.sub(r"^https?://(?:www\.|m\.)?([^/:?]+).*$", r"\1", bare, flags=re.IGNORECASE).lower()
    if host in ("youtube.com", "youtu.be", "open.spotify.com"):
        return f"{bare}{'&' if '?' in bare else '?'}t={second}"
    return f"{bare}#t={second}"  # media fragment: players that do not know it begin at the start
