"""Fits the learned parts of the tagger (three minutes, one core).

    python training/tags/train.py              # writes pipeline/lexicon/tags_*.npz
    python training/tags/train.py --check      # compares only; exit code 1 where they differ
    python training/tags/train.py --validate   # measures only, a fifth of the authors held out in turn

Two steps: single sentences and near misses (``sentences-*.jsonl``) and the passages of the other files teach
what a text sounds like it is about; the passages teach how to weigh that, the rules, the cues and the words.
What the second step sees of a passage comes from a sentence model that read none of its author's (stacking
with cross-fitting: Wolpert 1992, "Stacked generalization"). ``optional`` tags, on
which two annotators differed, are not learned from. ``test*.jsonl`` are by other
authors and never read. The thoughts of the talks in ``../cards/judged.jsonl``, whose tags one editor gave, count
half (400 of them were read again, blind: micro-F1 0.88 between the two).
"""

from __future__ import annotations

import functools
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # threads would add in another order
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from scipy import sparse
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from pipeline import morph
from pipeline.linear import Features, LinearModel, feature_key, make_features
from pipeline.schema import TAGS
from pipeline.stages.tag import Tagger
from pipeline.stages.tag.features import SHARED
from pipeline.stages.tag.learned import EVIDENCE_FILE, WORDS_FILE
from pipeline.stages.tag.meaning import MEANING_FILE, sentence_features
from pipeline.taxonomy import load_taxonomy

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from fit import as_table, read_jsonl, shared_columns, train
from judged import judged, quote_of

HERE = Path(__file__).resolve().parent
SENTENCES = ("sentences-support", "sentences-trust")
NOT_PASSAGES = ("test", "sentences-")
# What a passage of which one editor alone gave the tags counts.
ONE_READER = 0.5
MIN_PASSAGES = 3
# scikit-learn's C of the sentence model, and below which its weights count for nothing.
STRENGTH, SMALLEST = 30.0, 0.4
# Into how many parts the authors of passages are shared.
PARTS = 5
# Penalties (L2): each word, rule and cue; how evidence looks; each tag's intercept.
PENALTY_NAMES, PENALTY_SHARED, PENALTY_TAG = 1.0, 0.05, 0.3
THRESHOLDS = (0.38, 0.42, 0.46, 0.5, 0.54)
TRUSTS = (0.0, 0.5, 0.6, 0.7)


def fit_meaning(rows: list[dict[str, Any]]) -> LinearModel:
    """One logistic regression a tag over sentences and passages."""
    seen = [_sentence_features(row["text"]) for row in rows]
    keys, columns = shared_columns(seen)
    table = as_table(seen, keys, columns)
    weight = np.array([row.get("weight", 1.0) for row in rows])
    sums, starts = [], []
    for tag in TAGS:
        counts = np.array([tag in row["tags"] or tag not in row["optional"] for row in rows])
        wanted = np.array([tag in row["tags"] for row in rows])
        learner = LogisticRegression(C=STRENGTH, solver="liblinear", random_state=0)
        learner.fit(table[counts], wanted[counts], sample_weight=weight[counts])
        sums.append(learner.coef_[0])
        starts.append(learner.intercept_[0])
    weights = np.round(np.array(sums).T, 3)
    words, dense = weights[: len(keys)], weights[len(keys) :]
    kept = np.abs(words).max(axis=1) >= SMALLEST
    return LinearModel(TAGS, keys[kept], words[kept].astype(np.float32), dense, np.round(starts, 3))


@functools.cache
def _sentence_features(text: str) -> Features:
    return sentence_features(text, morph.tokens(text))


def sentences() -> list[dict[str, Any]]:
    """Single sentences and near misses."""
    return [row for name in SENTENCES for row in read_jsonl(HERE / f"{name}.jsonl")]


def passages() -> list[dict[str, Any]]:
    """Every passage but the test's."""
    paths = [p for p in sorted(HERE.glob("*.jsonl")) if not p.stem.startswith(NOT_PASSAGES)]
    return [row for path in paths for row in read_jsonl(path)] + thoughts()


