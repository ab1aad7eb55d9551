"""Of what kind a claim is: learned from cards that editors judged, the rules' verdict (``kind``) among what it sees.

Fitted by ``training/cards/train.py``.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Sequence
from pathlib import Path

from pipeline import morph, vectors
from pipeline.kinds import KindRules
from pipeline.linear import Features, LinearModel, load_linear, make_features
from pipeline.schema import CARD_KINDS
from pipeline.stages.card.grading import edge_rows, inside
from pipeline.stages.card.kind import kind_of
from pipeline.stages.card.titles import cues_of
from pipeline.stages.card.voices import ends_asking

MODEL_FILE = Path(__file__).parents[2] / "lexicon" / "card_kinds.npz"
# How much rows of words at the edges of the utterance, and the words of the quote, weigh before it is learned.
_EDGE, _QUOTED = 0.4, 0.3
# What being asked shows is a sign, if it is anything like one.
_SIGN_FROM = 0.15
_PAST = re.compile(
    r"(?:ました|たんです|だった|でした|ていた|てた|った)(?:ん)?(?:です)?(?:よ|ね|けど|が|ので)*[。、]?$"
)
_TELLING = frozenset(["名詞", "動詞", "形容詞", "形状詞", "副詞", "接続詞", "助動詞", "助詞"])


def learned_kind(
    title: str, quote: Sequence[str], at: int, tags: Collection[str], kinds: KindRules
) -> str:
    """The likeliest kind of a claim.

    Args:
        title: the claim, plain written Japanese.
        quote: the utterances of the thought it stands in.
        at: which of them it comes from.
        tags: what its words are about.
        kinds: cue words of each kind.

    Raises:
        ModelError: the model is missing or damaged.
    """
    found = _model().probabilities(features(title, quote, at, kinds))
    shares = dict(zip(CARD_KINDS, found.tolist(), strict=True))
    if any(t.startswith("signal.") for t in tags) and shares["signal"] >= _SIGN_FROM:
        return "signal"
    return max(CARD_KINDS, key=shares.__getitem__)


def features(title: str, quote: Sequence[str], at: int, kinds: KindRules) -> Features:
    """What the model sees of a claim."""
    words = morph.tokens(title)
    past = sum(bool(_PAST.search(text)) for text in quote)
    named = inside(words) | cues_of(title) | {f"rule:{kind_of(title, kinds)}": 1.0}
    named |= {f"a{row}": _EDGE for row in edge_rows(quote[at], "。？")}
    named |= {
        "past": past / len(quote), "any past": float(past > 0), "much past": min(4, past) / 2,
        "asked": float(any(map(ends_asking, quote[:at]))),
        "utterances": min(10, len(quote)) / 5, "before": min(5, at) / 3,
    }  # fmt: skip
    for text in quote:
        for word in morph.tokens(text):
            if word.pos[0] in _TELLING:
                named[f"q:{word.norm}"] = _QUOTED
    return make_features(named, [], vectors.mean(words))


@functools.lru_cache(maxsize=1)
def _model() -> LinearModel:
    return load_linear(MODEL_FILE, labels=CARD_KINDS)
