"""``doctor``: what is installed, which model, does it run."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from pipeline import __version__, morph
from pipeline.config import EMBEDDED_MODEL, Settings
from pipeline.errors import BansouError
from pipeline.run.tools import Tools

_PACKAGES = (
    "faster-whisper",
    "ctranslate2",
    "av",
    "sudachipy",
    "sudachidict-core",
    "spacy",
    "pandas",
    "pyarrow",
)
_LITTLE_SPACE_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing examined."""

    what: str
    detail: str
    is_ok: bool = True


def examine(settings: Settings) -> Iterator[Finding]:
    """Examine the installation, one finding after the other."""
    yield Finding(
        "bansou",
        f"{__version__}, Python {platform.python_version()} on {sys.platform}, {os.cpu_count()} cores",
    )
    yield Finding("packages", ", ".join(f"{name} {version(name)}" for name in _PACKAGES))
    tools = Tools(settings)
    for what, check in (
        ("dictionary", _dictionary),
        ("glossary", lambda: f"{len(tools.glossary.terms)} terms"),
        ("taxonomy", lambda: f"version {tools.taxonomy.version}, {len(tools.taxonomy.tags)} tags"),
        ("device", lambda: _device(settings)),
        ("model", lambda: _model(settings, tools)),
        ("data", lambda: _folder(settings.processed)),
    ):
        yield _try(what, check)


def _try(what: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(what, check())
    except (BansouError, OSError) as error:
        return Finding(what, str(error), is_ok=False)


def _dictionary() -> str:
    words = [t.surface for t in morph.tokens("お客さんと一緒に走る")]
    return f"Sudachi core {version('sudachidict-core')} splits お客さんと一緒に走る into {'|'.join(words)}"


def _device(settings: Settings) -> str:
    from pipeline.speech import choose_device

    return "/".join(choose_device(settings))


def _model(settings: Settings, tools: Tools) -> str:
    """The model must load and decode."""
    name = settings.model or EMBEDDED_MODEL
    began = time.monotonic()
    tools.recogniser(name).try_out()
    words = f"{name} loads and runs ({time.monotonic() - began:.1f} s)"
    if name == EMBEDDED_MODEL:
        words += "; it is for trying out: for real work name large-v3-turbo by --model"
    return words


def _folder(path: Path) -> str:
    there = next(p for p in (path.absolute(), *path.absolute().parents) if p.exists())
    if not there.is_dir():
        raise BansouError(f"{there} is a file, not a folder; move it away")
    if not os.access(there, os.W_OK):
        raise BansouError(f"{there} cannot be written; give this user the right to it")
    free = shutil.disk_usage(there).free
    if free < _LITTLE_SPACE_BYTES:
        raise BansouError(f"only {free >> 20} MB free under {there}; make room")
    return f"{path} can be written, {free >> 30} GB free"
