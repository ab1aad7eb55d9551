"""One error root with a few named children; every message names the file and the remedy."""

from __future__ import annotations


class BansouError(Exception):
    """Something the user can act on: the message is one sentence with the file and the remedy."""


class SourceError(BansouError):
    """A file under ``data/raw/`` (or one named by the user) cannot be read as an episode."""


class ConfigError(BansouError):
    """A setting, glossary or taxonomy file is wrong."""


class ModelError(BansouError):
    """A model or dictionary is missing, damaged or does not run."""


class TableError(BansouError):
    """A table breaks its schema, or a stored table cannot be read."""


class BusyError(BansouError):
    """Another process holds the lock on the data folder."""


def first_line(error: BaseException) -> str:
    """The first line of what an error says, its type where it says nothing."""
    return (str(error).splitlines() or [type(error).__name__])[0]
