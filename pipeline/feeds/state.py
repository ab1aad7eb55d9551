"""What was fetched already: ``data/feeds/state.json``, and each feed as it was read last."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from pipeline.errors import BansouError, BusyError, SourceError
from pipeline.feeds.items import Item, short_hash
from pipeline.sources import read_sidecar
from pipeline.store import read_json, write_bytes, write_json

log = logging.getLogger("bansou")

_FORMAT = 1
_MOST_BYTES = 240  # of a file's name; ours are shorter


@dataclass(slots=True)
class Known:
    """An episode that was fetched, or is being fetched.

    Attributes:
        feed: hash of the feed's address.
        stem: of its files in ``raw/``.
        media: the media's address without query.
        files: what was made, by role (media, transcript, chapters, sidecar).
        sidecar_sha256: the sidecar as it was written; another hash means that a person edited it.
        id_written: the guid as the sidecar has it, which is the episode's id.
        part: of an unfinished download: ``etag``, ``modified``, ``total``.
    """

    feed: str
    identity: str
    guid: str | None
    title: str
    published_at: str | None
    media: str
    stem: str
    files: dict[str, str] = field(default_factory=dict)
    sidecar_sha256: str | None = None
    id_written: str | None = None
    part: dict[str, Any] | None = None

    @property
    def is_done(self) -> bool:
        return "media" in self.files

    @property
    def is_forgotten(self) -> bool:
        return not self.stem


def _known(entry: dict[str, Any]) -> Known:
    known = Known(**entry)
    if any(len(name.encode()) > _MOST_BYTES for name in known.files.values()):
        raise ValueError("a name that no file can have")
    return known


def _hashed(identity: str) -> str:
    return f"sha256 {short_hash(identity)}"


def _without_trace(feed: str, identity: str) -> Known:
    """A forgotten episode."""
    return Known(feed, identity, None, "", None, "", "", files={"media": ""})


class State:
    """The episodes known, by feed and identity."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "state.json"
        self.feeds: dict[str, dict[str, Any]] = {}
        self.episodes: list[Known] = []
        self.damage = ""
        self._by_identity: dict[tuple[str, str], Known] = {}
        self._by_guid: dict[str, list[Known]] = {}
        self._by_title: dict[tuple[str, str | None], list[Known]] = {}

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the folder against a second fetch.

        Raises:
            BusyError: another fetch is running.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.folder / "lock", timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise BusyError(
                f"another bansou is fetching into {self.folder.parent}; wait until it is done and "
                "run again"
            ) from error
        try:
            yield
        finally:
            lock.release()

    def load(self, raw: Path) -> None:
        """Read the state; where it is missing or damaged, make it anew from the sidecars in ``raw/``.

        Raises:
            BansouError: neither the state nor ``forgotten.json`` can be read: episodes that were
                forgotten would come back.
        """
        content = read_json(self.path)
        try:
            if content is not None and content["format"] == _FORMAT:
                feeds = dict(content["feeds"])
                episodes = [_known(entry) for entry in content["episodes"]]
                self._take(feeds, episodes)
                return
        except (KeyError, TypeError, ValueError):
            pass
        if self.path.exists():
            self.damage = f"{self.path}: is damaged; made anew from the sidecars in {raw}"
            log.warning("%s", self.damage)
        self._take({}, [*_from_sidecars(raw), *self._forgotten()])

    def _take(self, feeds: dict[str, Any], episodes: Iterable[Known]) -> None:
        self.feeds, self.episodes = feeds, []
        for known in episodes:
            self.add(known)

    def save(self) -> None:
        content = {
            "format": _FORMAT, "feeds": self.feeds,
            "episodes": [asdict(known) for known in self.episodes],
        }  # fmt: skip
        write_json(self.path, content)

    def add(self, known: Known) -> None:
        self.episodes.append(known)
        self._index(known)

    def _index(self, known: Known) -> None:
        self._by_identity[known.feed, known.identity] = known
        if known.guid:
            self._by_guid.setdefault(known.guid, []).append(known)
        else:
            self._by_title.setdefault((known.title, known.published_at), []).append(known)

    def find(self, item: Item, feed: str) -> Known | None:
        """What is known of an item: the same feed and identity, else the same episode elsewhere.

        Elsewhere is a feed that moved, an item whose guid came or went, or a state made anew from
        sidecars; what is found there belongs to this feed from now on.
        """
        known = self._by_identity.get((feed, item.identity))
        known = known or self._by_identity.get((feed, _hashed(item.identity)))
        if known is not None:
            return known
        near: list[Known] = [
            *self._by_guid.get(item.guid or item.shared_guid or "", ()),
            *(self._by_title.get((item.title, item.when), ()) if not item.guid else ()),
        ]
        for known in near:
            if _is_same(known, item, is_here=known.feed == feed):
                known.feed, known.identity = feed, item.identity
                self._by_identity[feed, item.identity] = known
                return known
        return None

    def guid_is_taken(self, guid: str, by: Known) -> bool:
        """Does another episode of another feed bear this guid, and did it come first?"""
        return bool(self._by_guid.get(guid)) and self._by_guid[guid][0] is not by

    def forget(self, episode_ids: Collection[str]) -> dict[str, list[str]]:
        """Keep nothing of these episodes but hashes, so that they do not come back by themselves.

        Args:
            episode_ids: their guids, or their files' stems where they have none.

        Returns:
            The names of their files, by stem.
        """
        gone: dict[str, list[str]] = {}
        for known in self.episodes:
            if known.id_written in episode_ids or known.stem in episode_ids:
                gone[known.stem] = list(known.files.values())
                known.identity, known.guid, known.id_written = _hashed(known.identity), None, None
                known.title = known.media = known.stem = ""
                known.published_at = known.sidecar_sha256 = known.part = None
                known.files = {"media": ""}
        if gone:
            for copy in self.folder.glob("*.xml"):
                copy.unlink()
            pairs = [(known.feed, known.identity) for known in self.episodes if known.is_forgotten]
            write_json(self._forgotten_path, {"episodes": pairs})
            self.save()
        return gone

    @property
    def _forgotten_path(self) -> Path:
        return self.folder / "forgotten.json"

    def _forgotten(self) -> list[Known]:
        """What a lost state knew of forgotten episodes: no sidecar tells of them."""
        path = self._forgotten_path
        if not path.exists():
            return []
        try:
            pairs = (read_json(path) or {})["episodes"]
            return [_without_trace(str(feed), str(identity)) for feed, identity in pairs]
        except (KeyError, TypeError, ValueError) as error:
            raise BansouError(
                f"{path} is damaged and no longer says which episodes were forgotten; bring it back "
                "from a backup, or delete it and run again: what was forgotten is fetched again then"
            ) from error

    # -- feeds as read last -----------------------------------------------------------------

    def conditions(self, feed: str) -> dict[str, str]:
        """Headers that ask only for what is new."""
        entry = self.feeds.get(feed, {})
        if not self.copy_path(feed).is_file():
            return {}
        names = {"etag": "If-None-Match", "modified": "If-Modified-Since"}
        return {header: entry[key] for key, header in names.items() if entry.get(key)}

    def copy_path(self, feed: str) -> Path:
        return self.folder / f"{feed}.xml"

    def keep_copy(self, feed: str, content: bytes, headers: Any, url: str) -> None:
        """Remember a feed that could be read."""
        write_bytes(self.copy_path(feed), content)
        self.feeds[feed] = {
            "url": url, "etag": headers.get("ETag"), "modified": headers.get("Last-Modified"),
            "type": headers.get("Content-Type", ""),
        }  # fmt: skip
        self.save()


