"""``bansou trust``."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli import common
from pipeline.cli.common import ConfigOption, DataOption, DebugOption
from pipeline.cli.labels import clock

if TYPE_CHECKING:
    from pipeline.trust import Point, Quote, RelationTrust, Share

_HELP = """Show how trust went over the meetings with one customer, or with each.

Meetings are grouped by `relation:` in the `<stem>.yaml` beside a transcript or recording, with
`roles: {田中: customer, 佐藤: csm}`. What counts is what the customer asks for: opinions, answers, or
deeds. The verdict says how sure it is and shows its evidence; there is none from fewer than three
meetings. It is about a relation, never about a person's worth (docs/trust.md).

Meetings with customers are private: this command shows them, --mask takes names out.

[bold]Examples[/bold]

  bansou trust

  bansou trust acme --plot acme.svg

  bansou trust --json --mask
"""
_SUFFIXES = (".png", ".svg")
_SHOWN_SIGNALS = {
    "signal.opinion": "意見を求められる兆候", "signal.answer": "答えを求められる兆候",
    "signal.reliance": "頼られる兆候", "candor": "苦言", "candor.accepted": "うち受け止められた",
    "trust.erosion": "不信を招く行動", "trust.recovery": "挽回", "daisou": "代走", "jisou": "自走",
}  # fmt: skip


def register(app: typer.Typer) -> None:
    app.command("trust", help=_HELP)(trust)


def trust(
    relation: Annotated[
        str | None, typer.Argument(metavar="[RELATION]", help="One relation; all without it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    mask: Annotated[
        bool, typer.Option("--mask", help="Masks for names, the same everywhere; no raw text.")
    ] = False,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Draw it: .png or .svg.")
    ] = None,
    data: DataOption = None,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """See ``_HELP``."""
    if plot is not None and plot.suffix.lower() not in _SUFFIXES:
        raise typer.BadParameter(
            f"{common.one_line(str(plot))!r} does not end in {' or '.join(_SUFFIXES)}",
            param_hint="--plot",
        )
    with common.errors_told(debug=debug):
        settings = common.settings_from(config, data=data)
        from pipeline import trust as library

        found = library.trust(settings.data, relation)
        shown = list(found.relations)
        if mask:
            among = found if relation is None else library.trust(settings.data)
            shown = library.mask(shown, among=among.relations)
        if as_json:
            content = [_as_json(one, mask=mask) for one in shown]
            typer.echo(common.as_json(content))
        else:
            _print(shown, mask=mask)
        if plot is not None and shown:
            from pipeline.report.plots_trust import save_trust

            save_trust(shown, plot)
            typer.echo(common.one_line(f"図：{plot}"), err=True)
        for error in found.errors:
            typer.echo(f"error: {common.one_line(error)}", err=True)
        if found.errors:
            raise typer.Exit(common.EXIT_FAILED)


def _as_json(one: RelationTrust, *, mask: bool) -> dict[str, Any]:
    from pipeline.trust import VERDICTS

    return {
        "relation": one.relation,
        "verdict": VERDICTS[one.verdict],
        "confidence": one.confidence,
        "reason": one.reason,
        "chances": {VERDICTS[name]: chance for name, chance in one.chances.items()},
        "roles": dict(one.roles),
        "meetings": [_point_json(point) for point in one.meetings],
        "evidence": [dataclasses.asdict(quote) for quote in one.evidence],
        "notes": list(one.notes),
        "private": one.is_private,
        "masked": mask,
    }


def _point_json(point: Point) -> dict[str, Any]:
    shares: dict[str, float | None] = {}
    for name in ("opinion_share", "answer_share", "action_share", "trend"):
        share: Share = getattr(point, name)
        shares |= {
            name: share.value if share.value is None else round(share.value, 4),
            f"{name}_low": round(share.low, 4),
            f"{name}_high": round(share.high, 4),
        }
    counts = {name: getattr(point, name) for name in ("n", "opinion", "answer", "action", "none")}
    return {
        "date": point.date, "episode_id": point.episode_id, "title": point.title, **counts,
        **shares, "strain": round(point.strain, 4), "signals": dict(point.signals),
    }  # fmt: skip


def _print(shown: Sequence[RelationTrust], *, mask: bool) -> None:
    if not shown:
        typer.echo(
            "関係のある会議がありません（`<名前>.yaml` に relation と roles を書いてください）",
            err=True,
        )
    for number, one in enumerate(shown):
        if number:
            typer.echo()
        for line in _lines(one):
            shown_line = common.printable(line)
            typer.echo(shown_line if line[:1] == " " else typer.style(shown_line, bold=True))
    if not mask and any(one.is_private for one in shown):
        typer.echo("非公開の会議を含みます。見せるときは --mask を付けてください", err=True)


def _lines(one: RelationTrust) -> Iterator[str]:
    from pipeline.trust import VERDICTS

    sure = f"（確かさ {one.confidence:.2f}）" if one.confidence else ""
    yield f"{_flat(one.relation)}  {VERDICTS[one.verdict]}{sure}"
    yield f"  {one.reason}"
    others = sorted(one.chances.items(), key=lambda item: -item[1])
    rest = [f"{VERDICTS[n]} {c:.2f}" for n, c in others if n != one.verdict and c >= 0.05]
    if rest:
        yield f"  ほかの見方：{'、'.join(rest)}"
    yield "  会議        発話 意見 答え 行動  意見の割合（95%区間）   ならした割合（95%区間）"
    yield from (_row(point) for point in one.meetings)
    yield from _signals(one)
    if one.evidence:
        yield "  根拠"
    yield from (_quote(quote) for quote in one.evidence)
    yield from (f"  注：{note}" for note in one.notes)


def _row(point: Point) -> str:
    counts = f"{point.n:>4} {point.opinion:>4} {point.answer:>4} {point.action:>4}"
    tense = "  揺らぎ" if point.strain > 0.5 else ""
    shares = f"{_share(point.opinion_share):<18}  {_share(point.trend)}"
    return f"  {point.date or '日付なし':<10} {counts}   {shares}{tense}  {_flat(point.episode_id)}"


def _share(share: Share) -> str:
    if share.value is None:
        return "求めなし"
    return f"{share.value:>4.0%} ({share.low:.0%}–{share.high:.0%})"


def _signals(one: RelationTrust) -> Iterator[str]:
    for name, label in _SHOWN_SIGNALS.items():
        counts = [point.signals.get(name, 0) for point in one.meetings]
        if any(counts):
            yield f"  {label}：{' → '.join(map(str, counts))}（会議ごとのまとまりの数）"


def _quote(quote: Quote) -> str:
    from pipeline.trust import ROLE_NAMES

    when = clock(quote.start_s) or f"{quote.utterance_index + 1} 番目の発話"
    where = f"{_flat(quote.episode_id)} {when} {ROLE_NAMES[quote.role]}"
    return f"    {quote.why}\n      「{_flat(quote.quote)}」（{where}）"


def _flat(text: str) -> str:
    return common.one_line(text)
