"""Reads the YAML files that people write: glossary, taxonomy, cues."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError

_LEXICON = Path(__file__).parent / "lexicon"


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
        # libyaml is eight times as fast, and knows no limit of depth: for the project's own files alone.
        is_own = path.parent == _LEXICON and yaml.__with_libyaml__
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
