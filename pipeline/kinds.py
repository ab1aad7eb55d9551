"""Which words show of what kind a card's claim is: ``lexicon/card_kinds.yaml`` as word rules."""

from __future__ import annotations

from pathlib import Path

from pipeline import schema
from pipeline.errors import ConfigError
from pipeline.morph import WordRules
from pipeline.yamlfiles import read_yaml

BUILT_IN = Path(__file__).parent / "lexicon" / "card_kinds.yaml"


class KindRules:
    """The kinds in the order in which they are tried.

    Args:
        cues: kind → cues, see :class:`pipeline.morph.WordRules`.
    """

    def __init__(self, cues: dict[str, list[str]]) -> None:
        self._order = tuple(cues)
        self._rules = WordRules(cues)

    def kind_of(self, text: str) -> str:
        """The first kind whose words stand in a text; a principle where none do."""
        found = self._rules.labels(text)
        return next((kind for kind in self._order if kind in found), "principle")


def load_kinds(path: Path = BUILT_IN) -> KindRules:
    """Read the cues.

    Raises:
        ConfigError: the file is broken or names a kind that is none.
    """
    try:
        cues = dict(read_yaml(path, "card kinds")["kinds"])
        is_sound = all(isinstance(cue, str) for listed in cues.values() for cue in listed)
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be read as card kinds ({error})") from error
    unknown = sorted(set(cues) - set(schema.CARD_KINDS))
    if unknown or not is_sound:
        raise ConfigError(
            f"{path}: {', '.join(unknown) or 'a cue'} is not as expected; kinds are "
            f"{', '.join(schema.CARD_KINDS)}, each with a list of cues"
        )
    return KindRules(cues)
