"""``bansou status``."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.cli import common
from pipeline.cli.common import ConfigOption, DataOption, DebugOption

_HELP = """Show episodes × stages: what is stale, and why.

[bold]Examples[/bold]

  bansou status

  bansou status --verify      hash every file and table

  bansou status --json        for scripts
"""


def register(app: typer.Typer) -> None:
    app.command("status", help=_HELP)(status)


def status(
    data: DataOption = None,
    verify: Annotated[bool, typer.Option("--verify", help="Hash every file and table.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """See ``_HELP``."""
    with common.errors_told(debug=debug):
        settings = common.settings_from(config, data=data, takes_address=True)
        from pipeline.run.plan import STAGE_NAMES
        from pipeline.run.status import status as look
        from pipeline.scale import opened

        with opened(settings, writes=False) as engine:
            found = look(settings, verify=verify, engine=engine)
        if as_json:
            content = {
                "episodes": [
                    {"episode_id": e.episode_id, "stages": e.stages} for e in found.episodes
                ],
                "problems": [{"path": str(p.path), "message": p.message} for p in found.problems],
            }
            typer.echo(common.as_json(content))
            return
        _print_table(found.episodes, STAGE_NAMES)
        for episode in found.episodes:
            reasons = [f"{stage}: {why}" for stage, why in episode.stages.items() if why]
            if reasons:
                typer.echo(common.one_line(f"{episode.episode_id}: {'; '.join(reasons)}"))
        for problem in found.problems:
            typer.echo(common.one_line(f"cannot be read: {problem.path}: {problem.message}"))
        if not found.episodes and not found.problems:
            typer.echo(
                f"no episodes yet; put audio or transcripts into {settings.raw} and run `bansou ingest`"
            )


def _print_table(episodes: object, stages: tuple[str, ...]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from pipeline.run.status import EpisodeStatus

    rows = (
        [e for e in episodes if isinstance(e, EpisodeStatus)] if isinstance(episodes, tuple) else []
    )
    if rows:
        table = Table("episode", *stages)
        for episode in rows:
            marks = ["stale" if episode.stages[stage] else "ok" for stage in stages]
            table.add_row(escape(common.printable(episode.episode_id)), *marks)
        Console().print(table)
