"""Trains how good a card a draft would head and how far its thought reaches (about a minute).

    python training/cards/train.py              # writes pipeline/lexicon/card_grades.npz, card_extents.npz
    python training/cards/train.py --check      # compares only; exit code 1 where it differs
    python training/cards/train.py --validate   # measures only, each source held out in turn

Each line of ``graded/`` is a passage with drafts and their grades (see docs/cards.md); where
two editors graded a draft, both count. ``episodes/`` holds the talks that the passages of
``episodes-*.jsonl`` come from, with the items an editor would take out of them. ``ranges.jsonl``: titles, and the lines
(``first`` to ``last``) that hold the whole thought; the topic named there, the kind and whether it is worth keeping are not learned from.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import morph
from pipeline.stages.card import extent
from pipeline.stages.card.drafts import Draft
from pipeline.stages.card.grading import GRADES, MODEL_FILE, context, features
from pipeline.stages.card.titles import informative_words

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from fit import Example, fit, held_out_scores, read_jsonl, train

HERE = Path(__file__).resolve().parent
STRENGTH = 0.3


def validate() -> None:
    """How often the best draft of a passage is chosen, and kept drafts come before the others."""
    examples, passages = zip(*_examples(), strict=True)
    sums, wanted = held_out_scores(examples, GRADES, strength=STRENGTH)
    grown = np.exp(sums - sums.max(axis=1, keepdims=True))
    expected = grown @ np.arange(len(GRADES)) / grown.sum(axis=1)
    for least in (2, 3):
        print(
            f"a draft graded {least} or more before one graded less: {_order(wanted >= least, expected):.3f}"
        )
    best = {p: [n for n, q in enumerate(passages) if q == p] for p in dict.fromkeys(passages)}
    chosen = [wanted[rows[int(np.argmax(expected[rows]))]] for rows in best.values()]
    could = [wanted[rows].max() for rows in best.values()]
    steps = list(_steps())
    sums, taken = held_out_scores(steps, extent.LABELS, strength=STRENGTH)
    order = _order(taken == 1, sums[:, 1] - sums[:, 0])
    print(f"an utterance of the thought before one that is not of it: {order:.3f}")
    print(
        f"grade of the draft chosen {np.mean(chosen):.2f}, of the best there is {np.mean(could):.2f}"
    )


def _order(is_good: Any, expected: Any) -> float:
    """The area under the ROC curve."""
    ranks = expected.argsort().argsort() + 1
    good = int(is_good.sum())
    return float((ranks[is_good].sum() - good * (good + 1) / 2) / (good * (len(ranks) - good)))


def make() -> dict[Path, bytes]:
    examples = [example for example, _ in _examples()]
    print(f"{len(examples)} graded drafts")
    return {
        MODEL_FILE: fit(examples, GRADES, strength=STRENGTH).to_bytes(),
        extent.MODEL_FILE: fit(list(_steps()), extent.LABELS, strength=STRENGTH).to_bytes(),
    }


def _steps() -> Iterator[Example]:
    """Each utterance beside a thought: whether the editor took it in; the first that was not ends it."""
    for row in read_jsonl(HERE / "ranges.jsonl"):
        lines = dict(row["lines"])
        words = informative_words(morph.tokens(row["title"]))
        for way, end in ((-1, row["first"]), (1, row["last"])):
            for step in range(1, extent.MOST_STEPS + 1):
                near = row["core"] + way * step
                if near not in lines:
                    break
                is_in = (near - end) * way <= 0
                seen = extent.features(lines[near], lines[near - way], words, way * step)
                yield Example(seen, "go" if is_in else "stop", row["id"][0])
                if not is_in:
                    break


def _examples() -> Iterator[tuple[Example, str]]:
    """Each graded draft with the passage it belongs to."""
    for path in sorted((HERE / "graded").glob("*.jsonl")):
        for row in read_jsonl(path):
            around = context(row["passage"])
            for seen in row["drafts"]:
                draft = Draft(
                    seen["text"], seen["text"], seen["first"], seen["last"], seen["tie"], seen["before"], seen["after"]
                )  # fmt: skip
                shown = features(draft, around)
                for grade in seen["grades"]:
                    yield Example(shown, str(grade), path.stem), row["id"]


if __name__ == "__main__":
    sys.exit(train(__doc__ or "", validate=validate, make=make))
