"""Episodes over a Ray cluster: a worker an actor, which keeps its model from one episode to the next.

Ray places the actors, restarts those that are lost, and runs what they were at again. Here is decided
only which episode comes next.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa

from pipeline import __version__, morph
from pipeline.config import Settings
from pipeline.errors import BansouError, ConfigError, first_line
from pipeline.run.episode import Event, Outcome, Report
from pipeline.run.plan import Fingerprints, Job
from pipeline.run.tools import Tools
from pipeline.scale.errand import Errand, Kit, Made, bring_home, do_errand, pack_errand
from pipeline.scale.place import Place
from pipeline.scale.scratch import scratch_folder
from pipeline.store import Store

log = logging.getLogger("bansou")

TRIES = 3
_KNOCK_S = 10
_LOCAL_STORE_BYTES = 256 * 1024 * 1024


class Worker:
    """One actor: the tools of a process, and one errand at a time."""

    def __init__(self, kit: Kit, threads: int) -> None:
        log.setLevel(kit.log_level or logging.INFO)
        log.propagate = False
        self._open = ExitStack()
        self._scratch = self._open.enter_context(scratch_folder())
        self._kit = kit
        self._settings = kit.unpack(self._scratch / "kit")
        self._tools = Tools(self._settings, threads=threads)
        self._prints = kit.prints(self._settings)

    def about(self) -> dict[str, Any]:
        """What results depend on beside the episode."""
        return conditions(self._prints)

    def work(self, errand: Errand, verify: bool) -> Made | ConfigError:
        """Run an errand; a wrong setting is handed back, as it ends the whole run."""
        try:
            return do_errand(
                errand, self._kit, self._settings,
                tools=self._tools, prints=self._prints, verify=verify, scratch=self._scratch,
            )  # fmt: skip
        except ConfigError as error:
            return error


def conditions(prints: Fingerprints) -> dict[str, Any]:
    """Versions and lexicon; a worker whose are others would write tables that are stale at once."""
    return {
        "bansou": __version__, "pyarrow": pa.__version__, "numpy": np.__version__,
        "dictionaries": morph.dictionary_versions(), "glossary": prints.glossary,
        "readings": prints.readings, "taxonomy": prints.taxonomy, "requests": prints.requests,
        "sentence ends": prints.sentence_ends, "kinds": prints.kinds,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Room:
    """How many workers a cluster takes, and what each of them asks Ray for."""

    workers: int
    cores: int
    gpus: int


def room_for(nodes: Sequence[Mapping[str, float]], settings: Settings) -> Room:
    """A worker for every GPU, with its share of the cores there; else one for every ``settings.cores``.

    Args:
        nodes: what each machine of the cluster has, as Ray tells it.
        settings: ``cores`` at most, fewer where no machine has so many; ``workers`` goes before what
            is counted.
    """
    with_gpus = [node for node in nodes if node.get("GPU", 0) >= 1]
    # Asked for by name they may still come: a cluster that grows begins with none.
    wants_gpu = settings.device == "cuda" or (settings.device == "auto" and bool(with_gpus))
    if wants_gpu:
        found = [max(1, int(node.get("CPU", 0) // node["GPU"])) for node in with_gpus]
    else:
        found = [int(node.get("CPU", 0)) for node in nodes]
    most = max(found, default=0)
    cores = min(settings.cores, most) if most else settings.cores
    if wants_gpu:
        fitting = sum(int(node["GPU"]) for node in with_gpus)
    else:
        fitting = sum(count // cores for count in found)
    return Room(settings.workers or max(1, fitting), cores, int(wants_gpu))


class Cluster:
    """A connection to Ray for one run.

    Args:
        settings: of the run; ``address`` names a cluster, else one is started on this machine.

    Raises:
        ConfigError: Ray is not installed, or there is no cluster at the address.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        try:
            import ray
        except ImportError as error:
            raise ConfigError(
                "the engine ray needs the package ray; install it: pip install 'bansou[ray]'"
            ) from error
        self._ray: Any = ray
        self._is_mine = False

    def __enter__(self) -> Self:
        if self._ray.is_initialized():
            return self
        address = self._settings.address or os.environ.get("RAY_ADDRESS")
        if address:
            _knock(address)
        own: dict[str, Any] = (
            {"address": address}
            if address
            else {
                "include_dashboard": False,
                "object_store_memory": _LOCAL_STORE_BYTES,
                "address": "local",
            }
        )
        try:
            self._ray.init(
                log_to_driver=False, logging_level=logging.ERROR, configure_logging=False, **own
            )
        except (ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
            where = f"Ray cluster {address}" if address else "a Ray cluster on this machine"
            raise ConfigError(
                f"{where} cannot be reached or started ({first_line(error)}); check --address and that "
                "Ray runs there in the same version"
            ) from error
        self._is_mine = True
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_mine:
            self._ray.shutdown()

    def hash_all(self, address: str, names: list[str]) -> Iterable[str]:
        """Hash files of a place, spread over the cluster."""
        hashing = self._ray.remote(num_cpus=1, max_retries=TRIES)(_hash)
        made: list[str] = self._ray.get([hashing.remote(address, name) for name in names])
        return made

    def run(
        self, jobs: Sequence[Job], settings: Settings, *, report: Report, verify: bool
    ) -> Generator[Outcome]:
        """Run episodes on as many workers as there is room for; see :class:`pipeline.run.engine.Run`."""
        if not jobs:
            return
        store, kit, waiting = Store(settings.processed), Kit.of(settings), list(reversed(jobs))
        workers = self._start(kit, len(jobs))
        asked = {worker.about.remote(): (worker, None) for worker in workers}
        busy: dict[Any, tuple[Any, Job | None]] = dict(asked)
        expected = conditions(Fingerprints(settings))
        try:
            while busy:
                ready, _ = self._ray.wait(list(busy), num_returns=1)
                worker, job = busy.pop(ready[0])
                made = self._result(ready[0], job)
                if waiting:  # the worker goes on while this process writes
                    following = waiting.pop()
                    report(Event(following.episode_id, next(iter(following.stale), "source")))
                    errand = pack_errand(following, store)
                    busy[worker.work.remote(errand, verify)] = (worker, following)
                else:  # its room may be what a restarted worker waits for
                    self._ray.kill(worker, no_restart=True)
                if job is None:
                    _compare(expected, made)
                elif isinstance(made, Outcome):
                    yield made
                else:
                    yield bring_home(made, job, store)
        finally:
            for worker in workers:
                self._ray.kill(worker, no_restart=True)

    def _start(self, kit: Kit, episodes: int) -> list[Any]:
        nodes = [node["Resources"] for node in self._ray.nodes() if node["Alive"]]
        room = room_for(nodes, self._settings)
        actor = self._ray.remote(
            num_cpus=room.cores, num_gpus=room.gpus, max_restarts=-1, max_task_retries=TRIES - 1,
        )(Worker)  # fmt: skip
        return [actor.remote(kit, room.cores) for _ in range(min(room.workers, episodes))]

    def _result(self, ref: Any, job: Job | None) -> Any:
        try:
            made = self._ray.get(ref)
        except self._ray.exceptions.RayError as error:
            if job is None:
                raise BansouError(f"a worker cannot be started: {first_line(error)}") from error
            log.warning("%s: %s", job.episode_id, error)
            return Outcome(
                job.episode_id,
                error=f"{job.primary.path}: {TRIES} workers died over it (out of memory?); see the log, "
                "and run again with more memory or cores a worker (cores = … in bansou.toml)",
            )
        if isinstance(made, ConfigError):
            raise made
        return made


def _knock(address: str) -> None:
    """Where nobody listens Ray ends the whole process; so it is asked before."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if colon and port.isdigit():
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=_KNOCK_S).close()
        except OSError as error:
            raise ConfigError(
                f"no Ray cluster answers at {address} ({error.strerror or error}); check --address, or "
                "leave it out to use this machine"
            ) from error


def _hash(address: str, name: str) -> str:
    return Place.at(address).hash(name)


def _compare(expected: dict[str, Any], found: dict[str, Any]) -> None:
    odd = [name for name in expected if expected[name] != found.get(name)]
    if odd:
        raise ConfigError(
            f"a worker has another {odd[0]} than this machine ({found.get(odd[0])} instead of "
            f"{expected[odd[0]]}); use the same image or environment everywhere"
        )
