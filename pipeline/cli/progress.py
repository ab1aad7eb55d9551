"""A bar an episode: stage, seconds of audio done, time left. Imported late: rich takes its time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
)
from rich.text import Text

from pipeline.cli.common import printable

if TYPE_CHECKING:
    from pipeline.run.episode import Event


class TimeLeft(ProgressColumn):
    """The time left by the pace since the stage began.

    Recognition tells of its segments a batch at a time; rich's own estimate takes such a burst for
    the pace and shows no time left at all.
    """

    def render(self, task: Task) -> Text:
        ends_at = task.fields["ends_at"]
        if ends_at is None:
            return Text("")
        return Text(f"{timedelta(seconds=max(0, round(ends_at - time.monotonic())))} left")


@dataclass(frozen=True, slots=True)
class Pace:
    """Since when, and from which second of audio on, a stage runs: what an earlier run has done
    says nothing of the speed of this one."""

    stage: str
    total_s: float
    since: float
    from_s: float

    def rate(self, done_s: float, now: float) -> float:
        """Seconds of audio a second."""
        return (done_s - self.from_s) / max(now - self.since, 1e-6)

    def ends_at(self, done_s: float, now: float) -> float | None:
        rate = self.rate(done_s, now)
        return now + (self.total_s - done_s) / rate if rate > 0 else None

    def shown(self, done_s: float, now: float) -> str:
        """Seconds done of all, and the rate."""
        if not self.total_s:
            return ""
        rate = self.rate(done_s, now)
        return f"{done_s:.0f}/{self.total_s:.0f} s" + (f" · {rate:.1f} ×" if rate > 0 else "")


@contextmanager
def progress_bars() -> Iterator[Callable[[Event], None]]:
    """Bars on stderr; what is yielded takes the events of a run."""
    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(),
        TextColumn("{task.fields[audio]}"), TimeLeft(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}
        paces: dict[str, Pace] = {}

        def show(event: Event) -> None:
            now = time.monotonic()
            if event.episode_id not in tasks:
                tasks[event.episode_id] = bar.add_task("", total=None, audio="", ends_at=None)
            pace = paces.get(event.episode_id)
            if pace is None or (pace.stage, pace.total_s) != (event.stage, event.total_s):
                pace = Pace(event.stage, event.total_s, since=now, from_s=event.done_s)
                paces[event.episode_id] = pace
            bar.update(
                tasks[event.episode_id],
                description=escape(printable(f"{event.episode_id} · {event.stage}")),
                total=event.total_s or None, completed=event.done_s,
                audio=pace.shown(event.done_s, now), ends_at=pace.ends_at(event.done_s, now),
                visible=event.stage != "card",
            )  # fmt: skip

        yield show
