"""``bansou pull``: mediawiki."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from pipeline.cli import common
from pipeline.cli.common import ConfigOption, DataOption, DebugOption, VerboseOption
from pipeline.cli.push import (
    DryRunOption,
    InsecureOption,
    PrefixOption,
    SamplesOption,
    UrlArgument,
)

if TYPE_CHECKING:
    from pipeline.wiki.pull import Pulled

_HELP = """Bring back what people edited in the team's wiki.

[bold]Examples[/bold]

  bansou pull mediawiki https://wiki.example.org/w
"""
_MEDIAWIKI_HELP = """Turn people's edits of cards' pages into reviews: claim, body, kind and tags.

Each counts as a decision of who made it; the next push may then write the page again. What a card cannot
hold is listed and stays on the wiki. Twice brings nothing new. Exit code 1 where something could not be
taken.

[bold]Examples[/bold]

  bansou pull mediawiki https://wiki.example.org/w --dry-run

  bansou pull mediawiki https://wiki.example.org/w && bansou push mediawiki https://wiki.example.org/w
"""

_group = typer.Typer(
    name="pull", help=_HELP, no_args_is_help=True, rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip


def register(app: typer.Typer) -> None:
    app.add_typer(_group)
    # A group with a single command would not be asked for its name.
    _group.callback()(_root)
    _group.command("mediawiki", help=_MEDIAWIKI_HELP)(mediawiki)


def _root() -> None: ...


def mediawiki(
    url: UrlArgument,
    prefix: PrefixOption = None,
    samples: SamplesOption = False,
    dry_run: DryRunOption = False,
    insecure: InsecureOption = False,
    data: DataOption = None,
    config: ConfigOption = None,
    verbose: VerboseOption = False,
    debug: DebugOption = False,
) -> None:
    """See ``_MEDIAWIKI_HELP``."""
    with common.errors_told(debug=debug):
        settings = common.settings_from(config, data=data)
        from pipeline.export.pages import DEFAULT_PREFIX, PageOptions
        from pipeline.store import Store
        from pipeline.wiki.sync import PushOptions, pull_mediawiki

        common.start_logging(Store(settings.processed).log_file, verbose=verbose)
        options = PushOptions(
            PageOptions(prefix or DEFAULT_PREFIX, samples=samples),
            insecure=insecure,
            dry_run=dry_run,
        )
        _tell(pull_mediawiki(settings, url, options=options), dry_run=dry_run)


def _tell(pulled: Pulled, *, dry_run: bool) -> None:
    for title, who in pulled.taken:
        typer.echo(common.one_line(f"{'would take' if dry_run else 'taken'}: {title} ({who})"))
    for title, what in pulled.left:
        typer.echo(common.one_line(f"left on the wiki: {title}: {what} was changed too"))
    for title in pulled.deleted:
        typer.echo(
            common.one_line(f"deleted on the wiki: {title}: reject its card with `bansou review`, or `bansou push` --recreate")
        )  # fmt: skip
    for title, why in pulled.problems:
        typer.echo(common.one_line(f"not taken: {title}: {why}"), err=True)
    typer.echo(
        f"{len(pulled.taken)} reviews, {pulled.known} known already, {len(pulled.problems)} not taken"
    )
    if pulled.problems:
        raise typer.Exit(common.EXIT_FAILED)
