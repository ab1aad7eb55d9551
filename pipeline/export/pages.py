"""The pages of a wiki. This is the model that both the dump (``bansou export mediawiki``) and the
client that pushes (``pipeline.wiki``) take pages from: one text, one title, one hash for both.

A page's title is stable: it changes only when its card's or episode's title does. The oldest card of a
title keeps it, a younger one gets its id behind it. Map pages by ``key``, never by title.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pipeline.config import Settings
from pipeline.export.corpus import Corpus
from pipeline.export.read import ExportError, read_corpus
from pipeline.store import Store

Kind = Literal["card", "episode", "tag", "glossary", "index", "category", "template", "style"]

DEFAULT_PREFIX = "知識カード/"
_MAX_PREFIX_BYTES = 50
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class PageOptions:
    """How pages are made.

    Attributes:
        prefix: what every title begins with: ``知識カード/``, a namespace the wiki has
            (``Knowledge:``), or nothing.
        templatestyles: the wiki has the extension TemplateStyles: a stylesheet adds dark mode and small
            screens to the styles that stand in the template itself.
        samples: also the samples that come with the project.
    """

    prefix: str = DEFAULT_PREFIX
    templatestyles: bool = False
    samples: bool = False

    def __post_init__(self) -> None:
        odd = set(self.prefix) & set("#<>[]|{}_＿~%&\"'`\\") or not self.prefix.isprintable()
        if odd or self.prefix != self.prefix.strip() or self.prefix.startswith((":", "/", ".")):
            raise ExportError(
                f"prefix {self.prefix!r} cannot begin a page's title; choose one like {DEFAULT_PREFIX!r}"
            )
        if len(self.prefix.encode()) > _MAX_PREFIX_BYTES:
            raise ExportError(
                f"prefix {self.prefix!r} is longer than {_MAX_PREFIX_BYTES} bytes; choose a shorter one"
            )

    @property
    def root(self) -> str:
        """The prefix without what joins it: name of the root category."""
        return self.prefix.rstrip("/: ") or DEFAULT_PREFIX.rstrip("/")


@dataclass(frozen=True, slots=True)
class Page:
    """A page as a wiki stores it.

    Attributes:
        title: with prefix or namespace, spaces not underscores.
        text: as MediaWiki stores it: NFC, LF, no space at the end (:func:`stored_text`).
        kind: what it is a page of.
        changed_at: when its *content* last changed (UTC), from the ledger; never the clock.
        key: what it is a page of, the same for ever: ``card:c61bad17e55ae``, ``episode:第1回``,
            ``tag:bansou``, ``glossary``, ``index``, ``category:…``, ``template``, ``style``.
        card_id, episode_id, tag: what it is a page of (a card's page has its episode too).
        categories: full titles of its categories.
        content_sha256: of a card as the tables have it; it stands on the page too.
    """

    title: str
    text: str
    kind: Kind
    changed_at: datetime
    key: str
    card_id: str | None = None
    episode_id: str | None = None
    tag: str | None = None
    categories: tuple[str, ...] = ()
    content_sha256: str | None = None
    model: str = "wikitext"
    format: str = "text/x-wiki"

    @property
    def namespace(self) -> int:
        """Number of the namespace; 0 where the prefix is a namespace of the team's own."""
        return {"template": 10, "style": 10, "category": 14}.get(self.kind, 0)

    @property
    def sha1(self) -> str:
        """Hash as MediaWiki writes it: base 36, 31 wide."""
        return sha1_base36(self.text)


def pages(store: Store, settings: Settings, *, options: PageOptions | None = None) -> list[Page]:
    """All pages of what may leave this machine, in a fixed order.

    Private episodes are never among them, samples only where the options ask for them. The same tables
    give the same pages, byte for byte.

    Args:
        store: the tables.
        settings: for the taxonomy and the glossary.
        options: prefix and the like.

    Raises:
        BansouError: a table, the taxonomy, the glossary or the reviews are broken.
        ExportError: two pages would have one title.
    """
    options = options or PageOptions()
    return make_pages(read_corpus(store, settings, samples=options.samples), options)


def make_pages(corpus: Corpus, options: PageOptions) -> list[Page]:
    """The pages of a corpus: what was read is all they are made of."""
    from pipeline.export.wikipages import Writer

    return Writer(corpus, options).pages()


def stored_text(text: str) -> str:
    """A text as MediaWiki stores it, so that hashes can be compared: NFC, LF, no space at the end."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text.rstrip()


def sha1_base36(text: str) -> str:
    """SHA-1 of a text in base 36, 31 wide, as MediaWiki writes it."""
    number = int.from_bytes(hashlib.sha1(text.encode(), usedforsecurity=False).digest())
    digits = []
    while number:
        number, rest = divmod(number, 36)
        digits.append(_DIGITS[rest])
    return "".join(reversed(digits)).rjust(31, "0")
