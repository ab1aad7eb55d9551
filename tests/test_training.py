"""The guard over recorded scores, and that training data is what the models' documentation says."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

TRAINING = Path(__file__).parent.parent / "training"


@pytest.fixture
def guard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_scores", TRAINING / "check_scores.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    rows = [
        {"id": "1", "text": "締め切りは何日ですか。", "request": "answer", "register": "mail"},
        {"id": "2", "text": "昨日は雨でした。", "request": "none", "register": "talk"},
    ]
    (tmp_path / "gold.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows), "utf-8")
    monkeypatch.setattr(module, "HERE", tmp_path)
    monkeypatch.setattr(module, "RECORDED", tmp_path / "scores.json")
    monkeypatch.setattr(module, "SETS", {"few": ("requests", "gold.jsonl", {}, "register")})
    monkeypatch.setattr(sys, "argv", ["check_scores.py"])
    return module


def test_a_fallen_score_fails(
    guard: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["check_scores.py", "--record"])
    assert guard.main() == 0
    assert json.loads((tmp_path / "scores.json").read_text("utf-8")) == {"few": {"macro_f1": 1.0}}
    monkeypatch.setattr(sys, "argv", ["check_scores.py"])
    assert guard.main() == 0
    gold = tmp_path / "gold.jsonl"
    gold.write_text(gold.read_text("utf-8").replace('"none"', '"action"'), "utf-8")
    assert guard.main() == 1
    assert "few macro_f1" in capsys.readouterr().out


@pytest.mark.parametrize("task", ["requests", "tags", "segments", "repairs"])
def test_no_test_sentence_stands_in_the_training_sentences(task: str) -> None:
    folder = TRAINING / task

    def texts(path: Path) -> set[str]:
        return {json.loads(x)["text"] for x in path.read_text("utf-8").splitlines() if x}

    trained = {t for p in folder.glob("*.jsonl") if p.stem != "test" for t in texts(p)}
    assert trained
    assert not trained & texts(folder / "test.jsonl")
