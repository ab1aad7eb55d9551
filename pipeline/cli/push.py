"""``bansou push``: mediawiki, growi."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import common
from pipeline.cli.common import ConfigOption, DataOption, DebugOption, VerboseOption

if TYPE_CHECKING:
    from pipeline.wiki.report import Conflict, OnPage, Report

_HELP = """Bring the team's wiki up to date.

What did not change makes no revision. A page that a person edited is never written over: the difference
is shown, and the exit code is 1. Private episodes never leave, samples only with --samples.

[bold]Examples[/bold]

  bansou push mediawiki https://wiki.example.org/w --dry-run

  bansou push mediawiki https://wiki.example.org/w

  bansou push growi https://growi.example.org
"""
_MEDIAWIKI_HELP = """Create, update and rename the pages of a MediaWiki.

Name and password come from BANSOU_WIKI_USER and BANSOU_WIKI_PASSWORD (a bot password from
Special:BotPasswords) or from the keyring. A run that was cut short is gone on with. Pages of cards that
are gone get a notice.

[bold]Examples[/bold]

  bansou push mediawiki https://wiki.example.org/w --dry-run

  bansou push mediawiki https://wiki.example.org/w/api.php --prefix Knowledge: --rate 30
"""
_GROWI_HELP = """Create, update and rename the pages of a GROWI.

The access token comes from BANSOU_WIKI_TOKEN or the keyring. Written to GROWI's documented API and not
run against a live server yet: try it on a space of its own first.

[bold]Examples[/bold]

  bansou push growi https://growi.example.org --dry-run

  bansou push growi https://growi.example.org --prefix /CS/知識カード
"""
UrlArgument = Annotated[str, typer.Argument(metavar="URL", help="Address of the wiki.")]
InsecureOption = Annotated[
    bool, typer.Option("--insecure", help="Allow http:// to another machine.")
]
SamplesOption = Annotated[
    bool, typer.Option("--samples", help="Also the samples that come with Bansou.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Tell, and change nothing.")]
PrefixOption = Annotated[
    str | None,
    typer.Option("--prefix", metavar="TEXT", help="What every title begins with."),
]
_WHY = {
    "edited": "a person has changed it since it was pushed",
    "merged": "a person changed it while it was written, and the wiki laid both edits together",
    "taken": "a page that is not bansou's has its title",
    "deleted": "a person has deleted it; --recreate makes it again",
}

_group = typer.Typer(
    name="push", help=_HELP, no_args_is_help=True, rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip


def register(app: typer.Typer) -> None:
    app.add_typer(_group)
    _group.command("mediawiki", help=_MEDIAWIKI_HELP)(mediawiki)
    _group.command("growi", help=_GROWI_HELP)(growi)


_Rate = Annotated[
    float,
    typer.Option("--rate", metavar="N", min=0, help="Pages a minute at most; 0: no limit of ours."),
]
_Recreate = Annotated[
    bool, typer.Option("--recreate", help="Make pages again that people have deleted.")
]
_ManyGone = Annotated[
    bool, typer.Option("--many-gone", help="Go on where most pages would get a notice.")
]


def mediawiki(
    url: UrlArgument,
    prefix: PrefixOption = None,
    templatestyles: Annotated[
        bool, typer.Option("--templatestyles", help="The wiki has the extension TemplateStyles.")
    ] = False,
    samples: SamplesOption = False,
    rate: _Rate = 0.0,
    dry_run: DryRunOption = False,
    recreate: _Recreate = False,
    many_gone: _ManyGone = False,
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
        from pipeline.wiki.sync import PushOptions, push_mediawiki

        _start(settings.processed, verbose=verbose)
        shown = PageOptions(prefix or DEFAULT_PREFIX, templatestyles, samples)
        options = PushOptions(shown, rate, insecure, dry_run, recreate, many_gone)
        on_page = _tell_pages(all_of_them=dry_run or verbose)
        _tell(push_mediawiki(settings, url, options=options, on_page=on_page), dry_run=dry_run)


def growi(
    url: UrlArgument,
    prefix: PrefixOption = None,
    samples: SamplesOption = False,
    rate: _Rate = 0.0,
    dry_run: DryRunOption = False,
    recreate: _Recreate = False,
    many_gone: _ManyGone = False,
    insecure: InsecureOption = False,
    data: DataOption = None,
    config: ConfigOption = None,
    verbose: VerboseOption = False,
    debug: DebugOption = False,
) -> None:
    """See ``_GROWI_HELP``."""
    with common.errors_told(debug=debug):
        settings = common.settings_from(config, data=data)
        from pipeline.export.pages import PageOptions
        from pipeline.wiki.growipush import DEFAULT_PATH, push_growi
        from pipeline.wiki.sync import PushOptions

        _start(settings.processed, verbose=verbose)
        options = PushOptions(
            PageOptions(samples=samples), rate, insecure, dry_run, recreate, many_gone
        )
        on_page = _tell_pages(all_of_them=dry_run or verbose)
        report = push_growi(
            settings, url, path=prefix or DEFAULT_PATH, options=options, on_page=on_page
        )
        _tell(report, dry_run=dry_run)


def _start(processed: Path, *, verbose: bool) -> None:
    from pipeline.store import Store

    common.start_logging(Store(processed).log_file, verbose=verbose)


def _tell_pages(*, all_of_them: bool) -> OnPage:
    """A line a page where each is wanted, else a count on a terminal."""
    count = 0
    is_terminal = sys.stderr.isatty()

    def tell(what: str, title: str) -> None:
        nonlocal count
        count += 1
        if all_of_them:
            typer.echo(common.one_line(f"{what}: {title}"))
        elif is_terminal:
            typer.echo(f"\r{count} pages", nl=False, err=True)

    return tell


def _tell(report: Report, *, dry_run: bool) -> None:
    for conflict in report.conflicts:
        _tell_conflict(conflict)
    for title, why in report.failed:
        typer.echo(common.one_line(f"failed: {title}: {why}"), err=True)
    for note in report.notes:
        typer.echo(common.one_line(f"warning: {note}"), err=True)
    for title in report.altered:
        typer.echo(common.one_line(f"note: {title}: the wiki keeps its text otherwise than it was sent"), err=True)  # fmt: skip
    typer.echo(f"{'would be' if dry_run else 'pushed'}: {report.summary}")
    if report.conflicts and not dry_run:
        typer.echo(
            "`bansou pull mediawiki` turns edits of cards into reviews; what it cannot take is listed there"
        )
    if not report.is_ok:
        raise typer.Exit(common.EXIT_FAILED)


def _tell_conflict(conflict: Conflict) -> None:
    who = f" ({conflict.who}, {conflict.when})" if conflict.who else ""
    typer.echo(common.one_line(f"conflict: {conflict.title}: {_WHY[conflict.why]}{who}"))
    for line in conflict.diff.splitlines():
        typer.echo(f"  {common.printable(line)}")