def parts(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Passages shared out so that an author's stand together."""
    authors = sorted({row["author"] for row in rows})
    return [[r for r in rows if r["author"] in authors[n::PARTS]] for n in range(PARTS)]


def see(rows: list[dict[str, Any]], meaning: LinearModel) -> None:
    """Put to each passage what the learned part sees of it and the rules' proof."""
    tagger = Tagger(load_taxonomy(), meaning_model=meaning)
    for row in rows:
        row["features"] = tagger.features(row["text"])
        row["proofs"] = tagger.proofs(row["text"])


def fit_both(rows: list[dict[str, Any]]) -> tuple[LinearModel, LinearModel, LinearModel, int]:
    """Both steps: the sentence model, the weights of words and of evidence, how many features there are."""
    single = sentences()
    for part in parts(rows):
        own = {row["author"] for row in part}
        see(part, fit_meaning(single + [row for row in rows if row["author"] not in own]))
    words, evidence, known = fit(rows)
    return fit_meaning(single + rows), words, evidence, len(known)


def thoughts() -> list[dict[str, Any]]:
    """What the judged talks say in one thought, with the tags that its editor gave, each stretch once."""
    found: dict[tuple[str, int, int], dict[str, Any]] = {}
    for talk in judged():
        for one in (*talk["cards"], *talk["missed"]):
            found.setdefault(
                (talk["talk"], one["first"], one["last"]),
                {"text": "\n".join(quote_of(talk, one)), "tags": one["tags"],
                 "optional": one.get("optional", []), "author": f"talk {talk['talk'][0]}", "weight": ONE_READER},
            )  # fmt: skip
    return list(found.values())


def vocabulary(rows: list[dict[str, Any]]) -> dict[str, int]:
    counts = Counter(name for row in rows for name in row["features"].names)
    kept = sorted(name for name, count in counts.items() if count >= MIN_PASSAGES)
    return {name: n for n, name in enumerate(kept)}


def design(rows: list[dict[str, Any]], known: dict[str, int]) -> tuple[Any, Any]:
    cells = [
        (n, known[name], value)
        for n, row in enumerate(rows)
        for name, value in row["features"].names.items()
        if name in known
    ]
    at, to, values = zip(*cells, strict=True)
    names = sparse.csr_matrix((values, (at, to)), shape=(len(rows), len(known)))
    return names, np.array([row["features"].shared for row in rows])


def fit(rows: list[dict[str, Any]]) -> tuple[LinearModel, LinearModel, dict[str, int]]:
    known = vocabulary(rows)
    names, shared = design(rows, known)
    flat = shared.reshape(-1, len(SHARED))
    mean, spread = flat.mean(axis=0), flat.std(axis=0) + 1e-6
    shared = (shared - mean) / spread
    wanted = np.array([[tag in row["tags"] for tag in TAGS] for row in rows], dtype=float)
    counts = np.array(
        [[tag in row["tags"] or tag not in row["optional"] for tag in TAGS] for row in rows]
    )
    counts = counts * np.array([row.get("weight", 1.0) for row in rows])[:, None]
    shape, turned = (len(known), len(TAGS)), names.T.tocsr()
    first, last = shape[0] * shape[1], shape[0] * shape[1] + len(SHARED)

    def loss(p: Any) -> tuple[float, Any]:
        words, weights, tags, bias = p[:first].reshape(shape), p[first:last], p[last:-1], p[-1]
        sums = names @ words + shared @ weights + tags + bias
        chance = 1 / (1 + np.exp(-sums))
        cost = (counts * (np.logaddexp(0, sums) - wanted * sums)).sum()
        cost += PENALTY_NAMES / 2 * (words**2).sum() + PENALTY_SHARED / 2 * (weights**2).sum()
        cost += PENALTY_TAG / 2 * (tags**2).sum()
        off = counts * (chance - wanted)
        slope = [
            (turned @ off + PENALTY_NAMES * words).ravel(),
            np.tensordot(off, shared, ([0, 1], [0, 1])) + PENALTY_SHARED * weights,
            off.sum(axis=0) + PENALTY_TAG * tags,
            [off.sum()],
        ]
        return float(cost), np.concatenate(slope)

    start = np.zeros(last + len(TAGS) + 1)
    p = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    weights = p[first:last] / spread
    keys = np.array([feature_key(name) for name in known], dtype=np.uint32)
    order = np.argsort(keys)
    words = LinearModel(
        TAGS, keys[order], p[:first].reshape(shape)[order], np.zeros((0, len(TAGS))), p[last:-1]
    )
    evidence = LinearModel(
        ("any",), np.zeros(0, dtype=np.uint32), np.zeros((0, 1)), weights[:, None],
        np.array([p[-1] - mean @ weights]),
    )  # fmt: skip
    return words, evidence, known


def chances(rows: list[dict[str, Any]], words: LinearModel, evidence: LinearModel) -> Any:
    none = np.zeros(0)
    sums = [
        words.scores(make_features(row["features"].names, (), none))
        + row["features"].shared @ evidence.dense[:, 0]
        + evidence.bias[0]
        for row in rows
    ]
    return 1 / (1 + np.exp(-np.array(sums)))


def micro_f1(rows: list[dict[str, Any]], chance: Any, threshold: float, trust: float) -> float:
    right = given = wanted = 0
    for row, values in zip(rows, chance, strict=True):
        required = set(row["tags"])
        scores = np.maximum(values, trust * row["proofs"])
        got = {t for t, v in zip(TAGS, scores, strict=True) if v >= threshold}
        got -= set(row["optional"]) - required
        right, given, wanted = right + len(got & required), given + len(got), wanted + len(required)
    return 2 * right / max(1, given + wanted)


def validate() -> None:
    every = passages()
    for part in parts(every):
        own = {row["author"] for row in part}
        meaning, words, evidence, _ = fit_both([r for r in every if r["author"] not in own])
        see(part, meaning)
        for author in sorted(own):
            test = [row for row in part if row["author"] == author]
            chance = chances(test, words, evidence)
            for trust in TRUSTS:
                figures = "  ".join(
                    f"{t:.2f} {micro_f1(test, chance, t, trust):.3f}" for t in THRESHOLDS
                )
                print(f"{author} ({len(test)}), rules trusted {trust}: {figures}")


def make() -> dict[Path, bytes]:
    rows = passages()
    meaning, words, evidence, known = fit_both(rows)
    print(f"{len(rows)} passages, {known} features")
    files = {MEANING_FILE: meaning, WORDS_FILE: words, EVIDENCE_FILE: evidence}
    return {path: model.to_bytes() for path, model in files.items()}


if __name__ == "__main__":
    sys.exit(train(__doc__ or "", validate=validate, make=make))
