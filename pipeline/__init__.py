"""Bansou: a Japanese customer-success podcast becomes knowledge cards a team can use.

``import pipeline as bs`` gives notebooks a small API, read-only and loaded when first used:
``bs.cards()``, ``bs.utterances()``, ``bs.search("…")`` and the like (docs/notebooks.md).
"""

from __future__ import annotations

import importlib
import sys
import types
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.query import (
        Clip,
        card_links,
        card_sources,
        cards,
        episodes,
        error_rates,
        guess_speakers,
        names,
        passages,
        play,
        relations,
        repairs,
        request_shares,
        search,
        segments,
        tag_changes,
        tag_pairs,
        tag_shares,
        tags,
        trust_evidence,
        trust_over_time,
        trust_points,
        trust_verdicts,
        use,
        utterances,
        words,
    )

__version__ = "0.1.0"
__all__ = [
    "Clip",
    "__version__",
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


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("pipeline.query"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(types.ModuleType):
    """Keeps ``bs.search`` the function.

    Whoever first imports the package ``pipeline.search`` has the import system write it here under
    that name; ``from pipeline.search import …`` does not look here and goes on working.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in __all__ and isinstance(value, types.ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
