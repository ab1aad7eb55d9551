"""Trains the request model from the labelled sentences beside this file (about a minute).

    python training/requests/train.py            # writes pipeline/lexicon/ja_bansou/requests/model.npz
    python training/requests/train.py --check    # compares only; exit code 1 where it differs
    python training/requests/train.py --validate # measures only, each author held out in turn

``test.jsonl`` is by another author and is never read here.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from pipeline import schema
from pipeline.requests import MODEL_FILE
from pipeline.requests.features import features, read
from pipeline.requests.rules import load

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from fit import (
    Example,
    fit,
    for_prevalence,
    held_out_scores,
    macro_f1,
    read_jsonl,
    temperature,
    train,
)

LABELS = schema.REQUESTS

STRENGTH = 0.1
# In transcripts and chats most units ask for nothing; in the training sentences two of five do.
EXPECTED = {"opinion": 0.13, "answer": 0.15, "action": 0.14, "none": 0.58}


def validate() -> None:
    examples = _examples()
    sums, wanted = held_out_scores(examples, LABELS, strength=STRENGTH)
    for author in sorted({e.author for e in examples}):
        mine = [n for n, e in enumerate(examples) if e.author == author]
        score = macro_f1(wanted[mine], sums[mine].argmax(axis=1), len(LABELS))
        print(f"{author} held out: macro-F1 {score:.3f} on {len(mine)}")


def make() -> dict[Path, bytes]:
    examples = _examples()
    warmth = temperature(*held_out_scores(examples, LABELS, strength=STRENGTH))
    print(f"{len(examples)} sentences; temperature {warmth}")
    model = replace(fit(examples, LABELS, strength=STRENGTH), temperature=warmth)
    seen = [sum(e.label == label for e in examples) / len(examples) for label in LABELS]
    model = for_prevalence(model, seen, [EXPECTED[label] for label in LABELS])
    return {MODEL_FILE: model.to_bytes()}


def _examples() -> list[Example]:
    rules = load()
    paths = [p for p in sorted(Path(__file__).parent.glob("*.jsonl")) if p.stem != "test"]
    return [
        Example(features(read(row["text"], rules)), row["request"], row["author"])
        for path in paths
        for row in read_jsonl(path)
    ]


if __name__ == "__main__":
    sys.exit(train(__doc__ or "", validate=validate, make=make))
