"""The talks of ``cards/judged.jsonl``, judged whole by an editor: what the cards, links and tags learn from.

A row holds ``utterances`` (speaker, text), ``passages`` (first and last utterance), ``cards`` (the draft of the title, its
utterance ``at``, grade, range, kind, tags and a better title), ``links`` between them, and what no card tells (``missed``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fit import read_jsonl

# A card of this grade tells of something worth a card.
WORTH = 2


def judged() -> Iterator[dict[str, Any]]:
    """The talks, in order."""
    yield from read_jsonl(Path(__file__).resolve().parent / "cards" / "judged.jsonl")


def quote_of(talk: Mapping[str, Any], one: Mapping[str, Any]) -> list[str]:
    """The utterances of the thought that a card, or what no card tells, stands in."""
    return [text for _, text in talk["utterances"][one["first"] : one["last"] + 1]]


def kind_of(one: Mapping[str, Any]) -> str:
    """The kind an editor gave; a plain claim counts as a principle, as in the tables."""
    return "principle" if one["kind"] == "claim" else str(one["kind"])
