"""What every command shares: options, settings, logging, the way errors are told."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.errors import BansouError

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130

DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="Folder with raw/ and processed/, for some commands s3://… or gs://… (env BANSOU_DATA; default: data).",
    ),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Settings file (default: bansou.toml)."),
]
VerboseOption = Annotated[bool, typer.Option("-v", "--verbose", help="Say more on stderr.")]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show tracebacks.")]


@contextmanager
def errors_told(*, debug: bool) -> Iterator[None]:
    """Turn an error into one sentence and exit code 1; with ``--debug`` the traceback comes too."""
    try:
        yield
    except (BansouError, OSError) as error:
        if debug:
            raise
        from pipeline.run.episode import explain

        typer.echo(f"error: {one_line(explain(error, ''))}", err=True)
        raise typer.Exit(EXIT_FAILED) from error
    except KeyboardInterrupt as error:
        typer.echo("interrupted; what is finished is kept, run again to go on", err=True)
        raise typer.Exit(EXIT_INTERRUPTED) from error


def printable(text: str) -> str:
    """A text without control characters: a file's name must not steer the terminal."""
    return "".join(c if _is_shown(c) or c == "\t" else f"\\x{ord(c):02x}" for c in text)


def as_json(content: object, *, default: Callable[[object], str] | None = None) -> str:
    """JSON for scripts that does no harm to a terminal: what cannot be printed stands there as ``\\u…``."""
    text = json.dumps(content, ensure_ascii=False, indent=1, default=default)
    return "".join(c if _is_shown(c) else json.dumps(c)[1:-1] for c in text)


def _is_shown(char: str) -> bool:
    return char.isprintable() or char in "\n\u3000"  # Python takes the wide space for unprintable


def one_line(text: str) -> str:
    """A message as one printable line, whatever a library's error brought along."""
    return printable(" ".join(text.split()))


def settings_from(config: Path | None, *, takes_address: bool = False, **options: Any) -> Any:
    """The settings; a command that only works on folders refuses an address."""
    from pipeline.config import load_settings

    settings = load_settings(config=config, **options)
    if settings.place and not takes_address:
        raise BansouError(
            f"{settings.place}: this command works on folders; copy processed/ from there, or see "
            "docs/scale.md for the commands that take an address"
        )
    return settings


class _Plain(logging.Formatter):
    """A message is one printable line: what a file is called forges no entry and steers no terminal."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  the library's name
        record.message = printable(record.message).replace("\n", "\\n")
        return super().formatMessage(record)


def start_logging(log_file: Path | None, *, verbose: bool) -> None:
    """Log to the file (what happened to which episode) and, with ``-v``, to stderr."""
    log = logging.getLogger("bansou")
    log.setLevel(logging.DEBUG if verbose else logging.INFO)
    log.propagate = False
    logging.raiseExceptions = False  # a full disk must not spill tracebacks over the report
    for old in list(log.handlers):
        log.removeHandler(old)
        old.close()
    if verbose:
        shown = logging.StreamHandler(sys.stderr)
        shown.setFormatter(_Plain("%(levelname)s %(message)s"))
        log.addHandler(shown)
    if log_file:
        try:
            log_file.parent.mkdir(parents=True, exist_ok=True)
            kept = logging.FileHandler(log_file, encoding="utf-8")
        except OSError:
            return  # the command itself names the folder that cannot be written
        kept.setFormatter(_Plain("%(asctime)s %(levelname)s %(message)s"))
        log.addHandler(kept)
