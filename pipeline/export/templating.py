"""Jinja with marks of its own, and every value escaped unless it is markup made on purpose.

``<< >>`` and ``<% %>`` stand for ``{{ }}`` and ``{% %}``, which are wikitext.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_FOLDER = Path(__file__).parent / "templates"


@functools.cache
def environment(escape: Callable[[object], str]) -> Environment:
    """The templates, each value going through ``escape``.

    ``escape`` must leave a text alone that it made itself.
    """
    return Environment(  # noqa: S701 -- autoescape knows HTML only; finalize escapes for the markup at hand
        loader=FileSystemLoader(_FOLDER, encoding="utf-8"),
        block_start_string="<%", block_end_string="%>",
        variable_start_string="<<", variable_end_string=">>",
        comment_start_string="<#", comment_end_string="#>",
        trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined, finalize=escape,
    )  # fmt: skip


def render(name: str, escape: Callable[[object], str], **values: Any) -> str:
    """A template filled in."""
    return environment(escape).get_template(name).render(**values)
