"""Folders of two episodes, and how a command is run on them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from running import Done

from tests.conftest import DIALOGUE, HOST_TEXT

Run = Callable[..., Done]


def write_raw(folder: Path) -> None:
    """A public episode and a customer's meeting, so that every table has rows."""
    raw = folder / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    (raw / "第1回.txt").write_text(HOST_TEXT, encoding="utf-8")
    (raw / "定例.txt").write_text(DIALOGUE, encoding="utf-8")
    sidecar = "relation: acme\nvisibility: private\nroles: {佐藤: csm, 田中: customer}\n"
    (raw / "定例.yaml").write_text(sidecar, encoding="utf-8")


def copy_of(folder: Path, place: Path) -> Path:
    shutil.copytree(folder, place, dirs_exist_ok=True)
    for record in (place / "processed" / "_state" / "records").glob("*.json"):
        text = record.read_text(encoding="utf-8")
        record.write_text(text.replace(str(folder), str(place)), encoding="utf-8")
    return place
