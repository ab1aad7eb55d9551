"""What is forgotten is gone from every table, cache, ledger and log."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pipeline.cli.common import start_logging
from pipeline.config import Settings
from pipeline.errors import BansouError
from pipeline.run.forget import forget
from pipeline.run.ingest import ingest
from pipeline.store import Store


def everything(processed: Path) -> str:
    return "".join(
        str(path.relative_to(processed)) + path.read_bytes().decode(errors="ignore")
        for path in processed.rglob("*")
        if path.is_file()
    )


def test_nothing_of_a_forgotten_episode_is_left(data: Path, settings: Settings) -> None:
    store = Store(settings.processed)
    start_logging(store.log_file, verbose=False)
    ingest(settings)
    assert "定例" in everything(settings.processed)
    made = forget(store, ["定例"])
    assert made.raw_files == [data / "raw" / "定例.txt"]
    left = everything(settings.processed)
    assert "定例" not in left
    assert "請求" not in left
    assert set(pd.read_parquet(settings.processed / "card_ledger")["episode_id"]) == {"第1回"}
    assert "第1回" in store.log_file.read_text(encoding="utf-8")


def test_it_comes_back_only_when_it_is_named(data: Path, settings: Settings) -> None:
    ingest(settings)
    forget(Store(settings.processed), ["定例"])
    made = ingest(settings)
    assert made.is_ok
    assert "forgotten" in made.notes[0].message
    assert ingest(settings, [data / "raw" / "定例.txt"]).outcomes[0].error is None
    assert ingest(settings).notes == []
    assert set(pd.read_parquet(settings.processed / "episodes")["episode_id"]) == {"定例", "第1回"}


def test_a_relation_is_forgotten_as_a_whole(data: Path, settings: Settings) -> None:
    (data / "raw" / "定例.yaml").write_text("relation: acme\n", encoding="utf-8")
    ingest(settings)
    episodes = pd.read_parquet(settings.processed / "episodes").set_index("episode_id")
    assert episodes["visibility"].to_dict() == {"定例": "private", "第1回": "public"}
    assert forget(Store(settings.processed), relation="acme").episode_ids == ["定例"]
    with pytest.raises(BansouError, match="acme"):
        forget(Store(settings.processed), relation="acme")


def test_an_unknown_episode_is_named(settings: Settings) -> None:
    ingest(settings)
    with pytest.raises(BansouError, match="第9回"):
        forget(Store(settings.processed), ["第9回"])
