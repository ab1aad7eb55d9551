"""Plots of one episode: who speaks when, about what, and asking for what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.export.labels import REQUESTS, UNKNOWN_SPEAKER
from pipeline.export.tags import read_tags
from pipeline.report import style
from pipeline.report.style import Chart, look, new_chart, plain, say_empty

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_MOST_SPEAKERS, _MOST_TAGS = 6, 10
_LANE = 0.72


@dataclass(frozen=True, slots=True)
class _Bars:
    """A lane of the timeline: its label, its bars (from, to along x) and how they look."""

    label: str
    spans: list[tuple[float, float]]
    colour: str
    marker: str = ""


def tag_names(names: Mapping[str, str] | None) -> Mapping[str, str]:
    """The names given, else those of the built-in taxonomy."""
    if names is not None:
        return names
    return {tag: definition.name for tag, definition in read_tags(None)[0].items()}


def episode_timeline(
    episode_id: str,
    *,
    utterances: pd.DataFrame,
    passages: pd.DataFrame,
    tags: pd.DataFrame,
    cards: pd.DataFrame | None = None,
    title: str = "",
    names: Mapping[str, str] | None = None,
) -> Chart:
    """Speakers, passages, tags, requests and cards of an episode, a lane each, along its time.

    Where the source has no times, x counts utterances. Requests that abstained are left out.

    Args:
        episode_id: which episode.
        utterances, passages, tags, cards: as ``bs.utterances()`` and so on give them, of all episodes or one.
        title: title of the episode.
        names: names of the tags, as ``bs.names("tag")``; the built-in ones where not given.
    """
    said, found, known = of_episode(episode_id, utterances, passages, tags)
    with look():
        if not len(said):
            return nothing("この回には発話がありません", title)
        is_timed = bool(said["start_s"].notna().all())
        groups = [
            _speaker_lanes(said, is_timed),
            [
                _Bars("話題", spans_of(found, is_timed), style.PALE),
                *_tag_lanes(known, found, is_timed, names),
            ],
            _request_lanes(said, is_timed),
        ]
        if cards is not None:
            groups[2].append(_card_lane(cards[cards["episode_id"] == episode_id], said, is_timed))
        count = sum(len(group) for group in groups)
        chart, (axes,) = new_chart(height=1.3 + 0.27 * count)
        _draw_lanes(axes, groups)
        x_axis(axes, said, is_timed)
        axes.set_title(titled("一話の流れ", title))
    return chart


def of_episode(episode_id: str, said: Any, passages: Any, tags: Any) -> tuple[Any, Any, Any]:
    """The rows of one episode."""
    said, found = (frame[frame["episode_id"] == episode_id] for frame in (said, passages))
    return said, found, tags[tags["passage_id"].isin(found["passage_id"])]


def nothing(why: str, title: str) -> Chart:
    """A chart that says why there is nothing to draw."""
    chart, (axes,) = new_chart(height=1.6)
    say_empty(axes, why)
    axes.set_title(plain(title, 40))
    return chart


def titled(what: str, title: str) -> str:
    """What a chart shows, and of which episode."""
    return f"{what}：{plain(title, 36)}" if title else what


def spans_of(frame: Any, is_timed: bool) -> list[tuple[float, float]]:
    """From where to where rows run along x: in seconds, else in utterances."""
    if is_timed:
        starts, ends = frame["start_s"], frame["end_s"].fillna(frame["start_s"])
    elif "utterance_index" in frame:
        starts, ends = frame["utterance_index"], frame["utterance_index"] + 1
    else:
        starts, ends = frame["first_utterance"], frame["last_utterance"] + 1
    return [(float(a), float(b)) for a, b in zip(starts, ends, strict=True)]


def end_of(said: Any, is_timed: bool) -> float:
    """Where x ends."""
    return max((last for _, last in spans_of(said, is_timed)), default=1.0)


def x_axis(axes: Axes, said: Any, is_timed: bool) -> None:
    """Time along x; the count of utterances where there is none."""
    end = end_of(said, is_timed)
    if is_timed:
        style.time_axis(axes, end)
    else:
        axes.set_xlim(0, end)
        axes.set_xlabel("発話の順番（この回には時刻がありません）")


def _speaker_lanes(said: Any, is_timed: bool) -> list[_Bars]:
    speakers = said["speaker"].fillna(UNKNOWN_SPEAKER)
    order = list(dict.fromkeys(speakers))
    shown, rest = order[:_MOST_SPEAKERS], set(order[_MOST_SPEAKERS:])
    lanes = [
        _Bars(plain(name, 12), spans_of(said[speakers == name], is_timed), style.GREY)
        for name in shown
    ]
    if rest:
        others = said[speakers.isin(rest)]
        lanes.append(_Bars(f"ほか{len(rest)}人", spans_of(others, is_timed), style.GREY))
    return lanes


def _tag_lanes(
    known: Any, found: Any, is_timed: bool, names: Mapping[str, str] | None
) -> list[_Bars]:
    shown = tag_names(names)
    pairs = known.drop_duplicates(["passage_id", "tag"])
    counts = pairs["tag"].value_counts()
    often = [tag for tag in counts.index[:_MOST_TAGS] if counts[tag]]
    order = [tag for tag in known["tag"].cat.categories if tag in often]
    lanes = []
    for tag in order:
        of = found[found["passage_id"].isin(pairs.loc[pairs["tag"] == tag, "passage_id"])]
        label = plain(shown.get(tag, tag), 12)
        lanes.append(_Bars(label, spans_of(of, is_timed), style.tag_colour(tag)))
    return lanes


def _request_lanes(said: Any, is_timed: bool) -> list[_Bars]:
    sure = said[~said["request_abstained"]]
    return [
        _Bars(
            REQUESTS[request], spans_of(sure[sure["request"] == request], is_timed),
            style.REQUESTS[request], style.MARKERS[request],
        )
        for request in ("opinion", "answer", "action")
    ]  # fmt: skip


def _card_lane(cards: Any, said: Any, is_timed: bool) -> _Bars:
    if is_timed:
        return _Bars("カード", spans_of(cards.dropna(subset="start_s"), True), style.INK, "D")
    spans = [
        (float(at), float(at) + 1)
        for card in cards.itertuples()
        for at in said.loc[said["last_segment"] >= card.first_segment, "utterance_index"].head(1)
    ]
    return _Bars("カード", spans, style.INK, "D")


def _draw_lanes(axes: Axes, groups: Sequence[Sequence[_Bars]]) -> None:
    at, places, labels = 0.0, [], []
    for group in groups:
        for lane in group:
            _draw_lane(axes, lane, at)
            places.append(at)
            labels.append(lane.label)
            at += 1.0
        axes.axhline(at - 0.3, color=style.RULE, linewidth=0.8)
        at += 0.4
    axes.set_yticks(places, labels)
    axes.set_ylim(at - 0.7, -0.7)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")


def _draw_lane(axes: Axes, lane: _Bars, at: float) -> None:
    if lane.marker:
        axes.plot(
            [(a + b) / 2 for a, b in lane.spans], [at] * len(lane.spans), lane.marker, label=lane.label,
            color=lane.colour, markersize=6, markeredgecolor=style.INK, markeredgewidth=0.5,
        )  # fmt: skip
        return
    axes.broken_barh(
        [(a, b - a) for a, b in lane.spans], (at - _LANE / 2, _LANE), label=lane.label,
        facecolors=lane.colour, edgecolors=style.PAPER, linewidth=0.6,
    )  # fmt: skip
