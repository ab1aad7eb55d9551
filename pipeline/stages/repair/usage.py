"""How a term is used, and how the words of like sound are: learned from the words right around them.

A logistic regression a term, fitted by ``training/repairs/train.py`` on sentences in which the term or one of its
rivals stands. A term that it was not fitted for gets no points.
"""

from __future__ import annotations

import functools
from pathlib import Path

from pipeline import morph, vectors
from pipeline.linear import Features, LinearModel, load_linear, make_features
from pipeline.stages.repair.judgement import Judgement
from pipeline.stages.repair.meaning import in_sentence

MODEL_FILE = Path(__file__).parents[2] / "lexicon" / "repair_usage.npz"
LABELS = ("term",)
_OPEN = frozenset(["名詞", "動詞", "形容詞", "形状詞", "副詞"])
_BESIDE, _CHARS = 3, 3
# From so many words that say something on the odds count in full.
_TELLING = 4
# How much a kind of feature weighs before it is learned.
_WORD, _VECTOR = 0.7, 2.0
# Points for the log odds, and up to which odds; a candidate that lies lower is out of reach.
_PER_ODDS, _MOST_ODDS, _WORTH_ASKING = 2.0, 3.0, -8.0
_OTHER_TALK = frozenset(["against", "other talk around"])
# What stands there was not misheard, whatever the words around say.
_VETOES = frozenset(["tears a word", "the kanji go on", "a person", "a name"])


def used(made: Judgement, text: str) -> None:
    """Count for a candidate whether the words right around it are used with the term or with words of its sound."""
    if made.points < _WORTH_ASKING:
        return
    c = made.candidate
    odds = log_odds(made.term.term, text, c.start, c.end)
    # What is no word is no rival that was heard right; in other talk a word is used as it always is.
    least = -_MOST_ODDS if made.is_word else 0.0
    elsewhere = made.is_word and not _OTHER_TALK.isdisjoint(made.signs)
    most = 0.0 if elsewhere or not _VETOES.isdisjoint(made.signs) else _MOST_ODDS
    points = _PER_ODDS * max(least, min(most, odds))
    if points > 0:
        # The vectors looked at the same words: what speaks for the term is counted once.
        points = max(0.0, points - max(0.0, made.signs.get("meaning", 0.0)))
    made.add("used so", round(points, 2))


def log_odds(term: str, text: str, start: int, end: int) -> float:
    """How much likelier the term stands in a place than one of its rivals.

    Args:
        term: as the glossary writes it.
        text: a line.
        start: of the place in it, in code points.
        end: behind it.

    Returns:
        Natural log odds, less where hardly a word around says anything (それって…なんですか); nought for a term
        that nothing was learned of.

    Raises:
        ModelError: the model is missing or damaged.
    """
    left, right = in_sentence(text[:start], text[end:])
    told = len(vectors.topic_rows((*morph.tokens(left), *morph.tokens(right))))
    return float(_model().scores(_seen(term, left, right))[0]) * min(1.0, told / _TELLING)


def features(term: str, text: str, start: int, end: int) -> Features:
    """What the model sees of a place: words and characters beside it, the sentence's words and their direction."""
    return _seen(term, *in_sentence(text[:start], text[end:]))


def _seen(term: str, left: str, right: str) -> Features:
    import numpy as np

    before, behind = morph.tokens(left), morph.tokens(right)
    near = [w.surface for w in before if w.pos[0] != "空白"][-_BESIDE:]
    next_ = [w.surface for w in behind if w.pos[0] != "空白"][:_BESIDE]
    names = {
        f"l1 {near[-1] if near else '<'}", f"l2 {' '.join(near[-2:])}",
        *(f"r{n} {' '.join(next_[:n]) or '>'}" for n in range(1, _BESIDE + 1)),
        f"lr {near[-1] if near else '<'}|{next_[0] if next_ else '>'}",
        *(f"lp {w.pos[0]}{w.pos[1]}" for w in before[-1:]),
        *(f"rp {w.pos[0]}{w.pos[1]}" for w in behind[:1]), *(f"rn {w.norm}" for w in behind[:1]),
        *(f"rc {right[:n]}" for n in range(1, _CHARS + 1) if len(right) >= n),
        *(f"lc {left[-n:]}" for n in range(1, _CHARS + 1) if len(left) >= n),
        "any",
    }  # fmt: skip
    named = dict.fromkeys(sorted(names), 1.0)
    words = (*before, *behind)
    named |= {f"w {w.norm}": _WORD for w in words if w.pos[0] in _OPEN}
    named |= {f"v{n}": x * _VECTOR for n, x in enumerate(vectors.mean(words).tolist())}
    return make_features({f"{term}:{name}": x for name, x in named.items()}, [], np.zeros(0))


@functools.lru_cache(maxsize=1)
def _model() -> LinearModel:
    return load_linear(MODEL_FILE, labels=LABELS)
