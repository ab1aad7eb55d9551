"""Opens a data folder for a command: where it lies under an address, as a copy that is put back."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.config import Settings
from pipeline.errors import BansouError
from pipeline.run.engine import Engine, Run
from pipeline.run.episode import Event, Outcome, Report
from pipeline.run.plan import Job
from pipeline.run.tools import Tools
from pipeline.run.workers import run_jobs
from pipeline.scale.errand import Kit, bring_home, do_errand, pack_errand
from pipeline.scale.lock import PlaceLock
from pipeline.scale.mirror import Mirror
from pipeline.scale.place import Place
from pipeline.scale.scratch import scratch_folder
from pipeline.store import Store

if TYPE_CHECKING:
    from pipeline.scale.mirror import HashAll


@contextlib.contextmanager
def opened(
    settings: Settings, *, writes: bool = True, break_lock: bool = False
) -> Iterator[Engine]:
    """Make a data folder ready, whatever it is, and leave it as the command made it.

    Args:
        settings: names the folder or address, and the engine.
        writes: hold it against other writers and put back what changed.
        break_lock: take an address from a writer that is dead.

    Yields:
        What runs the episodes.

    Raises:
        BusyError: somebody else is writing under the address.
        ConfigError: Ray is asked for and not installed.
        PlaceError: the address cannot be read or written.
    """
    with contextlib.ExitStack() as stack:
        run, hash_all = _runner(settings, stack) if writes else (run_jobs, None)
        if settings.place is None:
            yield Engine(run=run)
            return
        mirror = Mirror(Place.at(settings.place), settings.data)
        settings.data.mkdir(parents=True, exist_ok=True)
        settings.data.chmod(0o700)  # it may hold what only this user may read there
        if not writes:
            mirror.pull(hash_all=hash_all)
            yield Engine(look=mirror.look)
            return
        lock = PlaceLock(mirror.place)
        lock.acquire(break_it=break_lock)
        stack.callback(lock.release)
        mirror.pull(hash_all=hash_all)
        yield Engine(run=_PutBack(run, mirror, lock), look=mirror.look)
        lock.check()
        mirror.push()


def _runner(settings: Settings, stack: contextlib.ExitStack) -> tuple[Run, HashAll | None]:
    if settings.engine == "ray":
        from pipeline.scale.cluster import Cluster

        cluster = stack.enter_context(Cluster(settings))
        return cluster.run, cluster.hash_all
    return (run_jobs if settings.place is None else _run_here), None


@dataclass(frozen=True, slots=True)
class _PutBack:
    """Runs episodes and puts each into the place as soon as it is done."""

    inner: Run
    mirror: Mirror
    lock: PlaceLock

    def __call__(
        self, jobs: Sequence[Job], settings: Settings, *, report: Report, verify: bool
    ) -> Generator[Outcome]:
        if settings.engine == "ray":
            _refuse_outsiders(jobs, settings)
        self.mirror.push()  # what was mended or taken out of compacted files
        store = Store(settings.processed)
        with contextlib.closing(
            self.inner(jobs, settings, report=report, verify=verify)
        ) as outcomes:
            for outcome in outcomes:
                if not outcome.error:
                    self.lock.check()
                    paths = [store.table_path(t, outcome.episode_id) for t in outcome.counts]
                    paths.append(store.record_path(outcome.episode_id))
                    self.mirror.push(
                        p.relative_to(settings.data).as_posix() for p in paths if p.is_file()
                    )
                yield outcome


def _refuse_outsiders(jobs: Sequence[Job], settings: Settings) -> None:
    for job in jobs:
        if not Path(job.primary.path).is_relative_to(settings.data.absolute()):
            raise BansouError(
                f"{job.primary.path}: lies on this machine, where no worker sees it; put it under "
                f"{settings.place}/raw/"
            )


def _run_here(
    jobs: Sequence[Job], settings: Settings, *, report: Report, verify: bool
) -> Generator[Outcome]:
    """Episodes one after the other, each fetched when its turn comes."""
    store = Store(settings.processed)
    kit = Kit.of(settings)
    with scratch_folder() as scratch:
        unpacked = kit.unpack(scratch / "kit")
        tools, prints = Tools(unpacked), kit.prints(unpacked)
        for job in jobs:
            report(Event(job.episode_id, next(iter(job.stale), "source")))
            errand = pack_errand(job, store)
            made = do_errand(
                errand, kit, unpacked,
                tools=tools, prints=prints, verify=verify, scratch=scratch,
            )  # fmt: skip
            made.logged = []  # it went into this process's log already
            yield bring_home(made, job, store)
