"""Runs the benchmarks and writes ``docs/benchmarks.md``: what was measured, on what, and whether it is as needed.

Each benchmark is a process of its own and hands its figures over by ``--json``; one that fails or cannot
run here is told as such and stops no other.

    python benchmarks/run.py [NAME]… [--quick] [--bench-venv .venv-bench] [--out docs/benchmarks.md]
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from figures import ROOT, Figure, read_figures

HERE = Path(__file__).parent
# In this order; those of the list that are not there yet are left out.
TITLES = {
    "transcribe": "Recognition",
    "speakers": "Speakers",
    "language": "Language stages",
    "link": "Linking the cards",
    "archive": "A whole archive",
    "memory": "Memory",
    "export": "Exports",
    "search": "Search",
    "push_mediawiki": "Pushing to MediaWiki",
}
HOURS_S = 3 * 3600
KEPT = ROOT / "build" / "benchmarks"
# Smaller: for a first look, or a busy machine.
QUICK = {
    "transcribe": ["--rounds", "1"],
    "speakers": ["--seeds", "101"],
    "language": ["--rounds", "1", "--episodes", "1", "10", "100"],
    "link": ["--episodes", "1", "10", "100"],
    "export": ["--repeats", "1"],
    "search": ["--cards", "10000"],
}


_INTRODUCTION = (
    "Written by `make bench` (`benchmarks/run.py`); do not edit. A comparison is a ratio measured in one "
    "run, the two sides in turns, the best of each counting, so that it holds on another machine too."
)


def options_of(name: str, venv: Path) -> list[str]:
    """What a benchmark needs of the rivals' environment."""
    if name == "transcribe" and (venv / "bin" / "whisper-ctranslate2").exists():
        return ["--command", str(venv / "bin" / "whisper-ctranslate2")]
    if name == "language" and (venv / "bin" / "python").exists():
        return ["--ginza", str(venv / "bin" / "python")]
    return []


def run(name: str, options: Sequence[str]) -> tuple[list[Figure], str]:
    """A benchmark's figures, and why it has none."""
    path = KEPT / f"{name}.json"
    path.unlink(missing_ok=True)
    command = [sys.executable, str(HERE / f"{name}.py"), "--json", str(path), *options]
    print(f"— {name}", flush=True)
    try:
        done = subprocess.run(
            command, check=False, stderr=subprocess.PIPE, text=True, timeout=HOURS_S
        )
    except subprocess.TimeoutExpired:
        return [], f"not done within {HOURS_S // 3600} hours"
    if path.is_file():
        return read_figures(path), ""
    lines = done.stderr.strip().splitlines()
    return [], lines[-1] if lines else f"ended with {done.returncode}"


def kept(name: str) -> tuple[list[Figure], str]:
    """The figures of an earlier run."""
    path = KEPT / f"{name}.json"
    if not path.is_file():
        return [], "not asked for, and never run before"
    day = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    told = f"; kept from an earlier run, {day:%Y-%m-%d}"
    return [figure._replace(how=figure.how + told) for figure in read_figures(path)], ""


def machine() -> str:
    """Cores, processor, memory, Python, and how busy it was."""
    model = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        named = [x for x in cpuinfo.read_text().splitlines() if x.startswith("model name")]
        model = named[0].partition(":")[2].strip() if named else model
    cores = os.cpu_count() or 1
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    busy = (
        f" Other work ran on it at the same time (load {load:.0f}): rates and times are worse than on an idle "
        "machine, and a ratio of wall times says little unless it is the best of several rounds."
        if load > cores
        else ""
    )
    libraries = ", ".join(f"{x} {version(x)}" for x in ("ctranslate2", "faster-whisper", "sudachipy", "numpy"))  # fmt: skip
    return (
        f"{datetime.now(UTC):%Y-%m-%d}: {cores} cores of {model}, {memory:.0f} GiB, Python "
        f"{platform.python_version()}, {libraries}.{busy}"
    )


def page(about: str, found: dict[str, tuple[list[Figure], str]]) -> str:
    """The page, in Markdown."""
    told = [f for figures, _ in found.values() for f in figures if f.is_met is not None]
    missed = [f for f in told if not f.is_met]
    parts = [
        "# Benchmarks",
        _INTRODUCTION,
        about,
        f"{len(told) - len(missed)} of {len(told)} figures that something is asked of are met"
        + ("." if not missed else "; not met: " + "; ".join(f.figure for f in missed) + "."),
    ]
    for name, (figures, why) in found.items():
        parts.append(f"## {TITLES[name]}")
        if why:
            parts.append(f"`benchmarks/{name}.py` did not run here: {why}")
            continue
        rows = ["| | value | needed | |", "|---|---:|---:|---|"]
        met = {True: "met", False: "**not met**", None: ""}
        rows += [f"| {f.figure} | {_shown(f)} | {f.needed} | {met[f.is_met]} |" for f in figures]
        parts.append("\n".join(rows))
        hows = dict.fromkeys(f.how for f in figures)
        parts.append("\n".join(f"- {how}" for how in hows))
    parts.append(
        "## How to repeat it\n\n`make bench` sets up `.venv` and, for the rivals (ja_ginza, whisper-ctranslate2), "
        "`.venv-bench` from `benchmarks/requirements.txt`, and takes about an hour. "
        "`make bench ARGS='language'` measures one part anew and keeps the other figures, `ARGS=--quick` takes one "
        "round and smaller archives. Every script runs alone, too, and says by `--help` what can be set."
    )
    return "\n\n".join(parts) + "\n"


def _shown(figure: Figure) -> str:
    size = abs(figure.value)
    digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.3 else 4
    return f"{figure.value:,.{digits}f} {figure.unit}"


def main() -> None:
    there = [name for name in TITLES if (HERE / f"{name}.py").is_file()]
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(there))
    parser.add_argument("--bench-venv", type=Path, default=ROOT / ".venv-bench")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "benchmarks.md")
    parser.add_argument("--quick", action="store_true", help="one round, smaller archives")
    given = parser.parse_args()
    unknown = sorted(set(given.names) - set(there))
    if unknown:
        parser.error(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(there)}")
    about = machine()
    KEPT.mkdir(parents=True, exist_ok=True)
    found = {}
    for name in there:
        if given.names and name not in given.names:
            found[name] = kept(name)
            continue
        options = options_of(name, given.bench_venv) + (QUICK.get(name, []) if given.quick else [])
        found[name] = run(name, options)
    given.out.write_text(page(about, found), encoding="utf-8")
    print(f"wrote {given.out}")


if __name__ == "__main__":
    main()
