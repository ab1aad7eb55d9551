"""``bansou eval``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import common
from pipeline.cli.common import ConfigOption, DataOption, DebugOption

if TYPE_CHECKING:
    from pipeline.evaluate import Report

_HELP = """Score the language stages against labelled sentences.

TASK is requests, tags, repairs or segments. GOLD holds one JSON object a line:

  requests  {"id", "text", "request"}            null is not scored
  tags      {"id", "text", "tags", "optional"}   optional tags are scored neither way
  repairs   {"id", "text", "ref", "terms"} or {"id", "text", "keep": true}
  segments  {"id", "text", "boundaries"}         offsets at which a sentence ends

Prints precision, recall and F1 a label, the confusion of labels, and the worst errors.

[bold]Examples[/bold]

  bansou eval requests gold.jsonl

  bansou eval repairs heard.jsonl --only part=test --worst 50

  bansou eval tags gold.jsonl --json > scores.json
"""


def register(app: typer.Typer) -> None:
    app.command("eval", help=_HELP)(evaluate)


def evaluate(
    task: Annotated[str, typer.Argument(metavar="TASK", help="What to score.")],
    gold: Annotated[list[Path], typer.Argument(metavar="GOLD...", help="JSON lines, UTF-8.")],
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="KEY=VALUE", help="Score rows with this value; repeatable."),
    ] = None,
    worst: Annotated[int, typer.Option("--worst", min=0, help="How many errors to show.")] = 15,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with every error.")] = False,
    data: DataOption = None,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """See ``_HELP``."""
    with common.errors_told(debug=debug):
        settings = common.settings_from(config, data=data)
        from pipeline.evaluate import TASKS, read_gold
        from pipeline.evaluate import evaluate as run
        from pipeline.run.tools import Tools

        if task not in TASKS:
            raise typer.BadParameter(f"choose one of {', '.join(TASKS)}", param_hint="TASK")
        tools = Tools(settings)
        wanted = dict(_pair(one) for one in only or ())
        tags = tuple(tools.taxonomy.tags)
        rows = [r for path in gold for r in read_gold(path, task=task, tags=tags, only=wanted)]
        report = run(task, rows, tools=tools)
        if as_json:
            typer.echo(common.as_json(report.to_dict()))
        else:
            _print(report, worst)


def _pair(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not key:
        raise typer.BadParameter(f"{text!r} is not KEY=VALUE", param_hint="--only")
    return key, value


def _print(report: Report, worst: int) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    console.print(f"{report.task}: {report.rows} rows")
    figures = Table("figure", "value")
    for name, value in report.figures.items():
        figures.add_row(name, f"{value:g}")
    console.print(figures)
    if report.labels:
        labels = Table("label", "precision", "recall", "F1", "examples")
        for s in report.labels:
            shares = ["-" if x is None else f"{x:.2f}" for x in (s.precision, s.recall, s.f1)]
            labels.add_row(escape(s.label), *shares, str(s.support))
        console.print(labels)
    if report.confusion:
        names = list(report.confusion)
        confusion = Table("wanted \\ got", *names)
        for wanted, got in report.confusion.items():
            confusion.add_row(wanted, *(str(got[name]) for name in names))
        console.print(confusion)
    if report.mistakes and worst:
        mistakes = Table("id", "wanted", "got", "score", title="worst errors")
        mistakes.add_column("text", overflow="fold", ratio=1)
        for m in report.mistakes[:worst]:
            texts = [escape(common.one_line(t)) for t in (m.id, m.wanted, m.got)]
            shown = escape(common.one_line(m.text))
            mistakes.add_row(*texts, f"{m.score:.2f}", shown)
        console.print(mistakes)
