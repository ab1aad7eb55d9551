"""Plots of what was asked for: opinions or answers, with how sure the shares are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipeline.export.labels import REQUESTS
from pipeline.report import style
from pipeline.report.style import Chart, look, new_chart, plain, say_below, say_empty

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_ASKED = ("opinion", "answer", "action")
_GROUPS = {"episode_id": "回", "speaker": "話者", "relation": "顧客"}
_LEAST = 5


def request_balance(
    shares: pd.DataFrame, *, names: Mapping[str, str] | None = None, most: int = 30
) -> Chart:
    """How often opinions, answers and actions were asked for (left), and the share of opinions (right).

    The share is of opinions and answers together, with its 95% interval (Wilson); it is drawn hollow where
    fewer than 5 were asked for. The order is that of the frame: this ranks nobody.

    Args:
        shares: as ``bs.request_shares(by)`` gives it.
        names: what to write for an id, as episode ids → titles.
        most: so many rows at most, the last ones.
    """
    key = str(shares.columns[0])
    shown = shares.tail(most).reset_index(drop=True)
    what = _GROUPS.get(key, key)
    with look():
        chart, (left, right) = new_chart(
            1, 2, height=1.9 + 0.34 * len(shown), gap=0.08, sharey=True
        )
        if not len(shown):
            say_empty(left, f"{what}ごとに数えられる発話がありません")
            right.set_axis_off()
            return chart
        labels = [plain((names or {}).get(str(i), str(i)), 18) for i in shown[key]]
        _draw_counts(left, shown)
        _draw_shares(right, shown)
        left.set_yticks(range(len(shown)), labels)
        left.set_ylim(len(shown) - 0.4, -0.6)
        for axes in (left, right):
            axes.grid(axis="x")
            axes.tick_params(axis="y", length=0)
        left.set_title(f"{what}ごとの求め（回数）")
        right.set_title("意見の割合（意見＋答えのうち）")
        chart.legend(*left.get_legend_handles_labels(), loc="outside upper right", ncols=3)
        cut = f"新しい{most}件だけを表示。" if len(shares) > len(shown) else ""
        say_below(
            chart,
            f"{cut}横棒は95％区間（ウィルソン）。白抜きは{_LEAST}件未満で、当てになりません。",
        )
    return chart


def _draw_counts(axes: Axes, shown: Any) -> None:
    from matplotlib.ticker import MaxNLocator

    left = [0] * len(shown)
    for request in _ASKED:
        counts = [int(n) for n in shown[request]]
        axes.barh(
            range(len(shown)), counts, 0.62, left=left, label=REQUESTS[request],
            color=style.REQUESTS[request], hatch=style.HATCHES[request], edgecolor=style.PAPER,
            linewidth=0.5,
        )  # fmt: skip
        left = [a + b for a, b in zip(left, counts, strict=True)]
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    axes.set_xlabel("回数")
    axes.set_xlim(0, max([*left, 1]) * 1.05)


def _draw_shares(axes: Axes, shown: Any) -> None:
    axes.axvline(0.5, color=style.MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
    for place, row in enumerate(shown.itertuples()):
        if not row.asked:
            axes.text(0.02, place, "求めなし", va="center", fontsize=8, color=style.MUTED)
            continue
        is_weak = row.asked < _LEAST
        axes.plot([row.low, row.high], [place] * 2, color=style.GREEN, linewidth=2.2, alpha=0.75)
        axes.plot(
            row.opinion_share, place, "o", markersize=7, markeredgecolor=style.GREEN,
            markerfacecolor=style.PAPER if is_weak else style.GREEN,
        )  # fmt: skip
        axes.annotate(
            f"{row.opinion}/{row.asked}", (1.0, place), xytext=(4, 0), textcoords="offset points",
            va="center", fontsize=8, color=style.MUTED, annotation_clip=False,
        )  # fmt: skip
    style.share_axis(axes)
    axes.set_xlabel("意見を求めた割合")
