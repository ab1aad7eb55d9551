"""A linear classifier over named features, small enough to ship and plain enough to read.

Features are hashed to 32 bits, so the file holds numbers alone; a vector of fixed length may stand
beside them. Fitted by ``training/``, applied here with numpy only.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray


# Knuth's multiplier and the finalizer of MurmurHash3 (Appleby, public domain) spread code points.
_STEP, _MIX = 2_654_435_761, 0x85EB_CA6B


@dataclass(frozen=True, slots=True)
class Features:
    """What a model sees of one text: ``keys`` (uint32, each once), their ``values``, and a ``vector``."""

    keys: NDArray[Any]
    values: NDArray[Any]
    vector: NDArray[Any]


def feature_key(name: str) -> int:
    """The number under which a named feature stands in a model."""
    return zlib.crc32(name.encode("utf-8", "surrogatepass"))


def gram_keys(text: str, kind: int, sizes: Iterable[int]) -> NDArray[Any]:
    """The numbers of all rows of characters of some lengths in a text, each once (uint32, ascending).

    Args:
        text: any.
        kind: sets apart what the same characters mean in different places.
        sizes: lengths in code points.
    """
    import numpy as np

    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    found = []
    for size in sizes:
        if size <= len(points):
            hashed = np.full(len(points) - size + 1, kind * 31 + size, dtype=np.uint32)
            for at in range(size):
                hashed = (hashed ^ points[at : len(points) - size + 1 + at]) * np.uint32(_STEP)
                hashed ^= hashed >> np.uint32(15)
            found.append(hashed * np.uint32(_MIX))
    return np.unique(np.concatenate(found)) if found else points[:0]


def make_features(
    named: Mapping[str, float], grams: Sequence[tuple[NDArray[Any], float]], vector: NDArray[Any]
) -> Features:
    """Put named features and weighted rows of characters together."""
    import numpy as np

    names = np.fromiter(map(feature_key, named), dtype=np.uint32, count=len(named))
    values = np.fromiter(named.values(), dtype=np.float64, count=len(named))
    return Features(
        np.concatenate([names, *(keys for keys, _ in grams)]),
        np.concatenate([values, *(np.full(len(keys), weight) for keys, weight in grams)]),
        vector,
    )


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
        rows = self.keys.searchsorted(seen.keys)
        rows[rows == len(self.keys)] = 0
        known = self.keys[rows] == seen.keys
        sums: NDArray[Any] = seen.values[known] @ self.weights[rows[known]]
        total: NDArray[Any] = sums + seen.vector @ self.dense + self.bias
        return total

    def probabilities(self, seen: Features) -> NDArray[Any]:
        """The share of each label (they sum to 1)."""
        import numpy as np

        scaled = self.scores(seen) / self.temperature
        grown = np.exp(scaled - scaled.max())
        shares: NDArray[Any] = grown / grown.sum()
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
