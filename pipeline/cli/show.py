"""``bansou show``."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli import common
from pipeline.cli.common import ConfigOption, DataOption, DebugOption
from pipeline.cli.labels import EVENTS, KINDS, REASONS, REQUESTS, REVIEW_STATUSES, clock

if TYPE_CHECKING:
    from pipeline.chain import Chain, Event, Place, SegmentShown

_HELP = """Show a card and the way back to the second of audio.

Card, passage, utterances, segments as recognised with their repairs 【before→after】, the command
that plays the place (or the line of the text), further evidence, related cards, history. The id of a
card that was merged leads to the card that holds its claim.

[bold]Examples[/bold]

  bansou show c61bad17e55ae

  bansou show c61bad17e55ae --json
"""
# A little before the quote, so that its first syllable is not cut.
_LEAD_S = 0.5


def register(app: typer.Typer) -> None:
    app.command("show", help=_HELP)(show)


def show(
    card_id: Annotated[str, typer.Argument(metavar="CARD_ID", help="As `bansou search` tells it.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    data: DataOption = None,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """See ``_HELP``."""
    with common.errors_told(debug=debug):
        settings = common.settings_from(config, data=data)
        from pipeline.chain import trace

        chain = trace(settings.data, card_id)
        if as_json:
            content = dataclasses.asdict(chain) | {"play": play_command(chain.place)}
            typer.echo(common.as_json(content, default=as_text))
            return
        for line in _lines(chain):
            typer.echo(common.printable(line))


def as_text(value: object) -> str:
    """Paths and moments in JSON."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def play_command(place: Place) -> str | None:
    """The command that plays the place; None where there is no sound."""
    if place.audio is None or place.start_s is None:
        return None
    start = max(0.0, place.start_s - _LEAD_S)
    length = f" -t {place.end_s - start + _LEAD_S:.1f}" if place.end_s is not None else ""
    name = str(place.audio)
    if name.startswith("-"):  # it must not be taken for an option
        name = f"./{name}"
    return f"ffplay -autoexit -ss {start:.1f}{length} {shlex.quote(name)}"


def _lines(chain: Chain) -> Iterator[str]:
    from pipeline.export.corpus import says_more

    card = chain.card
    if chain.asked_id != card["card_id"]:
        yield f"（{chain.asked_id} は {card['card_id']} にまとめられました）"
    yield _flat(card["title"])
    yield ""
    if body := says_more(card["title"], card["body"]):
        yield body
        yield ""
    yield f"引用  「{_flat(card['quote'])}」"
    facts = [
        KINDS.get(card["kind"], card["kind"]), REQUESTS.get(card["request"], ""),
        " ".join(card["tags"]), f"確かさ {card['score']:.2f}",
        REVIEW_STATUSES.get(card["review_status"], ""),
        "非公開" if chain.episode["visibility"] != "public" else "",
    ]  # fmt: skip
    yield f"分類  {' · '.join(fact for fact in facts if fact)}"
    yield f"番号  {card['card_id']}"
    yield from _where(chain)
    yield from _behind(chain)
    yield from _beside(chain)
    yield from (f"欠け  {gap}" for gap in chain.gaps)


def _where(chain: Chain) -> Iterator[str]:
    card, place, published = chain.card, chain.place, chain.episode["published_at"]
    when = f"（{published.date().isoformat()}）" if published else ""
    yield f"回    {_flat(chain.episode['title'])}{when} {chain.episode['episode_id']}"
    yield f"話者  {_flat(card['speaker'] or '不明')}"
    if place.start_s is not None:
        yield f"時刻  {clock(place.start_s)}–{clock(place.end_s)}（{place.start_s:.1f} 秒から）"
    lines = _line_numbers(place)
    missing = "" if place.source.exists() else "（ファイルは今ありません）"
    yield f"元    {_flat(str(place.source))}{lines}{missing}"
    command = play_command(place)
    if command:
        yield f"再生  {command}"


def _line_numbers(place: Place) -> str:
    if place.first_line is None:
        return ""
    last = "" if place.first_line == place.last_line else f"–{place.last_line}"
    return f" {place.first_line}{last} 行目"


def _behind(chain: Chain) -> Iterator[str]:
    if chain.passage:
        yield ""
        yield f"話のまとまり  {_flat(chain.passage['passage_id'])}"
        for said in chain.utterances:
            mark = "▶" if said.in_quote else " "
            who = f"{_flat(said.speaker)}：" if said.speaker else ""
            yield f"  {mark} {clock(said.start_s):>5} {who}{_flat(said.text)}"
    if chain.segments:
        yield ""
        yield "認識されたまま（【前→後】は直した箇所、｜は引用の端）"
        for segment in chain.segments:
            line = f"{segment.line} 行目 " if segment.line is not None else ""
            yield f"    {clock(segment.start_s):>5} {line}{_flat(marked(segment))}"


def _beside(chain: Chain) -> Iterator[str]:
    if chain.evidence:
        yield ""
        yield "同じ主張"
        for other in chain.evidence:
            where = f"{_flat(other.episode_title)} {clock(other.start_s)}".strip()
            yield f"    「{_flat(other.quote)}」（{where}）"
    if chain.links:
        yield ""
        yield "関連するカード"
        for link in chain.links:
            yield f"    {REASONS.get(link.reason, link.reason)}：{_flat(link.title)} {link.card_id}"
    if chain.history:
        yield ""
        yield "経緯"
        yield from (f"    {event_line(event)}" for event in chain.history.events)


def event_line(event: Event) -> str:
    """An event of a card's history, for readers."""
    when = event.at.strftime("%Y-%m-%d %H:%M") if event.at else "（日時の記録なし）"
    what = EVENTS.get(event.what, event.what)
    more = " ".join(part for part in (event.other_card_id, event.detail) if part)
    return f"{when} {what}{f'：{_flat(more)}' if more else ''}"


def marked(segment: SegmentShown) -> str:
    """A segment's raw text with repairs as 【before→after】 and ｜ where the quote begins and ends."""
    borders = [at for at in (segment.start, segment.end) if 0 < at < len(segment.text)]
    cuts = [(at, at, "｜") for at in borders]
    cuts += [(r.start, r.end, f"【{r.before}→{r.after}】") for r in segment.repairs]
    parts, at = [], 0
    for start, end, shown in sorted(cuts, key=lambda cut: cut[:2]):
        if start >= at:
            parts += [segment.text[at:start], shown]
            at = end
    return "".join([*parts, segment.text[at:]])


def _flat(text: Any) -> str:
    return common.one_line(str(text))
