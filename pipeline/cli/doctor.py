"""``bansou doctor``."""

from __future__ import annotations

import typer

from pipeline.cli import common
from pipeline.cli.common import ConfigOption, DataOption, DebugOption

_HELP = """Say what is installed, which model is used, and whether it runs.

[bold]Examples[/bold]

  bansou doctor

  BANSOU_MODEL=large-v3-turbo bansou doctor
"""


def register(app: typer.Typer) -> None:
    app.command("doctor", help=_HELP)(doctor)


def doctor(
    data: DataOption = None, config: ConfigOption = None, debug: DebugOption = False
) -> None:
    """See ``_HELP``."""
    with common.errors_told(debug=debug):
        settings = common.settings_from(config, data=data)
        from pipeline.run.doctor import examine

        is_ok = True
        for finding in examine(settings):
            is_ok = is_ok and finding.is_ok
            typer.echo(
                common.printable(
                    f"{'ok  ' if finding.is_ok else 'FAIL'}  {finding.what}: {finding.detail}"
                )
            )
        if not is_ok:
            raise typer.Exit(common.EXIT_FAILED)
