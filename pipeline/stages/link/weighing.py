"""Whether a reader could say how two cards of a talk are related: learned from pairs that editors labelled."""

from __future__ import annotations

import functools
from pathlib import Path

from pipeline import claims
from pipeline.linear import Features, LinearModel, load_linear, make_features
from pipeline.stages.link.said import Said, closeness, named_by_both, shared_matter

MODEL_FILE = Path(__file__).parents[2] / "lexicon" / "card_links.npz"
LABELS = ("none", "linked")
_FAR = 5


def features(a: Said, b: Said) -> Features:
    """What the model sees of two cards, ``a`` before ``b``."""
    import numpy as np

    found = claims.compare(a.claim, b.claim)
    same_episode = a.episode_id == b.episode_id
    gap = min(_FAR, b.position - a.position) if same_episode else _FAR + 1
    steps = min(3, abs(b.passage - a.passage)) if same_episode else 4
    close, matter, named = closeness(a, b), shared_matter(a, b), named_by_both(a, b)
    tags = len(a.tags & b.tags)
    values: dict[str, float] = {
        f"gap:{gap}": 1.0, f"steps:{steps}": 1.0, f"kinds:{a.kind}>{b.kind}": 1.0,
        f"first:{a.kind}": 1.0, f"second:{b.kind}": 1.0, f"told:{a.is_told:d}{b.is_told:d}": 1.0,
        f"lead:{b.lead}": 1.0, f"lead:{b.lead}:{gap}": 1.0, f"begins:{b.opening}": 1.0, f"begins:{b.opening}:{gap}": 1.0,
        f"limits:{a.is_limit:d}{b.is_limit:d}": 1.0, f"needs:{a.needs:d}{b.needs:d}": 1.0,
        "close": close * 3, "close here": close * 3 * (gap <= 2), "matter": min(2.0, matter), "named": min(2.0, named),
        "like": found.likeness * 2, "common": min(2.0, found.common), "tags": min(2, tags) / 2, "tagless": float(not (a.tags or b.tags)),
        f"ends:{a.ending}": 0.7, f"ends:>{b.ending}": 0.7, f"ends:{a.ending}>{b.ending}": 0.5,
    }  # fmt: skip
    for conflict in found.conflicts:
        values[f"conflict:{conflict}"] = 1.0
        values[f"conflict:{conflict}:close"] = found.likeness
    stages = claims.apart(a.claim, b.claim) & claims.lexicon().stages
    values["stages"] = float(bool(stages))
    return make_features(values, [], np.zeros(1))


@functools.lru_cache(maxsize=1)
def _model() -> LinearModel:
    return load_linear(MODEL_FILE, labels=LABELS)


def is_linked(a: Said, b: Said) -> float:
    """How likely an editor would link two cards of one episode (0 to 1), ``a`` before ``b``."""
    return float(_model().probabilities(features(a, b))[1])
