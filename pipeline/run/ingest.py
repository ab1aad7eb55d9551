"""``ingest``: every new or changed episode becomes tables; then the corpus stage."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pipeline.config import Settings
from pipeline.errors import BansouError, TableError
from pipeline.run.corpus import clear_damaged, link_corpus
from pipeline.run.engine import Engine
from pipeline.run.episode import Outcome, Report, explain
from pipeline.run.heard import sweep_heard
from pipeline.run.match import Found, find_jobs
from pipeline.run.memory import rare_collections
from pipeline.run.plan import STAGES, Fingerprints, Job, find_stale
from pipeline.run.trust import measure_relations
from pipeline.run.voices import update_known
from pipeline.sources import Problem
from pipeline.store import Store, read_json, write_json

log = logging.getLogger("bansou")


@dataclass(slots=True)
class IngestReport:
    """What a run did: episodes done and failed, files nobody could read, what was left out or mended."""

    outcomes: list[Outcome] = field(default_factory=list)
    fresh: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    planned: list[Job] = field(default_factory=list)
    damaged: list[Problem] = field(default_factory=list)
    samples_removed: list[str] = field(default_factory=list)
    is_corpus_linked: bool = False
    error: str | None = None

    @property
    def failed(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.error]

    @property
    def is_ok(self) -> bool:
        return not (self.failed or self.problems or self.error)


def ingest(
    settings: Settings,
    paths: Sequence[Path] = (),
    *,
    force: bool = False,
    from_stage: str | None = None,
    dry_run: bool = False,
    verify: bool = False,
    report: Report = lambda _event: None,
    engine: Engine = Engine(),  # noqa: B008  frozen
) -> IngestReport:
    """Turn new and changed episodes into tables.

    Args:
        settings: data folder, model, glossary …
        paths: files or folders to take instead of ``raw/``; nothing is copied.
        force: run every stage again.
        from_stage: run this stage and those behind it again.
        dry_run: only say what would run (``planned``).
        verify: hash every raw file and every table instead of trusting size and time.
        report: hears of progress.
        engine: runs the episodes; on this machine where not given.

    Returns:
        The report; one bad episode never stops the others.

    Raises:
        BusyError: another process is writing.
        BansouError: the data folder cannot be used, or a setting is wrong.
    """
    store = Store(settings.processed)
    is_there = settings.raw.exists()
    if not paths and not settings.raw.is_dir() and (is_there or not store.load_records()):
        raise BansouError(
            f"{settings.raw} {'is a file, not a folder' if is_there else 'does not exist'}; "
            "make the folder and put episodes there, or name files to ingest"
        )
    try:
        if dry_run:
            made = IngestReport()
            _plan(
                made, settings, store, paths, engine,
                force=force, from_stage=from_stage, verify=verify,
            )  # fmt: skip
            return made
        with store.lock(), rare_collections():
            return _ingest(
                settings,
                store,
                paths,
                engine,
                force=force,
                from_stage=from_stage,
                verify=verify,
                report=report,
            )
    except OSError as error:
        raise BansouError(
            explain(error, str(settings.processed), writing_to=settings.processed)
        ) from error


def _ingest(
    settings: Settings,
    store: Store,
    paths: Sequence[Path],
    engine: Engine,
    *,
    report: Report,
    verify: bool,
    **how: Any,
) -> IngestReport:
    made = IngestReport()
    for path in store.find_damaged():
        made.damaged.append(Problem(path, "is damaged; its episode is made anew from its raw file"))
        log.warning("%s: is damaged; its episode is made anew", path)
    for episode_id in store.recover():
        log.info("%s: finished what an interrupted run had begun to publish", episode_id)
    update_known(store)  # a killed run may have left names nobody has compared yet
    found = _plan(made, settings, store, paths, engine, verify=verify, **how)
    if not paths:
        sweep_heard(store, {job.primary.sha256 for job in made.planned})
    if not paths and any(not job.is_sample for job in found.jobs):
        _remove_samples(made, store)
    _bring_back(store, found.jobs)
    _take_out(store, made.planned)
    try:
        _run(made, made.planned, settings, engine, report=report, verify=verify)
        _name_again(made, found, settings, store, engine, report=report)
    except KeyboardInterrupt:
        log.warning("interrupted")
        store.recover()  # nothing half-written stays behind
        raise
    for problem in made.problems:
        log.error("%s: %s", problem.path, problem.message)
    try:
        cleared = clear_damaged(store, verify=verify)
        for problem in cleared:
            log.warning("%s: %s", problem.path, problem.message)
        made.damaged += cleared
        made.is_corpus_linked = link_corpus(store)
        if made.is_corpus_linked or cleared or made.outcomes or made.samples_removed:
            _tell_roles(made, measure_relations(store))
    except (BansouError, OSError) as error:
        made.error = explain(error, str(settings.processed), writing_to=settings.processed)
        log.error("link: %s", made.error)  # noqa: TRY400  the message says it all
    return made


def _run(
    made: IngestReport,
    jobs: Sequence[Job],
    settings: Settings,
    engine: Engine,
    *,
    report: Report,
    verify: bool = False,
) -> None:
    with closing(engine.run(jobs, settings, report=report, verify=verify)) as outcomes:
        for outcome in outcomes:
            made.outcomes.append(outcome)
            if outcome.error:
                log.error("%s: %s", outcome.episode_id, outcome.error)
            else:
                log.info("%s: done %s", outcome.episode_id, outcome.counts)


def _name_again(
    made: IngestReport,
    found: Found,
    settings: Settings,
    store: Store,
    engine: Engine,
    *,
    report: Report,
) -> None:
    """Where voices got names in this run, those of other episodes are compared with them once more."""
    if not update_known(store):
        return
    records, prints = store.load_records(), Fingerprints(settings)
    failed = {outcome.episode_id for outcome in made.failed}
    again = []
    for job in found.jobs:
        if job.episode_id in records and job.episode_id not in failed:
            job = replace(job, record=records[job.episode_id], force_from=None)  # noqa: PLW2901
            job.stale = find_stale(job, settings, store, prints)
            if job.stale:
                again.append(job)
    _run(made, again, settings, engine, report=report)


def _tell_roles(made: IngestReport, problems: Sequence[str]) -> None:
    """A wrong role costs no episode: it is told with the run's last one, and fails `bansou trust`."""
    if made.outcomes:
        made.outcomes[-1].warnings += problems


