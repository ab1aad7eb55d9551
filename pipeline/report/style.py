"""The look that all plots share: a Japanese font that is installed with them, safe colours, and print.

Colours are Okabe and Ito's, which people with colour-blindness tell apart; what a colour says stands
in a label, a place or a hatch as well, so that a black-and-white print says it too.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import io
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from pipeline.errors import ModelError
from pipeline.export.clean import one_line
from pipeline.export.labels import clock

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, MUTED, RULE, PAPER = "#1b1c20", "#55575f", "#d5d7de", "#ffffff"
BLUE, ORANGE, GREEN, SKY = "#0072B2", "#D55E00", "#009E73", "#56B4E9"
AMBER, PINK, GREY, PALE = "#E69F00", "#CC79A7", "#8a8d96", "#c3c7d0"
ROADS: Mapping[str, str] = {"daisou": ORANGE, "bansou": BLUE, "jisou": GREEN}
REQUESTS: Mapping[str, str] = {"opinion": GREEN, "answer": AMBER, "action": ORANGE, "none": RULE}
HATCHES: Mapping[str, str] = {"opinion": "", "answer": "///", "action": "xxx", "none": ""}
MARKERS: Mapping[str, str] = {
    "opinion": "o", "answer": "^", "action": "s", "bansou": "o", "daisou": "s", "jisou": "^",
}  # fmt: skip
WIDTH_IN = 8.0
# The sign that Japanese printers set where a type is missing.
GETA = "〓"
_FAMILY = "IPAexGothic"
_DPI = 144
_RC: Any = {
    "font.family": [_FAMILY], "font.size": 10.0, "axes.titlesize": 12.0, "axes.titlelocation": "left",
    "axes.titlepad": 10.0, "axes.labelsize": 10.0, "axes.labelcolor": INK, "axes.edgecolor": MUTED,
    "axes.linewidth": 0.8, "axes.spines.top": False, "axes.spines.right": False,
    "axes.axisbelow": True, "axes.unicode_minus": False, "grid.color": RULE, "grid.linewidth": 0.6,
    "text.color": INK, "text.parse_math": False, "xtick.color": MUTED, "ytick.color": MUTED,
    "xtick.labelcolor": INK, "ytick.labelcolor": INK, "xtick.labelsize": 9.0, "ytick.labelsize": 9.0,
    "legend.frameon": False, "legend.fontsize": 9.0, "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER, "axes.facecolor": PAPER, "hatch.linewidth": 0.7, "svg.fonttype": "path",
    "pdf.fonttype": 42,
}  # fmt: skip


def font_file() -> Path:
    """The font that comes with the package ``matplotlib-fontja``: IPAex Gothic, all of JIS X 0213.

    Only the file is taken: importing that package would change every plot of the process.

    Raises:
        ModelError: the package is not installed.
    """
    spec = importlib.util.find_spec("matplotlib_fontja")
    path = Path(spec.origin).parent / "fonts" / "ipaexg.ttf" if spec and spec.origin else None
    if path is None or not path.is_file():
        raise ModelError(
            "the font of the plots is missing; install it: pip install 'bansou[plots]' (or make notebooks)"
        )
    return path


@functools.cache
def _glyphs() -> frozenset[int]:
    """The characters that the font can show."""
    font_manager.fontManager.addfont(str(font_file()))
    return frozenset(font_manager.get_font(str(font_file())).get_charmap())


@contextlib.contextmanager
def look() -> Iterator[None]:
    """The shared look, for as long as a plot is made or drawn; other plots keep theirs."""
    _glyphs()
    with mpl.rc_context(_RC):
        yield


class Chart(Figure):
    """A figure that keeps its look wherever it is drawn, and that a notebook shows by itself.

    It belongs to no pyplot, so making a thousand of them keeps none in memory.
    """

    def draw(self, renderer: Any) -> None:
        with look():  # ticks are made while drawing, and they too need the font
            super().draw(renderer)

    def savefig(self, fname: Any, **more: Any) -> None:
        """Write a file (PNG, SVG, PDF, by its name), sharp enough for print where not said otherwise."""
        with look():
            settings: dict[str, Any] = {"dpi": 200, "bbox_inches": "tight"} | more
            super().savefig(fname, **settings)

    def _repr_png_(self) -> tuple[bytes, dict[str, Any]]:
        out = io.BytesIO()
        self.savefig(out, format="png", dpi=_DPI, metadata={"Software": None})
        data = out.getvalue()
        width, height = (int.from_bytes(data[at : at + 4]) // 2 for at in (16, 20))
        return data, {"width": width * 4 // 3, "height": height * 4 // 3, "alt": self.alt}

    @property
    def alt(self) -> str:
        """What the picture is, for those who cannot see it: its title and labels."""
        parts = [self.get_suptitle()]
        for axes in self.axes:
            parts += [axes.get_title(loc="left"), axes.get_xlabel(), axes.get_ylabel()]
        return "。".join(dict.fromkeys(part.replace("\n", " ") for part in parts if part))


def new_chart(
    rows: int = 1,
    columns: int = 1,
    *,
    height: float = 3.5,
    width: float = WIDTH_IN,
    gap: float = 0.04,
    **more: Any,
) -> tuple[Chart, list[Axes]]:
    """An empty chart and its axes, row by row. Call it within :func:`look`.

    Args:
        rows, columns: how many axes.
        height, width: inches.
        gap: between columns, as a share of their width.
        more: for ``Figure.subplots``.
    """
    chart = Chart(figsize=(width, height), layout=ConstrainedLayoutEngine(wspace=gap))
    made = chart.subplots(rows, columns, squeeze=False, **more)
    return chart, list(made.flat)


def plain(text: str, limit: int = 0) -> str:
    """A text that the font can show: one line, no control characters, 〓 for what it has no glyph of.

    Args:
        text: any text.
        limit: cut to so many characters, with … at the end; 0 for no limit.
    """
    line = one_line(unicodedata.normalize("NFC", text))
    if limit and len(line) > limit:
        line = f"{line[: limit - 1]}…"
    return "".join(c if ord(c) in _glyphs() else _plainer(c) for c in line)


def _plainer(character: str) -> str:
    """The same in another width or form where the font has that; nothing for what is never seen."""
    other = unicodedata.normalize("NFKC", character)
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return ""
    return other if all(ord(c) in _glyphs() for c in other) else GETA


def say_empty(axes: Axes, why: str) -> None:
    """Instead of a plot: why there is none."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, plain(why), ha="center", va="center", color=MUTED, transform=axes.transAxes)


