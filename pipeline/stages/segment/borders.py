"""How likely a sentence ends between two words: two small models over the words around, added.

A linear one knows rows of words, parts of speech and conjugated forms (three to the left, three to the
right) by heart; a neural one (five and five, word embeddings, one hidden layer; Collobert et al. 2011,
"Natural language processing (almost) from scratch", JMLR 12) carries over to rows it never saw. Both
see commas, and whether the text around uses commas and polite forms. Made by
``training/segments/train.py``.
"""

from __future__ import annotations

import functools
import io
import zipfile
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import ModelError
from pipeline.stages.segment.words import REACH, Seen, Words, see

if TYPE_CHECKING:
    from numpy.typing import NDArray

MODEL_FILE = Path(__file__).parents[2] / "lexicon" / "ja_bansou" / "sentence_ends.npz"

LENGTHS = (2, 5, 9, 14, 20, 30, 45, 70, 110, 180)  # code points since the sentence began
# Rows of the embeddings that no key names: 0 nothing, 1 an edge, 2 no comma behind, 3 a comma behind.
UNKNOWN, FIRST_ROW = 4, 5
_SHIFT = 12  # bits that keys are told apart by only after a look at the others
# Where the linear model is so sure that nothing ends, three borders of four, the network is not asked:
# it never said enough against it. There it says this on average.
_SURE, _USUAL = -4.5, -3.5
_BATCH = 4096  # words, for memory


class _Index:
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
    """The neural model: embeddings, and one hidden layer over a window of words.

    ``keys`` (uint32, ascending) are what has a row in ``rows`` behind the first five: nothing, an edge,
    no comma behind, a comma behind, unknown.
    """

    keys: NDArray[Any]
    rows: NDArray[Any]
    window: NDArray[Any]  # (places x entries, hidden units)
    around: NDArray[Any]
    hidden: NDArray[Any]
    out: NDArray[Any]

    def numbers(self, seen: Seen) -> NDArray[Any]:
        """The embedding rows of each word: comma, form, word, normalised word."""
        import numpy as np

        found = np.empty((len(seen.solid), 4), dtype=np.intp)
        found[:, 0] = seen.commas + 2
        for column, keys in enumerate((seen.forms, seen.words, seen.norms), start=1):
            at = self._index.find(keys)
            found[:, column] = np.where(at < len(self.keys), at + FIRST_ROW, UNKNOWN)
        found[~seen.solid] = (1, 0, 0, 0)
        return found

    @functools.cached_property
    def _index(self) -> _Index:
        return _Index(self.keys)

    def log_odds(self, seen: Seen, rows: NDArray[Any]) -> NDArray[Any]:
        """Its share of the log odds of some rows (float32)."""
        import numpy as np

        numbers = self.numbers(seen)
        entries = self.rows[numbers[:, 0]]
        for column in range(1, numbers.shape[1]):
            entries += self.rows[numbers[:, column]]
        padded = np.pad(entries, ((REACH - 1, REACH), (0, 0)))
        windows = padded[rows[:, None] + np.arange(2 * REACH)].reshape(len(rows), -1)
        units = windows @ self.window + seen.around[rows] @ self.around + self.hidden
        found: NDArray[Any] = np.maximum(units, 0) @ self.out
        return found


@dataclass(frozen=True)
class BorderModel:
    """Log odds that a sentence ends at a border: the sum of both models.

    ``keys`` (uint32, ascending) and ``weights`` are the linear model's; ``lengths`` are the log odds
    that the length so far adds, by class of :data:`LENGTHS`.
    """

    keys: NDArray[Any]
    weights: NDArray[Any]
    lengths: tuple[float, ...]
    bias: float
    network: Network

    def log_odds(self, texts: Sequence[Words]) -> list[NDArray[Any]]:
        """Log odds (natural) at the borders of each text, without what the length adds."""
        import numpy as np

        found: list[NDArray[Any]] = []
        for batch in _batches(texts):
            seen = see(batch)
            total = self._linear(seen.patterns(), len(seen.solid)) + np.float32(self.bias)
            unsure = np.flatnonzero(total > _SURE)
            of_network = np.full_like(total, _USUAL)
            of_network[unsure] = self.network.log_odds(seen, unsure)
            total += of_network
            at = 0
            for text in batch:
                at += REACH
                found.append(total[at : at + max(0, len(text.kinds) - 1)])
                at += len(text.kinds)
        return found

    def _linear(self, patterns: Iterable[NDArray[Any]], size: int) -> NDArray[Any]:
        """The linear model's sum at each of ``size`` rows."""
        import numpy as np

        weights = np.append(self.weights, np.float32(0))  # what is not found weighs nothing
        total = np.zeros(size, dtype=np.float32)
        for keys in patterns:
            total += weights[self._index.find(keys)]
        return total

    @functools.cached_property
    def _index(self) -> _Index:
        return _Index(self.keys)

    def length_odds(self, size: int) -> float:
        """What it adds that the sentence has so many code points already."""
        return self.lengths[bisect_left(LENGTHS, size)]

    def to_bytes(self) -> bytes:
        """The model as an uncompressed ``.npz`` without pickles: the same model, the same bytes."""
        import numpy as np

        arrays: dict[str, Any] = {
            f"network_{f.name}": _stored(getattr(self.network, f.name)) for f in fields(Network)
        }
        arrays |= {
            "keys": self.keys, "weights": _stored(self.weights),
            "lengths": np.array(self.lengths, dtype=np.float32), "bias": np.float32(self.bias),
        }  # fmt: skip
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)
        return buffer.getvalue()


def _stored(values: NDArray[Any]) -> NDArray[Any]:
    return values.astype("float16") if values.dtype.kind == "f" else values


def _batches(texts: Sequence[Words]) -> Iterator[list[Words]]:
    """Short texts together, since every call of the models costs as much as 50 words."""
    batch: list[Words] = []
    size = 0
    for text in texts:
        batch.append(text)
        size += len(text.kinds) + REACH
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


@functools.lru_cache(maxsize=1)
def border_model() -> BorderModel:
    """The model that ships with the project.

    Raises:
        ModelError: its file is missing or damaged.
    """
    try:
        return load_borders(MODEL_FILE.read_bytes())
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ModelError(
            f"the sentence model {MODEL_FILE} does not load ({error}); reinstall bansou"
        ) from error


def load_borders(content: bytes) -> BorderModel:
    """A model from :meth:`BorderModel.to_bytes`."""
    import numpy as np

    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        arrays = {
            name: stored[name].astype(np.float32)
            if stored[name].dtype.kind == "f"
            else stored[name]
            for name in stored.files
        }
    network = Network(**{f.name: arrays[f"network_{f.name}"] for f in fields(Network)})
    return BorderModel(
        arrays["keys"], arrays["weights"], tuple(arrays["lengths"].tolist()),
        float(arrays["bias"]), network,
    )  # fmt: skip


__all__ = ["BorderModel", "Network", "border_model", "load_borders"]
