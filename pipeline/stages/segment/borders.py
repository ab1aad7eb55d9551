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
from collections.abc import Iterator, Sequence
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
_SHIFT = 12
_CHUNK = 4096  # words worked on at once, for memory


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

        known = (
            _find(self.keys, column, FIRST_ROW, UNKNOWN)
            for column in (seen.forms, seen.words, seen.norms)
        )
        found = np.stack([seen.commas + 2, *known], axis=1)
        found[~seen.solid] = (1, 0, 0, 0)
        return found

    def log_odds(self, seen: Seen) -> NDArray[Any]:
        """Its share of the log odds of every row (float32)."""
        import numpy as np

        numbers = self.numbers(seen)
        entries = self.rows[numbers[:, 0]]
        for column in range(1, numbers.shape[1]):
            entries += self.rows[numbers[:, column]]
        size, width = entries.shape
        padded = np.zeros((size + 2 * REACH - 1, width), dtype=np.float32)
        padded[REACH - 1 : REACH - 1 + size] = entries
        found = np.empty(size, dtype=np.float32)
        for start in range(0, size, _CHUNK):
            end = min(size, start + _CHUNK)
            part = np.lib.stride_tricks.sliding_window_view(
                padded[start : end + 2 * REACH - 1].ravel(), 2 * REACH * width
            )[::width]
            units = part @ self.window + seen.around[start:end] @ self.around + self.hidden
            found[start:end] = np.maximum(units, 0) @ self.out
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
        found: list[NDArray[Any]] = []
        for batch in _batches(texts):
            seen = see(batch)
            total = self.network.log_odds(seen) + self.bias
            total += self._linear(seen.patterns())
            at = 0
            for text in batch:
                at += REACH
                found.append(total[at : at + len(text.borders)])
                at += len(text.kinds)
        return found

    def _linear(self, patterns: NDArray[Any]) -> NDArray[Any]:
        """The linear model's sum for each row of patterns."""
        import numpy as np

        rows, columns = self._hashes[patterns >> _SHIFT].nonzero()
        keys = patterns[rows, columns]
        places = self.keys.searchsorted(keys)
        places[places == len(self.keys)] = 0
        weights = np.where(self.keys[places] == keys, self.weights[places], 0)
        return np.bincount(rows, weights, len(patterns)).astype(np.float32)

    @functools.cached_property
    def _hashes(self) -> NDArray[Any]:
        """Whether any key begins with some bits: rules most patterns out faster than a search."""
        import numpy as np

        found = np.zeros(2**32 >> _SHIFT, dtype=np.bool_)
        found[self.keys >> _SHIFT] = True
        return found

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
        if size >= _CHUNK:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _find(keys: NDArray[Any], wanted: NDArray[Any], first: int, missing: int) -> NDArray[Any]:
    """Where numbers stand among ascending keys, counted from ``first``; ``missing`` where they do not."""
    import numpy as np

    # As 32 bits: comparing mixed widths would convert the keys for every look-up.
    wanted = wanted.astype(np.uint32)
    at = keys.searchsorted(wanted)
    at[at == len(keys)] = 0
    found: NDArray[Any] = np.where(keys[at] == wanted, at + first, missing)
    return found


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
