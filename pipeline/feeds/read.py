"""A feed's bytes read: RSS or Atom by feedparser, the podcast namespace beside it."""

from __future__ import annotations

import calendar
import codecs
import datetime as dt
import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any
from xml.etree.ElementTree import ParseError

from pipeline.errors import SourceError, first_line
from pipeline.feeds.address import FeedError, join, path_of, shown
from pipeline.feeds.items import Extras, Feed, Item, Link, without_shared_guids
from pipeline.feeds.notes import printable, text_of
from pipeline.feeds.podcast import read_extras
from pipeline.sources import AUDIO_SUFFIXES, decode_text
from pipeline.sources.rawfile import is_html

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*?\?>")
_ENCODING = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._-]{1,40})", re.IGNORECASE)
_BOMS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ALTERNATE = re.compile(
    r"<link\b(?=[^>]*application/(?:rss|atom)\+xml)[^>]*href\s*=\s*[\"']([^\"'<>]+)", re.IGNORECASE
)
_OFFSET = re.compile(r"(?<=\d)\s*([+-])(\d{2}):?(\d{2})$")
# Of a document type and its like; marks for comments and plain text aside.
_DECLARES = re.compile(rb"<!(?!--|\[CDATA\[)")
_MOST_MARKS = 1_000_000  # what is read takes about half a kilobyte of memory for each
_MOST_TITLE = 300
_MOST_GUID = 500


def read_feed(data: bytes, *, url: str, content_type: str = "") -> Feed:
    """Read RSS 2.0, RSS 1.0 or Atom with the podcast namespace.

    Args:
        data: the feed, unpacked.
        url: where it came from, for relative links and messages.
        content_type: the header, for its charset.

    Raises:
        FeedError: no feed, or one that declares a document type or entities.
    """
    text = _decode(data, url, content_type)
    if is_html(text[:2000].encode()):
        there = _ALTERNATE.search(text)
        hint = f"it names the feed {shown(join(url, there[1]))}" if there else "look there for its RSS address"  # fmt: skip
        raise FeedError(f"{shown(url)}: is a web page, not a feed; {hint}")
    xml = _DECLARATION.sub("", text, count=1).encode("utf-8", "replace")
    if xml.count(b"<") > _MOST_MARKS:
        raise FeedError(
            f"{shown(url)}: holds more than a million tags, which no podcast needs; check the address"
        )
    extras, warnings = _extras(xml, url)
    parsed = _parsed(xml, url)
    if not parsed.get("version") and not parsed.entries:
        raise FeedError(f"{shown(url)}: is no RSS or Atom feed; check the address")
    if extras is None or len(extras) != len(parsed.entries):
        if extras:
            warnings.append("its items cannot be told apart; persons and transcripts are left out")
        extras = [Extras()] * len(parsed.entries)
    items, shared = without_shared_guids(list(_items(parsed.entries, extras, url)))
    return Feed(
        url=url,
        title=_line(parsed.feed.get("title", "")),
        language=parsed.feed.get("language") or None,
        items=tuple(items),
        warnings=(*warnings, *shared),
    )


def _parsed(xml: bytes, url: str) -> Any:
    import feedparser

    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    try:
        return feedparser.parse(
            xml, response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:  # of what is no XML its parser throws whatever comes up
        raise FeedError(
            f"{shown(url)}: cannot be read as a feed ({first_line(error)}); check the address"
        ) from error


def _extras(xml: bytes, url: str) -> tuple[list[Extras] | None, list[str]]:
    from defusedxml import DefusedXmlException

    try:
        return read_extras(xml, url), []
    except DefusedXmlException as error:
        raise _refused(url) from error
    except (ParseError, LookupError, ValueError) as error:  # or an encoding that it cannot read
        # What is not well-formed is read tolerantly, by a parser that must not meet entities either.
        if _DECLARES.search(xml):
            raise _refused(url) from error
        warning = (
            f"is no well-formed XML ({first_line(error)}); read as well as it goes, without "
            "persons, transcripts and chapters"
        )
        return None, [warning]


def _refused(url: str) -> FeedError:
    return FeedError(
        f"{shown(url)}: declares a document type, by which a small file can grow without end or "
        "read files of this machine; it is refused, ask its publisher for a plain feed"
    )


def _decode(data: bytes, url: str, content_type: str) -> str:
    declared = _ENCODING.search(data[:400])
    named = _CHARSET.search(content_type)
    names = [declared[1].decode() if declared else "", named[1] if named else "", "utf-8"]
    if not data.startswith(_BOMS):
        for name in names:
            try:
                return data.decode(name) if name else _no_name()
            except (LookupError, ValueError):
                continue
    try:
        return decode_text(data, Path("feed"))[0]
    except SourceError as error:
        raise FeedError(
            f"{shown(url)}: is no text in an encoding that is known; check the address"
        ) from error


def _no_name() -> str:
    raise LookupError


def _items(entries: Sequence[Any], extras: Sequence[Extras], url: str) -> Iterator[Item]:
    for entry, more in zip(entries, extras, strict=True):
        media = _media(entry, url)
        if media is None:
            continue
        guid = printable(str(entry.get("id") or "")).strip()[:_MOST_GUID] or None
        link = str(entry.get("link") or "").strip()
        bodies = [c.get("value", "") for c in entry.get("content", ())]
        bodies.append(entry.get("summary", ""))
        yield Item(
            guid=guid,
            title=_line(entry.get("title", "")) or _name_of(media.url),
            published_at=_moment(entry),
            link=join(url, link) if link and link != media.url else None,
            notes=max((text_of(body) for body in bodies if body), key=len, default=""),
            media=media,
            extras=more,
        )


def _media(entry: Any, url: str) -> Link | None:
    """The first enclosure that is audio or video by its type or its name."""
    for found in (*entry.get("enclosures", ()), *entry.get("media_content", ())):
        href = str(found.get("href") or found.get("url") or "").strip()
        kind = str(found.get("type") or "").lower()
        if not href:
            continue
        suffix = PurePosixPath(path_of(href)).suffix.lower()
        if kind.startswith(("audio/", "video/")) or suffix in AUDIO_SUFFIXES:
            return Link(join(url, href), kind)
    return None


def _moment(entry: Any) -> dt.datetime | None:
    parsed = entry.get("published_parsed") or entry.get("updated_parsed")
    try:
        if not parsed:
            return None
        moment = dt.datetime.fromtimestamp(calendar.timegm(parsed), dt.UTC)
        offset = _offset(str(entry.get("published") or entry.get("updated") or ""))
        return moment.astimezone(offset)
    except (ValueError, OverflowError, OSError, TypeError):
        return None


def _offset(written: str) -> dt.tzinfo:
    """The offset that a date ends with, such as +0900 or +09:00; UTC where it names none."""
    match = _OFFSET.search(written)
    if match is None or int(match[2]) > 23:
        return dt.UTC
    sign, hours, minutes = match.groups()
    delta = dt.timedelta(hours=int(hours), minutes=int(minutes))
    return dt.timezone(-delta if sign == "-" else delta)


def _line(text: str) -> str:
    return " ".join(text_of(str(text)).split())[:_MOST_TITLE]


def _name_of(url: str) -> str:
    return _line(PurePosixPath(path_of(url)).stem) or "untitled"
