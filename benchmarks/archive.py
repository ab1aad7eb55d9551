"""What a run costs as the archive grows: nothing to do, and one new episode, by the number of episodes.

A short transcript is ingested by the command; the archive is made of copies of its tables, each with its own
raw file, sidecar, record and cards (put together as in ``benchmarks/link.py``), so a run finds them finished.
Seconds are of the processor (the command and its children), the least of the runs, with the wall clock beside.

    python benchmarks/archive.py [--episodes 1 100 1000 10000] [--cards 5] [--runs 3] [--json PATH] [--folder DIR]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from figures import Figure, hand_over, with_json
from link import made_cards

from pipeline import schema
from pipeline.config import Settings, load_settings
from pipeline.run.ingest import ingest
from pipeline.run.plan import STAGES, FileSeen, Fingerprints, Job, key_of, stage_parts
from pipeline.sources import Source
from pipeline.store import Store

_LINES = (
    "今日は担当を引き継ぐときの話をします。",
    "前の担当が集計を全部代わりにやってあげていて、お客さんは自分で回せないままだったんです。",
    "そこで手順書を一緒に作って、隣で見ながら進めました。",
    "答えではなく意見を聞かれるようになったら、信頼されてきた兆候だと思っています。",
    "できないことはできないと正直に言うのも大事です。",
    "最初の月は隣で一緒に手を動かして、少しずつ手を離していくのがいいと思います。",
)  # fmt: skip
_BEGIN = date(2000, 1, 1)

Seconds = tuple[float, float]  # of the processor, by the wall clock


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--episodes", nargs="+", type=int, default=[1, 100, 1000, 10_000])
    parser.add_argument("--cards", type=int, default=5, help="cards of an episode")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument(
        "--folder", type=Path, help="where to make the archives (default: temporary)"
    )
    given = with_json(parser).parse_args()
    figures = [
        _figure(
            "import pipeline",
            _least(given.runs, [sys.executable, "-c", "import pipeline"])[1],
            0.4,
        )
    ]
    figures.append(_figure("bansou --help", _least(given.runs, [*_BANSOU, "--help"])[1], 0.4))
    print(
        "episodes  nothing to do     one new episode   first link of all (processor, wall: seconds)"
    )
    first = None
    for episodes in given.episodes:
        with tempfile.TemporaryDirectory(dir=given.folder) as folder:
            all_new, idle, new = measure(Path(folder) / "data", episodes, given.cards, given.runs)
        first = first or new[0]
        print(f"{episodes:8}  {_shown(idle)}     {_shown(new)}     {_shown(all_new)}", flush=True)
        figures += [
            _figure(f"ingest with nothing to do, {episodes} episodes", idle[1], 1.5 if episodes == 1000 else None),
            _figure(f"one new episode in {episodes}, processor", new[0], None if episodes == given.episodes[0] else round(1.2 * first, 2)),
        ]  # fmt: skip
    hand_over(figures, given.json)


_BANSOU = [sys.executable, "-c", "from pipeline.cli import main; main()"]


def _figure(name: str, seconds: float, needed: float | None) -> Figure:
    limit = "" if needed is None else f"≤ {needed:g}"
    return Figure(name, round(seconds, 3), "s", limit, "python benchmarks/archive.py")


def _shown(seconds: Seconds) -> str:
    return f"{seconds[0]:6.2f} {seconds[1]:6.2f}"


def measure(data: Path, episodes: int, cards: int, runs: int) -> tuple[Seconds, Seconds, Seconds]:
    """Make an archive and time the command on it: linking all, nothing to do, one new episode."""
    make_archive(data, episodes, cards)
    command = [*_BANSOU, "ingest", "--no-fetch", "--data", str(data)]
    all_new = _timed(command)
    idle = _least(runs, command)
    new = []
    for run in range(runs):
        _write_raw(data / "raw", f"new{run}", _BEGIN + timedelta(days=episodes + run))
        new.append(_timed(command))
    return all_new, idle, min(new)


def _least(runs: int, command: list[str]) -> Seconds:
    return min(_timed(command) for _ in range(runs))


def _timed(command: list[str]) -> Seconds:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=os.environ)
    wall = perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime), wall


def make_archive(data: Path, episodes: int, cards: int) -> None:
    """A data folder with so many finished episodes of so many cards each, not yet linked."""
    settings = load_settings(data=data)
    _write_raw(data / "raw", "e00000", _BEGIN)
    ingest(settings)
    store = Store(settings.processed)
    template = store.load_records()["e00000"]
    shutil.rmtree(store.table_path("card_ledger", "").parent)
    (store.state / "link.json").unlink()
    prints = Fingerprints(settings)
    row = store.read("episodes", "e00000").to_pylist()[0]
    for number in range(1, episodes):
        name, day = f"e{number:05}", _BEGIN + timedelta(days=number)
        _write_raw(data / "raw", name, day)
        _copy_tables(store, template, name)
        tables = {
            "episodes": schema.to_table("episodes", [row | {"episode_id": name, "published_at": _at(day)}]),
            "cards": schema.to_table("cards", made_cards(number, cards)),
        }  # fmt: skip
        marks = {table: _write(store.table_path(table, name), tables[table]) for table in tables}
        _write_record(settings, store, prints, template, name, marks)


def _at(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _write_raw(raw: Path, name: str, day: date) -> None:
    raw.mkdir(parents=True, exist_ok=True)
    said = "".join(f"{2 * n:02}:00\n{line}\n" for n, line in enumerate(_LINES))
    (raw / f"{name}.txt").write_text(f"{said}12:00\n{name}の話はここまでです。\n", "utf-8")
    (raw / f"{name}.yaml").write_text(f"title: {name}\ndate: {day}\n", "utf-8")


def _copy_tables(store: Store, template: dict[str, Any], name: str) -> None:
    for stage in template["stages"].values():
        for table in stage["tables"].keys() - {"episodes", "cards"}:
            os.link(store.table_path(table, "e00000"), store.table_path(table, name))


def _write(path: Path, table: pa.Table) -> dict[str, Any]:
    pq.write_table(table, path, compression="zstd")
    data = path.read_bytes()
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _write_record(
    settings: Settings, store: Store, prints: Fingerprints, template: dict[str, Any], name: str,
    marks: dict[str, Any],
) -> None:  # fmt: skip
    path = settings.raw.absolute() / f"{name}.txt"
    primary = FileSeen.look(path, None)
    sidecar = FileSeen.look(path.with_suffix(".yaml"), None)
    record = json.loads(json.dumps(template)) | {"episode_id": name}
    record["files"] = {"primary": primary.as_json(), "sidecar": sidecar.as_json()}
    source = Source(name, None, path, path.with_suffix(".yaml"), None)
    job = Job(name, source, primary, sidecar, record)
    for stage in STAGES:
        entry = record["stages"][stage.name]
        entry["tables"] |= {t: mark for t, mark in marks.items() if t in entry["tables"]}
        entry["parts"] = stage_parts(stage, job, record, settings, prints)
        entry["key"] = key_of(entry["parts"])
    text = json.dumps(record, ensure_ascii=False, sort_keys=True, indent=1)
    store.record_path(name).write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
