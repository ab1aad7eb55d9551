"""One episode sent to a worker: what it needs goes along, what it made comes back.

The worker runs in a folder of its own that is gone afterwards; only the run that sent the errand writes
tables. So a worker that dies leaves nothing, and one that was given up for dead can spoil nothing.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pipeline import schema
from pipeline.config import Settings
from pipeline.errors import SourceError
from pipeline.parts import PartWriter, part_name
from pipeline.run.episode import Outcome
from pipeline.run.heard import drop_heard
from pipeline.run.plan import STAGES, FileSeen, Fingerprints, Job, KnownOfVoices, Record
from pipeline.run.speakers import listens_for_voices
from pipeline.run.tools import Tools
from pipeline.run.voices import Told, load_told, save_told, voice_files
from pipeline.run.workers import run_one
from pipeline.scale.mirror import stand_in
from pipeline.scale.place import Place
from pipeline.sources import Sidecar, read_sidecar
from pipeline.store import Store, file_stem, read_json, write_bytes

log = logging.getLogger("bansou")

_TABLES = tuple(name for name, spec in schema.TABLES.items() if spec.scope == "episode")


@dataclass(frozen=True, slots=True)
class Kit:
    """What all errands of a run share: settings, the team's own files, where raw files lie."""

    values: dict[str, Any]
    data: Path
    place: str | None
    glossaries: tuple[bytes, ...]
    taxonomy: bytes | None
    voices: KnownOfVoices
    log_level: int

    @classmethod
    def of(cls, settings: Settings) -> Kit:
        taxonomy = settings.taxonomy.read_bytes() if settings.taxonomy else None
        glossaries = tuple(path.read_bytes() for path in settings.glossary_files)
        return cls(
            settings.model_dump(), settings.data.absolute(), settings.place, glossaries, taxonomy,
            Fingerprints(settings).of_voices, log.level,
        )  # fmt: skip

    def unpack(self, folder: Path) -> Settings:
        """The run's settings with their files in a worker's folder."""
        folder.mkdir()
        terms = tuple(folder / f"terms-{n}.yaml" for n in range(len(self.glossaries)))
        for path, content in zip(terms, self.glossaries, strict=True):
            path.write_bytes(content)
        own: dict[str, Any] = {"terms": terms, "data": folder, "place": None}
        if self.taxonomy is not None:
            own["taxonomy"] = folder / "taxonomy.yaml"
            own["taxonomy"].write_bytes(self.taxonomy)
        return Settings.model_construct(**{**self.values, **own})

    def prints(self, unpacked: Settings) -> Fingerprints:
        """What results depend on, for a worker; voice prints are not written to its disk for that."""
        return Fingerprints(unpacked, voices=self.voices)


@dataclass(frozen=True, slots=True)
class Errand:
    """An episode and what is known of it: files by their place under ``processed/``."""

    job: Job
    has_raw: bool
    files: dict[str, bytes]


@dataclass(slots=True)
class Made:
    """What became of an episode: its tables and record, or what was finished before it failed."""

    outcome: Outcome
    record: Record | None = None
    staged: dict[str, bytes] = field(default_factory=dict)
    logged: list[tuple[int, str]] = field(default_factory=list)
    voices: Told | None = None


def pack_errand(job: Job, store: Store) -> Errand:
    """Take along what an episode's stages may read."""
    files = dict(_known_tables(store, job.episode_id)) if job.record else {}
    staging = store.staging_folder(job.episode_id)
    if staging.is_dir():
        name = f"_state/staging/{staging.name}"
        files |= {f"{name}/{path.name}": path.read_bytes() for path in staging.iterdir()}
    files |= voice_files(store, job.episode_id)
    has_raw = os.path.exists(job.primary.path)  # noqa: PTH110  Path.exists raises in a closed folder
    return Errand(job, has_raw, files)


def _known_tables(store: Store, episode_id: str) -> Iterator[tuple[str, bytes]]:
    for table in _TABLES:
        path = store.table_path(table, episode_id)
        if path.is_file():
            yield f"{table}/{path.name}", path.read_bytes()
        elif entry := store.compacted(table, episode_id):
            # As a part of its own: the record means the file it once had, which this tells of.
            with tempfile.TemporaryDirectory() as folder:
                part = Path(folder) / part_name(1)
                writer = PartWriter(part, schema.arrow_schema(table))
                writer.add(file_stem(episode_id), store.read(table, episode_id), entry.facts)
                writer.close()
                yield f"{table}/{part.name}", part.read_bytes()


def do_errand(
    errand: Errand, kit: Kit, settings: Settings, *,
    tools: Tools, prints: Fingerprints, verify: bool, scratch: Path,
) -> Made:  # fmt: skip
    """Run an episode's stale stages in a folder of its own.

    Args:
        settings: as the kit unpacked them.
        scratch: the folder's parent.
    """
    with tempfile.TemporaryDirectory(prefix="errand-", dir=scratch) as name:
        folder = Path(name)
        told = _Told(folder, kit)
        log.addHandler(told)
        try:
            return _do(errand, kit, settings.model_copy(update={"data": folder}), told,
                       tools=tools, prints=prints, verify=verify)  # fmt: skip
        finally:
            log.removeHandler(told)


