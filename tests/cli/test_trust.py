"""``bansou trust``: JSON, readable output, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.config import load_settings
from pipeline.run.ingest import ingest
from tests.trust.meetings import LINES, write_meeting

VERDICTS = {"育っている", "停滞", "代走に偏る", "揺らぎ→回復", "損なわれている", "判断できない"}
runner = CliRunner()


def run(*args: object) -> tuple[int, str, str]:
    done = runner.invoke(app, ["trust", *map(str, args)])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def data(tmp_path: Path) -> Path:
    raw = tmp_path / "d" / "raw"
    for number in range(1, 4):
        write_meeting(raw, f"甲社-{number}", LINES, date=f"2025-0{number}-10")
    write_meeting(raw, "乙社-1", LINES, date="2025-01-09", relation="乙社")
    ingest(load_settings(data=tmp_path / "d"))
    return tmp_path / "d"


def test_json_has_the_shape_that_is_promised(data: Path) -> None:
    code, out, _ = run("--json", "--data", data)
    found = json.loads(out)
    assert code == 0
    assert [one["relation"] for one in found] == ["乙社", "甲社"]
    for one in found:
        assert one["verdict"] in VERDICTS
        assert 0 <= one["confidence"] <= 1
        for point in one["meetings"]:
            assert point["n"] == sum(point[k] for k in ("opinion", "answer", "action", "none")) == 4
            assert (
                point["opinion_share_low"] <= point["opinion_share"] <= point["opinion_share_high"]
            )
            assert {"date", "episode_id"} <= set(point)
        for quote in one["evidence"]:
            assert {"episode_id", "start_s", "quote", "why"} <= set(quote)
    assert found[0]["verdict"] == "判断できない"
    assert found[1]["meetings"][0]["date"] == "2025-01-10"
    assert found[1]["evidence"][0]["quote"] in LINES


def test_one_relation_in_words(data: Path) -> None:
    code, out, err = run("甲社", "--data", data)
    assert code == 0
    assert "乙社" not in out
    for part in ("甲社", "2025-02-10", "意見の割合", "根拠"):
        assert part in out
    assert "--mask" in err


def test_mask_leaves_no_name(data: Path) -> None:
    for args in (("--mask",), ("--mask", "--json")):
        code, out, err = run(*args, "--data", data)
        assert code == 0
        for name in ("田中", "佐藤", "甲社", "乙社"):
            assert name not in out + err
        assert "取引先B" in out
    assert run("甲社", "--mask", "--data", data)[1].startswith("取引先B")


def test_errors_name_the_remedy(data: Path) -> None:
    code, _, err = run("丙社", "--data", data)
    assert code == 1
    assert "乙社, 甲社" in err
    write_meeting(
        data / "raw",
        "丁社-1",
        LINES.replace("二十", "十"),
        date="2025-01-01",
        relation="丁社",
        roles="{鈴木: 顧客}",
    )
    ingest(load_settings(data=data))
    code, out, err = run("--json", "--data", data)
    assert code == 1
    assert "鈴木" in err
    assert "佐藤, 田中" in err
    assert len(json.loads(out)) == 2


def test_nothing_to_measure_is_no_failure(tmp_path: Path) -> None:
    code, out, _ = run("--json", "--data", tmp_path)
    assert (code, json.loads(out)) == (0, [])
    assert run("--data", tmp_path)[0] == 0


def test_a_plot_is_png_or_svg(data: Path, tmp_path: Path) -> None:
    assert run("--plot", tmp_path / "a.gif", "--data", data)[0] == 2
    pytest.importorskip("matplotlib")
    code, _, err = run("甲社", "--plot", tmp_path / "a.svg", "--data", data)
    assert code == 0
    assert "a.svg" in err
    assert (tmp_path / "a.svg").stat().st_size > 10_000
