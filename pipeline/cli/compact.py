"""``bansou compact``."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.cli import common
from pipeline.cli.common import ConfigOption, DataOption, DebugOption

_HELP = """Put many episodes' tables into few files.

For archives of thousands of episodes: what the tables say stays the same, and everything reads them
as before. Episodes ingested later have files of their own until the next time.

[bold]Examples[/bold]

  bansou compact

  bansou compact --part-mib 512
"""


def register(app: typer.Typer) -> None:
    app.command("compact", help=_HELP)(compact)


def compact(
    data: DataOption = None,
    part_mib: Annotated[
        float, typer.Option(min=0.01, help="A file takes no further episode once it is as large.")
    ] = 128,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """See ``_HELP``."""
    with common.errors_told(debug=debug):
        settings = common.settings_from(config, data=data, takes_address=True)
        from pipeline.run.compact import compact as run_compact
        from pipeline.scale import opened
        from pipeline.store import Store

        with opened(settings):
            made = run_compact(Store(settings.processed), part_mib=part_mib)
        for damaged in made.damaged:
            typer.echo(
                common.one_line(f"left as it is: {damaged.path}: {damaged.message}"), err=True
            )
        before, after = sum(made.before.values()), sum(made.after.values())
        typer.echo(f"{before} files became {after}" if before != after else "nothing to do")
        if made.damaged:
            raise typer.Exit(common.EXIT_FAILED)
