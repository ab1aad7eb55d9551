"""``bansou search``."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline import schema
from pipeline.cli import common
from pipeline.cli.common import ConfigOption, DataOption, DebugOption
from pipeline.cli.labels import KINDS, REQUESTS, clock

if TYPE_CHECKING:
    from pipeline.search import Filters, Hit

_HELP = """Find cards by words, readings and meaning.

Words count in any form, and かな finds 漢字: ばんそう finds 伴走. Words in "…" or 「…」 must stand in
this order. Words that are used alike are found too, marked ≈. Private episodes are searched only
with --private. The index is kept up to date by itself.

Several values of one filter mean any of them; different filters must all be met. Finding nothing is
no failure: the exit code is 0, JSON is [].

[bold]Examples[/bold]

  bansou search "解約の兆候"

  bansou search ばんそう --kind method --since 2026-04-01

  bansou search '「意見を聞かれる」' --passages --speaker 佐藤

  bansou search 引き継ぎ --json --limit 50
"""

Values = list[str] | None


def register(app: typer.Typer) -> None:
    app.command("search", help=_HELP)(search)


def search(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="Words to look for.")],
    passages: Annotated[
        bool, typer.Option("--passages", help="Search passages instead of cards.")
    ] = False,
    tag: Annotated[Values, typer.Option(help="Tag of the taxonomy, e.g. bansou.")] = None,
    kind: Annotated[Values, typer.Option(help=f"One of {', '.join(schema.CARD_KINDS)}.")] = None,
    request: Annotated[Values, typer.Option(help=f"One of {', '.join(schema.REQUESTS)}.")] = None,
    speaker: Annotated[Values, typer.Option(help="Who speaks; 不明 where nobody is named.")] = None,
    episode: Annotated[Values, typer.Option(help="Episode id.")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day of publication (UTC).")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day of publication (UTC).")
    ] = None,
    private: Annotated[
        bool, typer.Option("--private", help="Search private episodes too.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many hits.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    data: DataOption = None,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """See ``_HELP``."""
    _check("--tag", tag, schema.TAGS)
    _check("--kind", kind, schema.CARD_KINDS)
    _check("--request", request, schema.REQUESTS)
    if passages and kind:
        raise typer.BadParameter("a passage has no kind", param_hint="--kind")
    with common.errors_told(debug=debug):
        settings = common.settings_from(config, data=data)
        from pipeline.search import Filters, QueryError
        from pipeline.search import search as find

        filters = Filters(
            tags=tuple(tag or ()), kinds=tuple(kind or ()), requests=tuple(request or ()),
            speakers=tuple(speaker or ()), episodes=tuple(episode or ()),
            since=since.date() if since else None, until=until.date() if until else None,
            private=private,
        )  # fmt: skip
        try:
            hits = find(
                settings.data, query, passages=passages, filters=filters, limit=limit,
                report=_indexing(),
            )  # fmt: skip
        except QueryError as error:
            raise typer.BadParameter(common.one_line(str(error)), param_hint="QUERY") from error
        if as_json:
            typer.echo(common.as_json([_as_json(h) for h in hits]))
        else:
            _print(hits, filters)


def _check(option: str, values: Values, known: Sequence[str]) -> None:
    for value in values or ():
        if value not in known:
            raise typer.BadParameter(
                f"{common.one_line(value)!r} is none of {', '.join(known)}", param_hint=option
            )


def _indexing() -> Callable[[int, int], None]:
    """Tell of indexing where somebody watches: the first search of an archive takes its time."""

    def tell(done: int, total: int) -> None:
        if sys.stderr.isatty() and total > 1:
            end = "\n" if done == total else ""
            typer.echo(f"\rindexing {done}/{total} episodes", err=True, nl=False)
            typer.echo(end, err=True, nl=False)

    return tell


def _as_json(hit: Hit) -> dict[str, object]:
    return dataclasses.asdict(hit)


def _print(hits: Sequence[Hit], filters: Filters) -> None:
    if not hits:
        hint = "" if filters.private else "（非公開の回も探すには --private）"
        typer.echo(f"見つかりませんでした{hint}", err=True)
    for number, hit in enumerate(hits, start=1):
        title = common.one_line(hit.title or hit.episode_title)
        like = "" if hit.by_words else "≈ "
        typer.echo(f"{number:>2}. {like}{typer.style(title, bold=True)}")
        typer.echo(f"    {_marked(hit)}")
        facts = [
            common.one_line(hit.episode_title), clock(hit.start_s), hit.speaker or "",
            KINDS.get(hit.kind or "", ""), REQUESTS.get(hit.request or "", ""),
            "非公開" if hit.is_private else "", f"{hit.score:.2f}", hit.id,
        ]  # fmt: skip
        typer.echo(f"    {' · '.join(common.one_line(fact) for fact in facts if fact)}")


def _marked(hit: Hit) -> str:
    """The quote with what was found in bold, or between 【 and 】 where nothing can be bold."""
    parts, at = [], 0
    is_bold = sys.stdout.isatty()
    for start, end in hit.marks:
        found = _plain(hit.quote[start:end])
        parts += [
            _plain(hit.quote[at:start]),
            typer.style(found, bold=True, fg="yellow") if is_bold else f"【{found}】",
        ]
        at = end
    return "".join([*parts, _plain(hit.quote[at:])])


def _plain(text: str) -> str:
    return common.printable(text.replace("\t", " ").replace("\n", " "))
