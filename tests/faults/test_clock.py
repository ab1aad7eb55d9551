"""A clock set back: files, cards and decisions of the future are nothing special."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from folders import Run
from running import ledger
from scenes import decide_all, tables_of

from pipeline import schema
from pipeline.store import Store, read_parquet, write_parquet

YEARS = timedelta(days=3 * 365)
FUTURE_S = (datetime.now(UTC) + YEARS).timestamp()


def touch_all(folder: Path, seconds: float) -> None:
    for path in [*folder.rglob("*"), folder]:
        os.utime(path, (seconds, seconds))


def put_off(data: Path, table: str, *columns: str) -> None:
    """Move the moments of a table three years on, as if the clock had run ahead when it was written."""
    path = Store(data / "processed").table_path(table, "")
    rows = read_parquet(table, path).to_pylist()
    for row in rows:
        row |= {name: row[name] + YEARS for name in columns}
    write_parquet(path, table, schema.to_table(table, rows))


def in_the_future(data: Path) -> None:
    put_off(data, "card_ledger", "first_seen_at", "content_changed_at")
    touch_all(data, FUTURE_S)


def test_files_of_the_future_are_read_once_and_again_when_they_change(
    done_folder: Path, run: Run
) -> None:
    in_the_future(done_folder)
    raw = done_folder / "raw" / "第1回.txt"
    assert run("ingest", "--data", done_folder).code == 0
    assert "nothing to do" in run("ingest", "--data", done_folder).out
    text = raw.read_text(encoding="utf-8")
    raw.write_text(text.replace("03:02", "03:04"), encoding="utf-8")  # of the same size, and older
    assert "第1回" in run("status", "--data", done_folder).out
    assert "done: 第1回" in run("ingest", "--data", done_folder).out
    assert "nothing to do" in run("ingest", "--data", done_folder).out


def test_cards_of_the_future_keep_their_ids_and_history(
    done_folder: Path, another: Path, run: Run
) -> None:
    in_the_future(done_folder)
    for folder in (done_folder, another):
        raw = folder / "raw" / "第1回.txt"
        lines = raw.read_text(encoding="utf-8").splitlines(keepends=True)
        raw.write_text("".join(lines[:-4]), encoding="utf-8")  # a card or two vanish
        done = run("ingest", "--data", folder)
        assert done.code == 0, done.text
    assert tables_of(done_folder) == tables_of(another)
    assert ledger(done_folder) == ledger(another)
    entries = pd.read_parquet(done_folder / "processed/card_ledger")
    assert len(set(entries["status"])) > 1
    for card_id in entries["card_id"]:
        assert run("history", card_id, "--data", done_folder).code == 0


def test_the_last_decision_counts_not_the_latest_clock(done_folder: Path, run: Run) -> None:
    sheet = done_folder / "cards.csv"
    assert run("review", "import", sheet, "--reviewer", "佐藤", "--data", done_folder).code == 0
    put_off(done_folder, "reviews", "decided_at")
    touch_all(done_folder / "processed", FUTURE_S)
    again = done_folder / "again.csv"
    args = ("--status", "accepted", "--status", "edited", "--data", done_folder)
    assert run("review", "export", again, *args).code == 0
    decide_all(again, "却下")
    done = run("review", "import", again, "--reviewer", "田中", "--data", done_folder)
    assert done.code == 0, done.text
    left = pd.read_parquet(done_folder / "processed/card_ledger").set_index("card_id")["status"]
    reviews = pd.read_parquet(done_folder / "processed/reviews")
    assert len(reviews) > len(set(reviews["card_id"])), "some were decided on twice"
    for card_id in reviews["card_id"]:
        assert left[card_id] == "rejected"
        assert run("history", card_id, "--data", done_folder).code == 0


@pytest.mark.parametrize("seconds", [FUTURE_S, 0.0], ids=["future", "1970"])
def test_search_sees_new_episodes_whatever_the_folders_say(
    done_folder: Path, run: Run, seconds: float
) -> None:
    touch_all(done_folder / "processed", seconds)
    assert run("search", "手順書", "--data", done_folder).code == 0
    assert run("search", "手順書", "--data", done_folder).code == 0
    text = "00:01\n解約の兆候は返事が短くなることだと思います。\n"
    (done_folder / "raw" / "第2回.txt").write_text(text, encoding="utf-8")
    assert run("ingest", "--data", done_folder).code == 0
    assert "第2回" in run("search", "解約の兆候", "--data", done_folder).out
