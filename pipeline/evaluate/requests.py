"""Scores requests: macro-F1 over the four labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from pipeline import schema
from pipeline.annotate import annotate
from pipeline.evaluate.report import (
    Mistake,
    Report,
    calibration_error,
    confusion_table,
    label_score,
    macro_f1,
)
from pipeline.run.tools import Tools


def score(gold: Sequence[dict[str, Any]], tools: Tools) -> Report:
    """Rows with a null ``request`` (two people disagreed) are not scored."""
    rows = [row for row in gold if row["request"] is not None]
    counts: Counter[tuple[str, str]] = Counter()
    judged: list[tuple[float, bool, bool]] = []
    mistakes = []
    for row in rows:
        asked = annotate(row["text"], tools=tools)["request"]
        wanted, got = row["request"], asked["label"]
        counts[wanted, got] += 1
        judged.append((asked["score"], wanted == got, asked["abstained"]))
        if wanted != got:
            mistakes.append(Mistake(row["id"], row["text"], wanted, got, asked["score"]))
    labels = [
        label_score(
            label,
            right=counts[label, label],
            given=sum(counts[other, label] for other in schema.REQUESTS),
            wanted=sum(counts[label, other] for other in schema.REQUESTS),
        )
        for label in schema.REQUESTS
    ]
    sure = [right for _, right, abstained in judged if not abstained]
    figures = {
        "macro_f1": macro_f1([s for s in labels if s.support]),
        "accuracy": round(sum(r for _, r, _ in judged) / max(1, len(judged)), 4),
        "accuracy_when_sure": round(sum(sure) / max(1, len(sure)), 4),
        "share_sure": round(len(sure) / max(1, len(judged)), 4),
        "calibration_error": calibration_error([(s, r) for s, r, _ in judged]),
    }
    mistakes.sort(key=lambda m: (-m.score, m.id))
    return Report(
        "requests", len(rows), ("macro_f1",), figures, labels,
        confusion_table(counts, schema.REQUESTS), mistakes,
    )  # fmt: skip
