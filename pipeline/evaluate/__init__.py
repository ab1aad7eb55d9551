"""Scores of the language stages against labelled sentences (``bansou eval``).

What is measured is what ``bansou annotate`` and ``bansou ingest`` give: each text is repaired first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pipeline.errors import BansouError
from pipeline.evaluate.gold import read_gold
from pipeline.evaluate.report import Report
from pipeline.run.tools import Tools

TASKS = ("requests", "tags", "repairs", "segments")


def evaluate(task: str, gold: Sequence[dict[str, Any]], *, tools: Tools) -> Report:
    """Score one task.

    Args:
        task: one of :data:`TASKS`.
        gold: rows of :func:`read_gold`.
        tools: glossary, taxonomy and models to measure.

    Returns:
        Figures, per-label scores, confusion and the errors, the surest first.

    Raises:
        BansouError: an unknown task.
    """
    if task not in TASKS:
        raise BansouError(f"no such task: {task!r}; choose one of {', '.join(TASKS)}")
    return _scorer(task)(gold, tools)


def _scorer(task: str) -> Callable[[Sequence[dict[str, Any]], Tools], Report]:
    from pipeline.evaluate import repairs, requests, segments, tags

    return {
        "requests": requests.score, "tags": tags.score,
        "repairs": repairs.score, "segments": segments.score,
    }[task]  # fmt: skip


__all__ = ["TASKS", "Report", "evaluate", "read_gold"]
