"""How far the thought of a title reaches: the utterances before and behind that its quote takes in.

Learned from ranges that editors drew around titles (``training/cards/``): utterance by utterance, upwards
and downwards, until the model says stop.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import morph
from pipeline.linear import Features, LinearModel, load_linear, make_features
from pipeline.stages.card.grading import edge_rows
from pipeline.stages.card.spoken import without_fillers
from pipeline.stages.card.titles import informative_words, is_about_talk
from pipeline.stages.card.voices import BACKCHANNEL_CHARS, asks, ends_asking

MODEL_FILE = Path(__file__).parents[2] / "lexicon" / "card_extents.npz"
LABELS = ("stop", "go")
MOST_STEPS = 7
_MOST_CHARS = 300
# Every step must be right for the next to be asked, so a range ends too soon where each is taken at even
# odds: this much is added to the log odds of going on.
_GOING_ON = 1.0
# How much a row of words at an edge weighs before it is learned.
_ROW = 0.4
_LEAD = re.compile(
    r"^(?:(?:で、)?(?:だから|なので|ですから|ですので|そのため|つまり|要するに|なぜなら|というの[はも]|例えば|たとえば|でも|ただ|けど|しかし|逆に|一方|すると"
    r"|そう|それ|その|そこ|これ|この|あの|うん|はい|え[、ー]|あ[、ー]|なるほど|で、))"
)
_END = re.compile(
    r"(か|けど|ので|から|ね|よ|て|です|ます|ました|んですよ|んです|じゃないですか|って|みたいな|よね|な)[。？、]*$"
)
_THEME = re.compile(r"[^てで]は|って、")


def extent(said: Sequence[dict[str, Any]], at: int, title: str) -> tuple[int, int]:
    """The first and the last utterance (inclusive) of the thought that a title says.

    Args:
        said: the episode's utterances, rows of the table.
        at: the one the title comes from.
        title: the title.

    Raises:
        ModelError: the model is missing or damaged.
    """
    words = informative_words(morph.tokens(title))
    ends = []
    chars = len(said[at]["text"])
    for way in (-1, 1):
        here = at
        for taken in range(1, MOST_STEPS + 1):
            near = here + way
            # Talk about the programme belongs to no thought, whatever stands around it.
            if not 0 <= near < len(said) or is_about_talk(said[near]["text"]):
                break
            if way > 0 and asks(said[near]):  # what it asks is the next thought
                break
            chars += len(said[near]["text"])
            if chars > _MOST_CHARS:
                break
            seen = features(
                said[near]["text"], said[here]["text"], words, way * taken, voice(said[near], said[at])
            )  # fmt: skip
            stop, go = _model().scores(seen)
            if go + _GOING_ON <= stop:
                break
            here = near
            if way < 0 and asks(said[near]):
                break  # what stands before a question is another thought
        ends.append(_without_edge(said, at, here))
    return ends[0], ends[1]


def _without_edge(said: Sequence[dict[str, Any]], at: int, end: int) -> int:
    """A backchannel at the edge says nothing; what another says there, a question before aside, is his own."""
    way = 1 if end < at else -1
    while end != at and (
        len(said[end]["text"]) <= BACKCHANNEL_CHARS
        or (voice(said[end], said[at]) == "other" and not (end < at and asks(said[end])))
    ):
        end += way
    return end


def voice(near: Mapping[str, Any], core: Mapping[str, Any]) -> str:
    """Whose voice an utterance is beside the one that a title comes from: "own", "other" or "" (unknown)."""
    if near["speaker"] is None or core["speaker"] is None:
        return ""
    return "own" if near["speaker"] == core["speaker"] else "other"


def features(near: str, inner: str, words: set[str], step: int, voice: str) -> Features:
    """What the model sees of an utterance beside the thought so far.

    Args:
        near: the utterance in question.
        inner: the thought's edge that it stands beside.
        words: the title's informative words.
        step: which step it is; negative upwards.
        voice: whose it is (:func:`voice`).
    """
    import numpy as np

    way = "up" if step < 0 else "down"
    own, edge = _look(near), _look(inner)
    named = {
        f"step:{step}": 1.0, "chars": min(3.0, len(near) / 30), "short": float(len(near) <= BACKCHANNEL_CHARS),
        "asks": float(ends_asking(near)), "talk": float(is_about_talk(near)),
        f"near lead:{own.lead}": 1.0, f"inner lead:{edge.lead}": 1.0,
        f"near end:{own.end}": 1.0, f"inner end:{edge.end}": 1.0,
        "of the title": float(min(3, len(own.words & words))),
        "of the edge": float(min(3, len(own.words & edge.words))),
        "informative": min(8, len(own.words)) / 4, "edge short": float(len(inner) <= BACKCHANNEL_CHARS),
        "theme": float(own.has_theme), "edge theme": float(edge.has_theme), f"voice:{voice}": 1.0,
    }  # fmt: skip
    named |= {f"near {row}": _ROW for row in own.rows} | {f"inner {row}": _ROW for row in edge.rows}
    return make_features(
        {f"{way}:{name}": x for name, x in named.items()}, [], np.ones(1) * (step < 0)
    )


@dataclass(frozen=True, slots=True)
class _Look:
    """An utterance: its informative words, how it begins and ends, whether it names a theme.

    ``rows``: its first and its last one, two and three words.
    """

    words: frozenset[str]
    lead: str
    end: str
    has_theme: bool
    rows: tuple[str, ...]


@functools.lru_cache(maxsize=256)  # an utterance stands beside several others
def _look(text: str) -> _Look:
    words = frozenset(informative_words(morph.tokens(text)))
    lead = _found(_LEAD, without_fillers(text) or text)
    rows = tuple(edge_rows(text, "。？、"))
    return _Look(words, lead, _found(_END, text), bool(_THEME.search(text)), rows)


def _found(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[match.re.groups] if match else ""


@functools.lru_cache(maxsize=1)
def _model() -> LinearModel:
    return load_linear(MODEL_FILE, labels=LABELS)
