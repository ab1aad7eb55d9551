"""Fits how the glossary's terms are used against the words of like sound (half a minute, one core).

    python training/repairs/train.py           # writes pipeline/lexicon/repair_usage.npz
    python training/repairs/train.py --check   # compares only; exit code 1 where it differs
    python training/repairs/train.py --validate  # measures only, a fifth of a term's sentences held out in turn

``usage.jsonl`` holds sentences in which the term or a rival is marked by 【】; what stands of either in the other
training texts (``test*`` aside) counts half. Terms and rivals are the glossary's. ``dev.jsonl`` and ``test.jsonl`` are
what recognition heard of other sentences and are never read here.
"""

from __future__ import annotations

import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")  # threads would add in another order

import numpy as np
from sklearn.linear_model import LogisticRegression

from pipeline import morph
from pipeline.glossary import load_glossary
from pipeline.linear import Features, LinearModel
from pipeline.stages.repair.usage import LABELS, MODEL_FILE, features

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from fit import as_table, read_jsonl, train

HERE = Path(__file__).resolve().parent
FOLDERS = ("tags", "requests", "segments")
TALKS = ("segments/talks", "cards/episodes")
# scikit-learn's C; what a sentence not written for this counts; with fewer of either kind a term is left out.
STRENGTH, ELSEWHERE, FEWEST = 1.0, 0.5, 10
ROUNDED_TO, PARTS = 1e-3, 5
_MARKED = re.compile("【(.+?)】")
_SENTENCES = re.compile(r"(?<=[。？！\n])")


class Place(NamedTuple):
    """A place of a term (``is_term``) or of one of its rivals, and how much it counts."""

    term: str
    is_term: bool
    text: str
    start: int
    end: int
    weight: float


def places() -> list[Place]:
    """All places, those written for this first."""
    terms = {term.term: term.rivals for term in load_glossary().terms}
    found = []
    for row in read_jsonl(HERE / "usage.jsonl"):
        match = _MARKED.search(row["text"])
        if match is None:
            raise ValueError(f"usage.jsonl: no 【】 in {row['text']}")
        text = row["text"].replace("【", "").replace("】", "")
        is_term = match[1] == row["term"]
        found.append(Place(row["term"], is_term, text, match.start(), match.end() - 2, 1.0))
    rivals = defaultdict(list)
    for term, words in terms.items():
        for word in words:
            rivals[word].append(term)
    pattern = re.compile("|".join(sorted({*terms, *rivals}, key=lambda w: (-len(w), w))))
    for text in sorted(set(_texts())):
        for match in pattern.finditer(text):
            if _is_whole(text, *match.span()):
                said = [(match.group(), True)] if match.group() in terms else []
                said += [(term, False) for term in rivals.get(match.group(), ())]
                found += [Place(term, own, text, *match.span(), ELSEWHERE) for term, own in said]
    return found


def _texts() -> Iterator[str]:
    root = HERE.parent
    for folder in FOLDERS:
        for path in sorted((root / folder).glob("*.jsonl")):
            if not path.stem.startswith("test"):
                yield from (s for row in read_jsonl(path) for s in _SENTENCES.split(row["text"]))
    for folder in TALKS:
        for path in sorted((root / folder).glob("*.tsv")):
            rows = (r.split("\t", 1) for r in path.read_text(encoding="utf-8").splitlines())
            yield from (s for row in rows if len(row) == 2 for s in _SENTENCES.split(row[1]))


def _is_whole(text: str, start: int, end: int) -> bool:
    words = morph.tokens(text)
    return start in {w.start for w in words} and end in {w.end for w in words}


def by_term(found: list[Place]) -> dict[str, list[Place]]:
    """The places of each term that has enough of its own and of its rivals."""
    grouped: dict[str, list[Place]] = defaultdict(list)
    for place in found:
        grouped[place.term].append(place)
    return {
        term: own
        for term, own in sorted(grouped.items())
        if FEWEST <= sum(p.is_term for p in own) <= len(own) - FEWEST
    }


def fit_term(own: list[Place], seen: list[Features]) -> tuple[np.ndarray, np.ndarray]:
    """The keys of a term's features, ascending, and their weights; both kinds count alike in all."""
    is_term = np.array([p.is_term for p in own])
    weight = np.array([p.weight for p in own])
    for kind in (True, False):
        weight[is_term == kind] *= len(own) / 2 / (is_term == kind).sum()
    every = np.concatenate([one.keys for one in seen])
    keys = np.unique(every)
    table = as_table(seen, keys, keys.searchsorted(every))
    learner = LogisticRegression(C=STRENGTH, max_iter=300, fit_intercept=False)
    learner.fit(table, is_term, sample_weight=weight)
    return keys, np.round(learner.coef_[0][: len(keys)] / ROUNDED_TO) * ROUNDED_TO


def make() -> dict[Path, bytes]:
    keys, weights = [], []
    for own in by_term(places()).values():
        found, learned = fit_term(own, [features(*_place(p)) for p in own])
        kept = learned != 0
        keys.append(found[kept])
        weights.append(learned[kept])
    every, values = np.concatenate(keys), np.concatenate(weights)
    order = np.argsort(every)
    none = np.zeros((0, 1))
    model = LinearModel(
        LABELS, every[order], values[order][:, None].astype(np.float32), none, np.zeros(1)
    )
    return {MODEL_FILE: model.to_bytes()}


def _place(place: Place) -> tuple[str, str, int, int]:
    return place.term, place.text, place.start, place.end


def validate() -> None:
    for term, own in by_term(places()).items():
        seen = [features(*_place(p)) for p in own]
        part = np.random.default_rng(0).permutation(len(own)) % PARTS
        right: dict[tuple[bool, bool], list[bool]] = defaultdict(list)
        for number in range(PARTS):
            taught = [n for n in range(len(own)) if part[n] != number]
            keys, learned = fit_term([own[n] for n in taught], [seen[n] for n in taught])
            for n in np.flatnonzero(part == number):
                at = keys.searchsorted(seen[n].keys) % len(keys)
                known = keys[at] == seen[n].keys
                odds = float(seen[n].values[known] @ learned[at[known]])
                right[own[n].weight == 1, own[n].is_term].append((odds > 0) == own[n].is_term)
        shares = "  ".join(
            f"{'written' if w else 'elsewhere'} {'term' if t else 'rival'} {np.mean(r):.2f} of {len(r)}"
            for (w, t), r in sorted(right.items())
        )
        print(f"{term}: {shares}")


if __name__ == "__main__":
    sys.exit(train(__doc__ or "", validate=validate, make=make))
