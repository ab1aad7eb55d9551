"""Word vectors: which words are used alike. A small table of our own making (training/make_vectors.py).

Source: chiVe (Works Applications, Apache License 2.0; Manabe et al., 2019) as pruned in ja_ginza (MIT).
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.morph import Token

VECTORS_FILE = Path(__file__).parent / "lexicon" / "vectors.npz"
# Words that carry a topic; particles and auxiliaries are alike everywhere.
_CONTENT = frozenset(["名詞", "動詞", "形容詞", "形状詞", "副詞"])
_EMPTY = frozenset(
    ["為る", "有る", "居る", "成る", "事", "物", "の", "言う", "其れ", "此れ", "もの", "こと"]
)


def word_key(word: str) -> int:
    """The number under which a word stands in the table."""
    return zlib.crc32(word.encode("utf-8"))


@functools.lru_cache(maxsize=1)
def _table() -> tuple[Any, Any, Any]:
    import numpy as np

    try:
        with np.load(VECTORS_FILE, allow_pickle=False) as stored:
            vectors = stored["vectors"].astype(np.float32) * stored["scale"]
            return stored["keys"], stored["rows"], vectors
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"the word vectors {VECTORS_FILE} do not load ({error}); reinstall bansou"
        ) from error


def dimensions() -> int:
    """Length of a vector."""
    return int(matrix().shape[1])


def matrix() -> NDArray[Any]:
    """The whole table (rows, entries), float32: for comparing a word with all others.

    Raises:
        ModelError: the table is missing or damaged.
    """
    vectors: NDArray[Any] = _table()[2]
    return vectors


@functools.lru_cache(maxsize=32_768)
def row(word: str) -> int | None:
    """The row of a word (a normalised or dictionary form), None where the table lacks it."""
    keys = _table()[0]
    import numpy as np

    # A plain int would have numpy convert the whole table at every look-up.
    key = np.uint32(word_key(word))
    at = int(keys.searchsorted(key))
    return int(_table()[1][at]) if at < len(keys) and keys[at] == key else None


def vector(word: str) -> NDArray[Any] | None:
    """The vector of a word (float32, about unit length), None where the table lacks it.

    Raises:
        ModelError: the table is missing or damaged.
    """
    found = row(word)
    return None if found is None else _table()[2][found]


def token_row(token: Token) -> int | None:
    """The row of a word in a text: by its normalised form, else its dictionary form, else as written."""
    return _first_row(token.norm, token.lemma, token.surface)


def _first_row(*forms: str) -> int | None:
    return next((found for form in forms if (found := row(form)) is not None), None)


@functools.lru_cache(maxsize=32_768)
def _topic_row(norm: str, lemma: str, surface: str) -> int | None:
    return None if norm in _EMPTY else _first_row(norm, lemma, surface)


def mean(words: Iterable[Token]) -> NDArray[Any]:
    """The direction of the content words of a text: unit length, or all zeros where none is known."""
    import numpy as np

    table = _table()[2]
    rows = topic_rows(words)
    if not rows:
        return np.zeros(table.shape[1], dtype=np.float32)
    total = table[rows].sum(axis=0)
    length = float(np.linalg.norm(total))
    unit: NDArray[Any] = total / length if length else total
    return unit


def means(texts: Sequence[Iterable[Token]]) -> NDArray[Any]:
    """(texts, entries): :func:`mean` of many texts, each for itself, at a fifth of its cost."""
    import numpy as np

    table = _table()[2]
    rows = [topic_rows(words) for words in texts]
    sizes = np.array([len(found) for found in rows])
    flat = np.array(list(chain.from_iterable(rows)), dtype=np.intp)
    order = np.argsort(-sizes, kind="stable")
    starts = (sizes.cumsum() - sizes)[order]
    total = np.zeros((len(rows), table.shape[1]), dtype=np.float32)
    # The first words of all texts, then the second ones …: added in the order of a text, so to the last
    # bit what the text alone would give.
    left = len(rows) - np.searchsorted(
        np.sort(sizes), np.arange(sizes.max(initial=0)), side="right"
    )
    for number, longer in enumerate(left.tolist()):
        total[:longer] += table[flat[starts[:longer] + number]]
    lengths = np.sqrt(np.array([row.dot(row) for row in total], dtype=np.float32))
    lengths[lengths == 0] = 1.0
    units = np.empty_like(total)
    units[order] = total / lengths[:, None]
    return units


def topic_rows(words: Iterable[Token]) -> list[int]:
    """The rows of the words that :func:`mean` adds up: content words that say something, as often as they stand there."""
    return [
        found
        for surface, _, _, pos, lemma, norm, _, _ in words
        if pos[0] in _CONTENT and (found := _topic_row(norm, lemma, surface)) is not None
    ]
