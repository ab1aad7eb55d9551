"""What shows that a text on a wiki is one that bansou wrote: a mark in the edit's summary.

``… [bansou card:c61bad17e55ae 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12]`` names the page's key and the
sha1 of the text. The wiki tells the sha1 of every revision, so that a text which a person has changed
since, or which the wiki merged from two edits, is known from one that nobody touched; and a lost ledger
is made again from the summaries alone.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

_MARK = re.compile(r"\[bansou (\S+) ([0-9a-f]{40})\]")
# What a dump's revisions say of themselves, see pipeline.export.mediawiki.
_IMPORTED = re.compile(
    r"bansou ((?:card|episode|tag|category):.+?|glossary|index|template|style)(?: [0-9a-f]{12})?"
)
_MAX_SUMMARY_CHARS = 480  # MediaWiki keeps 500
_MAX_KEY_CHARS = 120


@dataclass(frozen=True, slots=True)
class Mark:
    """The page and the text that an edit stands for."""

    key: str
    sha1: str


def sha1_of(text: str) -> str:
    """The sha1 that the wiki tells of a kept text: hex, of its UTF-8 bytes."""
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def mark_key(key: str) -> str:
    """A key as it stands in a summary: without spaces and brackets, not too long."""
    if len(key) <= _MAX_KEY_CHARS and not re.search(r"[\s\[\]{}<>|]", key):
        return key
    kind = key.partition(":")[0]
    return f"{kind}:sha256-{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def summary(what: str, key: str, sha1: str) -> str:
    """The summary of an edit, for people and with the mark."""
    mark = f"[bansou {mark_key(key)} {sha1}]"
    what = " ".join(what.split())
    return f"{what[: _MAX_SUMMARY_CHARS - len(mark)]} {mark}"


def read_mark(comment: str | None, sha1: str = "") -> Mark | None:
    """The mark in a summary; None where there is none.

    Args:
        comment: the summary.
        sha1: of the revision: one that an imported dump brought says no more than its key, and is what
            it says it is.
    """
    found = _MARK.search(comment or "")
    if found:
        return Mark(found[1], found[2])
    imported = _IMPORTED.fullmatch(comment or "")
    return Mark(mark_key(imported[1]), sha1) if imported and sha1 else None
