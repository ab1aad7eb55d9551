"""Fits the linear models of the language stages (scikit-learn; applying them needs numpy only)."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

from pipeline.linear import Features, LinearModel

# A feature seen once teaches the sentence, not the language.
MIN_COUNT = 2
_ROUNDED_TO = 1e-3


@dataclass(frozen=True)
class Example:
    """What a model sees of one text, the label wanted, and who wrote it."""

    seen: Features
    label: str
    author: str


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """The rows of a file of labelled sentences."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def shared_columns(seen: Sequence[Features]) -> tuple[Any, Any]:
    """The features that occur often enough (ascending keys), and where each stands (or -1)."""
    every = np.concatenate([one.keys for one in seen])
    keys, counts = np.unique(every, return_counts=True)
    keys = keys[counts >= MIN_COUNT]
    columns = keys.searchsorted(every)
    columns[columns == len(keys)] = 0
    return keys, np.where(keys[columns] == every, columns, -1)


def as_table(seen: Sequence[Features], keys: Any, columns: Any) -> Any:
    """A sparse table, a row a text: the features of ``keys``, then the vector's entries."""
    known = columns >= 0
    rows = np.repeat(np.arange(len(seen)), [len(one.keys) for one in seen])
    values = np.concatenate([one.values for one in seen])
    sparse = csr_matrix(
        (values[known], (rows[known], columns[known])), shape=(len(seen), len(keys))
    )
    return hstack([sparse, csr_matrix(np.stack([one.vector for one in seen]))]).tocsr()


def fit(examples: Sequence[Example], labels: Sequence[str], *, strength: float) -> LinearModel:
    """Multinomial logistic regression with an L2 penalty.

    Args:
        examples: of every label.
        labels: their order in the model.
        strength: scikit-learn's C, the inverse of the penalty.
    """
    seen = [e.seen for e in examples]
    keys, columns = shared_columns(seen)
    table = as_table(seen, keys, columns)
    learner = LogisticRegression(C=strength, max_iter=1000, tol=1e-4)
    learner.fit(table, [e.label for e in examples])
    coefficients, starts = learner.coef_, learner.intercept_
    if len(labels) == 2:  # scikit-learn keeps one row for two classes
        coefficients, starts = (np.stack([-x[0] / 2, x[0] / 2]) for x in (coefficients, starts))
    order = [list(learner.classes_).index(label) for label in labels]
    # Rounded, so that the last bits of another machine's arithmetic do not change the file.
    weights = np.round(coefficients[order].T / _ROUNDED_TO) * _ROUNDED_TO
    bias = np.round(starts[order] / _ROUNDED_TO) * _ROUNDED_TO
    return LinearModel(
        tuple(labels), keys, weights[: len(keys)].astype(np.float32), weights[len(keys) :], bias
    )


def held_out_scores(
    examples: Sequence[Example], labels: Sequence[str], *, strength: float
) -> tuple[Any, Any]:
    """Sums and wanted labels (as numbers) of every example, by a model that saw no line of its author."""
    sums = np.zeros((len(examples), len(labels)))
    for author in sorted({e.author for e in examples}):
        model = fit([e for e in examples if e.author != author], labels, strength=strength)
        for number, example in enumerate(examples):
            if example.author == author:
                sums[number] = model.scores(example.seen)
    return sums, np.array([list(labels).index(e.label) for e in examples])


def temperature(sums: Any, wanted: Any) -> float:
    """By what to divide the sums so that the probabilities are honest (least log loss)."""

    def loss(value: float) -> float:
        scaled = sums / value
        top = scaled.max(axis=1, keepdims=True)
        total = top[:, 0] + np.log(np.exp(scaled - top).sum(axis=1))
        return float((total - scaled[np.arange(len(wanted)), wanted]).mean())

    found = minimize_scalar(loss, bounds=(0.3, 3.0), method="bounded")
    return round(float(found.x), 3)


def for_prevalence(
    model: LinearModel, seen: Sequence[float], expected: Sequence[float]
) -> LinearModel:
    """Move a model to where labels are rarer or more frequent than in its training sentences.

    Saerens, Latinne and Decaestecker 2002, "Adjusting the outputs of a classifier to new a priori
    probabilities", Neural Computation 14(1), equation 2.4: the logarithms of the ratios are added.
    """
    shift = np.log(np.asarray(expected) / np.asarray(seen)) * model.temperature
    return replace(model, bias=model.bias + shift - shift.mean())


def macro_f1(wanted: Any, got: Any, labels: int) -> float:
    """The mean F1 over labels."""
    scores = []
    for label in range(labels):
        right = int(((wanted == label) & (got == label)).sum())
        total = int((wanted == label).sum() + (got == label).sum())
        scores.append(2 * right / total if total else 0.0)
    return sum(scores) / labels


def train(
    about: str, *, validate: Callable[[], None], make: Callable[[], Mapping[Path, bytes]]
) -> int:
    """The command line of a training script: write the models, compare them, or only measure.

    Args:
        about: the script's documentation.
        validate: prints scores with each author held out.
        make: file → the model that training makes for it.

    Returns:
        The exit code: 1 where ``--check`` finds a file that differs.
    """
    parser = argparse.ArgumentParser(
        description=about, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument(
        "--validate", action="store_true", help="score with each author held out, write nothing"
    )
    args = parser.parse_args()
    if args.validate:
        validate()
        return 0
    same = [
        write_or_compare(path, content, is_check=args.check, say=print)
        for path, content in make().items()
    ]
    return 0 if all(same) else 1


def write_or_compare(
    path: Path, content: bytes, *, is_check: bool, say: Callable[[str], None]
) -> bool:
    """Write a model; with ``is_check`` only say whether the file is what training makes."""
    if is_check:
        same = path.is_file() and path.read_bytes() == content
        say(f"{path}: {'as trained' if same else 'differs from what training makes'}")
        return same
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    say(f"{path}: {len(content):,} bytes")
    return True
