"""``bansou history``."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer

from pipeline.cli import common
from pipeline.cli.common import ConfigOption, DataOption, DebugOption
from pipeline.cli.show import as_text, event_line

_HELP = """Say what became of a card id: changed, merged, vanished.

[bold]Examples[/bold]

  bansou history c61bad17e55ae

  bansou history c61bad17e55ae --json
"""
_STATUSES = {"live": "今もある", "merged": "別のカードにまとめられた", "vanished": "なくなった", "rejected": "却下された"}  # fmt: skip


def register(app: typer.Typer) -> None:
    app.command("history", help=_HELP)(history)


def history(
    card_id: Annotated[str, typer.Argument(metavar="CARD_ID", help="A card id, old or new.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    data: DataOption = None,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """See ``_HELP``."""
    with common.errors_told(debug=debug):
        settings = common.settings_from(config, data=data)
        from pipeline.chain import history as look_up

        found = look_up(settings.data, card_id)
        if as_json:
            content = dataclasses.asdict(found)
            typer.echo(common.as_json(content, default=as_text))
            return
        typer.echo(common.one_line(f"{found.card_id} {_STATUSES[found.status]}"))
        typer.echo(common.one_line(f"回 {found.episode_id}"))
        if found.live_id and found.live_id != found.card_id:
            typer.echo(common.one_line(f"主張は今 {found.live_id} にあります"))
        for event in found.events:
            typer.echo(f"  {common.one_line(event_line(event))}")
