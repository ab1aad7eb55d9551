"""MediaWiki's XML, version export-0.11, for ``importDump.php`` and Special:Import."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from pipeline import __version__
from pipeline.export.clean import one_line
from pipeline.export.pages import Page

_NAMESPACE = "http://www.mediawiki.org/xml/export-0.11/"
_NAMESPACES = {
    -2: "Media", -1: "Special", 0: "", 1: "Talk", 2: "User", 3: "User talk", 4: "Project",
    5: "Project talk", 6: "File", 7: "File talk", 8: "MediaWiki", 9: "MediaWiki talk",
    10: "Template", 11: "Template talk", 12: "Help", 13: "Help talk", 14: "Category",
    15: "Category talk",
}  # fmt: skip
# No user of the wiki: it imports such names as `imported>Bansou`.
_CONTRIBUTOR = "Bansou"
_MAX_KEY_CHARS = 400  # a summary has room for 500


def make_dump(pages: Iterable[Page], *, sitename: str = "知識カード") -> bytes:
    """A dump of pages.

    Ids are numbers in the order of the pages; a wiki gives its own on import. The timestamp of a
    revision is when its content last changed, so importing the same dump again adds nothing.

    Args:
        pages: from :func:`pipeline.export.pages.pages`.
        sitename: shown nowhere but in the file.

    Returns:
        UTF-8, valid against the schema export-0.11.
    """
    root = (
        f'<mediawiki xmlns="{_NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="{_NAMESPACE} http://www.mediawiki.org/xml/export-0.11.xsd" '
        'version="0.11" xml:lang="ja">'
    )
    lines = [
        root,
        "  <siteinfo>",
        f"    <sitename>{escape(sitename)}</sitename>",
        f"    <generator>bansou {escape(__version__)}</generator>",
        "    <case>first-letter</case>",
        "    <namespaces>",
        *(
            f'      <namespace key="{key}" case="first-letter">{name}</namespace>'
            for key, name in _NAMESPACES.items()
        ),
        "    </namespaces>",
        "  </siteinfo>",
    ]
    for number, page in enumerate(pages, start=1):
        lines += _page(number, page)
    return "\n".join([*lines, "</mediawiki>", ""]).encode()


def _page(number: int, page: Page) -> list[str]:
    size, sha1 = len(page.text.encode()), page.sha1
    return [
        "  <page>",
        f"    <title>{escape(page.title)}</title>",
        f"    <ns>{page.namespace}</ns>",
        f"    <id>{number}</id>",
        "    <revision>",
        f"      <id>{number}</id>",
        f"      <timestamp>{stamp(page.changed_at)}</timestamp>",
        f"      <contributor><username>{_CONTRIBUTOR}</username><id>0</id></contributor>",
        f"      <comment>{escape(comment_of(page))}</comment>",
        f"      <origin>{number}</origin>",
        f"      <model>{page.model}</model>",
        f"      <format>{page.format}</format>",
        f'      <text bytes="{size}" sha1={quoteattr(sha1)} xml:space="preserve">{escape(page.text)}</text>',
        f"      <sha1>{sha1}</sha1>",
        "    </revision>",
        "  </page>",
    ]


def comment_of(page: Page) -> str:
    """The summary of an edit: what the page is of, and of a card which content."""
    version = f" {page.content_sha256[:12]}" if page.content_sha256 else ""
    return f"bansou {one_line(page.key)[:_MAX_KEY_CHARS]}{version}"


def stamp(moment: datetime) -> str:
    """A moment as MediaWiki writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
