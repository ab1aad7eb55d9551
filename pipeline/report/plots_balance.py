"""The balance of the three roads (伴走, 代走, 自走) along an episode."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pipeline.report import style
from pipeline.report.plots_episode import (
    end_of,
    nothing,
    of_episode,
    spans_of,
    tag_names,
    titled,
    x_axis,
)
from pipeline.report.style import Chart, look, new_chart, say_below, say_empty

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

_ROADS = ("jisou", "bansou", "daisou")
# Fewer passages than this draw no line: a curve through three points says more than is known.
_LEAST_FOR_LINE = 5


def road_balance(
    episode_id: str,
    *,
    utterances: pd.DataFrame,
    passages: pd.DataFrame,
    tags: pd.DataFrame,
    title: str = "",
) -> Chart:
    """Where an episode speaks of 自走, 伴走 and 代走 (above), and which it leans to along its time (below).

    The line is a mean of 1 (自走), 0 (伴走) and -1 (代走), weighted by the tags' scores and by nearness in
    time; it breaks off where no passage near speaks of any, and is left out for fewer than 5 passages.

    Args:
        episode_id: which episode.
        utterances, passages, tags: as ``bs.utterances()`` and so on give them, of all episodes or one.
        title: title of the episode.
    """
    said, found, known = of_episode(episode_id, utterances, passages, tags)
    scores = _road_scores(known, found)
    with look():
        if not len(said) or not len(scores):
            return nothing("この回には伴走・代走・自走の話題がありません", title)
        is_timed = bool(said["start_s"].notna().all())
        spans = dict(zip(found["passage_id"], spans_of(found, is_timed), strict=True))
        middles = [sum(spans[passage_id]) / 2 for passage_id in scores.index]
        chart, (above, below) = new_chart(2, height=4.4, sharex=True, height_ratios=[1.1, 1.6])
        _draw_roads(above, scores, middles)
        end = end_of(said, is_timed)
        is_drawn = len(scores) >= _LEAST_FOR_LINE
        if is_drawn:
            _draw_line(below, scores, middles, end)
        else:
            say_empty(
                below,
                f"該当する話題が{len(scores)}件だけなので、傾きの線は引きません（{_LEAST_FOR_LINE}件から）",
            )
            above.tick_params(labelbottom=True)
        x_axis(below if is_drawn else above, said, is_timed)
        above.set_title(titled("伴走・代走・自走の配分", title))
        if is_drawn:
            above.set_xlabel("")
        say_below(chart, "話題に出た量であり、良し悪しではありません。大きい印ほど確か。")
    return chart


def _road_scores(known: Any, found: Any) -> Any:
    """Passages with any of the three roads, in order, with the best score of each (0 where none)."""
    of = known[known["tag"].isin(_ROADS)]
    best = of.astype({"tag": "str"}).pivot_table(
        index="passage_id", columns="tag", values="score", aggfunc="max"
    )
    best = best.reindex(columns=list(_ROADS)).fillna(0.0)
    return best.reindex([i for i in found["passage_id"] if i in best.index])


def _draw_roads(axes: Axes, scores: Any, middles: Sequence[float]) -> None:
    shown = tag_names(None)
    for place, road in enumerate(_ROADS):
        points = [(x, s) for x, s in zip(middles, scores[road], strict=True) if s > 0]
        axes.scatter(
            [x for x, _ in points], [place] * len(points), [30 + 110 * s * s for _, s in points],
            label=shown[road], color=style.ROADS[road], marker=style.MARKERS[road],
            edgecolors=style.INK, linewidths=0.5,
        )  # fmt: skip
    axes.set_yticks(range(len(_ROADS)), [shown[road] for road in _ROADS])
    axes.set_ylim(len(_ROADS) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")


def lean(scores: Any, middles: Sequence[float], at: NDArray[Any], width: float) -> NDArray[Any]:
    """The leaning (1 自走, 0 伴走, -1 代走) along x; NaN where no passage is near."""
    import numpy as np

    distance = (at[:, None] - np.asarray(middles)[None, :]) / width
    near = np.exp(-0.5 * distance**2)
    weight = near @ scores.sum(axis="columns").to_numpy()
    side = near @ (scores["jisou"] - scores["daisou"]).to_numpy()
    # Two widths from a lone passage nothing is known any more.
    return np.where(weight > 0.1, side / np.maximum(weight, 1e-9), np.nan)


def _draw_line(axes: Axes, scores: Any, middles: Sequence[float], end: float) -> None:
    import numpy as np

    at = np.linspace(0.0, end, 400)
    line = lean(scores, middles, at, width=0.06 * end)
    axes.axhspan(0.0, 1.05, color=style.GREEN, alpha=0.07, linewidth=0)
    axes.axhspan(-1.05, 0.0, color=style.ORANGE, alpha=0.07, linewidth=0)
    axes.axhline(0.0, color=style.BLUE, linewidth=1.2, linestyle=(0, (4, 2)))
    axes.plot(at, line, color=style.INK, linewidth=1.8, label="傾き")
    axes.set_yticks([1.0, 0.0, -1.0], ["自走寄り", "伴走", "代走寄り"])
    axes.set_ylim(-1.05, 1.05)
    axes.grid(axis="x")
