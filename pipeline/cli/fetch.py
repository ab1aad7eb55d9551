"""``bansou fetch``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import common
from pipeline.cli.common import ConfigOption, DataOption, DebugOption, VerboseOption

if TYPE_CHECKING:
    from pipeline.feeds import FetchReport, Step

_HELP = """Download new episodes of podcast feeds into DIR/raw/.

Without FEED_URL, those that `feeds` names in the settings. What was fetched once is not fetched again,
even when its title or address changes. A download that was cut short goes on where it stopped.

[bold]Examples[/bold]

  bansou fetch https://example.org/feed.xml --limit 5

  bansou fetch https://example.org/feed.xml --since 2026-04-01 --dry-run

  bansou fetch                           the feeds of bansou.toml
"""


def register(app: typer.Typer) -> None:
    app.command("fetch", help=_HELP)(fetch)


def fetch(
    urls: Annotated[
        list[str] | None, typer.Argument(metavar="FEED_URL", help="Feeds: RSS 2.0 or Atom.")
    ] = None,
    data: DataOption = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Only episodes published on this day or later."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Only the newest so many episodes of each feed.")
    ] = None,
    max_size: Annotated[
        int | None,
        typer.Option(metavar="MIB", min=1, help="Largest media file, in MiB (default: 2048)."),
    ] = None,
    allow_private: Annotated[
        bool | None,
        typer.Option("--allow-private", help="Fetch from addresses of private networks too."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Ask the feeds, and only say what would come.")
    ] = False,
    config: ConfigOption = None,
    verbose: VerboseOption = False,
    debug: DebugOption = False,
) -> None:
    """See ``_HELP``."""
    with common.errors_told(debug=debug):
        settings = common.settings_from(
            config, data=data, feeds=tuple(urls or ()),
            feeds_since=since.date() if since else None, feeds_limit=limit, feeds_max_mib=max_size,
            feeds_allow_private=allow_private,
        )  # fmt: skip
        if not settings.feeds:
            raise typer.BadParameter(
                'name a feed, or write `feeds = ["https://…"]` into bansou.toml',
                param_hint="FEED_URL",
            )
        from pipeline.feeds import fetch_configured
        from pipeline.store import Store

        if not dry_run:
            common.start_logging(Store(settings.processed).log_file, verbose=verbose)
        with progress() as report:
            made = fetch_configured(settings, dry_run=dry_run, report=report)
        tell(made)
        if not made.is_ok:
            raise typer.Exit(common.EXIT_FAILED)


def tell(made: FetchReport) -> None:
    """Say what a fetch did."""
    for warning in made.warnings:
        typer.echo(common.one_line(f"warning: {warning}"), err=True)
    for planned in made.planned:
        typer.echo(common.one_line(f"would fetch: {planned.title}"))
    for fetched in made.fetched:
        size = f"{(fetched.size or 0) / 2**20:,.1f} MiB"
        more = ", with its transcript" if fetched.with_transcript else ""
        typer.echo(common.one_line(f"fetched: {fetched.path.name} ({size}{more})"))
    for updated in made.updated:
        typer.echo(common.one_line(f"updated: {updated}"))
    for failed in made.failed:
        typer.echo(common.one_line(f"failed: {failed}"), err=True)
    if made.planned:
        typer.echo(f"{len(made.planned)} would be fetched, {made.known} known")
    elif made.fetched or made.updated or made.failed:
        typer.echo(f"{len(made.fetched)} fetched, {len(made.failed)} failed, {made.known} known")
    else:
        typer.echo(f"nothing new in the feeds: {made.known} episodes are known")


@contextmanager
def progress() -> Iterator[Callable[[Step], None]]:
    """A bar a download on a terminal; nothing where nobody watches."""
    if not sys.stderr.isatty():
        yield lambda _step: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(binary_units=True),
        TransferSpeedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", visible=False)

        def show(step: Step) -> None:
            name = escape(common.printable(step.title))[:60]
            bar.update(task, description=name, completed=step.done, total=step.total, visible=True)

        yield show
