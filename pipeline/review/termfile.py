"""Adds confirmed misspellings to a team's glossary file, and leaves every other byte as it is."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipeline.errors import ConfigError
from pipeline.glossary import BUILT_IN, Term, load_glossary
from pipeline.review.terms import Correction
from pipeline.store import write_bytes
from pipeline.yamlfiles import read_yaml

_HEADER = (
    "# The team's own words; the form is that of pipeline/lexicon/terms.yaml. An entry with the id of a\n"
    "# built-in term replaces it. Reviewers' corrections are added under 'misspellings'.\n"
)
_PLAIN = re.compile(r"[^\W\d_](?:[\wー・]*[^\W_])?")
_YAML_WORDS = frozenset("y n yes no on off true false null".split())  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class _Place:
    """A piece of text to put in at an offset."""

    at: int
    text: str


def add_misspellings(
    files: Sequence[Path], own: Path, corrections: Sequence[Correction]
) -> list[Path]:
    """Write corrections into the team's glossary.

    A misspelling goes to the entry of its term in the team's file that has it, else to ``own``: with
    the built-in entry copied, since an entry of the same id replaces it, or as a new term.

    Args:
        files: the team's glossary files, later ones win.
        own: file for terms that none of them has; made where it is missing.
        corrections: what to add; those known already are left out.

    Returns:
        The files written.

    Raises:
        ConfigError: a file cannot be read, or not be added to without changing its form; nothing is
            written then.
    """
    texts: dict[Path, str] = {}
    for correction in corrections:
        if correction.is_known:
            continue
        term_id = correction.term.id if correction.term else new_id(correction.after)
        path = next((f for f in reversed(files) if _has(_text(texts, f), f, term_id)), own)
        text = _text(texts, path)
        if _has(text, path, term_id):
            texts[path] = _into_entry(text, path, term_id, correction.before)
        else:
            texts[path] = _with_entry(text, path, _new_entry(correction, term_id))
    changed = {path: text for path, text in texts.items() if text != _read(path)}
    _check(changed, files, own, corrections)
    for path, text in changed.items():
        write_bytes(path, text.encode())
    return list(changed)


def new_id(word: str) -> str:
    """An ASCII id for a term that people have given none."""
    return f"term_{hashlib.sha256(word.encode()).hexdigest()[:8]}"


def _text(texts: dict[Path, str], path: Path) -> str:
    return texts.setdefault(path, _read(path))


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", newline="") as file:  # line ends stay as they are
            return file.read()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"glossary {path} cannot be read ({error}); check its path and that it is UTF-8"
        ) from error


def _nodes(text: str, path: Path) -> tuple[Any, dict[str, Any]]:
    """The node of the list of terms (None where there is none), and the entries by id."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise ConfigError(f"glossary {path} is not YAML ({error}); correct it first") from error
    listed = _value(root, "terms")
    if listed is None or not isinstance(listed, yaml.SequenceNode):
        return None, {}
    entries = {}
    for entry in listed.value:
        name = _value(entry, "id")
        if name is not None:
            entries[str(name.value)] = entry
    return listed, entries


def _value(node: Any, key: str) -> Any:
    if isinstance(node, yaml.MappingNode):
        return next((value for name, value in node.value if name.value == key), None)
    return None


def _end(node: Any) -> int:
    """Where a node's own text ends: a block's mark stands behind the comments that follow it."""
    while isinstance(node.value, list) and node.value and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return int(node.end_mark.index)


def _has(text: str, path: Path, term_id: str) -> bool:
    return bool(text.strip()) and term_id in _nodes(text, path)[1]


def _into_entry(text: str, path: Path, term_id: str, word: str) -> str:
    entry = _nodes(text, path)[1][term_id]
    listed = _value(entry, "misspellings")
    if listed is None or not getattr(listed, "value", None) or not isinstance(listed.value, list):
        if listed is not None and listed.end_mark.index > listed.start_mark.index:
            # an empty list: its brackets are filled
            return _put(text, _Place(listed.start_mark.index + 1, _scalar(word)))
        return _put(text, _new_key(text, entry, listed, word))
    last = listed.value[-1]
    if listed.flow_style:
        return _put(text, _Place(last.end_mark.index, f", {_scalar(word)}"))
    indent = " " * (listed.start_mark.column)
    return _put(text, _Place(last.end_mark.index, f"{_newline(text)}{indent}- {_scalar(word)}"))


def _new_key(text: str, entry: Any, listed: Any, word: str) -> _Place:
    if listed is not None:  # "misspellings:" with nothing behind it
        return _Place(listed.start_mark.index, f" [{_scalar(word)}]")
    last = entry.value[-1][1]
    if entry.flow_style:
        return _Place(last.end_mark.index, f", misspellings: [{_scalar(word)}]")
    # Right behind the id: there the line is known to be short and alone.
    name = next(value for key, value in entry.value if key.value == "id")
    line_end = text.find("\n", name.end_mark.index)
    at = len(text) if line_end < 0 else line_end + 1
    line = f"{' ' * entry.start_mark.column}misspellings: [{_scalar(word)}]{_newline(text)}"
    return _Place(at, line if line_end >= 0 else _newline(text) + line)


