"""How likely a sentence ends between two words: two small models over the words around, added.

A linear one knows rows of words, parts of speech and conjugated forms (three to the left, three to the
right) by heart; a neural one (:mod:`~pipeline.stages.segment.network`) carries over to rows it never saw.
Both see commas, whether the text around uses commas and polite forms, and which words are said again:
who answers often takes up what was said. Nothing ends inside a quotation. Made by
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
from pipeline.stages.segment.network import Index, Network
from pipeline.stages.segment.words import REACH, Words, see

if TYPE_CHECKING:
    from numpy.typing import NDArray

MODEL_FILE = Path(__file__).parents[2] / "lexicon" / "ja_bansou" / "sentence_ends.npz"

LENGTHS = (2, 5, 9, 14, 20, 30, 45, 70, 110, 180)  # code points since the sentence began
# Where the linear model is so sure that nothing ends, three borders of four, the network is not asked:
# it never said enough against it. There it says this on average.
_SURE, _USUAL = -4.5, -3.5
_NEVER = -30.0
_BATCH = 4096  # words, for memory


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
            unsure = np.flatnonzero((total > _SURE) & seen.solid)
            of_network = np.full_like(total, _USUAL)
            of_network[unsure] = self.network.log_odds(seen, unsure)
            total += of_network
            at = 0
            for text in batch:
                at += REACH
                odds = total[at : at + max(0, len(text.kinds) - 1)]
                odds[text.quoted] = _NEVER
                found.append(odds)
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
    def _index(self) -> Index:
        return Index(self.keys)

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


__all__ = ["BorderModel", "border_model", "load_borders"]
