"""A place's tables copied into a folder here, worked on by the code for folders, and put back.

Audio is never copied here: an empty file of its size and time stands for it, so that it is planned like
any other, and the worker that listens to it fetches it.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.run.plan import FileSeen
from pipeline.run.spoken import SPOKEN_NAME
from pipeline.scale.place import Place, PlaceError, Remote
from pipeline.sources.rawfile import AUDIO_SUFFIXES
from pipeline.store import read_json, write_bytes, write_json

log = logging.getLogger("bansou")

HashAll = Callable[[str, list[str]], Iterable[str]]

_AT_ONCE = 16
_TOP = ("terms.yaml", SPOKEN_NAME)
# Of this machine alone: locks, unfinished work, the log, notes of its files, the search index; voice prints leave no machine.
_OWN = (
    "_state/voices/",
    "_state/staging/",
    "_state/heard/",
    "_state/logs/",
    "_state/arranging/",
    "_state/noted-",
    "search.",
)
_RECORDS = "processed/_state/records/"
LOCK_NAME = "place-lock.json"


@dataclass(slots=True)
class Mirror:
    """The copy of a place.

    Args:
        place: where the data folder lies.
        folder: the copy; kept between runs, so that only what changed is fetched.
    """

    place: Place
    folder: Path
    _known: dict[str, dict[str, Any]] = field(default_factory=dict)

    def pull(self, *, hash_all: HashAll | None = None) -> None:
        """Make the copy what the place is now.

        Args:
            hash_all: hashes audio files by their names, in order; one after the other where not given.

        Raises:
            PlaceError: the place cannot be read.
        """
        self._known = read_json(self._notes) or {}
        found = {r.name: r for folder in ("raw", "processed") for r in self.place.list(folder)}
        for name in _TOP:
            if top := self.place.look(name):
                found[name] = top
        for name in [n for n in found if n.startswith("processed/") and not _is_shared(n)]:
            del found[name]
        changed = [r for r in found.values() if not self._is_here(r)]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(self._fetch, [r for r in changed if not _is_audio(r.name)]))
        audio = [r for r in changed if _is_audio(r.name)]
        hashes = (hash_all or _hash_here)(self.place.address, [r.name for r in audio])
        for remote, sha256 in zip(audio, hashes, strict=True):
            self._stand_in(remote, sha256)
        for name in set(self._local_files()) - found.keys():
            (self.folder / name).unlink()
        self._known = {name: known for name, known in self._known.items() if name in found}
        if any(name.startswith("raw/") for name in found):
            (self.folder / "raw").mkdir(parents=True, exist_ok=True)
        self._note()

    def push(self, names: Iterable[str] | None = None) -> None:
        """Put what changed here back: tables first, then what tells of them, deletions last.

        Args:
            names: only these files, below the data folder; all, and what is gone, where not given.

        Raises:
            PlaceError: the place cannot be written.
        """
        local = {n for n in self._local_files() if n.startswith("processed/") or n == SPOKEN_NAME}
        changed = [n for n in (names if names is not None else local) if self._is_changed(n)]
        for is_state in (False, True):
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                list(pool.map(self._put, [n for n in changed if ("/_state/" in n) == is_state]))
        if names is None:
            gone = [n for n in self._known if n.startswith("processed/") and n not in local]
            for name in gone:
                if self.place.look(name) is not None:
                    self.place.delete(name)
                del self._known[name]
            self._note()

    def look(
        self, path: Path, known: Mapping[str, Any] | None, *, verify: bool = False
    ) -> FileSeen:
        """As :meth:`FileSeen.look`; of audio it tells the hash of what stands in the place."""
        name = self._name(path)
        noted = self._known.get(name) if name else None
        if not (name and noted and "sha256" in noted):
            return FileSeen.look(path, known, verify=verify)
        sha256 = self.place.hash(name) if verify else noted["sha256"]
        status = path.stat()
        return FileSeen(str(path), status.st_size, status.st_mtime_ns, sha256)

    def _name(self, path: Path) -> str | None:
        is_inside = path.is_relative_to(self.folder)
        return path.relative_to(self.folder).as_posix() if is_inside else None

    @property
    def _notes(self) -> Path:
        return self.folder / ".mirror.json"

    def _note(self) -> None:
        write_json(self._notes, self._known)

    def _local_files(self) -> Iterator[str]:
        for top in ("raw", "processed"):
            for folder, _, names in os.walk(self.folder / top):
                for name in names:
                    found = (Path(folder) / name).relative_to(self.folder).as_posix()
                    if not name.startswith(".") and _is_shared(found):
                        yield found
        yield from (name for name in _TOP if (self.folder / name).is_file())

    def _is_here(self, remote: Remote) -> bool:
        known = self._known.get(remote.name)
        return (
            known is not None
            and (known["size"], known["mtime_ns"]) == (remote.size, remote.mtime_ns)
            and not self._is_changed(remote.name)
        )

    def _is_changed(self, name: str) -> bool:
        """Whether a file here is another than the place's, as far as is known."""
        known = self._known.get(name)
        try:
            status = (self.folder / name).stat()
        except FileNotFoundError:
            return True
        return known is None or known["here"] != [status.st_size, status.st_mtime_ns]

    def _fetch(self, remote: Remote) -> None:
        path = self.folder / remote.name
        if remote.name.startswith(_RECORDS):
            write_bytes(path, self._named(self.place.read(remote.name), home=True))
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.place.fetch(remote.name, path)
        os.utime(path, ns=(remote.mtime_ns, remote.mtime_ns))
        self._keep(remote)

    def _stand_in(self, remote: Remote, sha256: str) -> None:
        path = self.folder / remote.name
        path.parent.mkdir(parents=True, exist_ok=True)
        stand_in(path, size=remote.size, mtime_ns=remote.mtime_ns)
        self._keep(remote, sha256=sha256)

    def _put(self, name: str) -> None:
        content = (self.folder / name).read_bytes()
        if name.startswith(_RECORDS):
            content = self._named(content, home=False)
        self.place.write(name, content)
        remote = self.place.look(name)
        if remote is None:
            raise PlaceError(
                f"{self.place.address}: {name} was written and is gone; who else writes there?"
            )
        self._keep(remote)

    def _keep(self, remote: Remote, **more: str) -> None:
        status = (self.folder / remote.name).stat()
        here = [status.st_size, status.st_mtime_ns]
        self._known[remote.name] = {
            "size": remote.size, "mtime_ns": remote.mtime_ns, "here": here, **more,
        }  # fmt: skip

    def _named(self, content: bytes, *, home: bool) -> bytes:
        """Records name raw files by where they lie, which is the address, not somebody's cache."""
        here, there = (json.dumps(f"{p}/", ensure_ascii=False)[:-1].encode()
                       for p in (self.folder, self.place.address))  # fmt: skip
        return content.replace(there, here) if home else content.replace(here, there)


def stand_in(path: Path, *, size: int, mtime_ns: int) -> None:
    """An empty file that takes no room and looks as one of this size and time."""
    with path.open("wb") as out:
        out.truncate(size)
    os.utime(path, ns=(mtime_ns, mtime_ns))


def _is_audio(name: str) -> bool:
    return name.startswith("raw/") and Path(name).suffix.lower() in AUDIO_SUFFIXES


def _is_shared(name: str) -> bool:
    below = name.removeprefix("processed/")
    is_lock = below.endswith((".lock", "/lock", LOCK_NAME, ".tmp"))
    return not (below.startswith(_OWN) or is_lock)


def _hash_here(address: str, names: list[str]) -> Iterable[str]:
    place = Place.at(address)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(place.hash, names))
