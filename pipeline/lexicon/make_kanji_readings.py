"""Make ``kanji_readings.tsv``: what each kanji may sound like, with its share of the words.

A dictionary knows words; a recogniser that mishears writes kanji that form no word, and those are
only understood by the sound of each single kanji (大騒 is オオサワギ to a dictionary, ダイソウ to
the ear). SudachiDict-core (Apache-2.0) gives the readings of some 150,000 two-kanji words; expectation
maximisation splits each reading between its two kanji, because the dictionary does not say where.

Run with ``python -m pipeline.lexicon.make_kanji_readings``; it takes some twenty seconds, and the same
dictionary gives the same bytes.
"""

from __future__ import annotations

import re
import struct
from collections import defaultdict
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path

from pipeline.errors import ModelError

TARGET = Path(__file__).with_name("kanji_readings.tsv")

# The layout of a Sudachi system dictionary (SudachiDict releases up to and with 2026): a header of 272 bytes, the
# grammar (parts of speech, connection costs), the trie, word ids, word parameters, word infos.
_MAGIC = 0xCE9F011A92394434
_HEADER_BYTES = 272
_KANJI = re.compile(r"[一-鿿]")
_MORA = re.compile(r"[ァ-ヶヴ][ァィゥェォャュョヮ]?|ー")
_ROUNDS = 8
# A reading must carry this share of its kanji's words and this many words (expected) to be kept.
_MIN_SHARE = 0.015
_MIN_WORDS = 0.9
_MAX_READINGS = 8

Splits = list[tuple[str, str]]
# Expected number of words of each kanji that have a reading.
Counts = Mapping[str, Mapping[str, float]]


class _Reader:
    """Walks the binary dictionary."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, layout: str) -> int:
        value: int = struct.unpack_from("<" + layout, self.data, self.at)[0]
        self.at += struct.calcsize(layout)
        return value

    def skip(self, size: int) -> None:
        self.at += size

    def length(self) -> int:
        first = self.take("B")
        return ((first & 0x7F) << 8) | self.take("B") if first & 0x80 else first

    def string(self) -> str:
        size = 2 * self.length()
        text = self.data[self.at : self.at + size].decode("utf-16-le")
        self.at += size
        return text


def entries(data: bytes) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """All words of a dictionary: surface, part of speech, reading (katakana).

    Raises:
        ModelError: the file is not of the layout this script knows.
    """
    reader = _Reader(data)
    if reader.take("Q") != _MAGIC:
        raise ModelError(
            "system.dic is not of the known layout; pin sudachidict-core<20270101 and run again"
        )
    reader.at = _HEADER_BYTES
    parts = [tuple(reader.string() for _ in range(6)) for _ in range(reader.take("H"))]
    left, right = reader.take("H"), reader.take("H")
    reader.skip(2 * left * right)
    reader.skip(4 * reader.take("I"))  # the trie
    reader.skip(reader.take("I"))  # word ids
    words = reader.take("I")
    reader.skip(6 * words)  # left, right, cost
    for offset in struct.unpack_from(f"<{words}I", data, reader.at):
        reader.at = offset
        surface = reader.string()
        reader.length()  # bytes of the indexed form
        part = parts[reader.take("H")]
        reader.string()  # normalised form
        reader.take("i")  # dictionary form
        yield surface, part, reader.string() or surface


def two_kanji_words(data: bytes) -> dict[str, list[Splits]]:
    """The ways to split the reading of each two-kanji word, and of single kanji as they stand."""
    found: dict[str, list[Splits]] = defaultdict(list)
    seen: set[tuple[str, str]] = set()
    for surface, part, reading in entries(data):
        # Names are read in ways that no speech recogniser relies on.
        if not 1 <= len(surface) <= 2 or "固有名詞" in part or (surface, reading) in seen:
            continue
        if not all(_KANJI.match(c) for c in surface):
            continue
        morae = _MORA.findall(reading)
        if "".join(morae) != reading or len(morae) < len(surface):
            continue
        seen.add((surface, reading))
        cuts = range(1, len(morae)) if len(surface) == 2 else (len(morae),)
        found[surface].append([("".join(morae[:i]), "".join(morae[i:])) for i in cuts])
    return found


def align(words: dict[str, list[Splits]]) -> Counts:
    """Expected number of words in which a kanji has a reading, by expectation maximisation."""
    share: dict[str, dict[str, float]] = {}
    counts: dict[str, dict[str, float]] = {}
    for _ in range(_ROUNDS):
        counts = defaultdict(lambda: defaultdict(float))
        for surface, readings in words.items():
            for splits in readings:
                weights = [_weight(share, surface, split) for split in splits]
                total = sum(weights)
                for split, weight in zip(splits, weights, strict=True):
                    for kanji, reading in zip(surface, split, strict=False):
                        counts[kanji][reading] += weight / total
        share = {k: {r: n / sum(c.values()) for r, n in c.items()} for k, c in counts.items()}
    return counts


def _weight(share: dict[str, dict[str, float]], surface: str, split: tuple[str, str]) -> float:
    if not share:
        return 1.0
    weight = 1.0
    for kanji, reading in zip(surface, split, strict=False):
        weight *= share[kanji].get(reading, 1e-6) + 1e-6
    return weight


def render(counts: Counts, dictionary_version: str) -> str:
    """The data file: a header, then a kanji and its readings with their share in per cent a line."""
    lines = [
        "# What each kanji may sound like: reading:share of its words in per cent.",
        "# Made by pipeline/lexicon/make_kanji_readings.py",
        f"# from SudachiDict-core {dictionary_version} (Apache-2.0, Works Applications).",
    ]
    for kanji in sorted(counts):
        total = sum(counts[kanji].values())
        kept = [
            f"{reading}:{max(1, round(100 * n / total))}"
            for reading, n in sorted(
                counts[kanji].items(), key=lambda item: (-round(item[1], 6), item[0])
            )
            if n >= _MIN_WORDS and n / total >= _MIN_SHARE
        ]
        if kept:
            lines.append(f"{kanji}\t{' '.join(kept[:_MAX_READINGS])}")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the data file beside this script."""
    data = files("sudachidict_core").joinpath("resources/system.dic").read_bytes()
    built = data[16:_HEADER_BYTES].split(b"\0")[0].decode()
    TARGET.write_text(render(align(two_kanji_words(data)), built), encoding="utf-8")


if __name__ == "__main__":
    main()
