"""``status``: episodes × stages, what is stale and why."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.config import Settings
from pipeline.run.engine import Engine
from pipeline.run.ingest import ingest
from pipeline.run.plan import STAGE_NAMES
from pipeline.sources import Problem


@dataclass(frozen=True, slots=True)
class EpisodeStatus:
    """One episode: stage → why it is stale (None: fresh)."""

    episode_id: str
    stages: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Status:
    """All episodes, and files that cannot be one."""

    episodes: tuple[EpisodeStatus, ...]
    problems: tuple[Problem, ...]


def status(settings: Settings, *, verify: bool = False, engine: Engine = Engine()) -> Status:  # noqa: B008
    """Look at every episode without running anything.

    Args:
        settings: data folder, model, glossary …
        verify: hash every raw file and table instead of trusting size and time.
        engine: looks at raw files.
    """
    plan = ingest(settings, dry_run=True, verify=verify, engine=engine)
    stale = {job.episode_id: job.stale for job in plan.planned}
    ids = sorted({*stale, *plan.fresh})
    return Status(
        tuple(
            EpisodeStatus(i, {stage: stale.get(i, {}).get(stage) for stage in STAGE_NAMES})
            for i in ids
        ),
        tuple(plan.problems),
    )
