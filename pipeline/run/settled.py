"""Episodes that an earlier run found finished, so that a run looks closely only at what changed since.

An episode is passed over while everything its plan was made of is as it was noted: its files, its record,
the sizes of its tables, and what all episodes depend on. What is not surely so is planned as ever. The
note, ``_state/noted-plan.json``, can be deleted at any time.
"""

from __future__ import annotations

import functools
import os
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import pipeline
from pipeline.config import Settings
from pipeline.listing import listed
from pipeline.noted import Rows, changed_at_ns, mark_of, read_noted, write_noted
from pipeline.parts import part_number
from pipeline.records import TABLES, Briefs
from pipeline.run.plan import STAGES, Fingerprints, Job, key_of, stage_version
from pipeline.sources import Scan, stem_of
from pipeline.store import Store, file_stem

_FORMAT = 2
# A file that changes again within the same tick of the clock bears the same time; the coarsest disks tick so.
_TICK_NS = 2_000_000_000
# What no stage's key depends on; of a setting that is not named here every episode is planned anew.
_IDLE_SETTINGS = frozenset(
    ("cache", "device", "compute_type", "batch_size", "jobs", "engine", "address", "workers", "cores",
     "feeds", "feeds_since", "feeds_limit", "feeds_max_mib", "feeds_allow_private")
)  # fmt: skip


# The files of an episode, as noted: what they are called without ending, the stem of its record, the digest
# of that, what its files call it (in NFC), which of its tables have no file of their own (a bit each), and
# the files of each role, empty where there is none.
_NAME, _STEM, _DIGEST, _ITSELF, _PACKED, _PATHS = range(6)
_ROLES = ("audio", "transcript", "sidecar", "chapters")


@dataclass(frozen=True, slots=True)
class Tables:
    """Every table's folder, listed once: sizes of the episodes' own files, and marks of the parts."""

    sizes: dict[str, dict[str, str]]
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
                            sizes[file.name] = str(file.stat().st_size)
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
        self._parts: dict[str, dict[str, str]] = noted.get("parts", {})
        files: Rows = noted.get("files", Rows())
        self._files = dict(zip(files.column(0), files.column(1), strict=True))
        self._groups: Rows = noted.get("groups", Rows())

    def pass_over(self, *, but: Collection[str], forgotten: Collection[str]) -> None:
        """Keep the groups of which nothing changed.

        Args:
            but: names of files that are looked at in any case, without ending.
            forgotten: hashes of files that are left out.
        """
        names, stems = self._groups.column(_NAME), self._groups.column(_STEM)
        digests = self._briefs.digests()
        bad = self._damaged() | self._staged
        if forgotten:
            bad |= {s for s, sha256 in self._briefs.hashes_by_stem().items() if sha256 in forgotten}
        off = {*but, *self._changed_names()}
        if list(map(digests.get, stems)) != (noted := self._groups.column(_DIGEST)):
            named = zip(names, stems, noted, strict=True)
            off |= {name for name, stem, digest in named if digests.get(stem) != digest}
        if not bad.isdisjoint(stems):
            off |= {name for name, stem in zip(names, stems, strict=True) if stem in bad}
        self._groups.drop(off)

    def drop(
        self, *, names: Collection[str], ids: Collection[str], hashes: Collection[str]
    ) -> bool:
        """Take out groups that other files clash with; returns whether there was one."""
        clashing = set(map(file_stem, ids))
        clashing |= {s for s, sha256 in self._briefs.hashes_by_stem().items() if sha256 in hashes}
        columns = (self._groups.column(at) for at in (_NAME, _STEM, _ITSELF))
        off = [
            name for name, stem, itself in zip(*columns, strict=True)
            if stem in clashing or itself in names
        ]  # fmt: skip
        self._groups.drop(off)
        return bool(off)

    def __len__(self) -> int:
        return len(self._groups)

    @property
    def episode_ids(self) -> list[str]:
        return list(map(self._briefs.by_stem().__getitem__, self._groups.column(_STEM)))

    def left(self) -> list[str]:
        """The files that belong to no group passed over."""
        columns = (self._groups.column(_PATHS + at) for at in range(len(_ROLES)))
        passed = set().union(*columns)
        return [path for path in self._found.files if path not in passed]

    def _changed_names(self) -> set[str]:
        now, before = self._found.files, self._files
        changed = [path for path, mark in now.items() if before.get(path) != mark]
        changed += before.keys() - now.keys()
        return {name for path in changed if (name := stem_of(path)) is not None}

    def _damaged(self) -> set[str]:
        """Episodes with a table that is not as its record says."""
        stems = self._briefs.stems()
        packed: dict[str, set[str]] = {}  # nearly all episodes have the same tables packed
        for mask in set(masks := self._groups.column(_PACKED)):
            those = zip(self._groups.column(_STEM), masks, strict=True)
            packed[mask] = {stem for stem, its in those if its == mask}

        @functools.cache
        def in_parts(those: tuple[str, ...]) -> tuple[set[str], list[str]]:
            sure = set().union(*(packed[mask] for mask in those))
            return sure, [stem for stem in stems if stem not in sure]

        bad: set[str] = set()
        for bit, table in enumerate(TABLES):
            own = self._tables.sizes[table]
            are_same = self._tables.parts[table] == self._parts.get(table)
            sure, loose = in_parts(tuple(m for m in packed if are_same and int(m) >> bit & 1))
            if sure:
                names = (name.removesuffix(".parquet") for name in own)
                loose = loose + [stem for stem in names if stem in sure]
                wanted = [self._briefs.size(table, stem) for stem in loose]
            else:
                wanted = self._briefs.sizes(table)
            sizes = [own.get(f"{stem}.parquet", "") for stem in loose]
            if sizes != wanted:
                pairs = zip(loose, sizes, wanted, strict=True)
                bad |= {stem for stem, size, its in pairs if its and size != its}
        return bad

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
        paths = [str(getattr(source, role) or "") for role in _ROLES]
        marks = [self._found.files.get(path) for path in paths if path]
        if not all(m and changed_at_ns(m) < self._found.began_ns - _TICK_NS for m in marks):
            return
        own = [os.path.isfile(f"{self._root}/{table}/{stem}.parquet") for table in TABLES]  # noqa: PTH113
        packed = sum(1 << bit for bit, is_own in enumerate(own) if not is_own)
        itself = unicodedata.normalize("NFC", source.episode_id)
        name = stem_of(str(source.primary))
        if name is not None:
            self._groups.put((name, stem, digest, itself, str(packed), *paths))

    def note(self) -> None:
        """Write down what is settled, where that is not what stands there."""
        parts = self._tables.parts
        if parts == self._parts and not self._groups.is_worth_noting():
            return
        columns = (self._groups.column(_PATHS + at) for at in range(len(_ROLES)))
        files = Rows()
        for path in set().union(*columns) - {""}:
            files.put((path, self._found.files[path]))
        write_noted(
            self._path, {"key": self._key, "parts": parts, "files": files, "groups": self._groups}
        )


def forget_noted(store: Store) -> None:
    """Delete what is noted: it may speak of what is to be forgotten."""
    for path in store.state.glob("noted-*.json"):
        path.unlink(missing_ok=True)


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
