"""What a run has to do: which episodes there are, and which of them have stages to run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pipeline.config import Settings
from pipeline.errors import TableError
from pipeline.records import Briefs
from pipeline.run.engine import Look
from pipeline.run.match import Found, Known, elsewhere, find_jobs, watched
from pipeline.run.plan import STAGES, FileSeen, Fingerprints, Job, Record
from pipeline.run.settled import Settled
from pipeline.run.stale import find_stale
from pipeline.sources import Problem, Scan, Source, discover, discover_some, in_order, scan, stem_of
from pipeline.store import Store, read_json


@dataclass(slots=True)
class Plan:
    """The episodes of a run.

    Attributes:
        planned: those with something to do.
        fresh: ids of those without.
        jobs: those found by their files and looked at closely.
        is_whole: whether ``jobs`` are all that were found.
        has_own: whether there is an episode that is no sample.
    """

    planned: list[Job] = field(default_factory=list)
    fresh: list[str] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    is_whole: bool = True
    has_own: bool = False
    settled: Settled | None = None


class Planner:
    """Plans runs over one data folder.

    Args:
        settings: of the run.
        store: its tables.
        look: takes a raw file's size, time and hash.
        paths: files or folders the user named.
        force: run every stage again.
        from_stage: run this stage and those behind it again.
        verify: hash every raw file and table.
    """

    def __init__(
        self, settings: Settings, store: Store, look: Look, paths: Sequence[Path] = (), *,
        force: bool = False, from_stage: str | None = None, verify: bool = False,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._store = store
        self._look = _once(look)
        self._paths = paths
        self._force_from = STAGES[0].name if force else from_stage
        self._verify = verify
        self._prints = Fingerprints(settings)

    def plan(self, briefs: Briefs) -> Plan:
        """Look at the episodes; closely at those that changed.

        Args:
            briefs: of all records.
        """
        records = self._store.records_of(briefs)
        settled = None
        if self._paths or not self._settings.raw.is_dir():
            found = self._find(records, briefs)
        else:
            settled = Settled(
                self._store, self._settings, self._prints, briefs, seen := scan(self._settings.raw.absolute()),
                is_used=not (self._force_from or self._verify),
            )  # fmt: skip
            found = self._find_changed(records, briefs, settled, seen)
        made = Plan(jobs=found.jobs, problems=found.problems, notes=found.notes, settled=settled)
        if settled is not None:
            made.fresh = settled.episode_ids
        made.is_whole = not made.fresh
        made.has_own = bool(made.fresh) or any(not job.is_sample for job in found.jobs)
        ids = {*made.fresh, *(job.episode_id for job in found.jobs)}
        lost = self._without_file(ids, records, briefs)
        for number, job in enumerate([*found.jobs, *lost]):
            job.force_from = self._force_from
            job.stale = find_stale(
                job, self._settings, self._store, self._prints, verify=self._verify
            )
            if self._is_planned(job):
                made.planned.append(job)
            else:
                made.fresh.append(job.episode_id)
                # Of the lost the files may be there after all, left out as copies: that is told each time.
                is_found = number < len(found.jobs)
                if settled is not None and job.record is not None and is_found:
                    settled.settle(job, briefs)
        return made

    def every_job(self, plan: Plan, briefs: Briefs) -> list[Job]:
        """All episodes found by their files, those too that were passed over."""
        return (
            plan.jobs if plan.is_whole else self._find(self._store.records_of(briefs), briefs).jobs
        )

    def settle_done(self, plan: Plan, done: Iterable[str], briefs: Briefs) -> None:
        """Note the episodes that are finished now, so that the next run passes over them.

        Args:
            plan: of the run.
            done: episodes that were run.
            briefs: of all records as they are now.
        """
        if plan.settled is None:
            return
        records, ids = self._store.records_of(briefs), set(done)
        jobs = [job for job in plan.jobs if job.episode_id in ids and job.episode_id in records]
        for job in jobs:
            made = replace(job, record=records[job.episode_id], force_from=None)
            made.stale = find_stale(made, self._settings, self._store, self._prints)
            if not self._is_planned(made):
                plan.settled.settle(made, briefs)
        plan.settled.note()

    def _find(self, records: Mapping[str, Record], briefs: Briefs) -> Found:
        named = [path.absolute() for path in self._paths]
        return find_jobs(
            discover(named or watched(self._settings.raw, briefs), named=bool(named)),
            Known(records, briefs), is_named=bool(named), **self._how(),
        )  # fmt: skip

    def _find_changed(
        self, records: Mapping[str, Record], briefs: Briefs, settled: Settled, seen: Scan
    ) -> Found:
        further = elsewhere(self._settings.raw, briefs)
        how, known = self._how(), Known(records, briefs)
        stems = {stem for path in further if (stem := stem_of(str(path))) is not None}
        settled.pass_over(but=stems, forgotten=how["forgotten"])
        while True:
            files = in_order(settled.left(), seen)
            discovery = discover_some(files, further, seen.unreadable)
            found = find_jobs(discovery, known, has_others=bool(settled), **how)
            ids = {job.episode_id for job in found.jobs}
            hashes = {job.primary.sha256 for job in found.jobs}
            if not settled.drop(names=discovery.ids, ids=ids, hashes=hashes):
                return found

    def _how(self) -> dict[str, Any]:
        return {
            "listen": self._settings.listen, "forgotten": forgotten(self._store),
            "verify": self._verify, "look": self._look,
        }  # fmt: skip

    def _without_file(
        self, seen: set[str], records: Mapping[str, Record], briefs: Briefs
    ) -> list[Job]:
        """Episodes whose raw file is gone: their language stages still follow the lexicon."""
        if self._paths:
            return []
        passed = seen | set(briefs.samples())
        left = [records[i] for i in records if i not in passed]
        return [_job_of(record) for record in left if "transcribe" in record["stages"]]

    def _is_planned(self, job: Job) -> bool:
        is_staged = self._store.staging_folder(job.episode_id).is_dir()
        return bool(job.stale) or is_staged or _is_moved(job)


def _job_of(record: Record) -> Job:
    """An episode as its record has it."""
    primary = FileSeen(**record["files"]["primary"])
    side = record["files"]["sidecar"]
    path = Path(primary.path)
    heard = record["facts"]["source_kind"] == "audio"
    is_audio = record["stages"]["transcribe"]["parts"].get("listens", heard)
    source = Source(
        record["episode_id"], path if is_audio else None, None if is_audio else path, None, None
    )
    return Job(record["episode_id"], source, primary, FileSeen(**side) if side else None, record)


def _is_moved(job: Job) -> bool:
    files = (job.record or {}).get("files", {})
    sidecar = job.sidecar.as_json() if job.sidecar else None
    return bool(files.get("primary") != job.primary.as_json() or files.get("sidecar") != sidecar)


def _once(look: Look) -> Look:
    """A file that is looked at again for the same plan is not hashed again."""
    seen: dict[Path, FileSeen] = {}

    def look_once(path: Path, known: Mapping[str, Any] | None, *, verify: bool = False) -> FileSeen:
        before = seen.get(path)
        made = seen[path] = look(
            path, before.as_json() if before else known, verify=verify and not before
        )
        return made

    return look_once


def forgotten(store: Store) -> frozenset[str]:
    """Hashes of raw files whose episodes were forgotten: nothing else of them is kept."""
    path = store.state / "forgotten.json"
    hashes = (read_json(path) or {}).get("sha256", None if path.exists() else [])
    if not isinstance(hashes, list):  # going on would bring forgotten episodes back
        raise TableError(
            f"{path} is damaged and no longer says which episodes were forgotten; take their files "
            "out of the raw folder, then delete it and run again"
        )
    return frozenset(hashes)
