"""What a reviewer answered on one card, whatever file it came in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

CHANGES = ("title", "body", "kind", "tags", "quote")
_LINE_END = re.compile(r"\r\n?")


@dataclass(frozen=True, slots=True)
class Answer:
    """One row of a spreadsheet, or one task of Label Studio; empty texts mean "as it is".

    Attributes:
        place: where it stands, for messages.
        version: of the card as it was shown, see :func:`pipeline.review.queue.version_of`.
        decision: as written.
        changes: new title, body, kind, tags, quote, as written.
        merge_into: id of the card that makes the same claim.
        shown: texts for reading as they came back; a change there has no effect, so it is told.
        encoding: of the file; an old one may have lost characters.
    """

    place: str
    card_id: str
    version: str
    decision: str
    changes: Mapping[str, str]
    merge_into: str = ""
    comment: str = ""
    shown: Mapping[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"

    @property
    def is_empty(self) -> bool:
        return not (self.decision or self.merge_into or self.comment or any(self.changes.values()))


def line_feeds(text: str) -> str:
    """A text with line feeds alone: spreadsheets and browsers write line ends of their own."""
    return _LINE_END.sub("\n", text)
