"""Reads the YAML files that people write: glossary, taxonomy, cues."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError

_LEXICON = Path(__file__).parent / "lexicon"
# The parser looks at every open bracket at every word.
_MOST_OPEN = 200


def read_yaml(path: Path, what: str) -> Any:
    """The content of a YAML file.

    Args:
        path: UTF-8.
        what: the kind of file, for the message.

    Raises:
        ConfigError: it cannot be read, or is not YAML.
    """
    import yaml

    try:
        text = path.read_text(encoding="utf-8")
        is_own = path.parent == _LEXICON and yaml.__with_libyaml__
        if not is_own and _open_brackets(text) > _MOST_OPEN:
            raise ConfigError(
                f"{what} {path} opens more than {_MOST_OPEN} brackets inside each other; "
                "compare it with those in pipeline/lexicon/"
            )
        # libyaml is eight times as fast, and knows no limit of depth: for the project's own files alone.
        return yaml.load(text, Loader=yaml.CSafeLoader if is_own else yaml.SafeLoader)  # noqa: S506  both are safe
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{what} {path} cannot be read ({error}); check its path and that it is UTF-8"
        ) from error
    # ValueError: a number or a date that Python cannot hold
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise ConfigError(
            f"{what} {path} is not YAML ({error}); compare it with those in pipeline/lexicon/"
        ) from error


def _open_brackets(text: str) -> int:
    """How many brackets are open at once at most, those in texts and remarks counted too."""
    most = depth = 0
    for bracket in re.findall(r"[\[\]{}]", text):
        depth = depth + 1 if bracket in "[{" else max(0, depth - 1)
        most = max(most, depth)
    return most
