"""The schema names what breaks it, and the documents that are made from it are true."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import schema
from pipeline.errors import TableError

ROOT = Path(__file__).parent.parent


def turn(**changed: object) -> dict[str, object]:
    row = {"episode_id": "e1", "turn_index": 0, "start_s": 0.0, "end_s": 1.5, "speaker": None}
    return {**row, "score": 0.5, **changed}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"turn_index": "x"}, ["turn_index", "row 1", "e1", "int32"]),
        ({"score": 1.5}, ["score", "row 1", "e1", "0 to 1"]),
        ({"episode_id": None}, ["episode_id", "row 1", "null"]),
        ({"turn_index": 0}, ["turn_index", "row 1", "stands already"]),
        ({"extra": 1}, ["row 1", "extra"]),
    ],
)
def test_a_broken_table_is_named_by_episode_column_and_row(
    changed: dict[str, object], words: list[str]
) -> None:
    with pytest.raises(TableError) as caught:
        schema.to_table("turns", [turn(), turn(**{"turn_index": 1, **changed})])
    for word in words:
        assert word in str(caught.value)


def test_an_unknown_label_is_named() -> None:
    row = dict.fromkeys(schema.TABLES["segments"].column_names)
    row |= {"episode_id": "e", "segment_index": 0, "time_is_interpolated": False, "text": "あ"}
    schema.to_table("segments", [row])
    with pytest.raises(TableError, match=r"dropped_reason.*'because'"):
        schema.to_table("segments", [row | {"dropped_reason": "because"}])


def test_every_key_is_a_column_and_every_column_says_what_it_means() -> None:
    for spec in schema.TABLES.values():
        assert set(spec.key) <= set(spec.column_names)
        assert all(column.meaning for column in spec.columns)
        assert len(set(spec.column_names)) == len(spec.columns)


def test_the_table_document_is_true() -> None:
    done = subprocess.run([sys.executable, ROOT / "docs/make_tables.py", "--check"], check=False)
    assert done.returncode == 0, "run `make docs`"


def test_the_annotate_schema_names_the_labels_of_the_tables() -> None:
    document = json.loads((ROOT / "docs/annotate.schema.json").read_text(encoding="utf-8"))
    properties = document["properties"]
    assert properties["request"]["properties"]["label"]["enum"] == list(schema.REQUESTS)
    assert properties["tags"]["items"]["properties"]["tag"]["enum"] == list(schema.TAGS)
