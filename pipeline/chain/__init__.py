"""The way back from a card: passage, utterances, segments as recognised, and the second of audio.

:func:`trace` follows one card; :func:`history` says what became of an id.
"""

from pipeline.chain.ledger import history
from pipeline.chain.records import (
    Chain,
    Event,
    History,
    Place,
    Repaired,
    SegmentShown,
    UnknownCardError,
)
from pipeline.chain.trace import trace

__all__ = [
    "Chain",
    "Event",
    "History",
    "Place",
    "Repaired",
    "SegmentShown",
    "UnknownCardError",
    "history",
    "trace",
]
