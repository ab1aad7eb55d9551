"""Episodes that an earlier run found finished, so that a run looks closely only at what changed since.

An episode is passed over while everything its plan was made of is as it was noted: its files, its record,
the sizes of its tables, and what all episodes depend on. What is not surely so is planned as ever. The
note, ``_state/noted-plan.json``, can be deleted at any time.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pipeline
from pipeline.config import Settings
from pipeline.listing import listed
from pipeline.noted import changed_at_ns, is_worth_noting, mark_of, read_noted, write_noted
from pipeline.parts import part_number
from pipeline.records import TABLES, Briefs
from pipeline.run.plan import STAGES, Fingerprints, Job, key_of, stage_version
from pipeline.sources import Scan, stem_of
from pipeline.store import Store, file_stem

_FORMAT = 1
# A file that changes again within the same tick of the clock bears the same time; the coarsest disks tick so.
_TICK_NS = 2_000_000_000
# What no stage's key depends on; of a setting that is not named here every episode is planned anew.
_IDLE_SETTINGS = frozenset(
    ("cache", "device", "compute_type", "batch_size", "jobs", "engine", "address", "workers", "cores",
     "feeds", "feeds_since", "feeds_limit", "feeds_max_mib", "feeds_allow_private")
)  # fmt: skip


class _Group(NamedTuple):
    """The files of an episode, as noted.

    Attributes:
        stem: of the record and the tables.
        digest: of the record.
        calls_itself: what its files call it, in NFC.
        packed: a bit for each of the tables that has no file of its own.
    """

    stem: str
    digest: str
    calls_itself: str
    packed: int
    paths: Sequence[str]


@dataclass(frozen=True, slots=True)
class Tables:
    """Every table's folder, listed once: sizes of the episodes' own files, and marks of the parts."""

    sizes: dict[str, dict[str, int]]
    parts: dict[str, dict[str, str]]

    @classmethod
    def look(cls, root: Path) -> Tables:
        made = cls({}, {})
        for table in TABLES:
            sizes = made.sizes[table] = {}
            parts = made.parts[table] = {}
            try:
                with listed(root / table) as entries:
                    for file in entries:
                        if file.is_file():
                            sizes[file.name] = file.stat().st_size
            except (FileNotFoundError, NotADirectoryError):
                continue
            for name in [name for name in sizes if part_number(name)]:
                del sizes[name]
                parts[name] = mark_of(os.stat(root / table / name))  # noqa: PTH116
        return made


class Settled:
    """What the note says, as far as it still holds.

    Args:
        store: the tables.
        settings: of the run.
        prints: of the run.
        briefs: of all records.
        found: the raw folder as it is now.
        is_used: whether episodes may be passed over.
    """

    def __init__(
        self, store: Store, settings: Settings, prints: Fingerprints, briefs: Briefs, found: Scan, *,
        is_used: bool,
    ) -> None:  # fmt: skip
        self._root = store.root
        self._path = store.state / "noted-plan.json"
        self._briefs = briefs
        self._found = found
        self._tables = Tables.look(store.root)
        self._staged = _names(store.staging)
        self._key = _key(settings, prints)
        noted = read_noted(self._path) if is_used else {}
        if noted.get("key") != self._key:
            noted = {}
        self._noted = noted
        self.groups = {stem: _Group(*row) for stem, row in noted.get("groups", {}).items()}
        self._before = dict(self.groups)

    def pass_over(self, *, but: Collection[str], forgotten: Collection[str]) -> None:
        """Keep the groups of which nothing changed.

        Args:
            but: stems of files that are looked at in any case.
            forgotten: hashes of files that are left out.
        """
        off = set(but) | self._changed_stems()
        bad = self._damaged() | self._staged
        digest = self._briefs.digest
        self.groups = {
            stem: group for stem, group in self.groups.items()
            if stem not in off and group.stem not in bad and digest(group.stem) == group.digest
            and (not forgotten or self._briefs.hash_of(group.stem) not in forgotten)
        }  # fmt: skip

    def drop(
        self, *, names: Collection[str], ids: Collection[str], hashes: Collection[str]
    ) -> bool:
        """Take out groups that other files clash with; returns whether there was one."""
        briefs = self._briefs
        stems = {file_stem(episode_id) for episode_id in ids}
        clashing = [
            stem for stem, group in self.groups.items()
            if group.calls_itself in names or group.stem in stems
            or briefs.hash_of(group.stem) in hashes
        ]  # fmt: skip
        for stem in clashing:
            del self.groups[stem]
        return bool(clashing)

    @property
    def episode_ids(self) -> list[str]:
        return [self._briefs.id_of(group.stem) for group in self.groups.values()]

    def left(self) -> list[str]:
        """The files that belong to no group passed over."""
        passed = {path for group in self.groups.values() for path in group.paths}
        return [path for path in self._found.files if path not in passed]

    def _changed_stems(self) -> set[str]:
        changed = self._found.files.items() ^ self._noted.get("files", {}).items()
        return {stem for path, _ in changed if (stem := stem_of(path)) is not None}

    def _damaged(self) -> set[str]:
        """Episodes with a table that is not as its record says."""
        names = [f"{stem}.parquet" for stem in self._briefs.rows]
        packed: dict[int, set[str]] = {}  # nearly all episodes have the same tables packed
        for group in self.groups.values():
            packed.setdefault(group.packed, set()).add(f"{group.stem}.parquet")
        bad: set[str] = set()
        for bit, table in enumerate(TABLES):
            own, sizes = self._tables.sizes[table], self._briefs.sizes(table)
            if list(map(own.get, names)) == sizes:
                continue
            wanted = dict(zip(names, sizes, strict=True))
            absent = wanted.keys() - own.keys()
            if self._tables.parts[table] == self._noted.get("parts", {}).get(table):
                for mask, those in packed.items():
                    if mask >> bit & 1:
                        absent -= those
            odd = {name for name, size in own.items() if name in wanted and wanted[name] != size}
            bad |= {name for name in absent | odd if wanted[name] is not None}
        return {name.removesuffix(".parquet") for name in bad}

    # -- for the next run -------------------------------------------------------------------

    def settle(self, job: Job, briefs: Briefs) -> None:
        """Note an episode that is finished; whoever calls has found nothing to do for it.

        Args:
            job: the episode as it was planned.
            briefs: of all records, that of the episode among them.
        """
        stem, source = file_stem(job.episode_id), job.source
        digest = briefs.digest(stem)
        if digest is None or job.is_sample:
            return
        paths = tuple(
            str(path)
            for path in (source.audio, source.transcript, source.sidecar, source.chapters)
            if path
        )
        marks = [self._found.files.get(path) for path in paths]
        if not all(m and changed_at_ns(m) < self._found.began_ns - _TICK_NS for m in marks):
            return
        own = [os.path.isfile(f"{self._root}/{table}/{stem}.parquet") for table in TABLES]  # noqa: PTH113
        packed = sum(1 << bit for bit, is_own in enumerate(own) if not is_own)
        itself = unicodedata.normalize("NFC", source.episode_id)
        name = stem_of(str(source.primary))
        if name is not None:
            self.groups[name] = _Group(stem, digest, itself, packed, paths)

    def note(self) -> None:
        """Write down what is settled, where that is not what stands there."""
        parts = self._tables.parts
        is_same = parts == self._noted.get("parts")
        if is_same and not is_worth_noting(self._before, self.groups):
            return
        files = self._found.files
        write_noted(
            self._path,
            {
                "key": self._key,
                "parts": parts,
                "files": {p: files[p] for group in self.groups.values() for p in group.paths},
                "groups": self.groups,
            },
        )


def forget_noted(store: Store) -> None:
    """Delete what is noted: it may speak of what is to be forgotten."""
    for name in ("noted-plan.json", "noted-records.json", "noted-parts.json"):
        (store.state / name).unlink(missing_ok=True)


def _names(folder: Path) -> set[str]:
    try:
        return set(os.listdir(folder))  # noqa: PTH208
    except (FileNotFoundError, NotADirectoryError):
        return set()


def _key(settings: Settings, prints: Fingerprints) -> str:
    """All that the plan of every episode depends on."""
    given = settings.model_dump(mode="json")
    lexicon = sorted({part for stage in STAGES for part in stage.parts})
    return key_of(
        {
            "format": _FORMAT,
            "by": pipeline.__version__,
            "user": [os.getuid(), *sorted(os.getgroups())] if hasattr(os, "getuid") else None,
            "tables": TABLES,
            "stages": [[stage.name, stage_version(stage)] for stage in STAGES],
            "lexicon": {part: getattr(prints, part) for part in lexicon},
            "settings": {name: given[name] for name in given.keys() - _IDLE_SETTINGS},
            "data": str(settings.data.absolute()),
            "spoken": prints.spoken,
            "known voices": prints.known_voices,
        }
    )
