"""Fits the sentence model: a logistic regression over the borders between words.

L1 keeps the table small: as good as L2 here with a twentieth of the weights.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from data import Gold
from pipeline.stages.segment.borders import BorderModel, Words, features

_MIN_COUNT = 4
_C = 0.7
_MIN_WEIGHT = 0.02


def examples(gold: Gold) -> tuple[list[list[str]], list[bool], list[int]]:
    """Features of every border, whether a sentence ends there, and its offset."""
    text = gold.text.replace("\n", "")
    breaks, removed = [], 0
    for at, char in enumerate(gold.text):
        if char == "\n":
            breaks.append(at - removed)
            removed += 1
    ends = {b - gold.text.count("\n", 0, b) for b in gold.boundaries}
    words = Words(text, breaks)
    rows, labels, offsets = [], [], []
    since = 0
    for border in words.borders:
        is_end = any(border.end <= e <= border.start for e in ends if abs(e - border.end) < 4)
        slots = words.slots(border, since)
        rows.append([name for group in slots for name in features(group)])
        labels.append(is_end)
        offsets.append(border.end)
        if is_end:
            since = border.start
    return rows, labels, offsets


def fit(golds: Sequence[tuple[Gold, float]]) -> BorderModel:
    """Fit to texts, each with its weight."""
    return BorderModel(fit_weights(golds))


def fit_weights(golds: Sequence[tuple[Gold, float]]) -> dict[str, float]:
    """Weights by feature, the small ones left out."""
    import numpy as np
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    rows: list[list[str]] = []
    labels: list[bool] = []
    weights: list[float] = []
    for gold, weight in golds:
        r, y, _ = examples(gold)
        rows += r
        labels += y
        weights += [weight] * len(y)
    count = Counter(name for row in rows for name in row)
    column = {
        name: n for n, name in enumerate(sorted(k for k, c in count.items() if c >= _MIN_COUNT))
    }
    indices: list[int] = []
    starts = [0]
    for row in rows:
        indices += [column[name] for name in row if name in column]
        starts.append(len(indices))
    matrix: Any = csr_matrix(
        (np.ones(len(indices)), indices, starts), shape=(len(rows), len(column))
    )
    model = LogisticRegression(
        C=_C, l1_ratio=1.0, solver="liblinear", tol=0.02, max_iter=60, random_state=0
    )
    model.fit(matrix, np.array(labels), sample_weight=np.array(weights))
    made = {"bias": round(float(model.intercept_[0]), 3)}
    for name, n in column.items():
        value = round(float(model.coef_[0][n]), 3)
        if abs(value) >= _MIN_WEIGHT:
            made[name] = value
    return made
