"""What runs the episodes of a plan, and what looks at raw files: here, or somewhere else."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pipeline.config import Settings
from pipeline.run.episode import Outcome, Report
from pipeline.run.plan import FileSeen, Job
from pipeline.run.workers import run_jobs


class Run(Protocol):
    """Runs episodes; one that fails never stops the others."""

    def __call__(
        self, jobs: Sequence[Job], settings: Settings, *, report: Report, verify: bool
    ) -> Generator[Outcome]: ...


class Look(Protocol):
    """Size, time and hash of a raw file."""

    def __call__(
        self, path: Path, known: Mapping[str, Any] | None, *, verify: bool = False
    ) -> FileSeen: ...


@dataclass(frozen=True, slots=True)
class Engine:
    """How a run does its work; as it stands, on this machine."""

    run: Run = run_jobs
    look: Look = FileSeen.look
