"""Scores the language stages on the project's own held-out sentences (``make eval``).

    python training/check_scores.py              # table; exit code 1 where a score fell
    python training/check_scores.py --record     # writes training/scores.json anew
    python training/check_scores.py --parts      # also by register and kind (as long again)

Held out by author: nobody who wrote training sentences or rules saw these. A fall of more than
0.02 below the recorded score fails.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from pipeline.config import load_settings
from pipeline.evaluate import Report, evaluate, read_gold
from pipeline.run.tools import Tools

HERE = Path(__file__).resolve().parent
RECORDED = HERE / "scores.json"
ALLOWED_FALL = 0.02
# name → task, file, the rows that count, and by what to break the scores down
SETS: dict[str, tuple[str, str, dict[str, str], str]] = {
    "requests": ("requests", "requests/test.jsonl", {}, "register"),
    "tags": ("tags", "tags/test.jsonl", {}, "register"),
    "tags-plain": ("tags", "tags/test-plain.jsonl", {}, "register"),
    "tags-told": ("tags", "tags/test-told.jsonl", {}, "register"),
    "tags-long": ("tags", "tags/test-long.jsonl", {}, "register"),
    "repairs": ("repairs", "repairs/test.jsonl", {}, "kind"),
    "segments": ("segments", "segments/test.jsonl", {}, "register"),
    "segments-talk": ("segments", "segments/test-talk.jsonl", {}, "variant"),
}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--record", action="store_true", help="write the scores as the new record")
    parser.add_argument("--parts", action="store_true", help="break the scores down")
    parser.add_argument(
        "names", nargs="*", metavar="SET", help=f"of {', '.join(SETS)}; default all"
    )
    args = parser.parse_args()
    unknown = [name for name in args.names if name not in SETS]
    if unknown:
        parser.error(f"no such set: {', '.join(unknown)}; choose of {', '.join(SETS)}")
    tools = Tools(load_settings())
    recorded = json.loads(RECORDED.read_text(encoding="utf-8")) if RECORDED.is_file() else {}
    table = Table("set", "part", "rows", "figure", "now", "recorded", "")
    fallen = []
    for name in args.names or SETS:
        task, file, only, part_key = SETS[name]
        rows = read_gold(HERE / file, task=task, tags=tuple(tools.taxonomy.tags), only=only)
        report = evaluate(task, rows, tools=tools)
        scores = {figure: report.figures[figure] for figure in report.main}
        _add_scores(table, name, report, recorded.get(name, {}))
        if args.parts:
            _add_parts(table, task, rows, part_key, tools)
        fallen += [
            f"{name} {figure}: {scores[figure]:.3f}, recorded {before:.3f}"
            for figure, before in recorded.get(name, {}).items()
            if scores.get(figure, 0.0) < before - ALLOWED_FALL
        ]
        if args.record:
            recorded[name] = scores
    Console(width=100).print(table)
    if args.record:
        RECORDED.write_text(json.dumps(recorded, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        print(f"recorded in {RECORDED.name}")
        return 0
    for line in fallen:
        print(f"fell by more than {ALLOWED_FALL}: {line}")
    return 1 if fallen else 0


def _add_scores(table: Table, name: str, report: Report, recorded: dict[str, float]) -> None:
    for figure in report.main:
        value, before = report.figures[figure], recorded.get(figure)
        sign = "" if before is None else "fell" if value < before - ALLOWED_FALL else "ok"
        shown = "-" if before is None else f"{before:.3f}"
        table.add_row(name, "all", str(report.rows), figure, f"{value:.3f}", shown, sign)


def _add_parts(
    table: Table, task: str, rows: list[dict[str, Any]], part_key: str, tools: Tools
) -> None:
    parts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        parts[str(row.get(part_key, "-"))].append(row)
    for part, inside in sorted(parts.items()):
        report = evaluate(task, inside, tools=tools)
        for figure in report.main:
            value = f"{report.figures[figure]:.3f}"
            table.add_row("", part, str(report.rows), figure, value, "", "")


if __name__ == "__main__":
    sys.exit(main())
