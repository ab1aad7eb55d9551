"""``bansou ingest``."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import common
from pipeline.cli.common import ConfigOption, DataOption, DebugOption, VerboseOption

if TYPE_CHECKING:
    from pipeline.config import Settings
    from pipeline.run.episode import Event, Outcome
    from pipeline.run.ingest import IngestReport

_HELP = """Turn new and changed episodes into tables.

Without PATH, everything under DIR/raw/ is looked at, after new episodes of the settings' feeds were
fetched. A second run does nothing.

[bold]Examples[/bold]

  bansou ingest

  bansou ingest ~/Downloads/ep12.mp3 --model large-v3-turbo

  bansou ingest --speakers --speaker-count 3

  bansou ingest --from-stage repair      after a change of the glossary's meaning

  bansou ingest --dry-run                what would run, and why

  bansou ingest --engine ray --data s3://bucket/archive      see docs/scale.md
"""


def register(app: typer.Typer) -> None:
    app.command("ingest", help=_HELP)(ingest)


def ingest(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH", help="Files or folders to take instead of DIR/raw/."),
    ] = None,
    data: DataOption = None,
    model: Annotated[str | None, typer.Option(help="Model name, hub id or local folder.")] = None,
    listen: Annotated[
        bool | None,
        typer.Option(
            "--listen/--no-listen",
            help="Transcribe audio even where a transcript stands beside it.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Run every stage again.")] = False,
    from_stage: Annotated[
        str | None, typer.Option(metavar="STAGE", help="Run this stage and those behind it again.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would run.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Hash every file and table.")] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1, help="Episodes at a time (default: one a core for several recordings, else 1)."
        ),
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(metavar="local|ray", help="Run episodes here, or on a Ray cluster."),
    ] = None,
    address: Annotated[
        str | None, typer.Option(help="Ray cluster; one on this machine where not given.")
    ] = None,
    break_lock: Annotated[
        bool, typer.Option("--break-lock", help="Take an address of data from a run that is dead.")
    ] = False,
    speakers: Annotated[
        bool | None,
        typer.Option(
            "--speakers/--no-speakers",
            help="Tell the speakers of audio apart by their voices (extra bansou[speakers]); "
            "else as last time.",
        ),
    ] = None,
    speaker_count: Annotated[
        int | None, typer.Option(min=1, max=30, help="How many people speak (else estimated).")
    ] = None,
    no_fetch: Annotated[
        bool, typer.Option("--no-fetch", help="Do not ask the feeds of the settings first.")
    ] = False,
    config: ConfigOption = None,
    verbose: VerboseOption = False,
    debug: DebugOption = False,
) -> None:
    """See ``_HELP``."""
    began = time.monotonic()
    with common.errors_told(debug=debug):
        settings = common.settings_from(
            config, data=data, model=model, listen=listen, jobs=jobs,
            engine=engine, address=address, takes_address=True,
            speakers=speakers, speaker_count=speaker_count,
        )  # fmt: skip
        from pipeline.run.ingest import ingest as run_ingest
        from pipeline.run.plan import STAGE_NAMES
        from pipeline.scale import opened
        from pipeline.store import Store

        if from_stage and from_stage not in STAGE_NAMES:
            raise typer.BadParameter(
                f"{from_stage!r} is none of {', '.join(STAGE_NAMES)}", param_hint="--from-stage"
            )
        if not dry_run:
            common.start_logging(Store(settings.processed).log_file, verbose=verbose)
        is_fetched = dry_run or no_fetch or bool(paths) or _fetch(settings)
        opening = opened(settings, writes=not dry_run, break_lock=break_lock)
        with opening as runner, _progress() as report:
            made = run_ingest(
                settings, paths or (), force=force, from_stage=from_stage, dry_run=dry_run,
                verify=verify, report=report, engine=runner,
            )  # fmt: skip
        _tell(made, dry_run=dry_run, seconds=time.monotonic() - began, raw=settings.raw)
        if not (made.is_ok and is_fetched):
            raise typer.Exit(common.EXIT_FAILED)


def _fetch(settings: Settings) -> bool:
    """Bring new episodes of the feeds; False where one failed, which keeps nobody from the others."""
    if not settings.feeds:
        return True
    if settings.place:
        _say_line(f"left out: feeds are fetched into folders, not to {settings.place}")
        return True
    from pipeline.cli.fetch import progress, tell
    from pipeline.feeds import fetch_configured

    with progress() as report:
        made = fetch_configured(settings, report=report)
    tell(made)
    return made.is_ok


def _tell(made: IngestReport, *, dry_run: bool, seconds: float, raw: Path) -> None:
    for note in made.notes:
        _say(f"left out: {_problem(note.path, note.message)}")
    _tell_damage(made)
    if made.samples_removed:
        names = ", ".join(made.samples_removed)
        _say(f"samples removed, there are episodes of your own now: {names}")
    if dry_run:
        for job in made.planned:
            reasons = "; ".join(f"{stage} ({why})" for stage, why in job.stale.items())
            _say(f"would run {job.episode_id}: {reasons}")
    for outcome in made.outcomes:
        _tell_outcome(outcome)
    for outcome in made.failed:
        _say_line(f"failed: {outcome.episode_id}: {outcome.error}")
    for problem in made.problems:
        _say_line(f"failed: {_problem(problem.path, problem.message)}")
    if made.error:
        _say_line(f"failed: {made.error}")
    fresh = len(made.fresh)
    if not (made.planned or made.problems):
        found = f"{fresh} episodes are up to date" if fresh else f"no episodes found under {raw}"
        _say(f"nothing to do: {found} ({seconds:.1f} s)")
    elif not dry_run:
        failed = len(made.failed) + len(made.problems)
        done = len(made.outcomes) - len(made.failed)
        _say(f"{done} done, {failed} failed, {fresh} up to date ({seconds:.1f} s)")


def _tell_damage(made: IngestReport) -> None:
    for damaged in made.damaged:
        _say_line(f"damaged: {_problem(damaged.path, damaged.message)}")
    for job in made.planned:
        for why in job.stale.values():
            if why.startswith("table "):
                _say_line(f"damaged: {job.episode_id}: {why}; it is made anew")


def _tell_outcome(outcome: Outcome) -> None:
    for warning in outcome.warnings:
        _say_line(f"warning: {outcome.episode_id}: {warning}")
    if not outcome.error and outcome.stages_run:
        shown = ("segments", "repairs", "passages", "cards")
        counts = ", ".join(f"{n} {name}" for name, n in outcome.counts.items() if name in shown)
        _say(f"done: {outcome.episode_id}: {counts or 'nothing changed'}")


def _say(text: str) -> None:
    typer.echo(common.printable(text))


def _say_line(text: str) -> None:
    typer.echo(common.one_line(text), err=True)


def _problem(path: Path, message: str) -> str:
    return message if message.startswith(str(path)) else f"{path}: {message}"


@contextmanager
def _progress() -> Iterator[Callable[[Event], None]]:
    if sys.stderr.isatty():
        from pipeline.cli.progress import progress_bars

        with progress_bars() as report:
            yield report
    else:  # nobody watches
        yield lambda _event: None
