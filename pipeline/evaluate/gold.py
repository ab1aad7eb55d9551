"""Reads labelled sentences: JSON lines, checked before anything is scored."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from pipeline import schema
from pipeline.errors import BansouError

_Check = Callable[[dict[str, Any], frozenset[str]], str | None]


def read_gold(
    path: Path, *, task: str, tags: Iterable[str] = (), only: dict[str, str] | None = None
) -> list[dict[str, Any]]:
    """The rows of a gold file.

    Args:
        path: UTF-8 JSON lines: requests ``{id, text, request}``, tags ``{id, text, tags, optional}``,
            repairs ``{id, text, ref, terms}`` or ``{id, text, keep}``, segments
            ``{id, text, boundaries}``; further keys are kept.
        task: which of these.
        tags: the tags that may stand in it.
        only: keep rows that have these values (``{"part": "test"}``).

    Raises:
        BansouError: naming the line that is not of this form, or a file without rows.
    """
    known = frozenset(tags)
    rows: list[dict[str, Any]] = []
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise BansouError(f"{path}: not UTF-8; save the file as UTF-8") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            row = _row(line, f"{path}, line {number}")
            wrong = _CHECKS[task](row, known)
            if wrong:
                raise BansouError(f"{path}, line {number}: {wrong}")
            if all(row.get(key) == value for key, value in (only or {}).items()):
                rows.append(row)
    if not rows:
        raise BansouError(f"{path}: no rows to score" + (f" with {only}" if only else ""))
    return rows


def _row(line: str, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BansouError(f"{where}: not JSON ({error})") from error
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise BansouError(f'{where}: expected an object with "id" and "text"')
    row["id"] = str(row.get("id", where))
    return row


def _request(row: dict[str, Any], _: frozenset[str]) -> str | None:
    allowed = (*schema.REQUESTS, None)
    if "request" not in row or row["request"] not in allowed:
        return f"'request' must be one of {', '.join(schema.REQUESTS)} or null"
    return None


def _tags(row: dict[str, Any], known: frozenset[str]) -> str | None:
    for key in ("tags", "optional"):
        given = row.setdefault(key, []) if key == "optional" else row.get(key)
        if not isinstance(given, list) or not all(isinstance(tag, str) for tag in given):
            return f"{key!r} must be a list of tags"
        unknown = sorted(set(given) - known)
        if unknown:
            return f"{key!r} names tags that the taxonomy lacks: {', '.join(unknown)}"
    return None


def _repair(row: dict[str, Any], _: frozenset[str]) -> str | None:
    if row.get("keep"):
        return None
    terms = row.get("terms")
    is_list = isinstance(terms, list) and all(isinstance(term, str) for term in terms)
    if not isinstance(row.get("ref"), str) or not is_list:
        return "needs 'ref' and 'terms', or 'keep'"
    missing = [term for term in terms or () if term not in row["ref"]]
    return f"'ref' lacks the terms {', '.join(missing)}" if missing else None


def _segment(row: dict[str, Any], _: frozenset[str]) -> str | None:
    ends, size = row.get("boundaries"), len(row["text"])
    if not isinstance(ends, list) or not all(isinstance(n, int) and 0 <= n <= size for n in ends):
        return f"'boundaries' must be offsets from 0 to {size}"
    return None


_CHECKS: dict[str, _Check] = {
    "requests": _request, "tags": _tags, "repairs": _repair, "segments": _segment,
}  # fmt: skip
