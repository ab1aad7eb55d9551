"""What every benchmark hands to ``run.py``: figures in one form, and rivals measured in turns."""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent


class Figure(NamedTuple):
    """One measured value; ``needed``: what it is held against ("≥ 10", "≤ 1.1"; empty for none)."""

    figure: str
    value: float
    unit: str
    needed: str
    how: str

    @property
    def is_met(self) -> bool | None:
        """Whether the value is as needed; None where nothing is."""
        if not self.needed:
            return None
        sign, limit = self.needed.split()[:2]
        return self.value >= float(limit) if sign == "≥" else self.value <= float(limit)


def with_json(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Every benchmark takes ``--json PATH``."""
    parser.add_argument("--json", type=Path, help="write the figures here, for run.py")
    return parser


def hand_over(figures: Sequence[Figure], path: Path | None) -> None:
    """Print the figures, and write them where they are asked for."""
    for one in figures:
        met = {True: "met", False: "NOT MET", None: ""}[one.is_met]
        print(f"{one.figure:64} {one.value:10,.3f} {one.unit:14} {one.needed:10} {met}")
    if path is not None:
        rows = [one._asdict() for one in figures]
        path.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read_figures(path: Path) -> list[Figure]:
    """What a benchmark wrote."""
    return [Figure(**row) for row in json.loads(path.read_text(encoding="utf-8"))]


def in_turns(rivals: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """The best of some rounds of each rival, in turns, so that a busy machine hits all alike.

    Args:
        rivals: name → what runs it once and returns its cost.
    """
    best = dict.fromkeys(rivals, float("inf"))
    for number in range(rounds):
        # Each goes first as often as last.
        names = list(rivals) if number % 2 == 0 else list(rivals)[::-1]
        for name in names:
            best[name] = min(best[name], rivals[name]())
    return best


def cpu_of(command: Sequence[Any], *, cores: set[int] | None = None, **environment: str) -> float:
    """The CPU seconds of a command with all its children.

    Args:
        command: as for ``subprocess``.
        cores: those it may use; all where not given.
        environment: variables beside the present ones.
    """

    def hold() -> None:
        if cores is not None:
            os.sched_setaffinity(0, cores)

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [str(part) for part in command], check=True, capture_output=True,
        env=os.environ | environment, preexec_fn=hold,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