def _do(
    errand: Errand, kit: Kit, settings: Settings, told: _Told, *,
    tools: Tools, prints: Fingerprints, verify: bool,
) -> Made:  # fmt: skip
    store = Store(settings.processed)
    store.prepare()
    for name, content in errand.files.items():
        path = settings.processed / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    episode_id = errand.job.episode_id
    try:
        job = _with_raw(errand, kit, settings)
    except (SourceError, OSError) as error:
        return Made(Outcome(episode_id, error=told.seen(str(error))))
    outcome = run_one(job, settings, tools, prints, report=lambda _event: None, verify=verify)
    outcome.error = told.seen(outcome.error) if outcome.error else None
    outcome.warnings = [told.seen(warning) for warning in outcome.warnings]
    made = Made(outcome, logged=told.lines)
    made.voices = load_told(store, episode_id)
    made.record = _own_record(read_json(store.record_path(episode_id)), errand.job)
    if made.record is not None:
        written = {t for stage in STAGES if stage.name in outcome.stages_run for t in stage.writes}
        paths = {table: store.table_path(table, episode_id) for table in written}
        made.staged = {f"{t}.parquet": p.read_bytes() for t, p in paths.items() if p.is_file()}
    else:
        staging = store.staging_folder(episode_id)
        if staging.is_dir():  # what was finished is not done again
            made.staged = {p.name: p.read_bytes() for p in staging.iterdir() if p.is_file()}
    return made


def _with_raw(errand: Errand, kit: Kit, settings: Settings) -> Job:
    """The job with its raw files in the worker's folder, or where all machines see them."""
    job, moved = errand.job, dict[str, Path]()

    def at(path: Path | None) -> Path | None:
        return moved.get(str(path), path) if path else None

    def seen(file: FileSeen) -> FileSeen:
        return replace(file, path=str(moved.get(file.path, file.path)))

    if job.sidecar is not None:
        moved[job.sidecar.path] = _bring(job.sidecar, kit, settings.data)
    if errand.has_raw:
        sidecar = read_sidecar(moved[job.sidecar.path]) if job.sidecar else Sidecar()
        is_read = _is_read(job, settings, sidecar)
        moved[job.primary.path] = _bring(job.primary, kit, settings.data, is_read=is_read)
    source = replace(
        job.source, audio=at(job.source.audio), transcript=at(job.source.transcript),
        sidecar=at(job.source.sidecar),
    )  # fmt: skip
    return replace(
        job, source=source, primary=seen(job.primary),
        sidecar=seen(job.sidecar) if job.sidecar else None,
    )  # fmt: skip


def _is_read(job: Job, settings: Settings, sidecar: Sidecar) -> bool:
    """Whether a stage reads the raw file: a new glossary or name must not fetch an archive's audio."""
    if not job.is_audio or "transcribe" in job.stale:
        return True
    store = Store(settings.processed)
    return "speakers" in job.stale and listens_for_voices(job, settings, sidecar, store)


def _bring(file: FileSeen, kit: Kit, folder: Path, *, is_read: bool = True) -> Path:
    path = Path(file.path)
    inside = path.relative_to(kit.data) if path.is_relative_to(kit.data) else None
    if inside is None or kit.place is None:
        if not path.is_file():
            raise SourceError(
                f"{path}: is not there on the worker's machine {socket.gethostname()}; use a folder that "
                "all machines see under the same path, or an address such as s3://bucket/folder"
            )
        if inside is None:
            return path
    target = folder / inside
    target.parent.mkdir(parents=True, exist_ok=True)
    if kit.place is None:
        target.symlink_to(path)
        return target
    if not is_read:
        stand_in(target, size=file.size, mtime_ns=file.mtime_ns)
        return target
    Place.at(kit.place).fetch(inside.as_posix(), target)
    with target.open("rb") as data:
        if hashlib.file_digest(data, "sha256").hexdigest() != file.sha256:
            raise SourceError(f"{path}: was changed while the run went on; run again")
    return target


def _own_record(record: Record | None, job: Job) -> Record | None:
    """The record with the raw files where the run that asked sees them."""
    if record is not None:
        record["files"] = {
            "primary": job.primary.as_json(),
            "sidecar": job.sidecar.as_json() if job.sidecar else None,
        }
    return record


class _Told(logging.Handler):
    """Keeps what is logged over an errand, with the names that the run knows files by."""

    def __init__(self, folder: Path, kit: Kit) -> None:
        super().__init__()
        self.lines: list[tuple[int, str]] = []
        self._folder = str(folder)
        self._data = kit.place or str(kit.data)

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((record.levelno, self.seen(self.format(record))))

    def seen(self, text: str) -> str:
        return text.replace(self._folder, self._data)


def bring_home(made: Made, job: Job, store: Store) -> Outcome:
    """Publish what an errand made, as a run on this machine would have."""
    for level, line in made.logged:
        log.log(level, "%s", line)
    if made.voices is not None:
        save_told(store, job.episode_id, made.voices)
    staging = store.staging_folder(job.episode_id)
    shutil.rmtree(staging, ignore_errors=True)
    for name, content in made.staged.items():
        write_bytes(staging / name, content)
    if made.record is not None:
        store.publish(job.episode_id, made.record)
        drop_heard(store, job.primary.sha256)
    return made.outcome
