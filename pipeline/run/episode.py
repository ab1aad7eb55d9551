"""Runs the stale stages of one episode and publishes its tables as a whole."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.config import Settings
from pipeline.errors import BansouError, TableError
from pipeline.run.heard import drop_heard
from pipeline.run.held import held
from pipeline.run.memory import rare_collections
from pipeline.run.plan import (
    RECORD_FORMAT,
    STAGES,
    Fingerprints,
    Job,
    Record,
    StageSpec,
    key_of,
    shown_path,
    stage_parts,
    tells_apart,
)
from pipeline.run.stale import staged_record, why_stale
from pipeline.run.tools import Tools
from pipeline.sources import Sidecar, check_audio, read_sidecar, read_transcript
from pipeline.store import Store, read_parquet, write_json, write_parquet
from pipeline.voices import check_installed

if TYPE_CHECKING:
    import pyarrow as pa

log = logging.getLogger("bansou")

Report = Callable[["Event"], None]


@dataclass(frozen=True, slots=True)
class Event:
    """What a progress display hears: a stage of an episode begins, or has come so far in seconds."""

    episode_id: str
    stage: str
    done_s: float = 0.0
    total_s: float = 0.0


@dataclass(slots=True)
class Outcome:
    """How one episode ended."""

    episode_id: str
    stages_run: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    error: str | None = None
    counts: dict[str, int] = field(default_factory=dict)


class EpisodeRun:
    """One run over one episode.

    Args:
        job: the episode, its files and its record.
        settings: of the run.
        tools: models and lexicon.
        report: hears of progress.
    """

    def __init__(
        self, job: Job, settings: Settings, tools: Tools, *, prints: Fingerprints, report: Report
    ) -> None:
        self.job = job
        self.settings = settings
        self.tools = tools
        self.store = Store(settings.processed)
        self._prints = prints
        self._report = report
        self._folder = self.store.staging_folder(job.episode_id)
        self._record = self._open_record()
        self._fresh: dict[str, pa.Table] = {}
        self.outcome = Outcome(job.episode_id)

    def run(self, *, verify: bool = False) -> Outcome:
        """Run what is stale.

        Raises:
            BansouError: a stage cannot do its work; what was finished before is kept.
        """
        with rare_collections():
            self._run_stale(verify=verify)
        if self.outcome.stages_run or self._folder.is_dir() or self._record != self.job.record:
            self._folder.mkdir(parents=True, exist_ok=True)
            self.store.publish(self.job.episode_id, self._record)
            drop_heard(self.store, self.job.primary.sha256)
        return self.outcome

    def _run_stale(self, *, verify: bool) -> None:
        forced = False
        for stage in STAGES:
            forced = forced or stage.name == self.job.force_from
            if stage.name in self.job.frozen:
                continue
            parts = stage_parts(stage, self.job, self._record, self.settings, self._prints)
            why = why_stale(stage, parts, self._record, self.store, verify=verify)
            if why is None and not forced:
                continue
            log.info("%s: %s (%s)", self.job.episode_id, stage.name, why or "forced")
            self._report(Event(self.job.episode_id, stage.name))
            self._run_stage(stage, parts)
            self.outcome.stages_run.append(stage.name)

    def _open_record(self) -> Record:
        """Go on from a killed run's staged work where it read the same file."""
        record = staged_record(self.job, self.store)
        if record is None:
            shutil.rmtree(self._folder, ignore_errors=True)  # its tables are of another text
            record = self.job.record
        record = {**(record or {}), "episode_id": self.job.episode_id, "format": RECORD_FORMAT}
        record["files"] = {
            "primary": self.job.primary.as_json(),
            "sidecar": self.job.sidecar.as_json() if self.job.sidecar else None,
        }
        record["is_sample"] = self.job.is_sample
        record["listened"] = self.job.is_audio and self.job.source.transcript is not None
        record["stages"] = dict(record.get("stages", {}))
        return record

    def _run_stage(self, stage: StageSpec, parts: Mapping[str, Any]) -> None:
        made = getattr(self, f"_{stage.name}")()
        marks = {}
        for name, table in made.items():
            mark = write_parquet(self._folder / f"{name}.parquet", name, table)
            marks[name] = {"size": mark.size, "sha256": mark.sha256}
            self._fresh[name] = table
            self.outcome.counts[name] = table.num_rows
        self._record["stages"][stage.name] = {
            "key": key_of(parts), "parts": dict(parts), "tables": marks,
        }  # fmt: skip
        write_json(self._folder / "record.json", self._record, indent=None)

    def _table(self, name: str) -> pa.Table:
        if name not in self._fresh:
            staged = self._folder / f"{name}.parquet"
            self._fresh[name] = (
                read_parquet(name, staged)
                if staged.is_file()
                else self.store.read(name, self.job.episode_id)
            )
        return self._fresh[name]

    def _warn(self, message: str) -> None:
        self.outcome.warnings.append(message)
        log.warning("%s: %s", self.job.episode_id, message)

    # -- stages -----------------------------------------------------------------------------

    def _transcribe(self) -> dict[str, pa.Table]:
        with held(self.job.primary, self.store):
            made = self._listen() if self.job.is_audio else self._read()
        kept = [r is None for r in made["segments"]["dropped_reason"].to_pylist()]
        if not kept:
            self._warn(f"{self.job.primary.path}: no speech found; the episode has no cards")
        elif not all(kept):
            self._warn(
                f"{kept.count(False)} of {len(kept)} segments set aside as invented by recognition"
            )
        return made

    def _listen(self) -> dict[str, pa.Table]:
        from pipeline.run.listen import Listener
        from pipeline.stages.transcribe import from_recognition

        def tell(done_s: float, total_s: float) -> None:
            self._report(Event(self.job.episode_id, "transcribe", done_s, total_s))

        check_audio(Path(self.job.primary.path))
        if tells_apart(self.job, self.settings):  # else that is told after an hour of listening
            check_installed()
        listener = Listener(self.job, self.settings, self.tools, tell=tell, warn=self._warn)
        heard, total_s = listener.listen()
        self._record["facts"] = {
            "source_kind": "audio", "duration_s": round(total_s, 3), "model": heard.model,
            "hotwords": heard.hotwords, "language": self.job.language or self.settings.language,
            "title": None,
        }  # fmt: skip
        return from_recognition(self.job.episode_id, heard)

    def _read(self) -> dict[str, pa.Table]:
        from pipeline.stages.transcribe import from_transcript

        transcript = read_transcript(Path(self.job.primary.path))
        self._record["facts"] = {
            "source_kind": transcript.kind, "duration_s": transcript.duration_s,
            "model": transcript.model, "hotwords": None,
            "language": transcript.language or self.settings.language, "title": transcript.title,
        }  # fmt: skip
        return from_transcript(self.job.episode_id, transcript)

    def _source(self) -> dict[str, pa.Table]:
        from pipeline.run.describe import describe

        return describe(
            self.job.episode_id,
            source_path=shown_path(self.job.primary.path, self.settings),
            source_sha256=self.job.primary.sha256,
            sidecar=self._sidecar(),
            facts=self._record["facts"],
        )

    def _speakers(self) -> dict[str, pa.Table]:
        from pipeline.run.speakers import find_speakers

        def tell(done_s: float, total_s: float) -> None:
            self._report(Event(self.job.episode_id, "speakers", done_s, total_s))

        return find_speakers(
            self.job, self.settings, self.tools, self._sidecar(), self._prints, tell=tell
        )

    def _sidecar(self) -> Sidecar:
        if not self.job.sidecar:
            return Sidecar()
        with held(self.job.sidecar, self.store):
            return read_sidecar(Path(self.job.sidecar.path))

    def _repair(self) -> dict[str, pa.Table]:
        from pipeline.stages.repair import repair

        return {
            "repairs": repair(
                self._table("segments"), self._table("words"), repairer=self.tools.repairer
            )
        }

    def _segment(self) -> dict[str, pa.Table]:
        from pipeline.requests import classify_all
        from pipeline.stages.segment import segment

        return segment(
            self._table("segments"), self._table("words"), self._table("repairs"),
            self._table("turns"), self._table("speakers"),
            episode_id=self.job.episode_id,
            source_kind=self._record["facts"]["source_kind"],
            classify_all=classify_all,
        )  # fmt: skip

    def _tag(self) -> dict[str, pa.Table]:
        from pipeline.stages.tag import tag

        return {"tags": tag(self._table("passages"), tagger=self.tools.tagger)}

    def _card(self) -> dict[str, pa.Table]:
        from pipeline.stages.card import card

        return card(
            self._table("segments"), self._table("utterances"), self._table("passages"),
            self._table("tags"),
            kinds=self.tools.kinds,
            tags_of_all=self.tools.tagger.scores_of_all,
            taxonomy_version=self.tools.taxonomy.version,
            prior=self._prior_cards(),
        )  # fmt: skip

    def _prior_cards(self) -> pa.Table | None:
        i = self.job.episode_id
        try:
            return self.store.read("cards", i) if self.store.has("cards", i) else None
        except TableError as error:
            log.warning("%s: earlier cards are not compared: %s", self.job.episode_id, error)
            return None


def explain(error: BaseException, path: str, *, writing_to: Path | None = None) -> str:
    """One sentence on what went wrong with a file, with the remedy where one is known.

    Args:
        error: what was raised.
        path: the file worked on, for errors that name none.
        writing_to: the folder written to: a full disk is told by it.
    """
    import errno

    if isinstance(error, BansouError):
        return str(error)
    if isinstance(error, OSError):
        where = error.filename2 or error.filename or path  # of a rename: what could not be made
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return (
                f"{writing_to or where}: no space left on the disk; make room and run again, "
                "what is finished is kept"
            )
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            return f"{where}: permission denied; give this user the right to it and run again"
        if error.errno in (errno.ENOTDIR, errno.EEXIST):
            return f"{where}: a file stands where a folder is needed; move it away and run again"
        if error.errno == errno.ENOENT:
            return f"{where}: there is no such file; check its name and run again"
        return f"{where}: {error.strerror or error}; check the disk and run again"
    if isinstance(error, MemoryError):
        return f"{path}: not enough memory; run again with fewer --jobs or a smaller --model"
    return f"{path}: unexpected {type(error).__name__}: {error}; the log has the details, please report it"
