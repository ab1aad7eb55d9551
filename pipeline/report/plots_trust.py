"""Plots of trust over time: what a customer asks for, meeting by meeting, with its uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import BansouError
from pipeline.report import style
from pipeline.report.style import Chart, look, new_chart, plain, say_below, say_empty, share_axis
from pipeline.trust import VERDICTS, RelationTrust

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ASKED = {"opinion": "意見", "answer": "答え", "action": "行動"}
_TENSE = 0.5


def trust_trajectory(relations: Sequence[RelationTrust]) -> Chart:
    """A row a relation: requests by kind (left), opinion share with its trajectory (right).

    Dots are the shares counted with 95% intervals (Wilson), the band is the smoothed share with its
    95% interval; meetings in which the relation seems strained are shaded. Relations stand in the order given:
    nobody is ranked, and no person is named.

    Args:
        relations: as :func:`pipeline.trust.trust` found them, masked or not.
    """
    with look():
        rows = max(1, len(relations))
        chart, axes = new_chart(rows, 2, height=1.0 + 2.7 * rows, width=9.5)
        if not relations:
            say_empty(axes[0], "関係のある会議がありません")
            axes[1].set_axis_off()
            return chart
        for number, one in enumerate(relations):
            _draw_counts(axes[2 * number], one)
            _draw_shares(axes[2 * number + 1], one)
        handles, labels = axes[0].get_legend_handles_labels()
        chart.legend(handles, labels, loc="outside upper right", ncols=len(_ASKED))
        say_below(
            chart,
            "点は数えた割合、縦棒は95％区間（ウィルソン）。帯はならした割合の95％区間。"
            "灰色は関係が揺らいでいると見られる会議。",
        )
    return chart


def save_trust(relations: Sequence[RelationTrust], path: Path) -> None:
    """Draw trajectories into a file, PNG or SVG by its name.

    Raises:
        BansouError: another kind of file.
        OSError: the file cannot be written.
    """
    if path.suffix.lower() not in (".png", ".svg"):
        raise BansouError(f"{path}: is no .png or .svg; name the plot so")
    # What a file says of when it was made would make the same data give other bytes.
    stamp: Any = {"Date": None} if path.suffix.lower() == ".svg" else {"Software": None}
    trust_trajectory(relations).savefig(path, metadata=stamp)


def _draw_counts(axes: Axes, one: RelationTrust) -> None:
    from matplotlib.ticker import MaxNLocator

    places = range(len(one.meetings))
    below = [0] * len(one.meetings)
    for request, label in _ASKED.items():
        counts = [int(getattr(point, request)) for point in one.meetings]
        axes.bar(
            places, counts, 0.62, bottom=below, label=label, color=style.REQUESTS[request],
            hatch=style.HATCHES[request], edgecolor=style.PAPER, linewidth=0.5,
        )  # fmt: skip
        below = [a + b for a, b in zip(below, counts, strict=True)]
    axes.set_ylim(0, max([*below, 1]) * 1.1)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    axes.set_ylabel("顧客の求め（件）")
    axes.set_title(plain(one.relation, 24))
    _meetings(axes, one)


def _draw_shares(axes: Axes, one: RelationTrust) -> None:
    places = list(range(len(one.meetings)))
    trends = [point.trend for point in one.meetings]
    for place, point in zip(places, one.meetings, strict=True):
        if point.strain > _TENSE:
            axes.axvspan(place - 0.5, place + 0.5, color=style.RULE, linewidth=0)
    axes.fill_between(
        places, [t.low for t in trends], [t.high for t in trends],
        color=style.REQUESTS["opinion"], alpha=0.18, linewidth=0,
    )  # fmt: skip
    axes.plot(places, [float(t.value or 0.0) for t in trends], color=style.REQUESTS["opinion"])
    for place, point in zip(places, one.meetings, strict=True):
        share = point.opinion_share
        if share.value is not None:
            axes.vlines(place, share.low, share.high, color=style.MUTED, linewidth=1.0)
            axes.plot(place, share.value, style.MARKERS["opinion"], color=style.INK, markersize=5)
    share_axis(axes, along="y")
    axes.set_ylim(-0.03, 1.03)
    axes.grid(axis="y")
    axes.set_ylabel("求めのうち意見の割合")
    sure = f"（確かさ {one.confidence:.2f}）" if one.confidence else ""
    axes.set_title(f"{VERDICTS[one.verdict]}{sure}")
    _meetings(axes, one)


def _meetings(axes: Axes, one: RelationTrust) -> None:
    labels = [point.date or "日付なし" for point in one.meetings]
    crowded = len(labels) > 4
    axes.set_xticks(
        range(len(labels)),
        labels,
        rotation=35 if crowded else 0,
        ha="right" if crowded else "center",
    )
    axes.set_xlim(-0.6, len(labels) - 0.4)
