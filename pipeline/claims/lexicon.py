"""Words that say the same, words that exclude each other, and words that say little."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError
from pipeline.yamlfiles import read_yaml

BUILT_IN = Path(__file__).parent.parent / "lexicon" / "claims.yaml"


class Lexicon:
    """Words that say the same, words that exclude each other, and words that say little.

    Args:
        content: ``same``, ``opposite``, ``stages`` (axes of ``opposite`` by position), ``agents``,
            ``frequent`` and ``ordinary`` as in ``lexicon/claims.yaml``.
    """

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.concept = {word: row[0] for row in reversed(content["same"]) for word in row}
        self.stages = frozenset(content["stages"])
        self.sides: dict[str, frozenset[tuple[int, int]]] = {}
        for axis, groups in enumerate(content["opposite"]):
            for side, group in enumerate(groups):
                for word in group:
                    self.sides[word] = self.sides.get(word, frozenset()) | {(axis, side)}
        self.agents = {word: who for who in ("ours", "theirs") for word in content["agents"][who]}
        self.frequent = frozenset(content["frequent"])
        self.ordinary = frozenset(content["ordinary"])


@functools.lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The lexicon shipped with the package.

    Raises:
        ConfigError: the file is broken.
    """
    try:
        return Lexicon(read_yaml(BUILT_IN, "claim words"))
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ConfigError(f"{BUILT_IN}: cannot be read as claim words ({error})") from error
