"""A linear classifier over named features, small enough to ship and plain enough to read.

Features are hashed to 32 bits, so the file holds numbers alone; a vector of fixed length may stand
beside them. Fitted by ``training/``, applied here with numpy only.
"""

from __future__ import annotations

import functools
import io
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray


# Knuth's multiplier and the finalizer of MurmurHash3 (Appleby, public domain) spread code points.
_STEP, _MIX, _SHIFT = 2_654_435_761, 0x85EB_CA6B, 15


@dataclass(frozen=True, slots=True)
class Features:
    """What a model sees of one text: ``keys`` (uint32, each once), their ``values``, and a ``vector``."""

    keys: NDArray[Any]
    values: NDArray[Any]
    vector: NDArray[Any]


@dataclass(frozen=True, slots=True)
class FeatureRows:
    """What a model sees of many texts at once.

    ``keys`` (uint32) and ``values`` (float64) of all features; ``owners`` (intp) tells the text each
    belongs to; ``vectors`` is (texts, entries). A text has each key once.
    """

    keys: NDArray[Any]
    values: NDArray[Any]
    owners: NDArray[Any]
    vectors: NDArray[Any]


def feature_key(name: str) -> int:
    """The number under which a named feature stands in a model."""
    return zlib.crc32(name.encode("utf-8", "surrogatepass"))


def row_keys(prefix: str, words: Sequence[str], *, longest: int) -> list[int]:
    """The numbers of all rows of words: of each ``prefix + " ".join(row)``, without making these names.

    Args:
        prefix: sets the rows apart from other names.
        words: any, in order.
        longest: in words; rows come by length, then by place, repeated ones again.
    """
    # A CRC goes on from where it stopped: a row is the row before it and one word more.
    spaced = [_spaced(word) for word in words]
    start = feature_key(prefix)
    rows = [zlib.crc32(word[1:], start) for word in spaced]
    found = rows.copy()
    for at in range(1, longest):
        rows = list(map(zlib.crc32, spaced[at:], rows))
        found += rows
    return found


@functools.lru_cache(maxsize=32_768)
def _spaced(word: str) -> bytes:
    return (" " + word).encode("utf-8", "surrogatepass")


def gram_keys(text: str, kind: int, sizes: Sequence[int]) -> NDArray[Any]:
    """The numbers of all rows of characters of some lengths in a text, each once (uint32, ascending).

    Args:
        text: any.
        kind: sets apart what the same characters mean in different places.
        sizes: lengths in code points, ascending.
    """
    import numpy as np

    found = np.concatenate(gram_keys_at(text, kind, sizes))
    found.sort()
    # Quicker than np.unique on so few.
    is_new = np.ones(len(found), dtype=bool)
    np.not_equal(found[1:], found[:-1], out=is_new[1:])
    keys: NDArray[Any] = found[is_new]
    return keys


def gram_keys_at(text: str, kind: int, sizes: Sequence[int]) -> list[NDArray[Any]]:
    """For each length the numbers of the rows of characters by where they begin (see :func:`gram_keys`)."""
    hashed = _hash_rows(text, kind, sizes)
    length = hashed.shape[1]
    return [hashed[n, : max(0, length - size + 1)] for n, size in enumerate(sizes)]


