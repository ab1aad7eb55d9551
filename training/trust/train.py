"""Trains the model of strain and ease from ``sentences.txt`` beside this file (a few seconds).

    python training/trust/train.py             # writes pipeline/trust/mood.npz
    python training/trust/train.py --check     # compares only; exit code 1 where it differs
    python training/trust/train.py --validate  # scores by ten-fold cross-validation

All sentences were composed for this project.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import classification_report
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from pipeline import morph
from pipeline.linear import Features, LinearModel
from pipeline.trust.mood import LABELS, MODEL_FILE, read_features

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from fit import write_or_compare

_STRENGTH = 1.0


def main() -> int:
    """Fit, and write, compare or score."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--validate", action="store_true", help="score by cross-validation")
    args = parser.parse_args()
    texts, labels = read_sentences(Path(__file__).with_name("sentences.txt"))
    seen = [read_features(text) for text in texts]
    with threadpool_limits(1):
        if args.validate:
            validate(seen, labels)
            return 0
        content = fit(seen, labels).to_bytes()
    return int(not write_or_compare(MODEL_FILE, content, is_check=args.check, say=print))


def read_sentences(path: Path) -> tuple[list[str], list[str]]:
    """The sentences and their labels."""
    texts: list[str] = []
    labels: list[str] = []
    label = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            label = line[3:].strip()
        elif line.strip() and not line.startswith("#"):
            texts.append(line.strip())
            labels.append(label)
    return texts, labels


def fit(seen: list[Features], labels: list[str]) -> LinearModel:
    """A multinomial logistic regression over the sentences."""
    keys = np.unique(np.concatenate([s.keys for s in seen]))
    rows = hstack([_sparse(seen, keys), csr_matrix(np.stack([s.vector for s in seen]))]).tocsr()
    model = LogisticRegression(C=_STRENGTH, max_iter=2000, class_weight="balanced")
    model.fit(rows, [LABELS.index(label) for label in labels])
    weights = model.coef_.T
    return LinearModel(LABELS, keys, weights[: len(keys)], weights[len(keys) :], model.intercept_)


def _sparse(seen: list[Features], keys: np.ndarray) -> csr_matrix:
    columns = np.concatenate([keys.searchsorted(s.keys) for s in seen])
    ends = np.cumsum([0, *(len(s.keys) for s in seen)])
    values = np.concatenate([s.values for s in seen])
    return csr_matrix((values, columns, ends), shape=(len(seen), len(keys)))


def validate(seen: list[Features], labels: list[str]) -> None:
    """Print precision and recall of sentences that the model has not seen."""
    guessed = [""] * len(seen)
    folds = StratifiedKFold(10, shuffle=True, random_state=1)
    for inside, outside in folds.split(np.zeros(len(seen)), labels):
        model = fit([seen[i] for i in inside], [labels[i] for i in inside])
        for i in outside:
            guessed[i] = LABELS[int(model.probabilities(seen[i]).argmax())]
    print(classification_report(labels, guessed, labels=list(LABELS), digits=2))
    print(f"{len(seen)} sentences, dictionary {morph.dictionary_versions()}")


if __name__ == "__main__":
    sys.exit(main())
