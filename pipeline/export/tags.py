"""Names and definitions of the tags, without the cues: to compile those takes longer than all pages."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.schema import TAGS
from pipeline.taxonomy import TagDef, load_taxonomy
from pipeline.yamlfiles import read_yaml

_BUILT_IN = Path(__file__).resolve().parent.parent / "lexicon" / "taxonomy.yaml"


def read_tags(path: Path | None) -> tuple[Mapping[str, TagDef], str]:
    """Tags by id, and the taxonomy's version; read once while the file stays as it is.

    Args:
        path: a team's own file; None for the one that comes with the project.

    Raises:
        ConfigError: naming the file, the tag, and what is wrong.
    """
    return _read(path, file_mark(path))


def file_mark(path: Path | None) -> tuple[int, int] | None:
    """What changes when a file does; None where there is none, which its reader tells better."""
    try:
        status = path.stat() if path else None
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size) if status else None


@functools.lru_cache(maxsize=4)
def _read(path: Path | None, _mark: object) -> tuple[Mapping[str, TagDef], str]:
    found = _plain(read_yaml(path or _BUILT_IN, "taxonomy"))
    if found is not None:
        return found
    # The whole reader names what is wrong.
    taxonomy = load_taxonomy(path)
    return taxonomy.tags, taxonomy.version


def _plain(raw: Any) -> tuple[Mapping[str, TagDef], str] | None:
    """What a sound file says; None where anything is not as it should be."""
    try:
        tags = {
            tag: TagDef(raw["tags"][tag]["name"], raw["tags"][tag]["definition"]) for tag in TAGS
        }
        version = raw["version"]
        is_whole = len(raw["tags"]) == len(tags)
    except (KeyError, TypeError):
        return None
    texts = [version, *(text for tag in tags.values() for text in (tag.name, tag.definition))]
    is_sound = is_whole and all(isinstance(text, str) and text.strip() for text in texts)
    return (tags, version) if is_sound else None
