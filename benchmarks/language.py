"""The language stages on one core: how many characters a second, against ja_ginza, and from 1 to N episodes.

The text is that of ``training/cards/episodes``, talks as recognition hears them. One run of ``bansou
ingest --jobs 1`` over them is held to one core and its CPU time counted, start-up and loading of models
included; ja_ginza's whole pipeline reads the same lines on the same core, in turns with it. Then made-up
episodes (the same lines, each begun another way, so that no cache knows them) are ingested by the
hundred, and the cost per character compared.

    python benchmarks/language.py [--ginza .venv-bench/bin/python] [--rounds 3] [--episodes 1 10 100 1000]
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from figures import ROOT, Figure, cpu_of, hand_over, in_turns, with_json

from pipeline.config import load_settings
from pipeline.run.ingest import ingest

TALKS = sorted((ROOT / "training" / "cards" / "episodes").glob("*.tsv"))
BANSOU = Path(sys.executable).with_name("bansou")
GINZA = Path(__file__).with_name("ginza_reads.py")
# ja_ginza reads a part of the talks: it takes a minute for what the stages do in some seconds.
GINZA_TALKS = 2
LINES = 32
LEADS = [
    f"{a}{b}、"
    for a in ("それで", "ところで", "さて", "ともかく", "思えば", "いずれにせよ", "話すと", "こうして")
    for b in ("春先に", "先週", "翌朝", "現場で", "会議で", "帰り道に", "倉庫で", "支店で", "昨年", "秋口に")
]  # fmt: skip


def lines_of(talk: Path) -> list[str]:
    """What was said, line by line."""
    rows = talk.read_text(encoding="utf-8").splitlines()
    return [row.split("\t", 1)[1] for row in rows if "\t" in row]


def as_transcript(lines: list[str]) -> str:
    """As a podcast host writes it: a time every half minute."""
    written, second, told = [], 0, -30
    for line in lines:
        if second - told >= 30:
            written.append(f"{second // 60:02}:{second % 60:02}")
            told = second
        written.append(line)
        second += max(1, len(line) // 7)
    return "\n".join(written) + "\n"


def whole_command(scratch: Path, talks: list[Path], name: str) -> Path:
    """A data folder with some talks."""
    raw = scratch / name / "raw"
    raw.mkdir(parents=True)
    for talk in talks:
        (raw / f"{talk.stem}.txt").write_text(as_transcript(lines_of(talk)), encoding="utf-8")
    return scratch / name


def rates(scratch: Path, ginza: Path | None, rounds: int) -> list[Figure]:
    """Characters a second of the whole command, of what follows its start, and of ja_ginza."""
    core = {min(os.sched_getaffinity(0))}
    few, many = TALKS[: len(TALKS) // 2], TALKS
    folders = {
        "few": whole_command(scratch, few, "few"),
        "many": whole_command(scratch, many, "many"),
    }
    text = scratch / "text"
    text.write_text("\n".join(x for t in TALKS[:GINZA_TALKS] for x in lines_of(t)), "utf-8")

    def stages(folder: Path) -> float:
        shutil.rmtree(folder / "processed", ignore_errors=True)
        return cpu_of([BANSOU, "ingest", "--data", folder, "--jobs", "1"], cores=core)

    rivals = {name: lambda folder=folder: stages(folder) for name, folder in folders.items()}
    if ginza is not None:
        rivals["ginza"] = lambda: cpu_of([ginza, GINZA, text], cores=core, OMP_NUM_THREADS="1")
        rivals["ginza start"] = lambda: cpu_of([ginza, GINZA], cores=core, OMP_NUM_THREADS="1")
    cost = in_turns(rivals, rounds)
    chars = {
        name: sum(len("".join(lines_of(t))) for t in talks)
        for name, talks in (("few", few), ("many", many), ("ginza", TALKS[:GINZA_TALKS]))
    }
    whole = chars["many"] / cost["many"]
    going = (chars["many"] - chars["few"]) / (cost["many"] - cost["few"])
    how = f"benchmarks/language.py, {len(TALKS)} talks of {chars['many']:,} characters, CPU time on one core, best of {rounds}"
    found = [
        Figure("language stages, whole command with its start", whole, "characters/s", "", how),
        Figure("language stages, a further talk", going, "characters/s", "≥ 20000", how + "; loading aside: the difference between half the talks and all"),
    ]  # fmt: skip
    if ginza is not None:
        reads = chars["ginza"] / (cost["ginza"] - cost["ginza start"])
        how = f"in turns with it, {chars['ginza']:,} characters; both without their start"
        found += [
            Figure("ja_ginza's whole pipeline", reads, "characters/s", "", how),
            Figure("language stages / ja_ginza", going / reads, "×", "≥ 10", how),
        ]
    return found


def flatness(scratch: Path, sizes: list[int]) -> list[Figure]:
    """The cost per character from the smallest to the largest number of episodes, in one process."""
    lines = [line for talk in TALKS for line in lines_of(talk)]
    chance = random.Random(11)  # noqa: S311
    ingest(load_settings(data=whole_command(scratch, TALKS[:1], "warm"), jobs=1))
    cost = {}
    for size in sizes:
        raw = scratch / f"of {size}" / "raw"
        raw.mkdir(parents=True)
        chars = 0
        for number in range(size):
            at = chance.randrange(len(lines) - LINES)
            said = [chance.choice(LEADS) + line for line in lines[at : at + LINES]]
            chars += sum(map(len, said))
            (raw / f"e{number:04}.txt").write_text(as_transcript(said), encoding="utf-8")
        began = time.process_time()
        made = ingest(load_settings(data=raw.parent, jobs=1))
        if not made.is_ok:
            raise SystemExit(f"{len(made.failed)} episodes failed")
        cost[size] = 1e6 * (time.process_time() - began) / chars
        print(f"{size:5} episodes {chars:9,} characters {cost[size]:8.1f} µs a character")
        shutil.rmtree(raw.parent)
    first, last = min(sizes), max(sizes)
    how = "benchmarks/language.py, episodes of 32 lines, CPU time of one process after its start, linking of all cards included"
    return [
        *(Figure(f"cost with {n} episodes", c, "µs a character", "", how) for n, c in cost.items()),
        Figure(f"cost per character, {last} episodes / {first}", cost[last] / cost[first], "×", "≤ 1.1", how),
    ]  # fmt: skip


def main() -> None:
    parser = with_json(argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0]))
    parser.add_argument("--ginza", type=Path, help="a Python with ginza and ja_ginza")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--episodes", nargs="+", type=int, default=[1, 10, 100, 1000])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = rates(Path(name), given.ginza, given.rounds) if given.rounds else []
        found += flatness(Path(name), given.episodes)
    hand_over(found, given.json)


if __name__ == "__main__":
    main()
