"""Loads the taxonomy: tags with names and definitions, and the cues that show them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError
from pipeline.schema import TAGS
from pipeline.taxonomy.cues import Cue, CueIndex, make_cue
from pipeline.yamlfiles import read_yaml

_PATH = Path(__file__).resolve().parent.parent / "lexicon" / "taxonomy.yaml"
# Concepts that the tagger finds itself, by asking what a quoted sentence asks for.
BUILT_IN_CONCEPTS = frozenset(["ask.opinion", "ask.answer"])
__all__ = ["BUILT_IN_CONCEPTS", "Cue", "Frame", "Rule", "TagDef", "Taxonomy", "load_taxonomy"]
_RULE_KEYS = frozenset({"id", "score", "any", "all", "unless", "window", "times", "weak"})


@dataclass(frozen=True, slots=True)
class Rule:
    """Evidence for a tag: all concepts of ``all_of`` within ``window`` sentences, none of ``unless``.

    The first concept must stand ``times`` times in the passage. A ``weak`` rule only feeds the
    learned part of the tagger: it proves nothing by itself.
    """

    tag: str
    id: str
    score: float
    all_of: tuple[str, ...]
    unless: tuple[str, ...] = ()
    window: int = 1
    times: int = 1
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """A setting (``concept``) in which ``words`` are meant literally, unless one of ``exempt`` is said."""

    name: str
    concept: str
    words: tuple[str, ...]
    exempt: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TagDef:
    """What editors read: the tag's name and definition."""

    name: str
    definition: str


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """Tags, concepts and rules; ``sha256`` changes with any byte of the file."""

    version: str
    sha256: str
    threshold: float
    tags: Mapping[str, TagDef]
    cues: Mapping[str, tuple[Cue, ...]]
    index: CueIndex
    rules: tuple[Rule, ...]
    frames: tuple[Frame, ...]


def load_taxonomy(path: Path | None = None) -> Taxonomy:
    """Read a taxonomy.

    Args:
        path: a team's own file; None for the one that comes with the project.

    Returns:
        The checked taxonomy: all tags of :data:`pipeline.schema.TAGS`, no others.

    Raises:
        ConfigError: naming the file, the tag or concept, and what is wrong.
    """
    path = path or _PATH
    raw = read_yaml(path, "taxonomy")
    content = path.read_bytes()
    return _Reader(path).taxonomy(raw, hashlib.sha256(content).hexdigest())


