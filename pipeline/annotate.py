"""The language stages on loose text: meeting notes, chats, mails. Each text is judged alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from pipeline.edits import Edit, EditedText
from pipeline.errors import BansouError
from pipeline.requests import classify
from pipeline.run.tools import Tools


def annotate(text: str, *, tools: Tools) -> dict[str, Any]:
    """Repair, request and tags of one text, taken as one unit and one passage.

    Args:
        text: loose text; it may have several lines.
        tools: glossary and taxonomy.

    Returns:
        ``text``, ``repaired``, ``repairs``, ``request`` and ``tags`` as in ``docs/annotate.schema.json``;
        spans are half-open code points, of ``text`` for repairs and of ``repaired`` for the rest.
    """
    terms = {term.id: term.term for term in tools.glossary.terms}
    edits, repairs, offset = [], [], 0
    lines = text.split("\n")
    for line, found in zip(lines, tools.repairer.repair_lines(lines), strict=True):
        for r in found:
            edits.append(Edit(offset + r.start, offset + r.end, r.after))
            repairs.append(
                {
                    "start": offset + r.start, "end": offset + r.end, "before": r.before,
                    "after": r.after, "term": terms[r.term_id], "score": r.score,
                }
            )  # fmt: skip
        offset += len(line) + 1
    repaired = EditedText(text, edits).text
    asked = classify(repaired)
    return {
        "text": text,
        "repaired": repaired,
        "repairs": repairs,
        "request": {
            "label": asked.label, "score": asked.score, "abstained": asked.abstained,
            "start": asked.start, "end": asked.end,
        },
        "tags": [
            {"tag": hit.tag, "score": hit.score, "start": hit.start, "end": hit.end}
            for hit in tools.tagger.tag(repaired)
        ],
    }  # fmt: skip


def annotate_lines(lines: Iterable[bytes], *, tools: Tools, name: str) -> Iterator[str]:
    """JSON lines in, JSON lines out, in the same order; further keys of the input are kept.

    Args:
        lines: UTF-8 JSON objects with ``id`` and ``text``.
        tools: glossary and taxonomy.
        name: of the input, for messages.

    Raises:
        BansouError: naming the line that is not such an object.
    """
    for number, line in enumerate(lines, start=1):
        given = _parse(line, f"{name}, line {number}", is_first=number == 1)
        found = annotate(given["text"], tools=tools)
        yield (
            json.dumps({"id": given["id"], **found, **_others(given, found)}, ensure_ascii=False)
            + "\n"
        )


def _others(given: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in given.items() if key != "id" and key not in found}


def _parse(line: bytes, where: str, *, is_first: bool) -> dict[str, Any]:
    try:
        text = line.decode("utf-8-sig" if is_first else "utf-8")
    except UnicodeDecodeError as error:
        raise BansouError(f"{where}: not UTF-8; save the file as UTF-8") from error
    if not text.strip():
        raise BansouError(f"{where}: empty line; every line must be a JSON object")
    try:
        given = json.loads(text)
    except json.JSONDecodeError as error:
        raise BansouError(f"{where}: not JSON ({error.msg}, column {error.colno})") from error
    except ValueError as error:
        raise BansouError(f"{where}: holds a number that is too long") from error
    except RecursionError as error:
        raise BansouError(f"{where}: JSON nested too deeply") from error
    if not isinstance(given, dict):
        raise BansouError(f'{where}: not a JSON object; expected {{"id": …, "text": …}}')
    for key in ("id", "text"):
        if not isinstance(given.get(key), str):
            raise BansouError(f"{where}: {key!r} is missing or not a string")
    try:
        given["text"].encode()
    except UnicodeEncodeError as error:
        raise BansouError(
            f"{where}: 'text' holds half of a surrogate pair at {error.start}"
        ) from error
    return given