def feed_key(url: str) -> str:
    return short_hash(url)


def _is_same(known: Known, item: Item, *, is_here: bool) -> bool:
    """Is it one episode, where only the guid (or, without one, title and date) says so?"""
    if known.media and known.media == item.media_path:
        return True
    same_title = known.title == item.title
    if (
        not item.guid
    ):  # title and date are all there is; a feed's own media would have been the same
        return same_title and known.published_at == item.when and not (is_here and known.media)
    same_time = item.when is not None and known.published_at == item.when
    # Long guids are unique the world over, "12" is not.
    return same_title or same_time or len(known.guid or "") >= 16


def _from_sidecars(raw: Path) -> Iterator[Known]:
    from pipeline.sources import AUDIO_SUFFIXES

    for path in sorted(raw.glob("*.yaml")) if raw.is_dir() else ():
        try:
            sidecar = read_sidecar(path)
        except SourceError:
            continue
        media = next(
            (
                p
                for s in sorted(AUDIO_SUFFIXES)
                if (p := path.with_suffix("").with_name(path.stem + s)).is_file()
            ),
            None,
        )
        if sidecar.feed_url and media:
            when = sidecar.published_at
            yield Known(
                feed="", identity=f"guid {sidecar.guid}" if sidecar.guid else f"file {path.stem}",
                guid=sidecar.guid, id_written=sidecar.guid, title=sidecar.title or "",
                published_at=when.isoformat() if when else None, media="", stem=path.stem,
                files={"media": media.name, "sidecar": path.name},
            )  # fmt: skip
