"""``kill -9`` in the middle of commands, and a look at what the rerun made of it.

A run is killed after a random time, or right before a random change of a file of its data folder: the
second way hits the narrow moments between two renames that a clock hardly ever hits.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from running import Done, bansou, finish, start

# Runs in the command itself, as Python starts: counts its changes of files, and ends it at one of them.
_SHIM = """
import atexit, os, signal, sys

_folder, _at = os.environ["KILL_IN"], int(os.environ["KILL_AT"])
_steps = 0
_CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.link", "os.truncate"}


def _watch(event, args):
    global _steps
    if event == "open":
        if not isinstance(args[2], int) or not args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            return
    elif event not in _CHANGES:
        return
    path = args[0]
    if isinstance(path, (str, os.PathLike)) and os.fspath(path).startswith(_folder):
        _steps += 1
        if _steps == _at:
            os.kill(os.getpid(), signal.SIGKILL)


def _tell():
    with open(os.environ["KILL_TOLD"], "w") as out:
        out.write(str(_steps))


sys.addaudithook(_watch)
if not _at:
    atexit.register(_tell)
"""


@dataclass(frozen=True)
class Scene:
    """A command about to run on a data folder.

    Attributes:
        data: the folder whose files are watched.
        args: of the command.
        look: what it made by name, for comparison with an undisturbed run.
        env: for the command.
        litter: what no rerun may leave behind.
    """

    data: Path
    args: Sequence[object]
    look: Callable[[], Mapping[str, object]]
    env: Mapping[str, str] = field(default_factory=dict)
    litter: Callable[[], Sequence[str]] = tuple


@dataclass
class Tally:
    """What became of the runs: how many died at a step, how many at a time, how many were done first."""

    steps: int = 0
    at_step: int = 0
    at_time: int = 0
    too_late: int = 0

    @property
    def killed(self) -> int:
        return self.at_step + self.at_time


Stage = Callable[[Path], AbstractContextManager[Scene]]


def kill_and_rerun(stage: Stage, folder: Path, *, runs: int, seed: int, a_round: int = 3) -> Tally:
    """Kill ``runs`` runs of a command, rerun it after every few, and compare with an undisturbed run.

    Args:
        stage: makes the scene in a folder, the same every time.
        folder: to work in.
        runs: how many are killed.
        seed: of the moments.
        a_round: kills in a row on one folder, at most.
    """
    rng = random.Random(seed)  # noqa: S311
    shim = folder / "shim"
    shim.mkdir(parents=True)
    (shim / "sitecustomize.py").write_text(_SHIM, encoding="utf-8")
    with stage(folder / "undisturbed") as scene:
        began = time.monotonic()
        done = _run(scene, shim, at=0)
        longest_s = time.monotonic() - began
        assert done.code == 0, done.text
        wanted = scene.look()
        tally = Tally(steps=int((shim / "told").read_text(encoding="utf-8")))
        assert tally.steps > 3, "the command changes files, and the shim sees it"
    number = 0
    while tally.killed < runs:
        number += 1
        with stage(folder / f"round-{number}") as scene:
            for _ in range(rng.randint(1, min(a_round, runs - tally.killed))):
                if rng.random() < 0.5:
                    _kill_at_step(scene, shim, rng.randint(1, tally.steps), tally)
                else:
                    _kill_at_time(scene, rng.uniform(0.2, longest_s), tally)
            done = bansou(*scene.args, env=dict(scene.env))
            assert done.code == 0, (seed, number, done.text)
            assert "damaged" not in done.text, (seed, number, done.text)
            differ = _differing(scene.look(), wanted)
            assert differ == [], (seed, number, differ)
            litter = list(scene.litter())
            assert litter == [], (seed, number, litter)
    return tally


def _differing(made: Mapping[str, object], wanted: Mapping[str, object]) -> list[str]:
    """Names of what is not as it should be, too much, or missing."""
    return sorted(k for k in made.keys() | wanted.keys() if made.get(k, ...) != wanted.get(k, ...))


def _run(scene: Scene, shim: Path, *, at: int) -> Done:
    path = os.pathsep.join(filter(None, [str(shim), os.environ.get("PYTHONPATH", "")]))
    given = {"KILL_IN": str(scene.data), "KILL_AT": str(at), "KILL_TOLD": str(shim / "told")}
    return bansou(*scene.args, env={**scene.env, **given, "PYTHONPATH": path})


def _kill_at_step(scene: Scene, shim: Path, step: int, tally: Tally) -> None:
    done = _run(scene, shim, at=step)
    if done.code == -signal.SIGKILL:
        tally.at_step += 1
    else:  # an earlier kill left fewer steps to do
        assert done.code == 0, done.text
        tally.too_late += 1


def _kill_at_time(scene: Scene, after_s: float, tally: Tally) -> None:
    run = start(*scene.args, env=dict(scene.env))
    time.sleep(after_s)
    run.send_signal(signal.SIGKILL)
    done = finish(run)
    if done.code == -signal.SIGKILL:
        tally.at_time += 1
    else:
        assert done.code == 0, done.text
        tally.too_late += 1
