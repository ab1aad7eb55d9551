"""Trains how good a card a draft would head, how far its thought reaches and of what kind it is (two minutes).

    python training/cards/train.py              # writes pipeline/lexicon/card_{grades,extents,kinds}.npz
    python training/cards/train.py --check      # compares only; exit code 1 where it differs
    python training/cards/train.py --validate   # measures only, each source held out in turn

Each line of ``graded/`` is a passage with drafts and their grades (see docs/cards.md); where
two editors graded a draft, both count. ``episodes/`` holds the talks that the passages of
``episodes-*.jsonl`` come from, with the items an editor would take out of them. ``ranges.jsonl``: titles, and the lines
(``first`` to ``last``) that hold the whole thought; the topic named there and whether it is worth keeping are not learned from.
``judged.jsonl``: whole talks (those of ``training/segments/talks/``) with the cards made of them, judged by an editor: grade of the
title, range, kind. His links are learned from by ``training/links/``, his tags by ``training/tags/``; his own titles are not.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import morph
from pipeline.kinds import load_kinds
from pipeline.schema import CARD_KINDS
from pipeline.stages.card import extent, kinding
from pipeline.stages.card.drafts import Draft
from pipeline.stages.card.grading import GRADES, MODEL_FILE, context, features
from pipeline.stages.card.titles import informative_words

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from fit import Example, fit, held_out_scores, read_jsonl, train
from judged import WORTH, judged, kind_of, quote_of

HERE = Path(__file__).resolve().parent
STRENGTH = 0.3


def validate() -> None:
    """How often the best draft of a passage is chosen, and kept drafts come before the others."""
    examples, passages = zip(*_examples(), strict=True)
    sums, wanted = held_out_scores(examples, GRADES, strength=STRENGTH)
    grown = np.exp(sums - sums.max(axis=1, keepdims=True))
    expected = grown @ np.arange(len(GRADES)) / grown.sum(axis=1)
    for least in (2, 3):
        print(
            f"a draft graded {least} or more before one graded less: {_order(wanted >= least, expected):.3f}"
        )
    best = {p: [n for n, q in enumerate(passages) if q == p] for p in dict.fromkeys(passages)}
    chosen = [wanted[rows[int(np.argmax(expected[rows]))]] for rows in best.values()]
    could = [wanted[rows].max() for rows in best.values()]
    sums, kinds = held_out_scores(list(_kinds()), CARD_KINDS, strength=STRENGTH)
    print(f"kinds told as an editor does: {np.mean(sums.argmax(axis=1) == kinds):.3f}")
    steps = list(_steps())
    sums, taken = held_out_scores(steps, extent.LABELS, strength=STRENGTH)
    order = _order(taken == 1, sums[:, 1] - sums[:, 0])
    print(f"an utterance of the thought before one that is not of it: {order:.3f}")
    print(
        f"grade of the draft chosen {np.mean(chosen):.2f}, of the best there is {np.mean(could):.2f}"
    )


def _order(is_good: Any, expected: Any) -> float:
    """The area under the ROC curve."""
    ranks = expected.argsort().argsort() + 1
    good = int(is_good.sum())
    return float((ranks[is_good].sum() - good * (good + 1) / 2) / (good * (len(ranks) - good)))


def make() -> dict[Path, bytes]:
    examples = [example for example, _ in _examples()]
    print(f"{len(examples)} graded drafts")
    return {
        MODEL_FILE: fit(examples, GRADES, strength=STRENGTH).to_bytes(),
        extent.MODEL_FILE: fit(list(_steps()), extent.LABELS, strength=STRENGTH).to_bytes(),
        kinding.MODEL_FILE: fit(list(_kinds()), CARD_KINDS, strength=STRENGTH).to_bytes(),
    }


def _steps() -> Iterator[Example]:
    """Each utterance beside a thought: whether the editor took it in; the first that was not ends it."""
    for row in read_jsonl(HERE / "ranges.jsonl"):
        lines = {n: {"speaker": None, "text": text} for n, text in row["lines"]}
        yield from _steps_of(
            lines, row["core"], row["title"], row["first"], row["last"], row["id"][0]
        )
    for talk in judged():
        said = {
            n: {"speaker": who, "text": text} for n, (who, text) in enumerate(talk["utterances"])
        }
        unnamed = {n: row | {"speaker": None} for n, row in said.items()}
        for card in talk["cards"]:
            # A transcript may name its speakers or not.
            for lines in (said, unnamed) if card["grade"] else ():
                yield from _steps_of(
                    lines, card["at"], card["draft"]["text"], card["first"], card["last"], talk["talk"][0]
                )  # fmt: skip


def _steps_of(
    said: dict[int, dict[str, Any]], core: int, title: str, first: int, last: int, author: str
) -> Iterator[Example]:
    words = informative_words(morph.tokens(title))
    for way, end in ((-1, first), (1, last)):
        for step in range(1, extent.MOST_STEPS + 1):
            near = core + way * step
            if near not in said:
                break
            is_in = (near - end) * way <= 0
            seen = extent.features(
                said[near]["text"], said[near - way]["text"], words, way * step,
                extent.voice(said[near], said[core]),
            )  # fmt: skip
            yield Example(seen, "go" if is_in else "stop", author)
            if not is_in:
                break


def _kinds() -> Iterator[Example]:
    """Titles worth a card, with their thoughts."""
    rules = load_kinds()
    for row in read_jsonl(HERE / "ranges.jsonl"):
        if row["ok"]:
            lines = dict(row["lines"])
            quote = [lines[n] for n in range(row["first"], row["last"] + 1)]
            seen = kinding.features(row["title"], quote, row["core"] - row["first"], rules)
            yield Example(seen, kind_of(row), row["id"][0])
    for talk in judged():
        for card in talk["cards"]:
            if card["grade"] >= WORTH:
                title, at = card["draft"]["text"], card["at"] - card["first"]
                seen = kinding.features(title, quote_of(talk, card), at, rules)
                yield Example(seen, kind_of(card), talk["talk"][0])


def _examples() -> Iterator[tuple[Example, str]]:
    """Each graded draft with the passage it belongs to."""
    for talk in judged():
        for first, last in talk["passages"]:
            around = context([text for _, text in talk["utterances"][first : last + 1]])
            for card in (c for c in talk["cards"] if first <= c["at"] <= last):
                seen = features(_draft(card["draft"]), around)
                yield Example(seen, str(card["grade"]), talk["talk"][0]), f"{talk['talk']}.{first}"
    for path in sorted((HERE / "graded").glob("*.jsonl")):
        for row in read_jsonl(path):
            around = context(row["passage"])
            for seen in row["drafts"]:
                shown = features(_draft(seen), around)
                for grade in seen["grades"]:
                    author = row["id"][0] if path.stem == "talks" else path.stem
                    yield Example(shown, str(grade), author), row["id"]


def _draft(row: dict[str, Any]) -> Draft:
    return Draft(
        row["text"], row["text"], row["first"], row["last"], row["tie"], row["before"], row["after"]
    )


if __name__ == "__main__":
    sys.exit(train(__doc__ or "", validate=validate, make=make))
