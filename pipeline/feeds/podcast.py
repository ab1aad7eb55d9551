"""The podcast namespace, which feed parsers know too little of: persons, transcripts, chapters.

The strict XML parser here is also the guard at the door: a document type, with the entities that it
could declare, is refused before anything else reads the feed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pipeline.feeds.address import FeedError, join, shown
from pipeline.feeds.items import Chapter, Extras, Link

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_PODCAST = frozenset(
    f"{{{name}}}"
    for name in (
        "https://podcastindex.org/namespace/1.0",
        "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md",
        "https://github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md",
    )
)
_CHAPTERS = frozenset(
    ("{http://podlove.org/simple-chapters}", "{http://podlove.org/simple-chapters/}")
)
_ITEMS = frozenset(("item", "entry"))
_HOSTS = frozenset(("host", "co-host", ""))
_MOST_NAMED = 100  # persons, transcripts: more is no episode
_MOST_ATTRIBUTES = 500  # the feed parser takes time with the square of them
_TIME = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,2}):)?(\d{1,6}(?:\.\d{1,6})?)")


def read_extras(xml: bytes, base: str) -> list[Extras]:
    """What the podcast namespace and Podlove's chapters say, item by item in the order of the feed.

    Args:
        xml: UTF-8.
        base: the feed's address, for relative links.

    Raises:
        FeedError: an element with attributes without end.
        defusedxml.DefusedXmlException: a document type, entities or external references.
        xml.etree.ElementTree.ParseError: no well-formed XML.
    """
    from defusedxml.ElementTree import iterparse

    found: list[Extras] = []
    hosts: tuple[str, ...] = ()
    depth, top_persons = 0, []
    for event, element in iterparse(io.BytesIO(xml), ("start", "end"), forbid_dtd=True):
        is_item = _local(element) in _ITEMS
        if event == "start":
            depth += is_item
            if len(element.attrib) > _MOST_ATTRIBUTES:
                raise FeedError(
                    f"{shown(base)}: an element of it has more than {_MOST_ATTRIBUTES} attributes, which no feed "
                    "needs; check the address"
                )
            continue
        if is_item:
            depth -= 1
            found.append(_extras(element, base))
            element.clear()
        elif not depth and _is(element, _PODCAST, "person"):
            top_persons.append(element)
    hosts = tuple(name for name, role in _persons(top_persons) if role in _HOSTS)
    return [
        e if e.hosts or e.guests else Extras(e.guests, hosts, e.transcripts, e.chapters_url, e.chapters)
        for e in found
    ]  # fmt: skip


def _extras(item: Element, base: str) -> Extras:
    persons = list(_persons([e for e in item if _is(e, _PODCAST, "person")]))
    chapters_url = next(
        (e.get("url") for e in item if _is(e, _PODCAST, "chapters") and e.get("url")), None
    )
    return Extras(
        guests=_unique(name for name, role in persons if role == "guest"),
        hosts=_unique(name for name, role in persons if role in _HOSTS),
        transcripts=tuple(
            Link(join(base, e.get("url", "")), e.get("type", "").lower(), e.get("language", ""))
            for e in item
            if _is(e, _PODCAST, "transcript") and e.get("url")
        )[:_MOST_NAMED],
        chapters_url=join(base, chapters_url) if chapters_url else None,
        chapters=tuple(_chapters(item)),
    )


def _persons(elements: Sequence[Element]) -> Iterator[tuple[str, str]]:
    for element in elements[:_MOST_NAMED]:
        name = " ".join("".join(element.itertext()).split())
        # Without a role a person is a host, without a group one of the cast.
        if name and element.get("group", "cast").strip().lower() == "cast":
            yield name, element.get("role", "host").strip().lower()


def _chapters(item: Element) -> Iterator[Chapter]:
    for element in item.iter():
        if not _is(element, _CHAPTERS, "chapter"):
            continue
        match = _TIME.fullmatch(element.get("start", "").strip())
        title = " ".join(element.get("title", "").split())
        if match and title:
            hours, minutes, seconds = match.groups()
            yield Chapter(int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(seconds), title)


def _unique(names: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _is(element: Element, namespaces: frozenset[str], name: str) -> bool:
    space, _, local = str(element.tag).rpartition("}")
    return local == name and f"{space}}}" in namespaces
