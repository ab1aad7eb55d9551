"""``bansou forget``."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.cli import common
from pipeline.cli.common import ConfigOption, DataOption, DebugOption

_HELP = """Remove episodes from every table, cache, ledger and log.

The raw file is yours: it is named, not deleted, and left out of later runs.

[bold]Examples[/bold]

  bansou forget ep12

  bansou forget --relation acme --yes
"""


def register(app: typer.Typer) -> None:
    app.command("forget", help=_HELP)(forget)


def forget(
    episodes: Annotated[
        list[str] | None, typer.Argument(metavar="EPISODE", help="Episode ids.")
    ] = None,
    relation: Annotated[str | None, typer.Option(help="Every episode of this customer.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    data: DataOption = None,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """See ``_HELP``."""
    if not episodes and not relation:
        raise typer.BadParameter("name an EPISODE or a --relation")
    with common.errors_told(debug=debug):
        settings = common.settings_from(config, data=data, takes_address=True)
        from pipeline.run.forget import forget as run_forget
        from pipeline.scale import opened
        from pipeline.search import purge
        from pipeline.store import Store
        from pipeline.wiki.ledger import forget_pages, pages_with

        what = ", ".join([*(episodes or ()), *([f"relation {relation}"] if relation else [])])
        if not yes:
            typer.confirm(common.printable(f"Forget {what}?"), abort=True)
        store = Store(settings.processed)
        common.start_logging(store.log_file, verbose=False)
        with opened(settings):
            made = run_forget(store, episodes or (), relation=relation)
        purge(store)
        pages = sorted({page for one in made.episode_ids for page in pages_with(store, one)})
        forget_pages(store, made.episode_ids)
        typer.echo(
            common.printable(
                f"forgot {', '.join(made.episode_ids)}: {made.tables_removed} files removed"
            )
        )
        for wiki, title in pages:
            typer.echo(common.printable(f"still on the wiki {wiki}, delete it there: {title}"))
        exported = settings.processed.parent / "export"
        if exported.exists():
            typer.echo(common.printable(f"files exported earlier may still hold it: {exported}"))
        for path in made.raw_files:
            typer.echo(common.printable(f"still there, yours to delete: {path}"))
