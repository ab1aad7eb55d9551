"""Every plot drawn, and what it drew looked at: the data on its axes, its labels, its glyphs."""

from __future__ import annotations

import ast
import io
import itertools
import json
import math
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fontTools.ttLib import TTFont
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.text import Text

import pipeline as bs
from pipeline.query import session
from pipeline.report import plots, style
from pipeline.report.plots_balance import lean
from pipeline.report.plots_episode import tag_names
from tests.plotting import make_archive
from tests.report.make_images import EPISODE, FOLDER, charts

ALL = (
    "episode_timeline", "road_balance", "tags_by_episode", "tags_over_time", "tag_network", "tag_changes",
    "request_balance", "request_balance_speakers", "request_balance_relations", "repair_scores",
    "tag_scores", "error_rates", "trust_trajectory",
)  # fmt: skip
CMAP = frozenset(TTFont(style.font_file()).getBestCmap())


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_archive(tmp_path_factory.mktemp("plots"))


@pytest.fixture(autouse=True)
def _reads(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_sessions", [session._Session(data, private=True)])


def drawn(chart: plots.Chart) -> plots.Chart:
    """Draw it; a glyph the font lacks, or anything else that matplotlib warns of, is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        chart.savefig(io.BytesIO(), format="svg")
        FigureCanvasAgg(chart).draw()  # so that places of texts can be asked for
    return chart


def texts(chart: plots.Chart) -> list[Text]:
    return [t for t in chart.findobj(Text) if t.get_visible() and t.get_text()]


def labels(axes: Any, along: str = "y") -> list[str]:
    return [t.get_text() for t in getattr(axes, f"get_{along}ticklabels")()]


def hold(frame: pd.DataFrame, tag: str) -> set[str]:
    return set(frame.loc[frame["tag"] == tag, "passage_id"])


@pytest.mark.parametrize("name", ALL)
def test_every_plot_is_titled_in_japanese_without_tofu_and_has_its_image(
    data: Path, name: str
) -> None:
    chart = drawn(charts(data)[name]())
    shown = texts(chart)
    assert {c for t in shown for c in t.get_text() if c != "\n" and ord(c) not in CMAP} == set()
    assert {t.get_fontfamily()[0] for t in shown} == {"IPAexGothic"}
    assert any("\u3040" <= c <= "\u9fff" for c in chart.alt)
    assert (FOLDER / f"{name}.png").stat().st_size > 5000
    # Nothing is cut off, and nothing lies over another label of its axis.
    for axes in chart.axes:
        for along in ("x", "y"):
            shown_labels = [t for t in _tick_labels(axes, along) if not t.get_rotation()]
            boxes = [t.get_window_extent() for t in shown_labels]
            assert not any(a.overlaps(b) for a, b in itertools.pairwise(boxes)), (name, along)


def _tick_labels(axes: Any, along: str) -> list[Text]:
    """Labels of the ticks within what is shown."""
    low, high = sorted(getattr(axes, f"get_{along}lim")())
    ticks = getattr(axes, f"{along}axis").get_major_ticks()
    return [
        t.label1
        for t in ticks
        if low <= t.get_loc() <= high and t.label1.get_visible() and t.label1.get_text()
    ]


def test_every_public_plot_has_an_image() -> None:
    functions = set(plots.__all__) - {"Chart"}
    assert functions <= set(ALL)
    assert {path.stem for path in FOLDER.glob("*.png")} >= set(ALL)


def test_the_timeline_shows_each_lane_where_it_is(data: Path) -> None:
    chart = drawn(charts(data)["episode_timeline"]())
    (axes,) = chart.axes
    said = bs.utterances().query("episode_id == @EPISODE")
    found = bs.passages().query("episode_id == @EPISODE")
    known = bs.tags()
    known = known[known["passage_id"].isin(found["passage_id"])]
    lanes = {c.get_label(): c for c in axes.collections if isinstance(c, PolyCollection)}
    assert {"桐谷", "水沢", "髙橋", "不明", "話題", "伴走", "代走", "自走"} <= set(lanes)
    for speaker, of in said.groupby(said["speaker"].fillna("不明")):
        starts = [path.vertices[:, 0].min() for path in lanes[str(speaker)].get_paths()]
        assert starts == pytest.approx(list(of["start_s"]))
    for tag, name in (("daisou", "代走"), ("jisou", "自走")):
        of = found[found["passage_id"].isin(hold(known, tag))]
        ends = [path.vertices[:, 0].max() for path in lanes[name].get_paths()]
        assert ends == pytest.approx(list(of["end_s"]))
    marks = {line.get_label(): line for line in axes.lines}
    sure = said[~said["request_abstained"]]
    for request, label in (
        ("opinion", "意見を求める"),
        ("answer", "答えを求める"),
        ("action", "行動を求める"),
    ):
        of = sure[sure["request"] == request]
        assert list(marks[label].get_xdata()) == pytest.approx(
            list((of["start_s"] + of["end_s"]) / 2)
        )
    assert len(marks["カード"].get_xdata()) == (bs.cards()["episode_id"] == EPISODE).sum()
    assert axes.get_xlim() == pytest.approx((0, said["end_s"].max()))
    assert axes.get_xlabel() == "時刻（分:秒）"


def test_the_timeline_counts_utterances_where_there_are_no_times(tmp_path: Path) -> None:
    bs.use(make_archive(tmp_path, episodes=1, passages=6, is_timed=False))
    chart = plots.episode_timeline(
        "第1回",
        utterances=bs.utterances(),
        passages=bs.passages(),
        tags=bs.tags(),
        cards=bs.cards(),
    )
    (axes,) = drawn(chart).axes
    assert axes.get_xlim() == (0, 30)
    assert "発話の順番" in axes.get_xlabel()
    (cards,) = [line for line in axes.lines if line.get_label() == "カード"]
    assert list(cards.get_xdata()) == [5.5, 20.5]


def test_the_balance_leans_to_where_the_tags_are(data: Path) -> None:
    chart = drawn(charts(data)["road_balance"]())
    above, below = chart.axes
    known, found = bs.tags(), bs.passages().query("episode_id == @EPISODE")
    counts = {
        c.get_label(): len(c.get_offsets())
        for c in above.collections
        if isinstance(c, PathCollection)
    }
    shown = tag_names(None)
    for tag in ("bansou", "daisou", "jisou"):
        assert counts[shown[tag]] == len(hold(known, tag) & set(found["passage_id"]))
    assert labels(below) == ["自走寄り", "伴走", "代走寄り"]
    (line,) = [line for line in below.lines if line.get_label() == "傾き"]
    y = np.asarray(line.get_ydata())
    assert np.nanmax(np.abs(y)) <= 1


def test_the_leaning_is_known_where_the_answer_is() -> None:
    scores = pd.DataFrame(
        {"jisou": [0.8, 0.0, 0.0], "bansou": [0.0, 0.9, 0.0], "daisou": [0.0, 0.0, 0.5]}
    )
    at = np.array([0.0, 100.0, 200.0, 400.0])
    made = lean(scores, [0.0, 100.0, 200.0], at, width=10.0)
    assert made[:3] == pytest.approx([1.0, 0.0, -1.0], abs=1e-6)
    assert math.isnan(made[3])


def test_the_balance_draws_no_line_through_few_passages(tmp_path: Path) -> None:
    bs.use(make_archive(tmp_path, episodes=1, passages=4))
    one = {"utterances": bs.utterances(), "passages": bs.passages(), "tags": bs.tags()}
    chart = drawn(plots.road_balance("第1回", **one))
    assert any("線は引きません" in t.get_text() for t in texts(chart))
    assert not [line for axes in chart.axes for line in axes.lines if line.get_label() == "傾き"]
    assert "00:00" in labels(chart.axes[0], "x")


def test_fields_of_tags_and_episodes_hold_the_counts(data: Path) -> None:
    axes = drawn(charts(data)["tags_by_episode"]()).axes[0]
    shares = bs.tag_shares()
    field = np.asarray(axes.images[0].get_array())
    rows, columns = labels(axes), labels(axes, "x")
    names = tag_names(None)
    assert rows == list(bs.episodes()["title"])
    for row in shares[shares["tagged"] > 0].itertuples():
        at = list(bs.episodes()["episode_id"]).index(row.episode_id), columns.index(names[row.tag])
        assert field[at] == pytest.approx(row.share)
    written = {(t.get_position()[1], t.get_position()[0]): t.get_text() for t in axes.texts}
    assert sum(int(n) for n in written.values()) == shares["tagged"].sum()


def test_courses_over_time_go_through_the_shares(data: Path) -> None:
    chart = drawn(charts(data)["tags_over_time"]())
    shares, names = bs.tag_shares(), tag_names(None)
    panels = {axes.get_title(loc="left"): axes for axes in chart.axes}
    of = shares[shares["tag"] == "daisou"]
    assert list(panels[names["daisou"]].lines[0].get_ydata()) == pytest.approx(list(of["share"]))
    (bars,) = [c for c in panels[names["daisou"]].collections if isinstance(c, LineCollection)]
    assert [s[:, 1].min() for s in bars.get_segments()] == pytest.approx(list(of["low"]))
    early = plots.tags_over_time(shares[shares["episode_id"].isin(["第1回", "第2回"])])
    assert any("3つ以上" in t.get_text() for t in texts(drawn(early)))
    month = drawn(plots.tags_over_time(bs.tag_shares("month")))
    months = bs.episodes()["published_at"].dt.strftime("%Y-%m").nunique()
    assert len(month.axes[0].lines[0].get_ydata()) == months


def test_the_network_has_a_dot_a_tag_and_a_line_a_pair(data: Path) -> None:
    (axes,) = drawn(charts(data)["tag_network"]()).axes
    pairs = bs.tag_pairs()
    tags = {*pairs["tag"], *pairs["other_tag"]}
    dots = [c for c in axes.collections if isinstance(c, PathCollection)]
    assert (len(dots), len(axes.lines)) == (len(tags), len(pairs))
    count = pairs.loc[pairs["tag"] == "bansou", "tagged"].iloc[0]
    assert f"伴走 {count}" in {t.get_text() for t in axes.texts}
    widest = max(axes.lines, key=lambda line: line.get_linewidth())
    assert widest.get_linewidth() == pytest.approx(5.0)
    (none,) = drawn(plots.tag_network(pairs.head(0))).axes
    assert "まだありません" in none.texts[0].get_text()


def test_changes_are_drawn_from_early_to_late_and_clear_ones_in_colour(data: Path) -> None:
    (axes,) = drawn(charts(data)["tag_changes"]()).axes
    changes = bs.tag_changes()
    assert len(labels(axes)) == len(changes)
    for at, row in enumerate(changes.itertuples()):
        line = axes.lines[3 * at]
        assert list(line.get_xdata()) == [row.early_share, row.late_share]
        is_clear = row.low > 0 or row.high < 0
        assert to_hex(line.get_color()) == to_hex(
            style.tag_colour(row.tag) if is_clear else style.GREY
        )
    by_tag = changes.set_index("tag")
    assert by_tag.loc["jisou", "low"] > 0  # as the archive was made
    assert by_tag.loc["daisou", "high"] < 0


@pytest.mark.parametrize("by", ["episode_id", "speaker", "relation"])
def test_requests_are_counted_and_their_shares_have_intervals(by: Any) -> None:
    shares = bs.request_shares(by)
    chart = drawn(plots.request_balance(shares))
    left, right = chart.axes
    assert labels(left) == [str(i) for i in shares[by]]  # never in the order of the share
    bars = {c.get_label(): [bar.get_width() for bar in c] for c in left.containers}
    assert bars == {
        "意見を求める": list(shares["opinion"]), "答えを求める": list(shares["answer"]),
        "行動を求める": list(shares["action"]),
    }  # fmt: skip
    lines = [line for line in right.lines if len(line.get_xdata()) == 2][1:]
    assert [list(line.get_xdata()) for line in lines] == [
        [r.low, r.high] for r in shares.itertuples()
    ]
    dots = [line.get_xdata()[0] for line in right.lines if len(line.get_xdata()) == 1]
    assert dots == pytest.approx(list(shares["opinion_share"]))


def test_few_requests_are_hollow_and_none_are_said() -> None:
    shares = bs.request_shares().head(2).copy()
    shares["opinion"], shares["answer"], shares["asked"] = [2, 0], [1, 0], [3, 0]
    shares["opinion_share"] = [2 / 3, math.nan]
    right = drawn(plots.request_balance(shares)).axes[1]
    (dot,) = [line for line in right.lines if len(line.get_xdata()) == 1]
    assert to_hex(dot.get_markerfacecolor()) == style.PAPER
    assert "求めなし" in [t.get_text() for t in right.texts]
    empty = drawn(plots.request_balance(shares.head(0)))
    assert any("発話がありません" in t.get_text() for t in texts(empty))


def test_repairs_and_tags_by_score(data: Path) -> None:
    repairs, tags = bs.repairs(), bs.tags()
    (axes,) = drawn(charts(data)["repair_scores"]()).axes
    heights = {c.get_label(): sum(bar.get_height() for bar in c) for c in axes.containers}
    assert heights == repairs["rule"].value_counts().to_dict()
    assert f"{(repairs['score'] < 0.7).sum()}件は目で確かめる" in axes.get_xlabel()
    (axes,) = drawn(charts(data)["tag_scores"]()).axes
    dots = np.concatenate(
        [c.get_offsets()[:, 0] for c in axes.collections if isinstance(c, PathCollection)]
    )
    best = tags.groupby(["tag", "passage_id"], observed=True)["score"].max()
    assert sorted(dots) == pytest.approx(sorted(best))
    assert f"伴走（{tags[tags['tag'] == 'bansou']['passage_id'].nunique()}）" in labels(axes)
    for empty in (plots.repair_scores(repairs.head(0)), plots.tag_scores(tags.head(0))):
        assert any("まだありません" in t.get_text() for t in texts(drawn(empty)))


def test_error_rates_before_and_after(data: Path) -> None:
    axes = drawn(charts(data)["error_rates"]()).axes[0]
    rates = bs.error_rates()
    bars = {
        c.get_label(): [bar.get_width() for bar in c]
        for c in axes.containers
        if hasattr(c, "patches")
    }
    assert bars["認識のまま"] == pytest.approx(list(rates["cer_recognised"]))
    assert bars["直したあと"] == pytest.approx(list(rates["cer_repaired"]))
    assert (rates["cer_repaired"] < rates["cer_recognised"]).all()
    assert f"{rates['cer_recognised'].iloc[0]:.1%}" in [t.get_text() for t in axes.texts]
    assert any("測れません" in t.get_text() for t in texts(drawn(plots.error_rates(rates.head(0)))))


def test_names_that_no_font_has_are_shown_as_the_printers_sign() -> None:
    assert style.plain("😀太郎\u202e\n$x^2$𝕏") == "〓太郎 $x^2$X"
    assert style.plain("あ" * 20, 5) == "ああああ…"
    shares = bs.request_shares("speaker").head(1).assign(speaker="😀$\\frac$ Ž\x00ق")
    drawn(plots.request_balance(shares))


def test_colours_are_told_apart_by_the_colour_blind_and_in_print() -> None:
    """Machado 2009, full deuteranopia and protanopia; at least 12 apart in CIE L*a*b* (1976)."""
    deutan = np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    )
    protan = np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    )
    for palette in (style.ROADS, {k: v for k, v in style.REQUESTS.items() if k != "none"}):
        for seen in (np.eye(3), deutan, protan):
            found = [_lab(seen @ _linear(colour)) for colour in palette.values()]
            for n, one in enumerate(found):
                assert all(np.linalg.norm(one - other) > 12 for other in found[n + 1 :])
    asked = ("opinion", "answer", "action")
    assert len({style.HATCHES[r] for r in asked}) == len({style.MARKERS[r] for r in asked}) == 3


def _linear(colour: str) -> Any:
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def _lab(rgb: Any) -> Any:
    matrix = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    xyz = matrix @ np.clip(rgb, 0, 1) / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_a_notebook_shows_a_chart_with_its_size_and_words(data: Path) -> None:
    png, facts = charts(data)["request_balance"]()._repr_png_()
    assert png.startswith(b"\x89PNG")
    assert 700 < facts["width"] < 1200
    assert "意見" in facts["alt"]


def test_plots_leave_the_look_of_others_alone() -> None:
    code = (
        "import json, matplotlib as m; before = dict(m.rcParams)\n"
        "from pipeline.report import plots, style\n"
        "with style.look():\n    style.new_chart()\n"
        "print(json.dumps([k for k in before if before[k] != m.rcParams[k]]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_no_plot_opens_a_window_or_keeps_figures() -> None:
    for path in Path(plots.__file__).parent.glob("plots*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {
            n.name for node in ast.walk(tree) if isinstance(node, ast.Import) for n in node.names
        }
        assert "matplotlib.pyplot" not in names, path
