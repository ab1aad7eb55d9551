"""Times as people write them in a sidecar: 「0:12-0:40、1:02:05〜1:03:00」."""

from __future__ import annotations

import re
from collections.abc import Sequence

Span = tuple[float, float]

_CLOCK = r"(?:(\d{1,2}):)?(\d{1,4}):(\d{2}(?:\.\d+)?)"
_TIMES = re.compile(rf"\s*{_CLOCK}\s*(?:-|–|—|~|〜|～|から)\s*{_CLOCK}\s*")


def read_times(text: str) -> list[Span]:
    """Read 「0:12-0:40, 1:02:05-1:03:00」 as spans in seconds.

    Raises:
        ValueError: it is written otherwise, or a span ends before it begins.
    """
    spans = []
    for part in re.split(r"[,、，;]", text):
        found = _TIMES.fullmatch(part)
        if not found:
            raise ValueError(f"times are written 0:12-0:40, 1:02:05-1:03:00; got {part.strip()!r}")
        numbers = [float(n or 0) for n in found.groups()]
        start_s, end_s = (h * 3600 + m * 60 + s for h, m, s in (numbers[:3], numbers[3:]))
        if end_s <= start_s:
            raise ValueError(f"the times {part.strip()!r} end before they begin")
        spans.append((start_s, end_s))
    return spans


def write_times(spans: Sequence[Span]) -> str:
    """Spans in seconds as :func:`read_times` reads them, to a tenth of a second."""
    return ", ".join(f"{_clock(start_s)}-{_clock(end_s)}" for start_s, end_s in spans)


def _clock(seconds: float) -> str:
    minutes, tenths = divmod(round(seconds * 10), 600)
    return f"{minutes}:{tenths / 10:04.1f}"
