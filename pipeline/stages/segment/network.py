"""The neural model of sentence ends: a convolution over the words, wider from layer to layer.

Word embeddings and a hidden layer over a window (Collobert et al. 2011, "Natural language processing
(almost) from scratch", JMLR 12); layers over what stands one, two and four words off, each added to what
was known before (Strubell et al. 2017, "Fast and accurate entity recognition with iterated dilated
convolutions", EMNLP), so that ten words to the left and eleven to the right are seen. Numpy only.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.stages.segment.words import ECHOES, Seen

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW = (-2, -1, 0, 1, 2, 3)  # words off that the first layer sees
DISTANCES = (1, 2, 4)  # of the other layers, to both sides; no more than the edges between texts
# Rows of the embeddings that no key names: 0 nothing, 1 no comma behind, 2 a comma behind, 3 unknown,
# and four times the classes of ECHOES.
UNKNOWN, FIRST_ECHO = 3, 4
FIRST_ROW = FIRST_ECHO + 4 * len(ECHOES)
_SHIFT = 12  # bits that keys are told apart by only after a look at the others


class Index:
    """Where numbers stand among ascending keys (uint32): a table over their first bits, then a look.

    A search by halves takes four times as long.
    """

    def __init__(self, keys: NDArray[Any]) -> None:
        import numpy as np

        first = keys >> _SHIFT
        self._missing = len(keys)
        # The first of the keys that begin alike
        self._slots = np.full(2**32 >> _SHIFT, len(keys), dtype=np.int32)
        self._slots[first[::-1]] = np.arange(len(keys), dtype=np.int32)[::-1]
        self._most = int(np.bincount(first).max(initial=0))
        self._keys = np.append(keys, np.zeros(self._most, dtype=np.uint32))

    def find(self, wanted: NDArray[Any]) -> NDArray[Any]:
        """The place of each number (uint32); the number of keys where it is none of them."""
        import numpy as np

        at = self._slots[wanted >> _SHIFT]
        found = np.where(self._keys[at] == wanted, at, self._missing)
        for _ in range(1, self._most):
            at += 1
            np.copyto(found, at, where=self._keys[at] == wanted)
        return np.minimum(found, self._missing)


@dataclass(frozen=True)
class Network:
    """The weights: of the embeddings, of the first layer, of the layers behind it, and of the last two.

    ``keys`` (uint32, ascending) are what has a row in ``rows`` behind the first :data:`FIRST_ROW`.
    """

    keys: NDArray[Any]
    rows: NDArray[Any]
    around: NDArray[Any]
    first: NDArray[Any]  # (places x entries, units)
    first_bias: NDArray[Any]
    wider: NDArray[Any]  # (layers, 3 x units, units)
    wider_bias: NDArray[Any]
    hidden: NDArray[Any]  # (units and entries of the left word and of the right one, hidden units)
    hidden_bias: NDArray[Any]
    out: NDArray[Any]

    def numbers(self, seen: Seen) -> NDArray[Any]:
        """The embedding rows of each word: comma, form, word, normalised word, four echoes."""
        import numpy as np

        found = np.empty((len(seen.solid), 8), dtype=np.intp)
        found[:, 0] = seen.commas + 1
        for column, keys in enumerate((seen.forms, seen.words, seen.norms), start=1):
            at = self._index.find(keys)
            found[:, column] = np.where(at < len(self.keys), at + FIRST_ROW, UNKNOWN)
        classes = seen.echoes.astype(np.intp)
        found[:, 4:] = np.where(
            classes > 0, classes - 1 + FIRST_ECHO + len(ECHOES) * np.arange(4), 0
        )
        found[~seen.solid] = 0
        return found

    @functools.cached_property
    def _index(self) -> Index:
        return Index(self.keys)

    def log_odds(self, seen: Seen, rows: NDArray[Any]) -> NDArray[Any]:
        """Its share of the log odds of some rows (float32)."""
        import numpy as np

        entries = self._entries(seen)
        solid = seen.solid[:, None]
        units = np.maximum(beside(entries, WINDOW) @ self.first + self.first_bias, 0) * solid
        for far, weights, bias in zip(DISTANCES, self.wider, self.wider_bias, strict=True):
            units += np.maximum(beside(units, (-far, 0, far)) @ weights + bias, 0) * solid
        both = np.concatenate([units, entries], axis=1)
        both = np.concatenate([both[rows], both[rows + 1]], axis=1)
        found: NDArray[Any] = np.maximum(both @ self.hidden + self.hidden_bias, 0) @ self.out
        return found

    def _entries(self, seen: Seen) -> NDArray[Any]:
        import numpy as np

        numbers = self.numbers(seen)
        entries: NDArray[Any] = seen.around @ self.around
        for column in range(4):
            entries += self.rows[numbers[:, column]]
        for column in range(4, numbers.shape[1]):
            said = np.flatnonzero(numbers[:, column])
            entries[said] += self.rows[numbers[said, column]]
        entries *= seen.solid[:, None]
        return entries


def beside(values: NDArray[Any], places: Sequence[int]) -> NDArray[Any]:
    """Every row's neighbours at some places, behind each other in one row; nothing is 0."""
    import numpy as np

    reach = max(abs(place) for place in places)
    padded = np.pad(values, ((reach, reach), (0, 0)))
    return np.concatenate(
        [padded[reach + place : reach + place + len(values)] for place in places], axis=1
    )


__all__ = ["DISTANCES", "FIRST_ROW", "UNKNOWN", "WINDOW", "Index", "Network", "beside"]
