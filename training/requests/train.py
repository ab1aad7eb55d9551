"""Trains the request model from the labelled sentences beside this file (about a minute).

    python training/requests/train.py            # writes pipeline/lexicon/ja_bansou/requests/model.npz
    python training/requests/train.py --check    # compares only; exit code 1 where it differs

``test.jsonl`` is by another author and is never read here.
"""

from __future__ import annotations

import argparse
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
    write_or_compare,
)

STRENGTH = 0.1
# In transcripts and chats most units ask for nothing; in the training sentences two of five do.
EXPECTED = {"opinion": 0.13, "answer": 0.15, "action": 0.14, "none": 0.58}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--validate", action="store_true", help="score with each author held out")
    args = parser.parse_args()
    labels = schema.REQUESTS
    examples = _examples()
    sums, wanted = held_out_scores(examples, labels, strength=STRENGTH)
    warmth = temperature(sums, wanted)
    print(f"{len(examples)} sentences; temperature {warmth}")
    if args.validate:
        for author in sorted({e.author for e in examples}):
            mine = [n for n, e in enumerate(examples) if e.author == author]
            score = macro_f1(wanted[mine], sums[mine].argmax(axis=1), len(labels))
            print(f"  {author} held out: macro-F1 {score:.3f} on {len(mine)}")
    model = replace(fit(examples, labels, strength=STRENGTH), temperature=warmth)
    seen = [sum(e.label == label for e in examples) / len(examples) for label in labels]
    model = for_prevalence(model, seen, [EXPECTED[label] for label in labels])
    same = write_or_compare(MODEL_FILE, model.to_bytes(), is_check=args.check, say=print)
    return 0 if same else 1


def _examples() -> list[Example]:
    rules = load()
    paths = [p for p in sorted(Path(__file__).parent.glob("*.jsonl")) if p.stem != "test"]
    return [
        Example(features(read(row["text"], rules)), row["request"], row["author"])
        for path in paths
        for row in read_jsonl(path)
    ]


if __name__ == "__main__":
    sys.exit(main())
