"""``bansou review``: export, import, conflicts, terms."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pipeline.cli import common
from pipeline.cli.common import ConfigOption, DataOption, DebugOption

if TYPE_CHECKING:
    from pipeline.review.decide import Decided

_HELP = """Let people judge the cards, and keep what they decide.

[bold]Examples[/bold]

  bansou review export cards.csv

  bansou review import cards.csv --reviewer 佐藤

  bansou review conflicts

  bansou review terms --add
"""
_EXPORT_HELP = """Write cards for reviewers, the least sure first.

CSV opens in Excel as it is; label-studio writes tasks to FILE and the labelling config beside it (.xml).
Without --status: cards nobody decided on, and those where the pipeline now says otherwise.

[bold]Examples[/bold]

  bansou review export cards.csv

  bansou review export cards.csv --lowest 20 --episode 第1回

  bansou review export tasks.json --format label-studio

  bansou review export all.csv --status all --private
"""
_IMPORT_HELP = """Bring reviewers' decisions back: all of a file, or nothing where anything in it is wrong.

FILE is what export wrote, filled in: CSV (UTF-8, UTF-16, Shift_JIS; commas, tabs) or Label Studio's JSON
export. The same file twice adds nothing.

[bold]Examples[/bold]

  bansou review import cards.csv --reviewer 佐藤

  bansou review import tasks.json --changed skip      leave out cards that changed since
"""
_CONFLICTS_HELP = """List where the pipeline now says otherwise than a reviewer decided.

The reviewer's word stands meanwhile. Exit code 1 where there are any. To settle them:
bansou review export conflicts.csv --status conflict, decide, import.

[bold]Examples[/bold]

  bansou review conflicts

  bansou review conflicts --json
"""
_TERMS_HELP = """List misheard words that reviewers put right; --add writes them into data/terms.yaml.

Words of the glossary are added at once; a word it has no entry for yet only when named as WORD. The next
`bansou ingest` repairs them everywhere.

[bold]Examples[/bold]

  bansou review terms

  bansou review terms --add

  bansou review terms 四半期会 --add
