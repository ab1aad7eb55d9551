"""Make ``pipeline/lexicon/sentence_ends.tsv`` from ``train.jsonl``.

``python training/segments/train.py`` writes the weights; ``--leave-out AUTHOR`` writes nothing and
scores a model that never saw an author on that author's texts. Needs scikit-learn.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import sys
from collections.abc import Sequence

from fit import fit_weights

from data import HERE, Gold, Text, strip_marks
from pipeline.stages.segment.borders import WEIGHTS_FILE, BorderModel, Words
from pipeline.stages.segment.utterances import THRESHOLD

_LOG = logging.getLogger("train")
# Single sentences in a row show how sentences end, but not how they follow each other.
_WEIGHTS = {"singles": 0.5}
_VARIANTS = (
    {"commas": True}, {"commas": False}, {"commas": True, "lines": "any"},
    {"commas": False, "lines": "clause"}, {"commas": False, "spaces": True},
)  # fmt: skip
_SINGLE_VARIANTS = _VARIANTS[:2]


def read_train() -> list[Text]:
    """The training texts, punctuated."""
    rows = [json.loads(line) for line in (HERE / "train.jsonl").open(encoding="utf-8")]
    return [Text(r["author"], r["register"], r["text"]) for r in rows]


def variants(texts: Sequence[Text], *, seed: int = 0) -> list[tuple[Gold, float]]:
    """Every text in several ways of writing, one to four of an author behind each other."""
    rng = random.Random(seed)  # noqa: S311 - nothing secret
    found = []
    keys = sorted({(t.author, t.register) for t in texts})
    for key in keys:
        same = [t for t in texts if (t.author, t.register) == key]
        for variant in _SINGLE_VARIANTS if key[1] == "singles" else _VARIANTS:
            at = 0
            while at < len(same):
                size = rng.randint(1, 4)
                gold = strip_marks(same[at : at + size], seed=seed, **variant)  # type: ignore[arg-type]
                found.append((gold, _WEIGHTS.get(key[1], 1.0)))
                at += size
    return found


def score(model: BorderModel, texts: Sequence[Text], *, commas: bool) -> tuple[float, float, float]:
    """F1, precision and recall of the model alone, each text by itself."""
    right = given = wanted = 0
    for text in texts:
        gold = strip_marks([text], commas=commas)
        ends = set(gold.boundaries) - {len(gold.text)}
        words, since = Words(gold.text), 0
        for border in words.borders:
            if model.log_odds(words, border, since) > THRESHOLD:
                since = border.start
                given += 1
                right += border.end in ends
        wanted += len(ends)
    return 2 * right / max(1, given + wanted), right / max(1, given), right / max(1, wanted)


def main() -> int:
    """Fit, and write or score."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leave-out", metavar="AUTHOR")
    left_out = parser.parse_args().leave_out
    texts = read_train()
    weights = fit_weights(variants([t for t in texts if t.author != left_out]))
    if left_out:
        unseen = [t for t in texts if t.author == left_out]
        for commas in (True, False):
            f1, precision, recall = score(BorderModel(weights), unseen, commas=commas)
            _LOG.info(
                "%s, commas %s: F1 %.3f, precision %.3f, recall %.3f",
                left_out, "kept" if commas else "stripped", f1, precision, recall,
            )  # fmt: skip
        return 0
    lines = [
        "# Made by training/segments/train.py: feature, log odds. Do not edit.\n",
        *(f"{name}\t{value:g}\n" for name, value in sorted(weights.items())),
    ]
    WEIGHTS_FILE.write_text("".join(lines), encoding="utf-8")
    _LOG.info("%d weights, %d bytes", len(weights), WEIGHTS_FILE.stat().st_size)
    return 0


if __name__ == "__main__":
    sys.exit(main())
