"""Watches a raw file while it is read: somebody may replace it, and an hour of audio takes its time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import SourceError
from pipeline.run.heard import drop_heard
from pipeline.run.plan import FileSeen
from pipeline.store import Store


@contextmanager
def held(seen: FileSeen, store: Store) -> Iterator[None]:
    """Read a file within; nothing of two contents, or of another than the one seen, may be kept.

    Args:
        seen: the file, as the episode's record is going to have it.
        store: what it has of long audio heard so far is dropped with the rest.

    Raises:
        SourceError: the file was replaced meanwhile.
    """
    path = Path(seen.path)
    is_same = False
    with path.open("rb"):  # while it is open, no other file gets its number
        before = _identity(path)
        try:
            yield
            now = FileSeen.look(path, seen.as_json())
            is_same = _identity(path) == before and now.sha256 == seen.sha256
        finally:
            if not is_same and _identity(path) != before:
                drop_heard(store, seen.sha256)  # some of it may be of the other content
    if not is_same:
        raise SourceError(f"{path}: was replaced while it was read; run again")


def _identity(path: Path) -> tuple[int, int, int] | None:
    """What changes when a file is replaced or written to; None where it is gone."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
