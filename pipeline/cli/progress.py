"""A bar an episode: stage, seconds of audio done, time left. Imported late: rich takes its time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


@contextmanager
def progress_bars() -> Iterator[Callable[[Event], None]]:
    """Bars on stderr; what is yielded takes the events of a run."""
    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(),
        TextColumn("{task.fields[audio]}"), TimeLeft(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}
        began: dict[str, float] = {}

        def show(event: Event) -> None:
            now = time.monotonic()
            if event.episode_id not in tasks:
                tasks[event.episode_id] = bar.add_task("", total=None, audio="", ends_at=None)
            if not event.done_s:
                began[event.episode_id] = now
            spent_s = now - began.get(event.episode_id, now)
            bar.update(
                tasks[event.episode_id],
                description=escape(printable(f"{event.episode_id} · {event.stage}")),
                total=event.total_s or None, completed=event.done_s,
                audio=f"{event.done_s:.0f}/{event.total_s:.0f} s" if event.total_s else "",
                ends_at=now + spent_s * (event.total_s / event.done_s - 1) if event.done_s else None,
                visible=event.stage != "card",
            )  # fmt: skip

        yield show