def _plan(
    made: IngestReport, settings: Settings, store: Store, paths: Sequence[Path], engine: Engine,
    *, force: bool, from_stage: str | None, verify: bool,
) -> Found:  # fmt: skip
    records = store.load_records()
    found = find_jobs(
        settings.raw,
        paths,
        records,
        listen=settings.listen,
        forgotten=forgotten(store),
        verify=verify,
        look=engine.look,
    )
    made.problems, made.notes = found.problems, found.notes
    prints = Fingerprints(settings)
    for job in [*found.jobs, *_without_file(found, records, paths)]:
        job.force_from = STAGES[0].name if force else from_stage
        job.stale = find_stale(job, settings, store, prints, verify=verify)
        if job.stale or store.staging_folder(job.episode_id).is_dir() or _is_moved(job):
            made.planned.append(job)
        else:
            made.fresh.append(job.episode_id)
    return found


def _without_file(found: Found, records: dict[str, Any], paths: Sequence[Path]) -> list[Job]:
    """Episodes whose raw file is gone: their language stages still follow the lexicon."""
    from pipeline.run.plan import FileSeen
    from pipeline.sources import Source

    if paths:
        return []
    seen = {job.episode_id for job in found.jobs}
    jobs = []
    for episode_id, record in records.items():
        if episode_id in seen or record.get("is_sample") or "transcribe" not in record["stages"]:
            continue
        primary = FileSeen(**record["files"]["primary"])
        side = record["files"]["sidecar"]
        sidecar = FileSeen(**side) if side else None
        path = Path(primary.path)
        is_audio = record["stages"]["transcribe"]["parts"]["listens"]
        source = Source(
            episode_id, path if is_audio else None, None if is_audio else path, None, None
        )
        jobs.append(Job(episode_id, source, primary, sidecar, record))
    return jobs


def _is_moved(job: Job) -> bool:
    files = (job.record or {}).get("files", {})
    sidecar = job.sidecar.as_json() if job.sidecar else None
    return bool(files.get("primary") != job.primary.as_json() or files.get("sidecar") != sidecar)


def _remove_samples(made: IngestReport, store: Store) -> None:
    for episode_id, record in store.load_records().items():
        if record.get("is_sample"):
            store.drop_episode(episode_id)
            made.samples_removed.append(episode_id)
            log.info("%s: sample removed, there are episodes of your own now", episode_id)


def _take_out(store: Store, jobs: Sequence[Job]) -> None:
    """What is going to be replaced leaves the compacted files all at once, not an episode at a time."""
    for stage in STAGES:
        stale = [job.episode_id for job in jobs if stage.name in job.stale]
        for table in stage.writes if stale else ():
            store.take_out(table, stale)


def _bring_back(store: Store, jobs: Sequence[Job]) -> None:
    """Files that were forgotten and are named again count as any other."""
    hashes = forgotten(store)
    left = hashes - {job.primary.sha256 for job in jobs}
    if left != hashes:
        write_json(store.state / "forgotten.json", {"sha256": sorted(left)})


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
