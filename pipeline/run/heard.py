"""What recognition has heard of long audio so far, kept so that a killed run can go on.

Layout under ``_state/heard/``, one folder a file by the hash of its content, so that a renamed file
goes on too::

    <hash>/plan.json     under which conditions, and where the audio is cut
    <hash>/0003.json     what was heard in the fourth stretch

Everything here is of one file and one set of conditions: of others, the folder is emptied.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Collection
from dataclasses import astuple
from pathlib import Path
from typing import Any

from pipeline.recognition import RecognisedSegment, RecognisedWord, Recognition
from pipeline.store import Store, read_json, write_bytes, write_json
from pipeline.stretches import Stretches

log = logging.getLogger("bansou")

_NAME_LENGTH = 32


class Heard:
    """The finished stretches of one audio file.

    Args:
        store: of the run.
        sha256: hash of the file's content.
        key: hash of all else the result depends on.
    """

    def __init__(self, store: Store, sha256: str, key: str) -> None:
        self._folder = _folder(store, sha256)
        self._key = key

    def stretches(self) -> Stretches | None:
        """How an earlier run under the same conditions cut the file; None where there was none."""
        plan = read_json(self._folder / "plan.json")
        if plan is None or plan.get("key") != self._key:
            return None
        edges, declared_s = plan.get("edges"), plan.get("declared_s")
        if not isinstance(edges, list) or not all(isinstance(edge, int) for edge in edges):
            return None
        return Stretches(tuple(edges), declared_s)

    def begin(self, stretches: Stretches) -> None:
        """Keep how the file is cut; what was heard under other conditions goes."""
        shutil.rmtree(self._folder, ignore_errors=True)
        plan = {"key": self._key, "edges": stretches.edges, "declared_s": stretches.declared_s}
        write_json(self._folder / "plan.json", plan)

    def load(self, index: int) -> Recognition | None:
        """What was heard in a stretch; None where nothing whole is kept."""
        path = self._path(index)
        content = read_json(path)
        try:
            if content is not None and content["mark"] == self._mark(index, content["heard"]):
                return _recognition(*content["heard"])
        except (KeyError, TypeError, ValueError):
            pass
        if path.exists():
            log.warning("%s: is damaged; its stretch of audio is listened to again", path)
        return None

    def keep(self, index: int, heard: Recognition) -> None:
        """Keep what was heard in a stretch."""
        row = astuple(heard)
        content = {"mark": self._mark(index, row), "heard": row}
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        write_bytes(self._path(index), text.encode())

    def _path(self, index: int) -> Path:
        return self._folder / f"{index:04d}.json"

    def _mark(self, index: int, row: Any) -> str:
        text = json.dumps([self._key, index, row], ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def drop_heard(store: Store, sha256: str) -> None:
    """Remove what is kept of a file: its episode is published, or is to be forgotten."""
    shutil.rmtree(_folder(store, sha256), ignore_errors=True)


def sweep_heard(store: Store, wanted: Collection[str]) -> None:
    """Remove what is kept of files that nobody is going to listen to, and half-written files.

    Args:
        wanted: hashes of the files to keep.
    """
    names = {_folder(store, sha256).name for sha256 in wanted}
    for folder in (store.state / "heard").glob("*/"):
        if folder.name not in names:
            shutil.rmtree(folder, ignore_errors=True)
        for leftover in folder.glob(".*.tmp"):
            leftover.unlink(missing_ok=True)


def _folder(store: Store, sha256: str) -> Path:
    return store.state / "heard" / sha256[:_NAME_LENGTH]


def _recognition(segments: list[Any], model: str, hotwords: str | None) -> Recognition:
    rows = ((*fields, tuple(RecognisedWord(*w) for w in words)) for *fields, words in segments)
    return Recognition(tuple(RecognisedSegment(*row) for row in rows), model, hotwords)
