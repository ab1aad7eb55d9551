"""Whole HTML pages: templates filled in, style and scripts within, a policy that lets nothing else run."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pipeline.export.labels import KINDS, REQUESTS, STATUSES, clock
from pipeline.report.palette import group_of, stylesheet

_FOLDER = Path(__file__).parent / "templates"
_IN_JSON = str.maketrans(
    {c: f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}
)  # nothing in it ends the script element it stands in


@functools.cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_FOLDER, encoding="utf-8"), autoescape=True, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True, undefined=StrictUndefined,
    )  # fmt: skip
    made.filters |= {"clock": clock, "group": group_of, "datetime": _iso_duration}
    made.globals |= {"KINDS": KINDS, "REQUESTS": REQUESTS, "STATUSES": STATUSES}
    return made


def render(name: str, scripts: Sequence[str], **values: Any) -> bytes:
    """A page.

    Args:
        name: template.
        scripts: JavaScript files of ``templates/`` that stand at the end of the page, in this order.
        values: what the template shows; all of it is escaped.
    """
    style, script = _style(), _script(tuple(scripts))
    own = {"style": Markup(style), "script": Markup(script)}  # noqa: S704 -- files of this package
    template = _environment().get_template(name)
    return template.render(policy=_policy(style, script), **own, **values).encode()


def json_within(content: object) -> Markup:
    """JSON that can stand in a script element whatever the texts in it say."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.translate(_IN_JSON))  # noqa: S704 -- no character of markup is left in it


def _policy(style: str, script: str) -> str:
    """Nothing from anywhere but this style, this script, and sound from beside the page or within it."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "media-src 'self' file: blob:; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@functools.cache
def _style() -> str:
    return stylesheet() + _read("page.css") + _read("print.css")


@functools.cache
def _script(names: tuple[str, ...]) -> str:
    return "".join(_read(name) for name in names)


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _iso_duration(seconds: float | None) -> str:
    """For the attribute ``datetime`` of a time element."""
    return f"PT{seconds or 0:.0f}S"
