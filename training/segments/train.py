"""Trains the sentence models from the texts beside this file (about five minutes).

    python training/segments/train.py             # writes pipeline/lexicon/ja_bansou/sentence_ends.npz
    python training/segments/train.py --check     # compares only; exit code 1 where it differs
    python training/segments/train.py --validate  # scores with each author of passages held out

``test.jsonl`` is by an author whose texts are never read here.
"""

from __future__ import annotations

import argparse
import sys
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from pipeline.stages.segment.borders import LENGTHS, MODEL_FILE, BorderModel
from pipeline.stages.segment.utterances import THRESHOLD
from pipeline.stages.segment.words import REACH, Words, see

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from fit import write_or_compare
from network import Examples, fit_network

from data import Bare, bare_texts, read_texts

# Lines in a row show how sentences end, but not how they follow each other.
_LINES_WEIGHT = 0.5
_MIN_COUNT, _STRENGTH = 4, 1.5
# More than a mean: each alone is less sure than both together (tried on held-out authors).
_LINEAR_SHARE, _NETWORK_SHARE = 0.6, 0.5


def main() -> int:
    """Fit, and write, compare or score."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument(
        "--validate", nargs="*", metavar="AUTHOR", help="score with authors held out"
    )
    args = parser.parse_args()
    texts = read_texts()
    # Sums in another order would give other last digits.
    with threadpool_limits(1):
        if args.validate is not None:
            every = sorted({t.author for t in texts if not t.is_line})
            for author in args.validate or every:
                model = fit(bare_texts([t for t in texts if t.author != author]))
                held_out = bare_texts([t for t in texts if t.author == author and not t.is_line])
                for has_commas in (True, False):
                    f1, precision, recall = score(
                        model, [b for b in held_out if b.has_commas == has_commas]
                    )
                    print(
                        f"  {author} held out, 、 {'kept' if has_commas else 'stripped'}: "
                        f"F1 {f1:.3f}, precision {precision:.3f}, recall {recall:.3f}"
                    )
            return 0
        content = fit(bare_texts(texts)).to_bytes()
    return 0 if write_or_compare(MODEL_FILE, content, is_check=args.check, say=print) else 1


def fit(bares: Sequence[Bare]) -> BorderModel:
    """Both models, weighted."""
    examples = _examples(bares)
    keys, weights, lengths, bias = _fit_linear(examples)
    network, network_bias = fit_network(examples)
    linear_share, share = _LINEAR_SHARE, np.float32(_NETWORK_SHARE)
    return BorderModel(
        keys, (weights * linear_share).astype(np.float32), tuple((linear_share * lengths).tolist()),
        float(linear_share * bias + share * network_bias),
        replace(network, out=network.out * share),
    )  # fmt: skip


def _examples(bares: Sequence[Bare]) -> Examples:
    texts = [Words(b.text) for b in bares]
    rows: list[tuple[float, float, int]] = []  # whether an end, what it counts, class of length
    starts = [0]
    for bare, words in zip(bares, texts, strict=True):
        rows += [(0, 0, 0)] * REACH
        full = _LINES_WEIGHT if bare.is_lines else 1.0
        ends, since = set(bare.boundaries), 0
        quoted = set(words.quoted)
        for number, (end, start) in enumerate(words.borders):
            is_end = any(n in ends for n in range(end, start + 1))
            is_hidden = number in quoted or any(a < end and start < b for a, b in bare.unknown)
            length = bisect_left(LENGTHS, end - since)
            rows.append((is_end, 0.0 if is_hidden else full, length))
            since = start if is_end else since
        rows.append((1, 0, 0))
        starts.append(len(rows))
    rows += [(0, 0, 0)] * REACH
    table = np.array(rows, dtype=np.float32)
    return Examples(
        see(texts), table[:, 0], table[:, 1], table[:, 2].astype(np.intp), np.array(starts)
    )


def _fit_linear(examples: Examples) -> tuple[Any, Any, Any, float]:
    """Logistic regression; L1 leaves one weight in forty."""
    used = examples.weight > 0
    patterns = np.stack(list(examples.seen.patterns()), axis=1)[used]
    keys, counts = np.unique(patterns, return_counts=True)
    keys = keys[counts >= _MIN_COUNT]
    columns = keys.searchsorted(patterns)
    columns[columns == len(keys)] = 0
    columns[keys[columns] != patterns] = len(keys)  # what was seen too rarely
    columns = np.concatenate([columns, len(keys) + 1 + examples.length[used][:, None]], axis=1)
    size, width = columns.shape
    table: Any = csr_matrix(
        (np.ones(size * width), columns.ravel(), np.arange(0, size * width + 1, width)),
        shape=(size, len(keys) + 2 + len(LENGTHS)),
    )
    table.sum_duplicates()
    learner = LogisticRegression(
        C=_STRENGTH, l1_ratio=1.0, solver="liblinear", tol=0.02, max_iter=60, random_state=0
    )
    learner.fit(table, examples.is_end[used], sample_weight=examples.weight[used])
    found = np.round(learner.coef_[0], 3)
    weights = found[: len(keys)]
    kept = weights != 0
    return keys[kept], weights[kept], found[len(keys) + 1 :], round(float(learner.intercept_[0]), 3)


def score(model: BorderModel, bares: Sequence[Bare]) -> tuple[float, float, float]:
    """F1, precision and recall of the models alone, ends inside the texts."""
    texts = [Words(b.text) for b in bares]
    right = given = wanted = 0
    for bare, words, odds in zip(bares, texts, model.log_odds(texts), strict=True):
        ends, since = set(bare.boundaries) - {len(bare.text)}, 0
        for (end, start), value in zip(words.borders, odds, strict=True):
            if value + model.length_odds(end - since) > THRESHOLD:
                since = start
                given += 1
                right += bool(ends.intersection(range(end, start + 1)))
        wanted += len(ends)
    return 2 * right / max(1, given + wanted), right / max(1, given), right / max(1, wanted)


if __name__ == "__main__":
    sys.exit(main())
