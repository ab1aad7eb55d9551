"""What notebooks ask for: finished tables as typed pandas frames, search, and the sound of a card.

Everything here only reads. ``import pipeline as bs`` re-exports it; docs/notebooks.md shows it in use.
"""

from pipeline.query.find import search
from pipeline.query.guesses import guess_speakers
from pipeline.query.player import Clip, play
from pipeline.query.references import error_rates
from pipeline.query.session import names, use
from pipeline.query.shares import request_shares, tag_changes, tag_pairs, tag_shares
from pipeline.query.tables import (
    card_links,
    card_sources,
    cards,
    episodes,
    passages,
    relations,
    repairs,
    segments,
    tags,
    trust_points,
    utterances,
    words,
)
from pipeline.query.trusting import trust_evidence, trust_over_time, trust_verdicts

__all__ = [
    "Clip",
    "card_links",
    "card_sources",
    "cards",
    "episodes",
    "error_rates",
    "guess_speakers",
    "names",
    "passages",
    "play",
    "relations",
    "repairs",
    "request_shares",
    "search",
    "segments",
    "tag_changes",
    "tag_pairs",
    "tag_shares",
    "tags",
    "trust_evidence",
    "trust_over_time",
    "trust_points",
    "trust_verdicts",
    "use",
    "utterances",
    "words",
]
