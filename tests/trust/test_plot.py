"""The plot shows what was measured."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("matplotlib")

from pipeline.errors import BansouError
from pipeline.report.plots_trust import save_trust, trust_trajectory
from pipeline.trust import RelationTrust
from pipeline.trust.measure import measure
from tests.trust.meetings import conversation


@pytest.fixture
def grown() -> RelationTrust:
    return measure(conversation("aaaa", "aaao", "aooo", "oooo"))


def test_counts_shares_and_labels(grown: RelationTrust) -> None:
    counts, shares = trust_trajectory([grown]).axes
    heights = [bar.get_height() for bar in counts.containers[0]]
    assert heights == [0, 1, 3, 4]
    assert [t.get_text() for t in shares.get_xticklabels()] == [p.date for p in grown.meetings]
    trend = shares.lines[0].get_ydata()
    assert list(trend) == pytest.approx([p.trend.value for p in grown.meetings])
    dots = [line.get_ydata()[0] for line in shares.lines[1:]]
    assert dots == [0, 0.25, 0.75, 1]
    assert counts.get_title(loc="left") == "甲社"
    assert "育っている" in shares.get_title(loc="left")
    assert "大林" not in trust_trajectory([grown]).alt


def test_files(grown: RelationTrust, tmp_path: Path) -> None:
    for name, head in (("a.png", b"\x89PNG"), ("b.svg", b"<?xml"), ("c.SVG", b"<?xml")):
        save_trust([grown], tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(head)
    with pytest.raises(BansouError, match=r"\.png or \.svg"):
        save_trust([grown], tmp_path / "d.pdf")


def test_nothing_to_draw_is_said() -> None:
    assert trust_trajectory([]).axes[0].texts
