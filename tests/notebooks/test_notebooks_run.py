"""All notebooks, run top to bottom: on data/ as it lies there, on a rich archive, on meetings, on nothing."""

from __future__ import annotations

import importlib.util
import re
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pipeline.config import load_settings
from pipeline.run.ingest import ingest
from tests.plotting import make_archive

pytestmark = pytest.mark.notebooks
ROOT = Path(__file__).resolve().parents[2]
PATHS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    path = ROOT / "docs" / "make_notebooks.py"
    spec = importlib.util.spec_from_file_location("make_notebooks", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_archive(tmp_path_factory.mktemp("rich"), episodes=30)


@pytest.fixture(scope="module")
def meetings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two invented customers' meetings, ingested as they would be."""
    data = tmp_path_factory.mktemp("meetings") / "data"
    (data / "raw").mkdir(parents=True)
    for relation in ("asahi-shokuhin", "mizuho-kiko"):
        for path in (ROOT / "tests" / "data" / "relations" / relation).iterdir():
            shutil.copy(path, data / "raw")
    assert ingest(load_settings(data=data)).is_ok
    return data


def run(maker: ModuleType, path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("BANSOU_DATA", str(data))
    return maker.run(path)


def outputs(notebook: Any, kind: str) -> list[Any]:
    found = [o for c in notebook.cells if c.cell_type == "code" for o in c.outputs]
    return [o.data[kind] for o in found if kind in getattr(o, "data", {})]


def said(notebook: Any) -> str:
    return "".join(str(o) for c in notebook.cells if c.cell_type == "code" for o in c.outputs)


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_on_the_data_folder(maker: ModuleType, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert any((ROOT / "data" / "processed").glob("cards/*.parquet")), "run `make ingest` first"
    notebook = run(maker, path, ROOT / "data", monkeypatch)
    assert "Traceback" not in said(notebook)
    assert "Warning" not in said(notebook)
    html = maker.render(notebook, path.stem)
    assert '<html lang="ja">' in html
    assert not re.search(r"<(script|link|img|audio)[^>]+(src|href)=.?(https?:)?//", html)
    # Every picture tells what it is.
    assert html.count("<img") == len(re.findall(r'<img\s[^>]*?alt="[^"]*[\u3040-\u9fff]', html))


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_on_a_rich_archive(
    maker: ModuleType, path: Path, rich: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = run(maker, path, rich, monkeypatch)
    wanted = {"01": 0, "02": 2, "03": 4, "04": 2, "05": 3}[path.stem[:2]]
    assert len(outputs(notebook, "image/png")) >= wanted
    assert "acme" not in said(notebook)  # meetings are private


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_on_nothing(
    maker: ModuleType, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "none" / "processed").mkdir(parents=True)
    run(maker, path, tmp_path / "none", monkeypatch)


@pytest.mark.parametrize("masked", [True, False])
def test_meetings_have_a_trajectory_and_are_masked(
    maker: ModuleType, meetings: Path, masked: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = next(p for p in PATHS if p.stem.startswith("04"))
    text = path.read_text(encoding="utf-8").replace("PRIVATE = False", "PRIVATE = True")
    copy = tmp_path / path.name
    copy.write_text(
        text if masked else text.replace("MASK = True", "MASK = False"), encoding="utf-8"
    )
    notebook = run(maker, copy, meetings, monkeypatch)
    shown = said(notebook)
    assert "育っている" in shown
    assert "代走に偏る" in shown
    assert ("asahi" in shown) is not masked
    assert ("取引先A" in shown) is masked


def test_a_sample_card_is_heard_in_its_notebook(
    maker: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (ROOT / "data" / "processed" / "cards" / "sample-conversation.parquet").is_file():
        pytest.skip("data/ holds no samples: a team's own files lie there")
    notebook = run(maker, PATHS[0], ROOT / "data", monkeypatch)
    players = [html for html in outputs(notebook, "text/html") if "<audio" in html]
    assert len(players) == 2
    assert all("data:audio/mpeg;base64," in html for html in players)
    rates = run(maker, PATHS[4], ROOT / "data", monkeypatch)
    assert "cer_repaired" in said(rates)
    assert "sample-conversation" in "".join(outputs(rates, "text/html"))
