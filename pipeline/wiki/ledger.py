"""The ledger of pushed pages: which page of which wiki holds what, one file a wiki.

A line of JSON a page, added the moment the wiki has taken the page, so that a kill loses nothing; the
last line of a key counts and a torn one is left out. It can be thrown away: the wiki tells it all
(:mod:`pipeline.wiki.marks`), but for what was pulled and which pages people have deleted.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipeline.store import Store, naming_file, write_bytes

FOLDER = "wiki"


@dataclass(frozen=True, slots=True)
class Entry:
    """A page as it was pushed last.

    Attributes:
        key: what it is a page of, see :class:`pipeline.export.pages.Page`.
        page_id: the wiki's number (GROWI: id) of the page, which stays when it is renamed.
        title: as it was asked for.
        wiki_title: as the wiki wrote it then.
        revid: the revision that holds the text pushed.
        sha1: hex, of the text pushed.
        kept_sha1: hex, of what the wiki made of it; empty while it was not read back.
        episode_id: whose words stand on it; None on pages of no one episode.
        pulled_sha1: of a person's text that was turned into a review and may be written over.
    """

    key: str
    page_id: str
    title: str
    wiki_title: str
    revid: str
    sha1: str
    kept_sha1: str = ""
    episode_id: str | None = None
    pulled_sha1: str = ""

    def is_untouched(self, revid: str, sha1: str) -> bool:
        """Whether a revision holds what was pushed, or what was pulled since."""
        return revid == self.revid or (bool(sha1) and sha1 in (
            self.sha1, self.kept_sha1, self.pulled_sha1,
        ))  # fmt: skip


_FIELDS = {field.name for field in fields(Entry)}
_NEEDED = {"key", "page_id", "title", "wiki_title", "revid", "sha1"}


class Ledger:
    """The pages pushed to one wiki."""

    def __init__(
        self, path: Path, entries: Mapping[str, Entry], lines: int, *, broken: int = 0
    ) -> None:
        self.path = path
        self.broken = broken  # lines that say nothing; a kill tears one at most, the last
        self._entries = dict(entries)
        self._lines = lines

    @classmethod
    def open(cls, store: Store, url: str) -> Ledger:
        """The ledger of a wiki; empty where nothing was pushed to it yet."""
        return cls.at(ledger_path(store, url))

    @classmethod
    def at(cls, path: Path) -> Ledger:
        """The ledger in a file."""
        entries: dict[str, Entry] = {}
        lines = broken = 0
        for entry, key in _read(path) if path.is_file() else ():
            lines += 1
            if key is None:
                broken += 1
            elif entry is None:
                entries.pop(key, None)
            else:
                entries[key] = entry
        return cls(path, entries, lines, broken=broken)

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(list(self._entries.values()))

    def get(self, key: str) -> Entry | None:
        return self._entries.get(key)

    def put(self, entry: Entry, *, keep: bool = True) -> None:
        """Take an entry, on the disk when this returns unless it is not to be kept."""
        if self._entries.get(entry.key) == entry:
            return
        self._entries[entry.key] = entry
        if keep:
            self._append(asdict(entry))

    def drop(self, key: str) -> None:
        """Forget a page."""
        if self._entries.pop(key, None) is not None:
            self._append({"key": key, "is_dropped": True})

    def tidy(self) -> None:
        """Write the file anew where much of it is old."""
        if self._lines > 2 * len(self._entries) + 100:
            self.rewrite()

    def rewrite(self) -> None:
        """Write the file anew, as what it holds now and nothing else."""
        data = "".join(_line(asdict(self._entries[key])) for key in sorted(self._entries))
        write_bytes(self.path, data.encode())
        self._lines = len(self._entries)

    def _append(self, content: Mapping[str, Any]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with naming_file(self.path), self.path.open("ab+") as out:
            # A line torn by a kill is closed first, lest the next be lost with it.
            is_torn = out.tell() > 0 and _last_byte(self.path) != b"\n"
            out.write((b"\n" if is_torn else b"") + _line(content).encode())
            out.flush()
            os.fsync(out.fileno())
        self._lines += 1


def ledger_path(store: Store, url: str) -> Path:
    """Where the ledger of a wiki lies: a readable name, and a few digits that tell wikis apart."""
    parts = urlsplit(url)
    name = re.sub(r"[^\w.-]+", "_", f"{parts.netloc}{parts.path}").strip("._")[:80]
    digest = hashlib.sha256(url.encode()).hexdigest()[:8]
    return store.state / FOLDER / f"{name}-{digest}.jsonl"


def pages_with(store: Store, episode_id: str) -> list[tuple[str, str]]:
    """Pages that hold words of an episode: (ledger's name, title), for who has to delete them."""
    return [
        (path.stem, entry.wiki_title)
        for path, ledger in _ledgers(store)
        for entry in ledger
        if entry.episode_id == episode_id
    ]


def forget_pages(store: Store, episode_ids: Iterable[str]) -> None:
    """Remove episodes from all ledgers, without a trace."""
    gone = set(episode_ids)
    for _, ledger in _ledgers(store):
        concerned = [entry.key for entry in ledger if entry.episode_id in gone]
        for key in concerned:
            ledger.drop(key)
        if concerned:
            ledger.rewrite()


def _ledgers(store: Store) -> Iterator[tuple[Path, Ledger]]:
    for path in sorted((store.state / FOLDER).glob("*.jsonl")):
        yield path, Ledger.at(path)


def _read(path: Path) -> Iterator[tuple[Entry | None, str | None]]:
    """Entry and key of each line: no entry where the page was dropped, neither where the line is broken."""
    data = path.read_bytes()
    if not data:
        yield None, None
    for line in data.splitlines(keepends=True):
        try:
            content = json.loads(line)
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict) or not isinstance(content.get("key"), str):
            if line.endswith(b"\n"):
                yield None, None
        elif content.get("is_dropped"):
            yield None, content["key"]
        elif content.keys() >= _NEEDED:
            known = {name: value for name, value in content.items() if name in _FIELDS}
            if all(_is_text(value) for value in known.values()):
                yield Entry(**known), content["key"]
            else:
                yield None, None
        else:
            yield None, None


def _is_text(value: object) -> bool:
    """Whether it can be written again: text without half a surrogate pair, or nothing."""
    return value is None or (
        isinstance(value, str) and not any("\ud800" <= c <= "\udfff" for c in value)
    )


def _line(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True) + "\n"


def _last_byte(path: Path) -> bytes:
    with path.open("rb") as given:
        given.seek(-1, os.SEEK_END)
        return given.read(1)
