"""Runs episodes one after the other, or several at a time in processes of their own."""

from __future__ import annotations

import logging
import logging.handlers
import multiprocessing
import os
import signal
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from multiprocessing.managers import SyncManager
from typing import Any

from pipeline.config import EMBEDDED_MODEL, Settings
from pipeline.errors import BansouError, ConfigError
from pipeline.run.episode import EpisodeRun, Event, Outcome, Report, explain
from pipeline.run.interrupt import end_with_parent, interrupts_held
from pipeline.run.memory import collect_rarely
from pipeline.run.plan import Fingerprints, Job, model_of
from pipeline.run.tools import Tools
from pipeline.speech import choose_device

log = logging.getLogger("bansou")

_BYTES_A_WORKER = 1_500_000_000  # docs/long-audio.md


def run_jobs(
    jobs: Sequence[Job], settings: Settings, *, report: Report, verify: bool
) -> Generator[Outcome]:
    """Run episodes as ``settings.jobs`` says; one that fails never stops the others.

    Raises:
        ConfigError: a setting, glossary or taxonomy is wrong, which is no episode's fault.
    """
    workers = min(jobs_at_a_time(jobs, settings), len(jobs))
    if workers <= 1:
        tools, prints = Tools(settings), Fingerprints(settings)
        for job in jobs:
            yield run_one(job, settings, tools, prints, report=report, verify=verify)
    else:
        yield from _run_in_processes(jobs, settings, workers, report=report, verify=verify)


def jobs_at_a_time(jobs: Sequence[Job], settings: Settings) -> int:
    """How many recordings to hear at a time: recognition of two on a core each takes two thirds of
    what one after the other on both cores takes (benchmarks/transcribe.py).

    As set; else only with the small model, whose memory is known, where there is room, on a CPU.
    """
    if settings.jobs is not None:
        return settings.jobs
    heard = [job for job in jobs if job.is_audio and "transcribe" in job.stale]
    models = {model_of(job, settings) for job in heard}
    if len(heard) < 2 or models != {EMBEDDED_MODEL} or choose_device(settings)[0] != "cpu":
        return 1
    return max(1, min(len(heard), os.cpu_count() or 1, _free_bytes() // _BYTES_A_WORKER))


def _free_bytes() -> int:
    """Memory nobody uses; a guess that forbids nothing where the system does not tell."""
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return _BYTES_A_WORKER


def run_one(
    job: Job,
    settings: Settings,
    tools: Tools,
    prints: Fingerprints,
    *,
    report: Report,
    verify: bool,
) -> Outcome:
    """Run the stale stages of one episode; what goes wrong stands in the outcome.

    Raises:
        ConfigError: a setting, glossary or taxonomy is wrong, which is no episode's fault.
    """
    outcome = Outcome(job.episode_id)
    try:
        run = EpisodeRun(job, settings, tools, prints=prints, report=report)
        outcome = run.outcome
        run.run(verify=verify)
    except ConfigError:
        raise
    except Exception as error:
        outcome.error = explain(error, job.primary.path, writing_to=settings.processed)
        if not isinstance(error, BansouError | OSError | MemoryError):
            log.exception("%s: unexpected error", job.episode_id)
        else:
            log.debug("%s: %s", job.episode_id, error, exc_info=True)
    return outcome


def _run_in_processes(
    jobs: Sequence[Job], settings: Settings, workers: int, *, report: Report, verify: bool
) -> Generator[Outcome]:
    context = multiprocessing.get_context("spawn")  # CTranslate2's threads do not survive a fork
    with ExitStack() as held:
        held.enter_context(interrupts_held())
        manager = SyncManager(ctx=context)
        manager.start(end_with_parent)
        others = set(multiprocessing.active_children())
        events: Any = manager.Queue()
        relay = threading.Thread(target=_relay, args=(events, report), daemon=True)
        relay.start()
        pool = ProcessPoolExecutor(
            workers,
            mp_context=context,
            initializer=_start_worker,
            initargs=(settings.model_dump(), workers, events, log.level),
        )
        waiting = {pool.submit(_work, job, verify): job for job in jobs}
        is_done = False
        try:
            held.close()
            for done in as_completed(waiting):
                yield _outcome_of(done, waiting[done])
            is_done = True
        finally:
            if not is_done:  # nobody waits for an hour of audio after Ctrl-C
                for worker in set(multiprocessing.active_children()) - others:
                    worker.terminate()
            pool.shutdown(wait=True, cancel_futures=True)
            events.put(None)
            relay.join()
            manager.shutdown()


def _outcome_of(done: Any, job: Job) -> Outcome:
    try:
        outcome: Outcome = done.result()
    except BrokenProcessPool:
        return Outcome(
            job.episode_id,
            error=f"{job.primary.path}: a worker process died (out of memory?); "
            "run again with fewer --jobs",
        )
    return outcome


_worker: dict[str, Any] = {}


def _start_worker(values: dict[str, Any], workers: int, events: Any, log_level: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent stops the pool
    end_with_parent()
    collect_rarely()
    log.addHandler(logging.handlers.QueueHandler(events))
    log.setLevel(log_level)
    log.propagate = False
    settings = Settings.model_construct(**values)
    _worker.update(
        settings=settings,
        tools=Tools(settings, workers=workers),
        prints=Fingerprints(settings),
        events=events,
    )


def _work(job: Job, verify: bool) -> Outcome:
    return run_one(
        job, _worker["settings"], _worker["tools"], _worker["prints"],
        report=_worker["events"].put, verify=verify,
    )  # fmt: skip


def _relay(events: Any, report: Report) -> None:
    while (event := events.get()) is not None:
        if isinstance(event, Event):
            report(event)
        elif isinstance(event, logging.LogRecord):
            log.handle(event)
