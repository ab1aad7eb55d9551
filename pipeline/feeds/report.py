"""What a fetch did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Fetched:
    """An episode that came, or would come."""

    title: str
    path: Path
    size: int | None = None
    with_transcript: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """How far a download is."""

    title: str
    done: int
    total: int | None


Report = Callable[[Step], None]


@dataclass(slots=True)
class FetchReport:
    """What came, what was known, and what went wrong; every message names its feed or address."""

    fetched: list[Fetched] = field(default_factory=list)
    planned: list[Fetched] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    known: int = 0
    passed_over: int = 0
    unchanged_feeds: int = 0
    failed: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def is_ok(self) -> bool:
        return not self.failed
