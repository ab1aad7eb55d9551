"""The most memory that the language stages take for a long episode, and how it grows with the length.

The transcript is made up: a talk of so many hours in the host's form, about 350 characters a minute. Each
length is ingested by a process of its own; its peak is what the system says it held at most (resident
set). The first line, a minute's talk, is what models and libraries take by themselves.

    python benchmarks/memory.py [--hours 0.02 1 3] [--json PATH]
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from figures import Figure, hand_over, with_json

_CHARACTERS_A_MINUTE = 350
_LEAST_SPOKEN = 12  # characters
_NEEDED_MB = 1000
_WHO = ("お客さん", "現場の担当", "店長", "新しい担当者", "経理の人", "推進役", "先方の部長")
_WHAT = (
    "棚卸しの集計",
    "請求書",
    "手順書",
    "定例会議",
    "研修の動画",
    "在庫の表",
    "引き継ぎの資料",
    "勤怠の入力",
)
_WHEN = (
    "導入の初月に",
    "繁忙期の前に",
    "担当が替わる日に",
    "月末に",
    "更新の三か月前に",
    "失敗した翌日に",
)
_SAYS = (
    "{when}{who}と{what}を一緒に作ると、やり方が社内に残るんですよね。",
    "えーと、{what}を代わりに直し続けていると、{who}は自分で回せないままなんです。",
    "{when}{who}から、{what}はどう考えればいいですかって意見を求められました。",
    "つまり、{what}は{when}見直したほうがいいと思います。",
    "伴奏しているつもりで、{who}の{what}を全部引き受けていたんです。",
    "そうですね、{who}が不安そうなら、{what}は隣で見守るのが大事だと思っています。",
    "正直に言うと、{when}{what}をお願いできますかと{who}に頼みました。",
)  # fmt: skip
# The child tells its own peak: what the parent held when it began does not count.
_CHILD = (
    "import resource, sys; from pathlib import Path; from pipeline.config import load_settings; "
    "from pipeline.run.ingest import ingest; made = ingest(load_settings(data=Path(sys.argv[1]))); "
    "peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; "
    "unit = 1 if sys.platform == 'darwin' else 1024; "
    "print(made.is_ok, peak * unit // 1_000_000, made.outcomes[0].counts.get('cards'))"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--hours", nargs="+", type=float, default=[0.02, 1, 3])
    given = with_json(parser).parse_args()
    figures = []
    print("hours  characters  cards  peak in MB")
    for hours in given.hours:
        characters, cards, peak = measure(hours)
        print(f"{hours:5.2f} {characters:11} {cards:6} {peak:11}", flush=True)
        name = f"peak memory of the language stages, {hours:g} hours of talk"
        needed = f"≤ {_NEEDED_MB}" if hours >= 1 else ""
        figures.append(Figure(name, float(peak), "MB", needed, "python benchmarks/memory.py"))
    hand_over(figures, given.json)


def measure(hours: float) -> tuple[int, int, int]:
    """Ingest a made-up talk; returns its characters, its cards and the peak in MB."""
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw"
        raw.mkdir()
        text = make_talk(hours)
        (raw / "talk.txt").write_text(text, "utf-8")
        done = subprocess.run(
            [sys.executable, "-c", _CHILD, folder], check=True, stdout=subprocess.PIPE, text=True
        )
    is_ok, peak, cards = done.stdout.split()
    if is_ok != "True":
        raise SystemExit(f"the talk of {hours} hours could not be ingested")
    return len(text), int(cards), int(peak)


def make_talk(hours: float) -> str:
    """A transcript in the host's form; the same hours give the same text."""
    chance = random.Random(7)  # noqa: S311
    lines = []
    for minute in range(max(1, round(hours * 60))):
        said, spoken = "", ""
        while len(said) < _CHARACTERS_A_MINUTE - _LEAST_SPOKEN:
            spoken = chance.choice(_SAYS).format(
                who=chance.choice(_WHO), what=chance.choice(_WHAT), when=chance.choice(_WHEN)
            )
            said += f"{spoken}\n"
        lines.append(f"{minute:02}:{chance.randrange(60):02}\n{said}")
    return "".join(lines)


if __name__ == "__main__":
    main()
