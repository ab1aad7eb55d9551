"""Plots of tags over all episodes: where they stand, when, together with which, and what changes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipeline.report import style
from pipeline.report.plots_episode import tag_names
from pipeline.report.style import Chart, look, new_chart, plain, say_below, say_empty

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_MOST_EPISODES = 30
_LEAST_FOR_TIME = 3


def tags_by_episode(
    shares: pd.DataFrame,
    *,
    titles: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
) -> Chart:
    """Which share of each episode's passages carries each tag: a field an episode and tag.

    Tags that no episode shown carries are left out; of many episodes the last 30 are shown.

    Args:
        shares: as ``bs.tag_shares()`` gives it.
        titles: episode id → title.
        names: names of the tags, as ``bs.names("tag")``; the built-in ones where not given.
    """
    episode_ids = list(dict.fromkeys(shares["episode_id"]))[-_MOST_EPISODES:]
    kept = shares[shares["episode_id"].isin(episode_ids)]
    tags = _tags_of(kept)
    with look():
        chart, (axes,) = new_chart(height=2.3 + 0.3 * len(episode_ids))
        if not tags:
            say_empty(axes, "タグの付いた話題がまだありません")
            return chart
        table = kept.astype({"tag": "str"}).pivot(
            index="episode_id", columns="tag", values=["share", "tagged"]
        )
        table = table.loc[episode_ids]
        field = table["share"][tags].to_numpy(dtype=float)
        high = max([0.2, *(float(v) for v in field.flat if not math.isnan(v))])
        image = axes.imshow(field, cmap="Blues", vmin=0.0, vmax=high, aspect="auto")
        _write_counts(axes, table["tagged"][tags].to_numpy(dtype=int), field / high)
        shown = tag_names(names)
        axes.set_xticks(
            range(len(tags)), [plain(shown.get(t, t), 14) for t in tags],
            rotation=40, ha="right", rotation_mode="anchor",
        )  # fmt: skip
        axes.set_yticks(
            range(len(episode_ids)), [plain((titles or {}).get(i, i), 18) for i in episode_ids]
        )
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        bar = chart.colorbar(
            image, ax=axes, pad=0.01, fraction=0.03, format=lambda v, _: f"{v:.0%}"
        )
        bar.set_label("話題のうちの割合")
        bar.outline.set_visible(False)
        axes.set_title("回ごとのタグ（数字は話題の数）")
    return chart


def tags_over_time(
    shares: pd.DataFrame, *, names: Mapping[str, str] | None = None, most: int = 6
) -> Chart:
    """The share of passages that carry a tag, over time, for the most frequent tags.

    Bars are 95% intervals (Wilson). A few dozen episodes read better by month.

    Args:
        shares: as ``bs.tag_shares()`` or ``bs.tag_shares("month")`` gives it.
        names: names of the tags, as ``bs.names("tag")``; the built-in ones where not given.
        most: so many tags.
    """
    points = shares.dropna(subset="published_at")
    moments = points["published_at"].nunique()
    totals = points.groupby(points["tag"].astype("str"))["tagged"].sum()
    often = sorted((t for t in totals.index if totals[t]), key=lambda t: -totals[t])[:most]
    with look():
        if moments < _LEAST_FOR_TIME or not often:
            chart, (axes,) = new_chart(height=1.6)
            say_empty(
                axes,
                f"時の移り変わりを見るには、日付のある回が{_LEAST_FOR_TIME}つ以上要ります（今は{moments}）",
            )
            axes.set_title("タグの移り変わり")
            return chart
        rows = math.ceil(len(often) / 3)
        chart, every = new_chart(
            rows, 3, height=0.7 + 1.9 * rows, gap=0.06, sharex=True, sharey=True
        )
        shown = tag_names(names)
        for axes, tag in zip(every, often, strict=False):
            _draw_course(axes, points[points["tag"] == tag], tag)
            axes.set_title(plain(shown.get(tag, tag), 16), fontsize=10)
        for axes in every[len(often) :]:
            axes.set_axis_off()
        for axes in every[::3]:
            axes.set_ylabel("話題の割合")
        high = min(1.0, float(points.loc[points["tag"].isin(often), "high"].max()) * 1.05)
        style.share_axis(every[0], along="y", high=high)
        chart.suptitle("タグの移り変わり", x=0.01, ha="left", fontsize=12)
        say_below(chart, "点は一話、または一か月。縦棒は95％区間（ウィルソン）。")
    return chart


def tag_network(
    pairs: pd.DataFrame, *, names: Mapping[str, str] | None = None, least: int = 1
) -> Chart:
    """Which tags stand in the same passages: tags around a circle, a line for every pair.

    A thicker line stands for more passages; a dark one for a pair that is together at least twice as
    often as chance would have it. A larger dot is a more frequent tag.

    Args:
        pairs: as ``bs.tag_pairs()`` gives it.
        names: names of the tags, as ``bs.names("tag")``; the built-in ones where not given.
        least: leave out pairs in fewer passages.
    """
    kept = pairs[pairs["together"] >= least]
    counts = dict(zip(kept["tag"].astype("str"), kept["tagged"].tolist(), strict=True))
    counts |= dict(zip(kept["other_tag"].astype("str"), kept["other_tagged"].tolist(), strict=True))
    with look():
        chart, (axes,) = new_chart(height=6.4 if counts else 1.6)
        if not counts:
            say_empty(axes, "同じ話題に二つのタグが付いたことがまだありません")
            return chart
        order = [t for t in pairs["tag"].cat.categories if t in counts]
        angle = {tag: math.pi / 2 - 2 * math.pi * n / len(order) for n, tag in enumerate(order)}
        place = {tag: (math.cos(a), math.sin(a)) for tag, a in angle.items()}
        _draw_pairs(axes, kept, place)
        shown = tag_names(names)
        for tag, (x, y) in place.items():
            size = 60 + 380 * counts[tag] / max(counts.values())
            axes.scatter(
                [x],
                [y],
                [size],
                color=style.tag_colour(tag),
                edgecolors=style.INK,
                linewidths=0.6,
                zorder=3,
            )
            axes.text(
                1.1 * x, 1.1 * y, f"{plain(shown.get(tag, tag), 14)} {counts[tag]}", va="center",
                ha="center" if abs(x) < 0.2 else ("left" if x > 0 else "right"), fontsize=9,
            )  # fmt: skip
        axes.set(xlim=(-1.75, 1.75), ylim=(-1.2, 1.2), aspect="equal")
        axes.set_axis_off()
        axes.set_title("同じ話題に出るタグ（数字は話題の数）")
        say_below(
            chart, "太い線ほど一緒に出る話題が多い。濃い線は偶然の2倍以上。少ない数の線は目安です。"
        )
    return chart


def tag_changes(changes: pd.DataFrame, *, names: Mapping[str, str] | None = None) -> Chart:
    """What changes: each tag's share of passages in the earlier and the later half of the episodes.

    A change is drawn thick and in colour where its 95% interval leaves out zero and each half has at
    least three episodes.

    Args:
        changes: as ``bs.tag_changes()`` gives it.
        names: names of the tags, as ``bs.names("tag")``; the built-in ones where not given.
    """
    with look():
        chart, (axes,) = new_chart(height=1.8 + 0.3 * len(changes))
        if not len(changes):
            say_empty(axes, "前半と後半を比べるには、日付のある回が2つ以上要ります")
            return chart
        for at, row in enumerate(changes.itertuples()):
            _draw_change(axes, at, row)
        shown = tag_names(names)
        labels = [plain(shown.get(tag, tag), 16) for tag in changes["tag"]]
        axes.set_yticks(range(len(changes)), labels)
        axes.set_ylim(len(changes) - 0.4, -0.6)
        most = float(changes[["early_share", "late_share"]].max().max())
        style.share_axis(axes, low=-0.01, high=min(1.01, max(0.1, most) * 1.12))
        axes.grid(axis="x")
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel("そのタグの付いた話題の割合")
        early, late = (int(changes[f"{part}_episodes"].iloc[0]) for part in ("early", "late"))
        axes.set_title(f"何が変わったか（白：前半{early}話 → 色：後半{late}話）")
        few = "回が少ないので、話し手や題材の違いと区別できません。" if early + late < 8 else ""
        say_below(
            chart, f"太い線は、差の95％区間が0を含まないもの（前半・後半とも3話以上のとき）。{few}"
        )
    return chart


def _tags_of(shares: Any) -> list[str]:
    """Tags that stand somewhere, in the order of the taxonomy."""
    seen = set(shares.loc[shares["tagged"] > 0, "tag"].astype("str"))
    return [tag for tag in shares["tag"].cat.categories if tag in seen]


def _write_counts(axes: Axes, counts: Any, depth: Any) -> None:
    for (row, column), count in _cells(counts):
        if count:
            ink = style.PAPER if depth[row, column] > 0.6 else style.INK
            axes.text(column, row, str(count), ha="center", va="center", color=ink, fontsize=8)


def _cells(field: Any) -> Any:
    import numpy as np

    return np.ndenumerate(field)


def _draw_course(axes: Axes, of: Any, tag: str) -> None:
    from matplotlib import dates

    of = of[of["passages"] > 0].sort_values("published_at")
    x, y = of["published_at"].dt.tz_localize(None).to_numpy(), of["share"].to_numpy(dtype=float)
    colour = style.tag_colour(tag)
    axes.vlines(x, of["low"], of["high"], color=colour, alpha=0.35, linewidth=2)
    axes.plot(
        x,
        y,
        "o-",
        color=colour,
        linewidth=1.2,
        markersize=4,
        markeredgecolor=style.INK,
        markeredgewidth=0.4,
    )
    make: Any = dates  # its classes are untyped
    locator = make.AutoDateLocator(minticks=3, maxticks=4)
    axes.xaxis.set_major_locator(locator)
    formats = ["%Y年", "%-m月", "%-m/%-d", "%H:%M", "%H:%M", "%S"]
    axes.xaxis.set_major_formatter(
        make.ConciseDateFormatter(
            locator,
            formats=formats,
            zero_formats=["", "%Y年", "%-m月", "", "", ""],
            show_offset=False,
        )
    )
    axes.grid(axis="y")


def _draw_pairs(axes: Axes, kept: Any, place: Mapping[str, tuple[float, float]]) -> None:
    import numpy as np

    most = int(kept["together"].max())
    along = np.linspace(0.0, 1.0, 40)
    for row in kept.sort_values("lift", kind="stable").itertuples():
        (x, y), (u, v) = place[str(row.tag)], place[str(row.other_tag)]
        # Bent towards the middle, so that lines of neighbours do not lie on the circle.
        curve = [
            (1 - along) ** 2 * a + along * (1 - along) * 0.7 * (a + b) + along**2 * b
            for a, b in ((x, u), (y, v))
        ]
        is_close = row.lift >= 2.0
        axes.plot(
            *curve, color=style.INK if is_close else style.GREY, alpha=0.75 if is_close else 0.45,
            linewidth=0.8 + 4.2 * row.together / most, solid_capstyle="round", zorder=2 if is_close else 1,
        )  # fmt: skip


def _draw_change(axes: Axes, at: int, row: Any) -> None:
    # Passages of one episode are no independent witnesses: of few episodes nothing is clear.
    is_known = min(row.early_episodes, row.late_episodes) >= _LEAST_FOR_TIME
    is_clear = is_known and (row.low > 0 or row.high < 0)
    colour = style.tag_colour(row.tag) if is_clear else style.GREY
    ends = [row.early_share, row.late_share]
    axes.plot(ends, [at, at], color=colour, linewidth=3.0 if is_clear else 1.2, zorder=1)
    axes.plot(ends[0], at, "o", markersize=7, markerfacecolor=style.PAPER, markeredgecolor=colour)
    axes.plot(
        ends[1], at, "o", markersize=7, markerfacecolor=colour, markeredgecolor=style.INK,
        markeredgewidth=0.5,
    )  # fmt: skip
