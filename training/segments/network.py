"""Trains the small neural network over word borders (numpy; Adam: Kingma and Ba 2015)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from pipeline.stages.segment.network import DISTANCES, FIRST_ROW, UNKNOWN, WINDOW, Network, beside
from pipeline.stages.segment.words import REACH, Seen

_ENTRIES, _UNITS, _HIDDEN = 48, 64, 64
_EPOCHS, _BATCH_ROWS = 7, 4000
_RATE, _DECAY = 3e-3, 5e-3
# Shares left out at random: of words and forms, entries, units, what the last layers see, their units.
_HIDE_WORDS, _HIDE_FORMS = 0.3, 0.09
_HIDE_ENTRIES, _HIDE_UNITS, _HIDE_BOTH, _HIDE_HIDDEN = 0.1, 0.15, 0.2, 0.4
_MIN_COUNT = 5
# Of the texts, the share whose sentences stand in another order each round, and how far one may move
_REORDERED, _FAR = 0.5, 2.5


@dataclass(frozen=True)
class Examples:
    """What is seen at every row; whether a sentence ends behind it, how much that counts, the length
    class so far; and the first row of each text (with the edge before it), ascending, and the end."""

    seen: Seen
    is_end: Any
    weight: Any
    length: Any
    starts: Any


def fit_network(examples: Examples, *, seed: int = 0) -> tuple[Network, float]:
    """A network and its bias."""
    rng = np.random.default_rng(seed)
    keys = _vocabulary(examples.seen)
    numbers = _empty(keys).numbers(examples.seen)
    p = _start(len(keys), rng)
    adam = _Adam(p, steps=_EPOCHS * len(examples.is_end) // _BATCH_ROWS)
    for _ in range(_EPOCHS):
        for at in _batches(examples, rng):
            some = numbers[at].copy()
            words = some[:, 1:4]
            hide = rng.random(words.shape) < np.array([_HIDE_FORMS, _HIDE_WORDS, _HIDE_WORDS])
            words[hide & (words > UNKNOWN)] = UNKNOWN
            adam.step(_gradients(p, some, at, examples, rng))
    network = Network(keys, **{name: values for name, values in p.items() if name != "bias"})
    return network, float(p["bias"][0])


def _start(keys: int, rng: Any) -> dict[str, Any]:
    def spread(*shape: int, by: float) -> Any:
        return rng.normal(0, by, shape)

    inputs = len(WINDOW) * _ENTRIES
    both = 2 * (_UNITS + _ENTRIES)
    p = {
        "rows": spread(keys + FIRST_ROW, _ENTRIES, by=0.1),
        "around": spread(4, _ENTRIES, by=0.1),
        "first": spread(inputs, _UNITS, by=(2 / inputs) ** 0.5),
        "first_bias": np.zeros(_UNITS),
        "wider": spread(len(DISTANCES), 3 * _UNITS, _UNITS, by=(3 * _UNITS) ** -0.5),
        "wider_bias": np.zeros((len(DISTANCES), _UNITS)),
        "hidden": spread(both, _HIDDEN, by=(2 / both) ** 0.5),
        "hidden_bias": np.zeros(_HIDDEN),
        "out": spread(_HIDDEN, by=0.2),
        "bias": np.full(1, -2.0),
    }
    p = {name: values.astype(np.float32) for name, values in p.items()}
    p["rows"][0] = 0
    return p


def _vocabulary(seen: Seen) -> Any:
    columns = [c[seen.solid].astype(np.uint32) for c in (seen.forms, seen.words, seen.norms)]
    keys, counts = np.unique(np.concatenate(columns), return_counts=True)
    return keys[counts >= _MIN_COUNT]


def _empty(keys: Any) -> Network:
    return Network(keys, *[np.zeros(0, dtype=np.float32)] * 9)


def _batches(examples: Examples, rng: Any) -> Iterator[Any]:
    """Row numbers of some texts behind each other, each text once, some in another order."""
    found: list[Any] = []
    size = 0
    for text in rng.permutation(len(examples.starts) - 1):
        rows = np.arange(examples.starts[text], examples.starts[text + 1])
        found.append(_reordered(rows, examples, rng) if rng.random() < _REORDERED else rows)
        size += len(found[-1])
        if size >= _BATCH_ROWS:
            yield np.concatenate(found)
            found, size = [], 0
    if found:
        yield np.concatenate(found)


def _reordered(rows: Any, examples: Examples, rng: Any) -> Any:
    """The rows of a text with its sentences in another order, so that other words meet at their ends."""
    words = rows[REACH:]
    sentences = np.split(words, np.flatnonzero(examples.is_end[words]) + 1)
    order = np.argsort(np.arange(len(sentences)) + _FAR * rng.random(len(sentences)))
    return np.concatenate([rows[:REACH], *[sentences[n] for n in order]])


@dataclass(frozen=True)
class _Seen:
    """What a batch came to on its way through the network, and which of it was left in."""

    picked: Any
    left_entries: Any
    # Of every layer what it saw, which units answered, and what was left of those below
    layers: list[tuple[Any, Any, Any]]
    both: Any
    left_both: Any
    hidden: Any
    left_hidden: Any
    odds: Any


def _gradients(p: dict[str, Any], numbers: Any, at: Any, ex: Examples, rng: Any) -> dict[str, Any]:
    """Of the mean log loss of some rows."""
    around, solid = ex.seen.around[at], ex.seen.solid[at]
    seen = _forward(p, numbers, around, solid[:, None].astype(np.float32), rng)
    share = 1 / (1 + np.exp(-np.clip(seen.odds, -30, 30)))
    weight = ex.weight[at] * np.append(solid[1:], False)  # nothing follows the last word
    error = ((share - ex.is_end[at]) * weight / (weight.sum() + 1e-6)).astype(np.float32)
    return _back(p, seen, around, error)


def _forward(p: dict[str, Any], numbers: Any, around: Any, solid: Any, rng: Any) -> _Seen:
    """As :meth:`Network.log_odds`, with shares left out."""

    def shown(values: Any, hidden: float) -> Any:
        """Which of some values are left, larger by as much as others are left out."""
        kept = rng.random(values.shape, dtype=np.float32) > hidden
        return kept.astype(np.float32) / np.float32(1 - hidden)

    size, columns = numbers.shape
    picked = csr_matrix(
        (
            np.ones(size * columns, dtype=np.float32), numbers.ravel(),
            np.arange(0, size * columns + 1, columns),
        ),
        shape=(size, len(p["rows"])),
    )  # fmt: skip
    entries = picked @ p["rows"] + around @ p["around"]
    left_entries = shown(entries, _HIDE_ENTRIES) * solid
    entries *= left_entries
    seen = beside(entries, WINDOW)
    units = np.maximum(seen @ p["first"] + p["first_bias"], 0) * solid
    layers = [(seen, units > 0, None)]
    for far, weights, bias in zip(DISTANCES, p["wider"], p["wider_bias"], strict=True):
        left = shown(units, _HIDE_UNITS)
        units = units * left
        seen = beside(units, (-far, 0, far))
        added = np.maximum(seen @ weights + bias, 0) * solid
        units = units + added
        layers.append((seen, added > 0, left))
    both = np.concatenate([units, entries], axis=1)
    both = np.concatenate([both, _shifted(both, 1)], axis=1)
    left_both = shown(both, _HIDE_BOTH)
    both *= left_both
    hidden = np.maximum(both @ p["hidden"] + p["hidden_bias"], 0)
    left_hidden = shown(hidden, _HIDE_HIDDEN) * (hidden > 0)
    hidden *= left_hidden
    odds = hidden @ p["out"] + p["bias"]
    return _Seen(picked, left_entries, layers, both, left_both, hidden, left_hidden, odds)


def _back(p: dict[str, Any], seen: _Seen, around: Any, error: Any) -> dict[str, Any]:
    """The gradients, given that of the log odds."""
    found: dict[str, Any] = {"out": seen.hidden.T @ error, "bias": error.sum(keepdims=True)}
    back = error[:, None] * p["out"] * seen.left_hidden
    found |= {"hidden": seen.both.T @ back, "hidden_bias": back.sum(axis=0)}
    into = (back @ p["hidden"].T) * seen.left_both
    half = into.shape[1] // 2
    into = into[:, :half] + _shifted(into[:, half:], -1)
    to_units, to_entries = into[:, :_UNITS], into[:, _UNITS:]
    found |= {"wider": np.empty_like(p["wider"]), "wider_bias": np.empty_like(p["wider_bias"])}
    for layer in reversed(range(len(DISTANCES))):
        below, active, left = seen.layers[layer + 1]
        back = to_units * active
        found["wider"][layer] = below.T @ back
        found["wider_bias"][layer] = back.sum(axis=0)
        far = DISTANCES[layer]
        to_units = to_units + _gathered(back @ p["wider"][layer].T, (-far, 0, far))
        to_units *= left
    below, active, _ = seen.layers[0]
    back = to_units * active
    found |= {"first": below.T @ back, "first_bias": back.sum(axis=0)}
    to_entries = (to_entries + _gathered(back @ p["first"].T, WINDOW)) * seen.left_entries
    found |= {"rows": seen.picked.T @ to_entries, "around": around.T @ to_entries}
    found["rows"][0] = 0  # "nothing" adds nothing
    return found


def _shifted(values: Any, by: int) -> Any:
    """What stands so many rows further down."""
    found = np.zeros_like(values)
    if by > 0:
        found[:-by] = values[by:]
    else:
        found[-by:] = values[:by]
    return found


def _gathered(beside_it: Any, places: tuple[int, ...]) -> Any:
    """The other way round from ``beside``: what every row gave its neighbours, together."""
    parts = np.split(beside_it, len(places), axis=1)
    return sum(
        part if place == 0 else _shifted(part, -place)
        for place, part in zip(places, parts, strict=True)
    )


class _Adam:
    """Adam with decoupled weight decay, clipped gradients, a short warm-up and a rate that falls to nothing."""

    def __init__(self, p: dict[str, Any], *, steps: int) -> None:
        self._p, self._steps, self._step = p, max(1, steps), 0
        self._mean = {name: np.zeros_like(values) for name, values in p.items()}
        self._square = {name: np.zeros_like(values) for name, values in p.items()}

    def step(self, gradients: dict[str, Any]) -> None:
        """Move the parameters, in place."""
        self._step += 1
        rate = _RATE * min(1, self._step / 100) * max(0.02, 1 - self._step / self._steps)
        size = sum(float(np.square(g).sum()) for g in gradients.values()) ** 0.5
        clipped = np.float32(min(1, 1 / (size + 1e-6)))
        for name, raw in gradients.items():
            gradient = raw * clipped
            mean, square = self._mean[name], self._square[name]
            mean += 0.1 * (gradient - mean)
            square += 0.01 * (gradient * gradient - square)
            change = mean / (1 - 0.9**self._step)
            change /= np.sqrt(square / (1 - 0.99**self._step)) + 1e-8
            if self._p[name].ndim > 1:
                change += _DECAY * self._p[name]
            self._p[name] -= np.float32(rate) * change
