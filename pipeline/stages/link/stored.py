"""A card as read, in and out of text: the index keeps it, so that no card is read twice."""

from __future__ import annotations

import json
from typing import Any

from pipeline import claims
from pipeline.stages.link.said import Said


def to_text(card: Said) -> str:
    """A card before its topic is weighed, as JSON."""
    claim = card.claim
    said: dict[str, Any] = {
        "words": [
            (w.concept, w.form, w.row, w.weight, w.case, w.in_condition, w.is_noun)
            for w in claim.words
        ],
        "denied": sorted(claim.denied), "is_guess": claim.is_guess, "numbers": sorted(claim.numbers),
        "sides": [(*side, n) for side, n in sorted(claim.sides.items())],
        "agents": sorted(claim.agents), "has_condition": claim.has_condition,
        "topic": card.topic, "forms": card.forms, "kind": card.kind, "tags": sorted(card.tags),
        "place": (card.episode_id, card.passage, card.position),
        "is": (card.is_limit, card.is_told, card.needs),
        "begins": (card.lead, card.opening), "ending": card.ending,
    }  # fmt: skip
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def from_text(text: str) -> Said:
    """What :func:`to_text` wrote.

    Raises:
        ModelError: the word vectors are missing.
    """
    said = json.loads(text)
    words = tuple(claims.Word(*word) for word in said["words"])
    claim = claims.make_assertion(
        words,
        denied=frozenset(said["denied"]),
        is_guess=said["is_guess"],
        numbers=frozenset(said["numbers"]),
        sides={(axis, side): n for axis, side, n in said["sides"]},
        agents=frozenset(said["agents"]),
        has_condition=said["has_condition"],
    )
    episode_id, passage, position = said["place"]
    is_limit, is_told, needs = said["is"]
    lead, opening = said["begins"]
    return Said(
        claim=claim, topic=said["topic"], forms=said["forms"], length=0.0, vector=None,
        named=frozenset(w.concept for w in words), kind=said["kind"], tags=frozenset(said["tags"]),
        episode_id=episode_id, passage=passage, position=position, is_limit=is_limit,
        is_told=is_told, needs=needs, lead=lead, opening=opening, ending=said["ending"],
    )  # fmt: skip
