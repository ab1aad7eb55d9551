"""Connected texts with punctuation → texts without it, and where their sentences end."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
REQUESTS, TAGS = HERE.parent / "requests", HERE.parent / "tags"
EPISODES, TALKS = HERE.parent / "cards" / "episodes", HERE / "talks"

_END = re.compile(r"[。．！？!?]+[」』）)】\"”]*")
_QUOTED = re.compile(r"って|と(?:いう|いった|思|言|聞|か)|みたいな")
_MARKS = re.compile(r"[。．！？!?\n]")
_MOST_TEXTS = 4  # of one author behind each other
_ROW = (3, 12)  # lines of a file behind each other
_MARKED_CHARS = 90  # a passage with a mark less often does not mark its sentences
_TALK_CHARS = (150, 450)  # of a talk behind each other
_SHORT = 14  # a line so short is one sentence, marked or not


@dataclass(frozen=True)
class Text:
    """A text by one author; ``is_line``: a line of its own, not a connected passage."""

    author: str
    register: str
    text: str
    is_line: bool = False


@dataclass(frozen=True)
class Bare:
    """A text without marks.

    ``boundaries`` stand just behind each sentence's last character; inside ``unknown`` (start, end)
    nobody marked the sentences.
    """

    author: str
    register: str
    has_commas: bool
    text: str
    boundaries: list[int]
    unknown: list[tuple[int, int]]
    is_lines: bool


def read_texts() -> list[Text]:
    """All training texts, in a fixed order: those beside this file, what other models learn from, whole talks.

    An author is named as folder and file are; files ``test*.jsonl`` are never read.
    """
    found = []
    for path in _training_files(HERE):
        found += [Text(_author(path), row["register"], row["text"]) for row in _rows(path)]
    for path in _training_files(TAGS):
        if path.stem.startswith("sentences-"):
            found += [Text(_author(path), "lines", row["text"], True) for row in _rows(path)]
        else:
            found += [
                Text(_author(path), "passage", row["text"])
                for row in _rows(path)
                if len(_MARKS.findall(row["text"])) * _MARKED_CHARS >= len(row["text"])
            ]
    for path in _training_files(REQUESTS):
        found += [Text(_author(path), "lines", row["text"].strip(), True) for row in _rows(path)]
    for folder in (EPISODES, TALKS):
        for path in sorted(folder.glob("*.tsv")):
            author = f"{folder.name}/{path.stem[0]}"
            found += [Text(author, path.stem, text) for text in _stretches(path)]
    return found


def _stretches(path: Path) -> Iterator[str]:
    """A talk (a speaker, a tab and what was said in each line) in stretches of several turns."""
    rng = random.Random(path.stem)  # noqa: S311 - nothing secret
    taken, most = "", rng.randint(*_TALK_CHARS)
    for line in path.read_text(encoding="utf-8").splitlines():
        taken += line.split("\t", 1)[1]
        if len(taken) >= most:
            yield taken
            taken, most = "", rng.randint(*_TALK_CHARS)
    if taken:
        yield taken


def _training_files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.glob("*.jsonl")) if not path.stem.startswith("test")]


def _author(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def _rows(path: Path) -> Iterator[dict[str, str]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def bare_texts(texts: list[Text]) -> list[Bare]:
    """Every text with 、 and without, several of an author behind each other."""
    rng = random.Random(1)  # noqa: S311 - nothing secret
    found = []
    for key in sorted({(t.author, t.register, t.is_line) for t in texts}):
        same = [t for t in texts if (t.author, t.register, t.is_line) == key]
        for has_commas in (True, False):
            at = 0
            while at < len(same):
                size = rng.randint(*_ROW) if key[2] else rng.randint(1, _MOST_TEXTS)
                found.append(strip_marks(same[at : at + size], has_commas=has_commas))
                at += size
    return [b for b in found if b.text]


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


def strip_marks(texts: list[Text], *, has_commas: bool) -> Bare:
    """Join texts of one author into one without 。？！ (and 、)."""
    out, bounds, unknown = "", [], []
    for text in texts:
        is_marked = not text.is_line or bool(_MARKS.search(text.text)) or len(text.text) <= _SHORT
        for sentence in sentences(text.text):
            bare = _MARKS.sub("", sentence).strip()
            bare = bare if has_commas else bare.replace("、", "")
            if not bare:
                continue
            if not is_marked:
                unknown.append((len(out), len(out) + len(bare)))
            out += bare
            bounds.append(len(out))
    first = texts[0]
    return Bare(first.author, first.register, has_commas, out, bounds, unknown, first.is_line)
