"""``bansou report``: what it writes, what it says, what it refuses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app

runner = CliRunner()


def run(*args: object) -> tuple[int, str]:
    done = runner.invoke(app, [str(a) for a in args])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


@pytest.fixture
def ingested(data: Path) -> Path:
    (data / "raw" / "定例.yaml").write_text("relation: acme\n", encoding="utf-8")
    assert run("ingest", "--data", data)[0] == 0
    return data


def test_a_page_of_a_real_episode(ingested: Path) -> None:
    code, said = run("report", "第1回", "--data", ingested)
    assert code == 0
    assert "no audio file is known" in said
    page = (ingested / "export" / "report" / "第1回.html").read_text(encoding="utf-8")
    words = re.sub("<[^>]*>", "", page)
    assert "お客さんが意見を求めてくれるようになりました。" in words
    assert 'class="ask ask-opinion' in page


def test_a_sound_beside_and_within(ingested: Path, tmp_path: Path) -> None:
    (ingested / "raw" / "第1回.mp3").write_bytes(b"sound")
    code, said = run("report", "第1回", "--data", ingested, "--out", tmp_path / "a.html")
    assert (code, "a.mp3" in said) == (0, True)
    assert (tmp_path / "a.mp3").read_bytes() == b"sound"
    assert (
        run("report", "第1回", "--data", ingested, "--out", tmp_path / "b.html", "--embed-audio")[0]
        == 0
    )
    assert not (tmp_path / "b.mp3").exists()
    assert "c291bmQ=" in (tmp_path / "b.html").read_text(encoding="utf-8")
    assert (
        run("report", "第1回", "--data", ingested, "--out", tmp_path / "c.html", "--no-audio")[0]
        == 0
    )
    assert not (tmp_path / "c.mp3").exists()
    assert "<audio" not in (tmp_path / "c.html").read_text(encoding="utf-8")


def test_a_private_episode(ingested: Path) -> None:
    code, said = run("report", "定例", "--data", ingested)
    assert code == 1
    assert "private" in said
    assert "--private" in said
    code, said = run("report", "定例", "--data", ingested, "--private")
    assert code == 0
    assert "do not pass the page on" in said
    code, said = run("report", "--all", "--data", ingested)
    assert code == 0
    assert "1 private episodes left out" in said
    site = ingested / "export" / "site"
    assert not any("定例" in p.name for p in site.rglob("*"))
    assert "田中" not in "".join(p.read_text(encoding="utf-8") for p in site.rglob("*.html"))


def test_a_site_leaves_what_people_changed(ingested: Path) -> None:
    site = ingested / "site"
    assert run("report", "--all", "--data", ingested, "--out", site)[0] == 0
    code, said = run("report", "--all", "--data", ingested, "--out", site)
    assert code == 0
    assert "0 written" in said
    (site / "index.html").write_text("mine", encoding="utf-8")
    code, said = run("report", "--all", "--data", ingested, "--out", site)
    assert code == 1
    assert "index.html" in said
    assert (site / "index.html").read_text(encoding="utf-8") == "mine"
    assert run("report", "--all", "--data", ingested, "--out", site, "--force")[0] == 0
    assert (site / "index.html").read_text(encoding="utf-8") != "mine"


@pytest.mark.parametrize(
    "args",
    [(), ("第1回", "--all"), ("--all", "--private"), ("--all", "--embed-audio"), ("第1回", "--copy-audio"),
     ("第1回", "--embed-audio", "--no-audio")],
)  # fmt: skip
def test_wrong_usage(data: Path, args: tuple[str, ...]) -> None:
    assert run("report", *args, "--data", data)[0] == 2


def test_what_is_not_there_is_named(ingested: Path) -> None:
    code, said = run("report", "第9回", "--data", ingested)
    assert code == 1
    assert "第9回" in said
    assert "bansou status" in said
    code, said = run("report", "第1回", "--data", ingested, "--out", ingested)
    assert code == 1
    assert "is a folder" in said
