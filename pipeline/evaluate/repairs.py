"""Scores repairs: how many of the glossary's words are found, and how many edits are wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from pipeline.annotate import annotate
from pipeline.evaluate.report import LabelScore, Mistake, Report, wilson
from pipeline.run.tools import Tools


def score(gold: Sequence[dict[str, Any]], tools: Tools) -> Report:
    """Recall over the ``terms`` that were said; in sentences to ``keep`` every edit is wrong.

    An edit in a sentence with ``terms`` is wrong where the reference has that word less often.
    """
    found: Counter[str] = Counter()
    said: Counter[str] = Counter()
    before = wrong_said = wrong_kept = 0
    mistakes = []
    for row in gold:
        made = annotate(row["text"], tools=tools)
        edits = [f"{r['before']} → {r['after']}" for r in made["repairs"]]
        surest = max((r["score"] for r in made["repairs"]), default=0.0)
        if row.get("keep"):
            if edits:
                wrong_kept += 1
                mistakes.append(Mistake(row["id"], row["text"], "-", "; ".join(edits), surest))
            continue
        terms = Counter(row["terms"])
        before += sum(min(n, row["text"].count(term)) for term, n in terms.items())
        got = Counter({term: min(n, made["repaired"].count(term)) for term, n in terms.items()})
        found.update(got)
        said.update(terms)
        extra = any(
            made["repaired"].count(r["after"]) > row["ref"].count(r["after"])
            for r in made["repairs"]
        )
        wrong_said += extra
        missing = terms - got
        if missing or extra:
            wanted = "、".join(sorted(missing.elements())) or "-"
            mistakes.append(
                Mistake(row["id"], row["text"], wanted, "; ".join(edits) or "-", surest)
            )
    mistakes.sort(key=lambda m: (-m.score, m.id))
    labels = [LabelScore(t, None, round(found[t] / n, 4), None, n) for t, n in said.most_common()]
    kept = sum(bool(row.get("keep")) for row in gold)
    figures = _shares(found.total(), said.total(), before, wrong_kept, kept, wrong_said)
    return Report("repairs", len(gold), ("recall", "right_kept"), figures, labels, {}, mistakes)


def _shares(
    found: int, said: int, before: int, wrong_kept: int, kept: int, wrong_said: int
) -> dict[str, float]:
    low, high = wilson(found, said)
    wrong_low, wrong_high = wilson(wrong_kept, kept)
    return {
        "recall": round(found / said, 4) if said else 1.0,
        "recall_low": low, "recall_high": high,
        "recall_before": round(before / said, 4) if said else 1.0,
        "terms": said,
        "right_kept": round(1 - wrong_kept / kept, 4) if kept else 1.0,
        "wrong_per_100_kept": round(100 * wrong_kept / kept, 2) if kept else 0.0,
        "wrong_low": round(100 * wrong_low, 2), "wrong_high": round(100 * wrong_high, 2),
        "kept": kept,
        "wrong_in_sentences_with_terms": wrong_said,
    }  # fmt: skip
