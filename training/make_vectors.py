"""Makes ``pipeline/lexicon/vectors.npz`` from the word vectors inside the package ``ja_ginza``.

    pip download --no-deps ja-ginza && unzip ja_ginza-*.whl
    python training/make_vectors.py ja_ginza/ja_ginza-5.3.0/vocab

The vectors are chiVe (Works Applications, Apache License 2.0), which ja_ginza (Megagon Labs, MIT)
prunes to 20,000 rows for 480,443 words. Here they are turned onto their first principal axes and
rounded to a byte an entry; of the words those are kept that Sudachi takes as one word. That makes
a file of some megabytes where ja_ginza takes 59, with neighbours that stay the same.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import numpy as np
import srsly
from spacy.strings import hash_string

from pipeline import morph
from pipeline.vectors import VECTORS_FILE, word_key

DIMENSIONS = 96
_JAPANESE = re.compile(r"[ぁ-んァ-ヶー一-龠々a-zA-Z]{1,10}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("vocab", type=Path, help="the folder vocab of ja_ginza's data")
    folder = parser.parse_args().vocab
    table = np.load(folder / "vectors")
    row_of = srsly.read_msgpack(folder / "key2row")
    words = [w for w in srsly.read_json(folder / "strings.json") if _is_kept(w, row_of)]
    keys = np.array([word_key(w) for w in words], dtype=np.uint32)
    rows = np.array([row_of[hash_string(w)] for w in words], dtype=np.uint16)
    # Where two words share a key the one in front stays: the list is sorted, so the choice is stable.
    keys, first = np.unique(keys, return_index=True)
    table = table / np.linalg.norm(table, axis=1, keepdims=True)
    table = table - table.mean(axis=0)
    _, _, axes = np.linalg.svd(table, full_matrices=False)
    # The sign of an axis is arbitrary: fix it, so that the file is the same on every machine.
    axes = axes * np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])[:, None]
    small = table @ axes[:DIMENSIONS].T
    small /= np.linalg.norm(small, axis=1, keepdims=True)
    scale = float(np.abs(small).max()) / 127
    np.savez_compressed(
        VECTORS_FILE,
        keys=keys, rows=rows[first], vectors=np.round(small / scale).astype(np.int8),
        scale=np.float32(scale),
    )  # fmt: skip
    print(f"{VECTORS_FILE}: {len(keys):,} words, {len(small):,} vectors of {DIMENSIONS}")


def _is_kept(word: str, row_of: dict[int, int]) -> bool:
    if not _JAPANESE.fullmatch(word) or hash_string(word) not in row_of:
        return False
    found = morph.tokens(word)
    return len(found) == 1 and found[0].known


if __name__ == "__main__":
    main()
