"""``ingest``: every new or changed episode becomes tables; then the corpus stage."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipeline.config import Settings
from pipeline.errors import BansouError
from pipeline.records import Briefs
from pipeline.run.corpus import clear_damaged, link_corpus
from pipeline.run.engine import Engine
from pipeline.run.episode import Outcome, Report, explain
from pipeline.run.heard import sweep_heard
from pipeline.run.memory import rare_collections
from pipeline.run.plan import STAGES, Fingerprints, Job
from pipeline.run.planning import Plan, Planner, forgotten
from pipeline.run.stale import find_stale
from pipeline.run.trust import measure_relations
from pipeline.run.voices import update_known
from pipeline.sources import Problem
from pipeline.store import Store, write_json

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
        planner = Planner(
            settings, store, engine.look, paths, force=force, from_stage=from_stage, verify=verify
        )
        if dry_run:
            return _reported(planner.plan(store.briefs()))
        with store.lock(), rare_collections():
            return _ingest(
                settings, store, planner, engine, is_named=bool(paths), report=report, verify=verify
            )
    except OSError as error:
        raise BansouError(
            explain(error, str(settings.processed), writing_to=settings.processed)
        ) from error


def _reported(plan: Plan) -> IngestReport:
    return IngestReport(
        problems=plan.problems, notes=plan.notes, planned=plan.planned, fresh=plan.fresh
    )


def _ingest(
    settings: Settings,
    store: Store,
    planner: Planner,
    engine: Engine,
    *,
    is_named: bool,
    report: Report,
    verify: bool,
) -> IngestReport:
    briefs = store.briefs()
    damaged = store.find_damaged(briefs)
    for path in damaged:
        log.warning("%s: is damaged; its episode is made anew", path)
    is_unfinished = any(store.staging.iterdir())
    for episode_id in store.recover():
        log.info("%s: finished what an interrupted run had begun to publish", episode_id)
    if is_unfinished:
        briefs = store.briefs()
    update_known(store)  # a killed run may have left names nobody has compared yet
    plan = planner.plan(briefs)
    made = _reported(plan)
    made.damaged = [
        Problem(path, "is damaged; its episode is made anew from its raw file") for path in damaged
    ]
    if not is_named:
        sweep_heard(store, {job.primary.sha256 for job in made.planned})
        if plan.has_own:
            _remove_samples(made, store, briefs)
    _bring_back(store, plan.jobs)
    _take_out(store, made.planned)
    try:
        _run(made, made.planned, settings, engine, report=report, verify=verify)
        _name_again(made, plan, planner, settings, store, engine, report=report)
    except KeyboardInterrupt:
        log.warning("interrupted")
        store.recover()  # nothing half-written stays behind
        raise
    for problem in made.problems:
        log.error("%s: %s", problem.path, problem.message)
    if made.samples_removed:
        briefs = store.briefs()
    else:
        briefs = store.briefs_again(
            briefs, {job.episode_id for job in made.planned} | {o.episode_id for o in made.outcomes}
        )
    try:
        cleared = clear_damaged(store, verify=verify)
        for problem in cleared:
            log.warning("%s: %s", problem.path, problem.message)
        made.damaged += cleared
        made.is_corpus_linked = link_corpus(store, briefs)
        if made.is_corpus_linked or cleared or made.outcomes or made.samples_removed:
            _tell_roles(made, measure_relations(store, briefs))
    except (BansouError, OSError) as error:
        made.error = explain(error, str(settings.processed), writing_to=settings.processed)
        log.error("link: %s", made.error)  # noqa: TRY400  the message says it all
    _note(made, plan, planner, store, briefs)
    return made


def _note(made: IngestReport, plan: Plan, planner: Planner, store: Store, briefs: Briefs) -> None:
    """Spare the next run a close look at what is finished; without room for that it looks again."""
    try:
        planner.settle_done(plan, [o.episode_id for o in made.outcomes if not o.error], briefs)
        store.note_briefs(briefs)
    except OSError as error:
        log.warning("%s: what is finished is not noted: %s", store.state, error)


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
    plan: Plan,
    planner: Planner,
    settings: Settings,
    store: Store,
    engine: Engine,
    *,
    report: Report,
) -> None:
    """Where voices got names in this run, those of other episodes are compared with them once more."""
    if not update_known(store):
        return
    briefs, prints = store.briefs(), Fingerprints(settings)
    records = store.records_of(briefs)
    failed = {outcome.episode_id for outcome in made.failed}
    again = []
    for job in planner.every_job(plan, briefs):
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


def _remove_samples(made: IngestReport, store: Store, briefs: Briefs) -> None:
    for episode_id in briefs.samples():
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
