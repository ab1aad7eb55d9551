"""The synthetic relations, ingested once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.config import load_settings
from pipeline.run.ingest import ingest

RELATIONS = Path(__file__).parent.parent / "data" / "relations"


@pytest.fixture(scope="session")
def relations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with all synthetic relations as tables."""
    folder = tmp_path_factory.mktemp("relations")
    shutil.copytree(RELATIONS, folder / "raw", ignore=shutil.ignore_patterns("README.md"))
    made = ingest(load_settings(data=folder))
    assert made.is_ok
    return folder
