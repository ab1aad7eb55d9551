"""Replacements in a text, and the way from an offset in one text to the other.

All offsets are code points, spans half-open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """``raw[start:end]`` becomes ``after``."""

    start: int
    end: int
    after: str


class EditedText:
    """A raw text, its edited text, and offsets both ways.

    Args:
        raw: the text before.
        edits: replacements in any order; they must not overlap.

    Raises:
        ValueError: edits overlap, leave the text, or replace nothing or by nothing.
    """

    def __init__(self, raw: str, edits: Sequence[Edit] = ()) -> None:
        self.raw = raw
        self.edits = tuple(sorted(edits, key=lambda e: (e.start, e.end)))
        parts: list[str] = []
        # (raw start, raw end, edited start, edited end) of every edit, in order
        self._spans: list[tuple[int, int, int, int]] = []
        at = 0
        length = 0
        for edit in self.edits:
            if not at <= edit.start < edit.end <= len(raw) or not edit.after:
                raise ValueError(
                    f"edit {edit} is empty, overlaps another or leaves a text of {len(raw)} characters"
                )
            parts += [raw[at : edit.start], edit.after]
            length += edit.start - at
            self._spans.append((edit.start, edit.end, length, length + len(edit.after)))
            length += len(edit.after)
            at = edit.end
        parts.append(raw[at:])
        self.text = "".join(parts)

    def to_raw(self, start: int, end: int) -> tuple[int, int]:
        """The raw span behind a span of the edited text; half an edit counts as the whole."""
        return self._map(start, False, 2, 0), self._map(end, True, 2, 0)

    def to_edited(self, start: int, end: int) -> tuple[int, int]:
        """The edited span of a raw span; half an edit counts as the whole."""
        return self._map(start, False, 0, 2), self._map(end, True, 0, 2)

    def _map(self, offset: int, is_end: bool, source: int, target: int) -> int:
        shift = 0
        for span in self._spans:
            first, last = span[source], span[source + 1]
            if offset < first or (offset == first and not (is_end and first == last)):
                break
            if offset < last or (offset == last and is_end):
                if offset == last and is_end:
                    return span[target + 1]
                return span[target + 1] if is_end else span[target]
            shift = span[target + 1] - last
        return offset + shift


def span_text(
    texts: Mapping[int, str], first_segment: int, first_char: int, last_segment: int, last_char: int
) -> str:
    """The raw text of a span over segments: whole segments between its ends, joined by a newline.

    Args:
        texts: raw text by segment_index.
    """
    parts = [texts[index] for index in range(first_segment, last_segment + 1) if index in texts]
    parts[-1] = parts[-1][:last_char]
    parts[0] = parts[0][first_char:]
    return "\n".join(parts)