def say_below(chart: Chart, text: str) -> None:
    """A line below the plot: how to read it, or how far to trust it."""
    chart.supxlabel(plain(text), x=0.01, ha="left", fontsize=8.5, color=MUTED)


def time_axis(axes: Axes, end_s: float) -> None:
    """Minutes and seconds along x, from 0 to the end."""
    step = next((s for s in (15, 30, 60, 120, 300, 600, 900, 1800, 3600) if end_s / s <= 9), 7200)
    ticks = [float(at) for at in range(0, int(end_s) + 1, step)]
    axes.set_xticks(ticks, [clock(at) for at in ticks])
    axes.set_xlim(0.0, max(end_s, 1.0))
    axes.set_xlabel("時刻（分:秒）" if end_s < 3600 else "時刻（時:分:秒）")


def share_axis(axes: Axes, *, along: str = "x", low: float = 0.0, high: float = 1.0) -> None:
    """Percent along an axis."""
    ticks = [
        tick / 100 for tick in range(0, 101, 10 if high <= 0.6 else 25) if low <= tick / 100 <= high
    ]
    labels = [f"{tick * 100:.0f}％" for tick in ticks]
    if along == "x":
        axes.set_xticks(ticks, labels)
        axes.set_xlim(low, high)
    else:
        axes.set_yticks(ticks, labels)
        axes.set_ylim(low, high)


def tag_colour(tag: str) -> str:
    """The colour of a tag: its road's (伴走, 代走, 自走) or its group's."""
    head = tag.split(".", maxsplit=1)[0]
    return ROADS.get(head) or {"signal": PINK, "trust": AMBER}.get(head, SKY)
