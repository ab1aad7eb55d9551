"""Plots for checking quality: how sure repairs and tags are, and how far recognition is off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.report import style
from pipeline.report.plots_episode import tag_names
from pipeline.report.style import Chart, look, new_chart, plain, say_below, say_empty

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_BIN = 0.05
_COLOURS = (style.BLUE, style.AMBER, style.GREEN, style.PINK, style.SKY)
_PATTERNS = ("", "///", "...", "xxx", "\\\\\\")


def repair_scores(repairs: pd.DataFrame, *, low: float = 0.7) -> Chart:
    """How many repairs have which score, by the kind of evidence that decided.

    Args:
        repairs: as ``bs.repairs()`` gives it.
        low: scores below this are worth a look; marked.
    """
    with look():
        chart, (axes,) = new_chart(height=3.2)
        if not len(repairs):
            say_empty(axes, "直した言葉はまだありません")
            return chart
        often = list(repairs["rule"].value_counts().index)
        kinds = [
            (str(rule), repairs.loc[repairs["rule"] == rule, "score"])
            for rule in often[: len(_COLOURS)]
        ]
        if rest := often[len(_COLOURS) :]:
            kinds[-1] = (
                "ほか",
                repairs.loc[repairs["rule"].isin([often[len(_COLOURS) - 1], *rest]), "score"],
            )
        _draw_scores(axes, kinds)
        _mark_low(axes, low, int((repairs["score"] < low).sum()))
        axes.set_title(f"直した言葉の確かさ（全{len(repairs)}件、色は根拠の種類）")
        axes.set_ylabel("件数")
        chart.legend(loc="outside upper right", ncols=3)
    return chart


def tag_scores(
    tags: pd.DataFrame, *, names: Mapping[str, str] | None = None, low: float = 0.6
) -> Chart:
    """How sure each tag is, a dot a passage; those below ``low`` hollow.

    Args:
        tags: as ``bs.tags()`` gives it; of several pieces of evidence in a passage the best counts.
        names: names of the tags, as ``bs.names("tag")``; the built-in ones where not given.
        low: scores below this are worth a look.
    """
    best = tags.groupby(["tag", "passage_id"], observed=True)["score"].max().reset_index()
    present = [tag for tag in tags["tag"].cat.categories if (best["tag"] == tag).any()]
    with look():
        chart, (axes,) = new_chart(height=1.7 + 0.3 * len(present))
        if not present:
            say_empty(axes, "タグはまだありません")
            return chart
        for at, tag in enumerate(present):
            scores = [float(s) for s in best.loc[best["tag"] == tag, "score"].sort_values()]
            heights = [at + _shift(n) for n in range(len(scores))]
            colour = style.tag_colour(tag)
            axes.scatter(
                scores, heights, 26, edgecolors=colour, linewidths=1.2, alpha=0.9,
                facecolors=[style.PAPER if s < low else colour for s in scores],
            )  # fmt: skip
        shown = tag_names(names)
        labels = [f"{plain(shown.get(t, t), 16)}（{(best['tag'] == t).sum()}）" for t in present]
        axes.set_yticks(range(len(present)), labels)
        axes.set_ylim(len(present) - 0.4, -0.6)
        axes.set_xlim(min(0.4, float(best["score"].min()) - 0.02), 1.02)
        _mark_low(axes, low, int((best["score"] < low).sum()))
        axes.grid(axis="x")
        axes.tick_params(axis="y", length=0)
        axes.set_title("タグの確かさ（点は一つの話題）")
    return chart


def error_rates(rates: pd.DataFrame) -> Chart:
    """Character error rates of recognition, before and after repair, an episode a pair of bars.

    Args:
        rates: as ``bs.error_rates()`` gives it.
    """
    with look():
        chart, (axes,) = new_chart(height=2.0 + 0.55 * len(rates) if len(rates) else 1.6)
        if not len(rates):
            say_empty(axes, "書き起こしの正解がある回がないので、誤り率は測れません")
            return chart
        places = range(len(rates))
        for column, label, shift, colour, hatch in (
            ("cer_recognised", "認識のまま", -0.19, style.GREY, "///"),
            ("cer_repaired", "直したあと", 0.19, style.BLUE, ""),
        ):
            bars = axes.barh(
                [at + shift for at in places], rates[column], 0.36, label=label, color=colour, hatch=hatch,
                edgecolor=style.PAPER,
            )  # fmt: skip
            axes.bar_label(bars, [f"{value:.1%}" for value in rates[column]], padding=3, fontsize=9)
        models = rates["model"].fillna("不明")
        labels = [
            f"{plain(t, 18)}\n{plain(m, 18)}" for t, m in zip(rates["title"], models, strict=True)
        ]
        axes.set_yticks(list(places), labels)
        axes.set_ylim(len(rates) - 0.4, -0.6)
        high = float(rates[["cer_recognised", "cer_repaired"]].max().max())
        axes.set_xlim(0, max(0.05, high * 1.2))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axes.grid(axis="x")
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel("文字誤り率（句読点・空白を除く。低いほど良い）")
        axes.set_title("認識の文字誤り率")
        chart.legend(loc="outside upper right", ncols=2)
        say_below(chart, "正解は references/ に置いた書き起こし。")
    return chart


def _draw_scores(axes: Axes, kinds: Sequence[tuple[str, Any]]) -> None:
    import numpy as np
    from matplotlib.ticker import MaxNLocator

    start = min(0.5, *(float(np.floor(s.min() / _BIN) * _BIN) for _, s in kinds))
    edges = np.arange(start, 1.0 + _BIN / 2, _BIN)
    edges[-1] = 1.0 + 1e-9
    floor = np.zeros(len(edges) - 1)
    for n, (label, scores) in enumerate(kinds):
        counts, _ = np.histogram(scores, edges)
        axes.bar(
            edges[:-1] + _BIN / 2, counts, 0.9 * _BIN, bottom=floor, label=plain(label, 24),
            color=_COLOURS[n], hatch=_PATTERNS[n], edgecolor=style.PAPER, linewidth=0.5,
        )  # fmt: skip
        floor += counts
    axes.set_xlim(start, 1.0)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y")


def _mark_low(axes: Axes, low: float, count: int) -> None:
    axes.axvline(low, color=style.INK, linewidth=0.9, linestyle=(0, (3, 2)))
    axes.set_xlabel(f"確かさ（0から1。{low:g}未満の{count}件は目で確かめる）")


def _shift(number: int) -> float:
    """Dots of one score must not hide each other: above and below the line by turns."""
    return (0.0, -0.13, 0.13, -0.26, 0.26)[number % 5]
