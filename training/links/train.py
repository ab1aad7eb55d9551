"""Trains which cards of a talk an editor would link, from pairs labelled with the reason (seconds).

    python training/links/train.py              # writes pipeline/lexicon/card_links.npz
    python training/links/train.py --check      # compares only; exit code 1 where it differs
    python training/links/train.py --validate   # measures only, each author of talks held out in turn

Each line of ``pairs.jsonl`` holds the cards of an episode of ``../cards/episodes`` in their order and pairs of them;
``../cards/judged.jsonl`` the cards of other talks and all links an editor gave them: what stands near and is not
linked counts as not to be linked. Which of the reasons it is could not be learned (43 of 100 right), so rules say that.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.stages.link.said import read_cards
from pipeline.stages.link.weighing import LABELS, MODEL_FILE, features

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from fit import Example, fit, held_out_scores, read_jsonl, temperature, train
from judged import WORTH, judged, kind_of, quote_of

HERE = Path(__file__).resolve().parent
# An editor was free to link any cards of a talk, but mostly did so within so many.
_NEAR = 4
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


def _judged() -> Iterator[Example]:
    """Each pair of cards of a judged talk that stand near each other, or are linked."""
    for talk in judged():
        worth = [n for n, card in enumerate(talk["cards"]) if card["grade"] >= WORTH]
        number = {n: place for place, n in enumerate(worth)}
        linked = {
            tuple(sorted((number[x["a"]], number[x["b"]])))
            for x in talk["links"] if x["a"] in number and x["b"] in number
        }  # fmt: skip
        said = read_cards([_row(talk, talk["cards"][n]) for n in worth])
        for a, b in combinations(range(len(worth)), 2):
            if linked and (b - a <= _NEAR or (a, b) in linked):
                label = "linked" if (a, b) in linked else "none"
                yield Example(features(said[a], said[b]), label, talk["talk"][0])


def _row(talk: dict[str, Any], card: dict[str, Any]) -> dict[str, Any]:
    passage = next(
        n for n, (first, last) in enumerate(talk["passages"]) if first <= card["at"] <= last
    )
    title = card["draft"]["text"]
    return {
        "episode_id": talk["talk"], "passage_id": f"{talk['talk']}#p{passage:05d}",
        "kind": kind_of(card), "title": title, "body": f"{title}。",
        "quote": "\n".join(quote_of(talk, card)), "tags": card["tags"],
    }  # fmt: skip


def _examples() -> list[Example]:
    found = list(_judged())
    for episode in read_jsonl(HERE / "pairs.jsonl"):
        said = read_cards(episode["cards"])
        for pair in episode["pairs"]:
            label = "none" if pair["label"] == "none" else "linked"
            seen = features(said[pair["a"]], said[pair["b"]])
            found.append(Example(seen, label, episode["episode"][0]))
    return found


if __name__ == "__main__":
    sys.exit(train(__doc__ or "", validate=validate, make=make))
