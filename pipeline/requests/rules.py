"""Loads the cues of ``lexicon/requests.yaml`` into compiled patterns."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError
from pipeline.literals import literals, may_match
from pipeline.yamlfiles import read_yaml

_PATH = Path(__file__).resolve().parent.parent / "lexicon" / "requests.yaml"


@dataclass(frozen=True, slots=True)
class Cue:
    """One named pattern; ``unless`` vetoes it, ``weight`` counts for opinion (+) or answer (-)."""

    id: str
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None = None
    weight: float = 0.0
    literals: tuple[str, ...] = ()

    def find(self, text: str) -> re.Match[str] | None:
        """The first match, or None where there is none or a veto stands in the text."""
        match = self.pattern.search(text) if may_match(self.literals, text) else None
        if match is None or (self.unless is not None and self.unless.search(text)):
            return None
        return match


@dataclass(frozen=True, slots=True)
class Rules:
    """Every cue of the file, by the part of the decision it serves."""

    gate: re.Pattern[str]
    wh: re.Pattern[str]
    none_end: tuple[Cue, ...]
    none_after: tuple[Cue, ...]
    action_end: tuple[Cue, ...]
    inquiry: tuple[Cue, ...]
    view: tuple[Cue, ...]
    patterns: dict[str, re.Pattern[str]]
    factual: frozenset[str]
    predicate_weight: float
    bias: float


@functools.lru_cache(maxsize=1)
def load() -> Rules:
    """Read the cues once.

    Raises:
        ConfigError: naming the file and the cue that is wrong.
    """
    raw = read_yaml(_PATH, "request cues")
    try:
        fragments: dict[str, str] = raw["fragments"]
        groups = {
            name: tuple(_cue(entry, fragments) for entry in raw[name])
            for name in ("none_end", "none_after", "action_end", "inquiry", "view")
        }
        single = {name: _compile(text, fragments) for name, text in raw["single"].items()}
        return Rules(
            gate=re.compile(raw["gate"]), wh=re.compile(fragments["wh"]),
            patterns=single, bias=float(raw["bias"]), factual=frozenset(raw["factual_predicates"].split()),
            predicate_weight=float(raw["predicate_weight"]), **groups,
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigError(
            f"{_PATH}: cannot be read as request cues ({error}); reinstall bansou"
        ) from error


def _cue(entry: dict[str, Any], fragments: dict[str, str]) -> Cue:
    unless = entry.get("not")
    try:
        return Cue(
            id=entry["id"],
            pattern=_compile(entry["pattern"], fragments),
            unless=_compile(unless, fragments) if unless else None,
            weight=float(entry.get("w", 0.0)),
            literals=literals(_filled(entry["pattern"], fragments)),
        )
    except re.error as error:
        raise ConfigError(
            f"{_PATH}: cue {entry.get('id')!r} is no regular expression ({error}); correct its pattern"
        ) from error


def _compile(text: str, fragments: dict[str, str]) -> re.Pattern[str]:
    return re.compile(_filled(text, fragments))


def _filled(text: str, fragments: dict[str, str]) -> str:
    # str.format would trip over the braces of {0,8}
    for name, fragment in fragments.items():
        text = text.replace("{" + name + "}", fragment)
    return text