class _Reader:
    """Checks what stands in one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._cues: dict[str, tuple[Cue, ...]] = {}

    def taxonomy(self, raw: Any, sha256: str) -> Taxonomy:
        raw = self._mapping(raw, "the file")
        for name, cues in self._mapping(raw.get("concepts", {}), "concepts").items():
            self._add_concept(str(name), cues, f"concept {name}")
        tags = self._mapping(raw.get("tags"), "tags")
        self._check_names(tags)
        definitions: dict[str, TagDef] = {}
        rules: list[Rule] = []
        for tag in TAGS:
            entry = self._mapping(tags[tag], f"tag {tag}")
            definitions[tag] = TagDef(
                self._text(entry.get("name"), f"tag {tag}: name"),
                self._text(entry.get("definition"), f"tag {tag}: definition"),
            )
            rules += [
                self._rule(tag, rule)
                for rule in self._list(entry.get("rules", []), f"tag {tag}: rules")
            ]
        frames = self._mapping(raw.get("frames", {}), "frames")
        return Taxonomy(
            version=self._text(raw.get("version"), "version"),
            sha256=sha256,
            threshold=self._score(raw.get("threshold", 0.5), "threshold"),
            tags=definitions,
            cues=self._cues,
            index=CueIndex(self._cues),
            rules=tuple(rules),
            frames=tuple(self._frame(str(name), entry) for name, entry in frames.items()),
        )

    def _check_names(self, tags: Mapping[str, Any]) -> None:
        missing = [tag for tag in TAGS if tag not in tags]
        if missing:
            raise self._error(f"tag {missing[0]}", "is missing; give it a name and a definition")
        unknown = sorted(set(tags) - set(TAGS))
        if unknown:
            raise self._error(f"tag {unknown[0]}", f"is unknown; use one of {', '.join(TAGS)}")

    def _rule(self, tag: str, raw: Any) -> Rule:
        where = f"tag {tag}: rule"
        entry = self._mapping(raw, where)
        name = self._text(entry.get("id"), f"{where} without an id")
        where = f"tag {tag}: rule {name}"
        odd = sorted(set(entry) - _RULE_KEYS)
        if odd:
            raise self._error(where, f"has the unknown key {odd[0]!r}")
        if ("any" in entry) == ("all" in entry):
            raise self._error(where, "needs either `any` (cues) or `all` (concepts)")
        if "any" in entry:
            concepts: tuple[str, ...] = (f"{tag}/{name}",)
            self._add_concept(concepts[0], entry["any"], where)
        else:
            concepts = self._words(entry["all"], where)
        unless = self._words(entry.get("unless", ""), where)
        for concept in (*concepts, *unless):
            self._check_concept(concept, where)
        window = entry.get("window", 1)
        if window not in (1, 2):
            raise self._error(where, f"has window {window!r}; use 1 or 2 sentences")
        times = entry.get("times", 1)
        if not isinstance(times, int) or times < 1:
            raise self._error(where, f"has times {times!r}; use a whole number above 0")
        weak = entry.get("weak", False)
        if not isinstance(weak, bool):
            raise self._error(where, f"has weak {weak!r}; use true or leave it out")
        score = self._score(entry.get("score"), where)
        return Rule(tag, name, score, concepts, unless, window, times, weak)

    def _frame(self, name: str, raw: Any) -> Frame:
        where = f"frame {name}"
        entry = self._mapping(raw, where)
        concept = self._text(entry.get("concept"), where)
        self._check_concept(concept, where)
        exempt = self._words(entry.get("exempt", ""), where)
        return Frame(name, concept, self._words(entry.get("words"), where), exempt)

    def _check_concept(self, concept: str, where: str) -> None:
        if concept not in self._cues and concept not in BUILT_IN_CONCEPTS:
            raise self._error(where, f"names the concept {concept!r}, which is not defined")

    def _add_concept(self, name: str, raw: Any, where: str) -> None:
        self._cues[name] = tuple(self._cue(text, where) for text in self._words(raw, where))

    def _cue(self, text: str, where: str) -> Cue:
        try:
            # The project's own are tested, and compiling them all takes a third of a second.
            return make_cue(text, is_sound=self._path == _PATH)
        except (re.error, ValueError, IndexError) as error:
            raise self._error(
                where, f"has the cue {text!r}, which is no pattern ({error})"
            ) from error

    def _words(self, raw: Any, where: str) -> tuple[str, ...]:
        # A list works too, but YAML would read a bare ? or [ in it as its own.
        words = tuple(raw.split()) if isinstance(raw, str) else raw
        if not isinstance(words, tuple | list) or not all(isinstance(w, str) for w in words):
            raise self._error(where, f"holds {raw!r} where words with spaces between should stand")
        return tuple(words)

    def _list(self, raw: Any, where: str) -> list[Any]:
        if not isinstance(raw, list):
            raise self._error(where, f"holds {raw!r} where a list should stand")
        return raw

    def _mapping(self, raw: Any, where: str) -> Mapping[str, Any]:
        if not isinstance(raw, dict):
            raise self._error(where, f"holds {raw!r} where `key: value` lines should stand")
        return raw

    def _text(self, raw: Any, where: str) -> str:
        if not isinstance(raw, str) or not raw.strip():
            raise self._error(where, f"is {raw!r}; write it as quoted text")
        return raw

    def _score(self, raw: Any, where: str) -> float:
        if isinstance(raw, bool) or not isinstance(raw, int | float) or not 0 < raw <= 1:
            raise self._error(where, f"has the score {raw!r}; give a number above 0, up to 1")
        return float(raw)

    def _error(self, where: str, what: str) -> ConfigError:
        return ConfigError(f"{self._path}: {where} {what}")