def gram_keys_of_all(
    texts: Sequence[str], kind: int, sizes: Sequence[int]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """The numbers of :func:`gram_keys` for many texts, and the text each belongs to.

    Args:
        texts: any, some 100,000 code points together.
        kind: as for one text.
        sizes: as for one text.

    Returns:
        Keys (uint32) and places in ``texts`` (intp), ascending by key, then by text: so a look-up
        walks through the model once.
    """
    import numpy as np

    hashed = _hash_rows("".join(texts), kind, sizes)
    lengths = np.array([len(text) for text in texts], dtype=np.intp)
    owners = np.repeat(np.arange(len(texts)), lengths).astype(np.uint64)
    # How many code points of its text stand from here on: a row of characters must not reach over.
    left = np.repeat(lengths.cumsum(), lengths) - np.arange(len(owners))
    found = []
    for size, row in zip(sizes, hashed, strict=True):
        is_inside = left >= size
        found.append(row[is_inside].astype(np.uint64) << 32 | owners[is_inside])
    both = np.concatenate(found)
    both.sort()
    is_new = np.ones(len(both), dtype=bool)
    np.not_equal(both[1:], both[:-1], out=is_new[1:])
    both = both[is_new]
    return (both >> 32).astype(np.uint32), (both & 0xFFFF_FFFF).astype(np.intp)


def _hash_rows(text: str, kind: int, sizes: Sequence[int]) -> NDArray[Any]:
    """(lengths, code points): the row of characters of each length that begins at each code point."""
    import numpy as np

    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    length, longest = len(points), max(sizes)
    padded = np.zeros(length + longest, dtype=np.uint32)
    padded[:length] = points
    hashed = np.empty((len(sizes), length), dtype=np.uint32)
    hashed[:] = np.array([[kind * 31 + size] for size in sizes], dtype=np.uint32)
    for at in range(longest):
        longer = hashed[sum(size <= at for size in sizes) :]
        longer ^= padded[at : at + length]
        longer *= _STEP
        longer ^= longer >> _SHIFT
    hashed *= _MIX
    return hashed


def make_features(
    named: Mapping[str, float], grams: Sequence[tuple[NDArray[Any], float]], vector: NDArray[Any]
) -> Features:
    """Put named features and weighted rows of characters together."""
    import numpy as np

    names = np.array([feature_key(name) for name in named], dtype=np.uint32)
    values = np.array(list(named.values()), dtype=np.float64)
    if not grams:
        return Features(names, values, vector)
    counts = [len(values), *(len(keys) for keys, _ in grams)]
    weights = np.repeat([1.0, *(weight for _, weight in grams)], counts)
    weights[: len(values)] = values
    return Features(np.concatenate([names, *(keys for keys, _ in grams)]), weights, vector)


@dataclass(frozen=True, slots=True)
class LinearModel:
    """Weights for features (``keys`` ascending, uint32), for the entries of a vector, and a bias.

    ``weights`` is (features, labels), ``dense`` (entries, labels), ``bias`` (labels,); a sum divided by
    ``temperature`` and normalised gives probabilities (Guo et al. 2017, "On calibration of modern
    neural networks", ICML).
    """

    labels: tuple[str, ...]
    keys: NDArray[Any]
    weights: NDArray[Any]
    dense: NDArray[Any]
    bias: NDArray[Any]
    temperature: float = 1.0

    def scores(self, seen: Features) -> NDArray[Any]:
        """The sum for each label (float64, in the order of ``labels``); unknown features count nothing."""
        rows, known = self._find(seen.keys)
        sums: NDArray[Any] = seen.values[known] @ self.weights[rows[known]]
        total: NDArray[Any] = sums + seen.vector @ self.dense + self.bias
        return total

    def scores_of_all(self, seen: FeatureRows) -> NDArray[Any]:
        """(texts, labels): the sums of :meth:`scores` for many texts."""
        import numpy as np

        rows, known = self._find(seen.keys)
        owners, values = seen.owners[known], seen.values[known]
        weights = self.weights[rows[known]].T
        count = len(seen.vectors)
        sums = [np.bincount(owners, weights=one * values, minlength=count) for one in weights]
        total: NDArray[Any] = np.stack(sums, axis=1) + seen.vectors @ self.dense + self.bias
        return total

    def weights_of(self, keys: NDArray[Any]) -> NDArray[Any]:
        """(keys, labels): the weights of features, 0 for unknown ones."""
        import numpy as np

        rows, known = self._find(keys)
        weights = np.zeros((len(keys), len(self.labels)))
        weights[known] = self.weights[rows[known]]
        return weights

    def _find(self, keys: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """The row of each feature, and whether it is known at all."""
        rows = self.keys.searchsorted(keys)
        rows[rows == len(self.keys)] = 0
        return rows, self.keys[rows] == keys

    def probabilities(self, seen: Features) -> NDArray[Any]:
        """The share of each label (they sum to 1)."""
        return self._shares(self.scores(seen))

    def probabilities_of_all(self, seen: FeatureRows) -> NDArray[Any]:
        """(texts, labels): the shares of :meth:`probabilities` for many texts."""
        return self._shares(self.scores_of_all(seen))

    def _shares(self, scores: NDArray[Any]) -> NDArray[Any]:
        import numpy as np

        scaled = scores / self.temperature
        grown = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
        shares: NDArray[Any] = grown / grown.sum(axis=-1, keepdims=True)
        return shares

    def to_bytes(self) -> bytes:
        """The model as an uncompressed ``.npz`` without pickles: the same model, the same bytes."""
        import numpy as np

        buffer = io.BytesIO()
        np.savez(
            buffer,
            labels=np.array(self.labels, dtype=np.str_), keys=self.keys,
            weights=self.weights.astype(np.float16), dense=self.dense.astype(np.float32),
            bias=self.bias.astype(np.float32), temperature=np.float32(self.temperature),
        )  # fmt: skip
        return buffer.getvalue()


def load_linear(path: Path, *, labels: Sequence[str]) -> LinearModel:
    """Read a model.

    Args:
        path: an ``.npz`` of :meth:`LinearModel.to_bytes`.
        labels: the labels it must decide between, in this order.

    Raises:
        ModelError: missing, damaged, or made for other labels.
    """
    import zipfile

    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as stored:
            model = LinearModel(
                tuple(str(x) for x in stored["labels"]), stored["keys"],
                stored["weights"].astype(np.float32), stored["dense"].astype(np.float64),
                stored["bias"].astype(np.float64), float(stored["temperature"]),
            )  # fmt: skip
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(f"the model {path} does not load ({error}); reinstall bansou") from error
    if model.labels != tuple(labels):
        raise ModelError(f"the model {path} is for other labels: {', '.join(model.labels)}")
    return model