def _with_entry(text: str, path: Path, entry: dict[str, Any]) -> str:
    listed = _nodes(text, path)[0] if text.strip() else None
    newline = _newline(text)
    if listed is not None and listed.flow_style:
        if not listed.value:
            return _put(text, _Place(listed.start_mark.index + 1, _flow(entry)))
        return _put(text, _Place(listed.value[-1].end_mark.index, f", {_flow(entry)}"))
    if listed is None or not listed.value:
        if re.search(r"(?m)^terms\s*:", text):
            raise _cannot(path, "its list 'terms' is empty")
        head = text if text.strip() else _HEADER
        head += "" if head.endswith("\n") else newline
        return head + _lines(["terms:", *_block(entry, "  ")], newline)
    # Behind the last line of the last entry; a comment on that line stays with it.
    kept = text[: _end(listed)].rstrip()
    line_end = text.find("\n", len(kept))
    at = len(text) if line_end < 0 else line_end + 1
    gap = "" if line_end >= 0 else newline
    return _put(
        text, _Place(at, gap + _lines(_block(entry, " " * listed.start_mark.column), newline))
    )


def _new_entry(correction: Correction, term_id: str) -> dict[str, Any]:
    if correction.term is None:
        entry: dict[str, Any] = {
            "id": term_id,
            "term": correction.after,
            "reading": correction.reading,
        }
    else:
        built_in = read_yaml(BUILT_IN, "glossary")["terms"]
        entry = dict(next(e for e in built_in if e["id"] == term_id))
    return entry | {"misspellings": [correction.before]}


def _block(entry: dict[str, Any], indent: str) -> list[str]:
    lines: list[str] = []
    for key, value in entry.items():
        lead = f"{indent}- " if not lines else f"{indent}  "
        if isinstance(value, dict):
            lines.append(f"{lead}{key}:")
            lines += [f"{indent}    {_scalar(k)}: {_flow(v)}" for k, v in value.items()]
        else:
            lines.append(f"{lead}{key}: {_flow(value)}")
    return lines


def _flow(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_scalar(v) for v in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_scalar(k)}: {_flow(v)}' for k, v in value.items())}}}"
    return json.dumps(value) if isinstance(value, bool) else _scalar(value)


def _scalar(value: Any) -> str:
    """A word as YAML reads it back: quoted where it might be read as something else."""
    text = str(value)
    is_plain = _PLAIN.fullmatch(text) and text.casefold() not in _YAML_WORDS
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def _lines(lines: Sequence[str], newline: str) -> str:
    return "".join(line + newline for line in lines)


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _put(text: str, place: _Place) -> str:
    return text[: place.at] + place.text + text[place.at :]


def _check(
    changed: dict[Path, str], files: Sequence[Path], own: Path, corrections: Sequence[Correction]
) -> None:
    """Read what would be written as a whole glossary, before anything is: nothing else may change."""
    paths = list(dict.fromkeys([*([own] if own not in files else []), *files]))
    try:
        terms = _load([changed.get(path, _read(path)) for path in paths])
        is_whole = all(_only_misspellings(_read(path), text) for path, text in changed.items())
    except (ConfigError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise _harmed(changed) from error
    for c in corrections:
        term = terms.get(c.term.id if c.term else new_id(c.after))
        is_whole = is_whole and term is not None and c.before in term.misspellings
    if not is_whole:
        raise _harmed(changed)


def _only_misspellings(old_text: str, new_text: str) -> bool:
    """Whether all that an old file says stands in the new one, which adds misspellings and terms."""
    old, new = (yaml.safe_load(text) or {} for text in (old_text, new_text))
    listed = [doc.pop("terms", None) or [] for doc in (old, new)]
    was, now = ([{**entry, "misspellings": None} for entry in entries] for entries in listed)
    return bool(old == new and now[: len(was)] == was)


def _load(texts: Sequence[str]) -> dict[str, Term]:
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{n}.yaml" for n, text in enumerate(texts) if text.strip()]
        for path, text in zip(paths, filter(str.strip, texts), strict=True):
            path.write_bytes(text.encode())
        return {term.id: term for term in load_glossary(*paths).terms}


def _harmed(changed: dict[Path, str]) -> ConfigError:
    return ConfigError(
        f"glossary {', '.join(map(str, changed))}: the misspellings cannot be added without harm to the "
        "file; add them by hand under 'misspellings'"
    )


def _cannot(path: Path, why: str) -> ConfigError:
    return ConfigError(
        f"glossary {path}: {why}, so nothing can be added to it; write its terms as '- id: …' lines"
    )
