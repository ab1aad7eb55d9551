"""Scores tags: micro-F1 over all decisions, macro-F1 over tags with enough examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from pipeline.annotate import annotate
from pipeline.evaluate.report import Mistake, Report, label_score, macro_f1
from pipeline.run.tools import Tools

# Fewer examples say nothing about a tag.
ENOUGH = 5


def score(gold: Sequence[dict[str, Any]], tools: Tools) -> Report:
    """Tags that are optional for a passage are scored neither way."""
    right: Counter[str] = Counter()
    given: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    mistakes = []
    for row in gold:
        hits = {hit["tag"]: hit["score"] for hit in annotate(row["text"], tools=tools)["tags"]}
        required, optional = set(row["tags"]), set(row["optional"]) - set(row["tags"])
        got = set(hits) - optional
        right.update(got & required)
        given.update(got)
        wanted.update(required)
        mistakes += [Mistake(row["id"], row["text"], "-", t, hits[t]) for t in got - required]
        mistakes += [Mistake(row["id"], row["text"], t, "-", 0.5) for t in required - got]
    labels = [
        label_score(tag, right=right[tag], given=given[tag], wanted=wanted[tag])
        for tag in tools.taxonomy.tags
    ]
    total = label_score("all", right=right.total(), given=given.total(), wanted=wanted.total())
    figures = {
        "micro_f1": total.f1 or 0.0, "precision": total.precision or 0.0, "recall": total.recall,
        "macro_f1": macro_f1([s for s in labels if s.support >= ENOUGH]),
    }  # fmt: skip
    mistakes.sort(key=lambda m: (-m.score, m.id, m.wanted, m.got))
    return Report(
        "tags", len(gold), ("micro_f1", "macro_f1"), figures,
        [s for s in labels if s.support or given[s.label]], {}, mistakes,
    )  # fmt: skip
