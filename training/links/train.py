"""Trains which cards of a talk an editor would link, from pairs labelled with the reason (seconds).

    python training/links/train.py              # writes pipeline/lexicon/card_links.npz
    python training/links/train.py --check      # compares only; exit code 1 where it differs
    python training/links/train.py --validate   # measures only, each author of talks held out in turn

Each line of ``pairs.jsonl`` holds the cards of an episode of ``../cards/episodes`` in their order and pairs of them.
Which of the reasons it is could not be learned from so few (a third right), so rules say that.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from pipeline.stages.link.said import read_cards
from pipeline.stages.link.weighing import LABELS, MODEL_FILE, features

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from fit import Example, fit, held_out_scores, read_jsonl, temperature, train

HERE = Path(__file__).resolve().parent
STRENGTH = 0.3


def validate() -> None:
    examples = _examples()
    sums, wanted = held_out_scores(examples, LABELS, strength=STRENGTH)
    order = np.argsort(-(sums[:, 1] - sums[:, 0]), kind="stable")
    for share in (0.1, 0.15, 0.2, 0.25, 0.3):
        chosen = order[: int(len(order) * share)]
        right = int(wanted[chosen].sum())
        print(
            f"{share:.0%} of the pairs linked: {right / len(chosen):.2f} rightly, of all links {right / wanted.sum():.2f}"
        )


def make() -> dict[Path, bytes]:
    examples = _examples()
    warmth = temperature(*held_out_scores(examples, LABELS, strength=STRENGTH))
    print(f"{len(examples)} pairs; temperature {warmth}")
    return {
        MODEL_FILE: replace(fit(examples, LABELS, strength=STRENGTH), temperature=warmth).to_bytes()
    }


def _examples() -> list[Example]:
    found = []
    for episode in read_jsonl(HERE / "pairs.jsonl"):
        said = read_cards(episode["cards"])
        for pair in episode["pairs"]:
            label = "none" if pair["label"] == "none" else "linked"
            seen = features(said[pair["a"]], said[pair["b"]])
            found.append(Example(seen, label, episode["episode"][0]))
    return found


if __name__ == "__main__":
    sys.exit(train(__doc__ or "", validate=validate, make=make))
