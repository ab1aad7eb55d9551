"""What must hold for notebooks without running them."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PATHS = sorted((ROOT / "notebooks").glob("*.ipynb"))
NAMES = [
    "01_はじめに",
    "02_エピソードを見る",
    "03_概念のつながり",
    "04_信頼の兆候",
    "05_品質を確かめる",
]


def cells(path: Path, kind: str) -> list[dict[str, Any]]:
    content = json.loads(path.read_text(encoding="utf-8"))
    return [cell for cell in content["cells"] if cell["cell_type"] == kind]


def test_all_are_there() -> None:
    assert [path.stem for path in PATHS] == NAMES


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_outputs_are_stripped(path: Path) -> None:
    for cell in cells(path, "code"):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None
        assert cell["metadata"] == {}, "make notebooks-strip takes them out"


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_only_the_public_api_is_imported(path: Path) -> None:
    code = "\n".join("".join(cell["source"]) for cell in cells(path, "code"))
    lines = [
        ast.unparse(node)
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert set(lines) <= {"import pipeline as bs", "from pipeline.report import plots"}
    assert "import pipeline as bs" in lines
    assert not re.search(r"bs\.[_]|\.read_parquet", code)


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_the_text_is_japanese_and_its_links_lead_somewhere(path: Path) -> None:
    texts = ["".join(cell["source"]) for cell in cells(path, "markdown")]
    assert all(re.search(r"[\u3040-\u30ff]", text) for text in texts if len(text) > 20)
    for target in re.findall(r"\]\(([^)]+)\)", "\n".join(texts)):
        assert (path.parent / target).is_file(), target


def test_figures_of_the_models_are_those_of_their_cards() -> None:
    text = "".join("".join(cell["source"]) for cell in cells(PATHS[4], "markdown"))
    docs = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    parts = {title.split("\n")[0]: title for title in docs.split("\n## ")}
    for row, part in (
        ("求め", "Requests"),
        ("タグ", "Tags"),
        ("文の切れ目", "Sentence ends and passages"),
        ("直し", "Repair"),
    ):
        (line,) = [line for line in text.split("\n") if line.startswith(f"| {row} |")]
        figures = re.findall(r"0\.\d\d", line)
        assert figures
        assert [f for f in figures if f not in parts[part]] == []


def test_the_reference_of_the_sample_is_its_script() -> None:
    script = yaml.safe_load((ROOT / "tests/sample/conversation.yaml").read_text(encoding="utf-8"))
    said = (ROOT / "data/references/sample-conversation.txt").read_text(encoding="utf-8")
    assert said.splitlines() == [one["text"] for one in script["utterances"]]
