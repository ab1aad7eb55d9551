"""What the language stages make of the host-text sample is what was last looked at."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

HERE = Path(__file__).parent
_spec = importlib.util.spec_from_file_location("regenerate", HERE / "regenerate.py")
assert _spec is not None
assert _spec.loader is not None
regenerate = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(regenerate)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, object]]]:
    return regenerate.build(tmp_path_factory.mktemp("golden") / "data")


@pytest.mark.parametrize("table", regenerate.SHOWN)
def test_the_table_is_the_golden_one(made: dict[str, list[dict[str, object]]], table: str) -> None:
    golden = json.loads(regenerate.TARGET.read_text(encoding="utf-8"))
    assert made[table] == golden[table], "look at the difference, then run `make golden`"
