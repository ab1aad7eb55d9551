"""What an evaluation found, and the arithmetic of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

# Of a normal distribution, for intervals of 95 %.
_Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class LabelScore:
    """Precision, recall and F1 of one label (None where only recall is known), and its examples."""

    label: str
    precision: float | None
    recall: float
    f1: float | None
    support: int


@dataclass(frozen=True, slots=True)
class Mistake:
    """One wrong decision: what was wanted, what came, and how sure the program was."""

    id: str
    text: str
    wanted: str
    got: str
    score: float


@dataclass(frozen=True, slots=True)
class Report:
    """An evaluation.

    ``figures`` are the totals by name (``macro_f1``, ``recall`` …), ``main`` names the figures that
    are recorded and guarded; ``confusion`` counts (wanted, got); ``mistakes`` begin with the surest.
    """

    task: str
    rows: int
    main: tuple[str, ...]
    figures: dict[str, float]
    labels: list[LabelScore] = field(default_factory=list)
    confusion: dict[str, dict[str, int]] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Everything, for JSON."""
        return asdict(self)


def label_score(label: str, *, right: int, given: int, wanted: int) -> LabelScore:
    """Scores from counts: right decisions, decisions for the label, gold examples of it."""
    precision = right / given if given else 0.0
    recall = right / wanted if wanted else 0.0
    total = given + wanted
    return LabelScore(
        label, round(precision, 4), round(recall, 4),
        round(2 * right / total, 4) if total else 0.0, wanted,
    )  # fmt: skip


def macro_f1(scores: Sequence[LabelScore]) -> float:
    """The mean F1 over labels; 0 where there are none."""
    return round(sum(s.f1 or 0.0 for s in scores) / len(scores), 4) if scores else 0.0


def wilson(right: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927, JASA 22, 209-212); (0, 1) for none."""
    if not total:
        return 0.0, 1.0
    share, z2 = right / total, _Z95**2 / total
    middle = (share + z2 / 2) / (1 + z2)
    half = _Z95 * math.sqrt(share * (1 - share) / total + z2 / (4 * total)) / (1 + z2)
    return round(max(0.0, middle - half), 4), round(min(1.0, middle + half), 4)


def confusion_table(
    counts: Mapping[tuple[str, str], int], labels: Sequence[str]
) -> dict[str, dict[str, int]]:
    """Counts of (wanted, got) as a table with every label in both directions."""
    return {w: {g: counts.get((w, g), 0) for g in labels} for w in labels}


def calibration_error(scored: Sequence[tuple[float, bool]], *, bins: int = 10) -> float:
    """Expected calibration error (Guo et al. 2017, ICML): mean gap between score and share right."""
    groups: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for score, is_right in scored:
        groups[min(bins - 1, int(score * bins))].append((score, is_right))
    gaps = (abs(sum(s for s, _ in g) - sum(r for _, r in g)) for g in groups)
    return round(sum(gaps) / max(1, len(scored)), 4)