"""

_group = typer.Typer(
    name="review", help=_HELP, no_args_is_help=True, rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip


def register(app: typer.Typer) -> None:
    app.add_typer(_group)
    _group.command("export", help=_EXPORT_HELP)(export)
    _group.command("import", help=_IMPORT_HELP)(import_)
    _group.command("conflicts", help=_CONFLICTS_HELP)(conflicts)
    _group.command("terms", help=_TERMS_HELP)(terms)


def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File to write.")],
    form: Annotated[
        Literal["csv", "label-studio"], typer.Option("--format", help="What reviewers work with.")
    ] = "csv",
    episode: Annotated[
        list[str] | None, typer.Option("--episode", help="Only this episode; repeatable.")
    ] = None,
    status: Annotated[
        list[str] | None,
        typer.Option(
            "--status",
            help="Only these; repeatable: unreviewed, accepted, edited, rejected, merged, conflict, all.",
        ),
    ] = None,
    lowest: Annotated[
        float,
        typer.Option("--lowest", metavar="PERCENT", help="Only the least sure share of them."),
    ] = 100.0,
    private: Annotated[
        bool, typer.Option("--private", help="Also cards of private episodes.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Write over a file that is there.")
    ] = False,
    data: DataOption = None,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """See ``_EXPORT_HELP``."""
    if not 0 < lowest <= 100:
        raise typer.BadParameter("give a percentage above 0, up to 100", param_hint="--lowest")
    with common.errors_told(debug=debug):
        settings = common.settings_from(config, data=data)
        from pipeline.review.queue import DEFAULT_STATUSES, STATUSES
        from pipeline.run.review import export_reviews
        from pipeline.store import write_bytes

        odd = [s for s in status or () if s not in STATUSES]
        if odd:
            raise typer.BadParameter(
                f"{odd[0]!r} is none of {', '.join(STATUSES)}", param_hint="--status"
            )
        beside = file.with_suffix(".xml") if form == "label-studio" else None
        _refuse_to_overwrite([file, *([beside] if beside else [])], force=force)
        made = export_reviews(
            settings, form=form, statuses=status or DEFAULT_STATUSES, episodes=episode or (),
            lowest=lowest, private=private,
        )  # fmt: skip
        write_bytes(file, made.data)
        if beside:
            write_bytes(beside, made.config.encode())
        typer.echo(common.printable(f"{made.cards} cards written to {file}"))
        if beside:
            typer.echo(common.printable(f"labelling config: {beside}"))
        if made.private:
            typer.echo(
                f"{made.private} cards of private episodes left out; --private takes them in"
            )


def _refuse_to_overwrite(files: list[Path], *, force: bool) -> None:
    there = [path for path in files if path.exists()]
    if there and not force:
        from pipeline.review import ReviewError

        raise ReviewError(
            f"{there[0]} is there already and may hold decisions; choose another name, or --force"
        )


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV or Label Studio's JSON.")],
    reviewer: Annotated[
        str, typer.Option(envvar="BANSOU_REVIEWER", help="Who decided.", show_envvar=True)
    ],
    changed: Annotated[
        Literal["refuse", "skip", "take"],
        typer.Option(
            help="Cards that changed since the export: refuse the file, skip them, or take the decision."
        ),
    ] = "refuse",
    data: DataOption = None,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """See ``_IMPORT_HELP``."""
    if not reviewer.strip() or not reviewer.isprintable():
        raise typer.BadParameter("give the name of who decided", param_hint="--reviewer")
    with common.errors_told(debug=debug):
        settings = common.settings_from(config, data=data)
        from pipeline.run.review import import_reviews
        from pipeline.store import Store

        common.start_logging(Store(settings.processed).log_file, verbose=False)
        made = import_reviews(settings, file, reviewer=reviewer.strip(), on_changed=changed)
        _tell_import(made, file)


def _tell_import(made: Decided, file: Path) -> None:
    for problem in made.problems:
        where = f"{problem.place}, card {problem.card_id or '?'}"
        typer.echo(common.one_line(f"{where}: {problem.message}"), err=True)
    if made.problems:
        typer.echo(
            common.one_line(f"error: {file}: {len(made.problems)} problems, nothing was imported"),
            err=True,
        )
        raise typer.Exit(common.EXIT_FAILED)
    for problem in made.skipped:
        typer.echo(
            common.one_line(f"skipped: {problem.place}, card {problem.card_id}: {problem.message}"),
            err=True,
        )
    counts = ", ".join(f"{n} {decision}" for decision, n in sorted(made.counts.items()))
    typer.echo(
        f"imported: {counts or 'nothing new'}; {made.known} known already, {made.empty} undecided"
        + (f", {len(made.skipped)} skipped" if made.skipped else "")
    )


def conflicts(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    data: DataOption = None,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """See ``_CONFLICTS_HELP``."""
    with common.errors_told(debug=debug):
        settings = common.settings_from(config, data=data)
        from pipeline.run.review import find_conflicts

        found = find_conflicts(settings)
        if as_json:
            rows = [asdict(c) | {"decided_at": c.decided_at.isoformat()} for c in found]
            typer.echo(common.as_json(rows))
        else:
            for c in found:
                typer.echo(common.one_line(f"{c.card_id} ({c.episode_id}) {c.title}"))
                if c.kind == "changed":
                    typer.echo(common.one_line(f"  {c.field}, {c.reviewer}: {c.reviewed}"))
                    typer.echo(common.one_line(f"  {c.field}, pipeline: {c.machine}"))
                elif c.kind == "vanished":
                    typer.echo("  the pipeline no longer finds this claim")
                else:
                    typer.echo(f"  merged into {c.reviewed}, which is gone; shown again")
            typer.echo(f"{len(found)} conflicts" if found else "no conflicts")
        if found:
            raise typer.Exit(common.EXIT_FAILED)


def terms(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="WORD", help="Only these words.")
    ] = None,
    add: Annotated[
        bool, typer.Option("--add", help="Write them into the team's glossary.")
    ] = False,
    data: DataOption = None,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """See ``_TERMS_HELP``."""
    with common.errors_told(debug=debug):
        settings = common.settings_from(config, data=data)
        from pipeline.run.review import review_terms

        found, written = review_terms(settings, words or (), add=add)
        for c in found:
            what = "known" if c.is_known else c.term.id if c.term else "not in the glossary"
            line = f"{c.before} → {c.after} ({what}; {len(c.card_ids)} cards)"
            typer.echo(common.one_line(line))
        if not found:
            typer.echo("no misheard words put right")
        for path in written:
            typer.echo(
                common.printable(f"written: {path}; `bansou ingest` repairs them everywhere")
            )
