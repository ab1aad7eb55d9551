"""What a push did, or would do."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass, field

OnPage = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A page that is left to people.

    Attributes:
        why: ``edited`` (a person changed it since it was pushed), ``merged`` (a person changed it while
            it was being written, and the wiki laid both edits together), ``taken`` (a page of people's
            own has its title), ``deleted`` (people have deleted it).
        who, when: of the person's revision, as the wiki writes it.
        diff: from the wiki's text to the one that would have been pushed.
    """

    title: str
    key: str
    why: str
    who: str = ""
    when: str = ""
    diff: str = ""


@dataclass(slots=True)
class Report:
    """What a push did, or would do."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    renamed: list[tuple[str, str]] = field(default_factory=list)
    noticed: list[str] = field(default_factory=list)
    unchanged: int = 0
    altered: list[str] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_ok(self) -> bool:
        return not (self.conflicts or self.failed)

    @property
    def summary(self) -> str:
        """The counts, for a log."""
        return (
            f"{len(self.created)} created, {len(self.updated)} updated, {len(self.renamed)} renamed, "
            f"{len(self.noticed)} with a notice, {self.unchanged} unchanged, "
            f"{len(self.conflicts)} conflicts, {len(self.failed)} failed"
        )


def tell_nobody(what: str, title: str) -> None:
    """For who does not want to be told of each page."""


def diff_of(there: str, ours: str) -> str:
    """A unified diff from the wiki's text to the one that would be pushed."""
    lines = difflib.unified_diff(
        there.splitlines(), ours.splitlines(), "on the wiki", "from bansou", lineterm="", n=1
    )
    return "\n".join(lines)
