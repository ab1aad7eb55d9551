"""Reads the YAML files that people write: glossary, taxonomy, cues."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError


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
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{what} {path} cannot be read ({error}); check its path and that it is UTF-8"
        ) from error
    # ValueError: a number or a date that Python cannot hold
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise ConfigError(
            f"{what} {path} is not YAML ({error}); compare it with those in pipeline/lexicon/"
        ) from error
