"""``bansou annotate``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli import common
from pipeline.cli.common import ConfigOption, DataOption, DebugOption

_HELP = """Repair, requests and tags of loose text: meeting notes, chats, mails.

IN holds one JSON object a line with "id" and "text"; OUT gets the same lines with "repaired",
"repairs", "request" and "tags" (docs/annotate.schema.json). "-" is standard input or output.

[bold]Examples[/bold]

  bansou annotate notes.jsonl annotated.jsonl

  bansou annotate - - < notes.jsonl | head
"""


def register(app: typer.Typer) -> None:
    app.command("annotate", help=_HELP)(annotate)


def annotate(
    source: Annotated[Path, typer.Argument(metavar="IN", help="JSON lines, UTF-8.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="File to write.")],
    data: DataOption = None,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """See ``_HELP``."""
    with common.errors_told(debug=debug):
        settings = common.settings_from(config, data=data)
        from pipeline.annotate import annotate_lines
        from pipeline.run.tools import Tools
        from pipeline.store import write_bytes

        tools = Tools(settings)
        if str(source) == "-":
            made = annotate_lines(sys.stdin.buffer, tools=tools, name="standard input")
            lines = list(made) if str(target) != "-" else made
        else:
            with source.open("rb") as given:
                lines = list(annotate_lines(given, tools=tools, name=str(source)))
        if str(target) == "-":
            for line in lines:
                typer.echo(line, nl=False)
        else:
            write_bytes(target, "".join(lines).encode())
