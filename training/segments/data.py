"""Connected texts with punctuation → texts without it, and where their sentences end."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
_END = re.compile(r"[。．！？!?]+[」』）)】\"”]*")
_QUOTED = re.compile(r"って|と(?:いう|いった|思|言|聞|か)|みたいな")
_MARKS = re.compile(r"[。！？!?]")


class Text(NamedTuple):
    """A punctuated text by one author."""

    author: str
    register: str
    text: str


class Gold(NamedTuple):
    """A text without marks; boundaries stand just behind each sentence's last character."""

    author: str
    register: str
    variant: str
    text: str
    boundaries: list[int]


def sentences(text: str) -> list[str]:
    """The sentences of a punctuated text; marks inside quotation marks end nothing."""
    found, start, depth, at = [], 0, 0, 0
    while at < len(text):
        if text[at] in "「『（":
            depth += 1
        elif text[at] in "」』）":
            depth = max(0, depth - 1)
        match = _END.match(text, at) if depth == 0 else None
        if match and not _QUOTED.match(text, match.end()):
            found.append(text[start : match.end()])
            start = at = match.end()
        else:
            at += 1
    return [s for s in [*found, text[start:]] if s.strip()]


def strip_marks(
    texts: list[Text], *, commas: bool, lines: str = "", spaces: bool = False, seed: int = 0
) -> Gold:
    """Join texts into one without 。？！.

    Args:
        commas: keep 、.
        lines: "" one line, "any" cut anywhere, "clause" cut mostly where a sentence or clause ends.
        spaces: a space at some of the ends, as some recognisers write.
    """
    rng = random.Random(f"{seed} {texts[0].text} {commas} {lines} {spaces}")  # noqa: S311 - nothing secret
    out, bounds = "", []
    for sentence in (s for t in texts for s in sentences(t.text)):
        bare = _MARKS.sub("", sentence).replace("\n", "").strip()
        bare = bare if commas else bare.replace("、", "")
        if not bare:
            continue
        bounds.append((len(out), len(out) + len(bare)))
        out += bare
    cuts: dict[int, str] = {}
    if spaces:
        cuts |= {b: " " for _, b in bounds if rng.random() < 0.6}
        cuts |= {n + 1: " " for n, c in enumerate(out) if c == "、" and rng.random() < 0.1}
    if lines == "clause":
        cuts |= {b: "\n" for _, b in bounds if rng.random() < 0.7}
        cuts |= {n + 1: "\n" for n, c in enumerate(out) if c == "、" and rng.random() < 0.4}
        cuts |= {n: "\n" for n in range(1, len(out)) if rng.random() < 0.012}
    at = 0
    while lines == "any" and (at := at + rng.randint(8, 45)) < len(out):
        cuts[at] = "\n"
    cuts = {n: mark for n, mark in cuts.items() if 0 < n < len(out)}
    before = sorted(cuts)
    text = "".join(cuts.get(n, "") + c for n, c in enumerate(out))
    shifted = [b + sum(n < b for n in before) for _, b in bounds]
    name = "-".join(
        ["kept" if commas else "bare", lines or "line", *(["spaces"] if spaces else [])]
    )
    return Gold(texts[0].author, texts[0].register, name, text, shifted)


def read_own() -> Iterator[Text]:
    """``own.txt``: register, tab, text."""
    for line in (HERE / "own.txt").read_text(encoding="utf-8").splitlines():
        register, _, text = line.partition("\t")
        yield Text("own", register, text)


def read_tagged(path: Path, author: str) -> Iterator[Text]:
    """Passages of the tag material: tags, optional tags and text, a tab or a bar between them."""
    for line in path.read_text(encoding="utf-8").splitlines():
        parts = re.split(r"[\t|]", line, maxsplit=2)
        if len(parts) == 3:
            yield Text(author, "passage", parts[2])


def read_singles(path: Path, author: str) -> Iterator[Text]:
    """Material of single sentences (a label or tags before each), in order, ten to a text."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        text = re.sub(r"^(?:[oaxn] |.*\t)", "", line).strip()
        if text and not text.startswith("#"):
            found.append(text + ("" if text[-1] in "。？！!?" else "。"))
    for at in range(0, len(found), 10):
        yield Text(author, "singles", "".join(found[at : at + 10]))
