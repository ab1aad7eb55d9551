"""The command ``bansou``: a verb a file; each parses, calls one library function, and prints."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Annotated

import typer

from pipeline import __version__
from pipeline.cli.common import EXIT_INTERRUPTED
from pipeline.run.memory import collect_rarely

app = typer.Typer(
    name="bansou",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Turn a Japanese customer-success podcast into knowledge cards.\n\n"
    "Exit codes: 0 ok, 1 something failed, 2 wrong usage, 130 interrupted.",
)


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"bansou {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None: ...


from pipeline.cli import (  # noqa: E402
    annotate,
    compact,
    doctor,
    evaluate,
    export,
    fetch,
    forget,
    history,
    ingest,
    pull,
    push,
    report,
    review,
    search,
    show,
    speakers,
    status,
    trust,
)

for _verb in (
    fetch,
    ingest,
    status,
    doctor,
    annotate,
    evaluate,
    forget,
    compact,
    speakers,
    review,
    search,
    show,
    history,
    export,
    push,
    pull,
    report,
    trust,
):
    _verb.register(app)


def main() -> None:
    """Entry point of the command."""
    collect_rarely()
    try:
        app()
    except SystemExit as end:
        if end.code == EXIT_INTERRUPTED:  # a thread may still be in native code: do not wait for it
            with contextlib.suppress(OSError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(EXIT_INTERRUPTED)
        raise
