"""Trains the small neural network over word borders (numpy; Adam: Kingma and Ba 2015)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from pipeline.stages.segment.borders import FIRST_ROW, LENGTHS, UNKNOWN, Network
from pipeline.stages.segment.words import REACH, Seen

_ENTRIES, _UNITS = 32, 64
_EPOCHS, _BATCH_ROWS = 3, 1200
_RATE, _DECAY = 2e-3, 5e-3
_HIDE_UNITS, _HIDE_WORDS, _HIDE_FORMS = 0.4, 0.3, 0.09
_MIN_COUNT = 5
_PLACES = 2 * REACH


@dataclass(frozen=True)
class Examples:
    """What is seen at every row; whether a sentence ends behind it, how much that counts, the length
    class so far; and the first row of each text (with the edge before it), ascending, and the end."""

    seen: Seen
    is_end: Any
    weight: Any
    length: Any
    starts: Any


def fit_network(examples: Examples, *, seed: int = 0) -> tuple[Network, Any, float]:
    """A network, what it adds by length class, and its bias."""
    rng = np.random.default_rng(seed)
    keys = _vocabulary(examples.seen)
    numbers = _empty(keys).numbers(examples.seen)
    p: dict[str, Any] = {
        "rows": rng.normal(0, 0.1, (len(keys) + FIRST_ROW, _ENTRIES)),
        "window": rng.normal(0, (2 / (_PLACES * _ENTRIES)) ** 0.5, (_PLACES * _ENTRIES, _UNITS)),
        "around": np.zeros((4, _UNITS)),
        "hidden": np.zeros(_UNITS),
        "out": rng.normal(0, 0.2, _UNITS),
        "lengths": np.zeros(len(LENGTHS) + 1),
        "bias": np.full(1, -2.0),
    }
    p = {name: values.astype(np.float32) for name, values in p.items()}
    p["rows"][0] = 0
    adam = _Adam(p, steps=_EPOCHS * len(examples.is_end) // _BATCH_ROWS)
    for _ in range(_EPOCHS):
        for at in _batches(examples, rng):
            some = numbers[at].copy()
            hide = rng.random(some.shape) < np.array([0, _HIDE_FORMS, _HIDE_WORDS, _HIDE_WORDS])
            some[hide & (some > UNKNOWN)] = UNKNOWN
            adam.step(_gradients(p, some, at, examples, rng))
    network = Network(keys, p["rows"], p["window"], p["around"], p["hidden"], p["out"])
    return network, p["lengths"], float(p["bias"][0])


def _vocabulary(seen: Seen) -> Any:
    columns = [c[seen.solid].astype(np.uint32) for c in (seen.forms, seen.words, seen.norms)]
    keys, counts = np.unique(np.concatenate(columns), return_counts=True)
    return keys[counts >= _MIN_COUNT]


def _empty(keys: Any) -> Network:
    nothing = np.zeros(0, dtype=np.float32)
    return Network(keys, nothing, nothing, nothing, nothing, nothing)


def _batches(examples: Examples, rng: Any) -> Iterator[Any]:
    """Row numbers of some texts behind each other, each text once."""
    found: list[Any] = []
    for text in rng.permutation(len(examples.starts) - 1):
        found.append(np.arange(examples.starts[text], examples.starts[text + 1]))
        if sum(map(len, found)) >= _BATCH_ROWS:
            yield np.concatenate(found)
            found = []
    if found:
        yield np.concatenate(found)


def _gradients(p: dict[str, Any], numbers: Any, at: Any, ex: Examples, rng: Any) -> dict[str, Any]:
    """Of the mean log loss of some rows."""
    size, columns = numbers.shape
    picked = csr_matrix(
        (
            np.ones(size * columns, dtype=np.float32), numbers.ravel(),
            np.arange(0, size * columns + 1, columns),
        ),
        shape=(size, len(p["rows"])),
    )  # fmt: skip
    padded = np.zeros((size + _PLACES - 1, _ENTRIES), dtype=np.float32)
    padded[REACH - 1 : REACH - 1 + size] = picked @ p["rows"]
    window = np.lib.stride_tricks.sliding_window_view(padded.ravel(), _PLACES * _ENTRIES)
    window = np.ascontiguousarray(window[::_ENTRIES])
    units = window @ p["window"] + ex.seen.around[at] @ p["around"] + p["hidden"]
    shown = (rng.random(units.shape) > _HIDE_UNITS).astype(np.float32) / (1 - _HIDE_UNITS)
    active = np.maximum(units, 0) * shown
    odds = active @ p["out"] + p["bias"] + p["lengths"][ex.length[at]]
    share = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
    weight = ex.weight[at]
    error = ((share - ex.is_end[at]) * weight / (weight.sum() + 1e-6)).astype(np.float32)
    back = error[:, None] * p["out"] * shown * (units > 0)
    into = (back @ p["window"].T).reshape(size, _PLACES, _ENTRIES)
    entries = np.zeros_like(padded)
    for place in range(_PLACES):
        entries[place : place + size] += into[:, place]
    rows = picked.T @ entries[REACH - 1 : REACH - 1 + size]
    rows[0] = 0  # "nothing" adds nothing
    return {
        "rows": rows, "window": window.T @ back, "around": ex.seen.around[at].T @ back,
        "hidden": back.sum(axis=0), "out": active.T @ error, "bias": error.sum(keepdims=True),
        "lengths": np.bincount(ex.length[at], error, len(p["lengths"])).astype(np.float32),
    }  # fmt: skip


class _Adam:
    """Adam with decoupled weight decay, a short warm-up and a rate that falls to nothing."""

    def __init__(self, p: dict[str, Any], *, steps: int) -> None:
        self._p, self._steps, self._step = p, max(1, steps), 0
        self._mean = {name: np.zeros_like(values) for name, values in p.items()}
        self._square = {name: np.zeros_like(values) for name, values in p.items()}

    def step(self, gradients: dict[str, Any]) -> None:
        """Move the parameters, in place."""
        self._step += 1
        rate = _RATE * min(1, self._step / 50) * max(0.02, 1 - self._step / self._steps)
        for name, gradient in gradients.items():
            mean, square = self._mean[name], self._square[name]
            mean += 0.1 * (gradient - mean)
            square += 0.01 * (gradient * gradient - square)
            change = mean / (1 - 0.9**self._step)
            change /= np.sqrt(square / (1 - 0.99**self._step)) + 1e-8
            if name in {"rows", "window"}:
                change += _DECAY * self._p[name]
            self._p[name] -= np.float32(rate) * change
