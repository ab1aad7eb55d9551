"""Markdown articles as readable lines: markup goes, words and line numbers stay."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import SourceError
from pipeline.sources.rows import SegmentRow, Transcript
from pipeline.sources.sidecar import yaml_mapping
from pipeline.sources.text import has_text, name_speakers

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER_LINES = 200
_KEY_LINE = re.compile(r"\s*[\w.-]+\s*[:=]")
_TITLE_LINE = re.compile(r"title\s*[:=]\s*(.*)")
_TAG = re.compile(r"<[^<>]*>")
# The parser's effort grows with the square of a paragraph's marks; no article has so many.
_MAX_LINE_CHARS = 20_000
_MAX_MARKS = 20_000
_BREAKS = frozenset(("softbreak", "hardbreak"))
_CODE = frozenset(("fence", "code_block"))


def read_markdown(lines: Sequence[str], *, path: Path) -> Transcript:
    """Read a Markdown article.

    Args:
        lines: the lines of the file.
        path: the file, for messages.

    Returns:
        An ``article`` (``dialogue`` where its lines are labelled with speakers): a segment a
        source line, front matter left out. The title is that of the front matter, else the
        first heading of level 1.

    Raises:
        SourceError: no text.
    """
    skipped, title = _front_matter(lines, path)
    marks = sum(line.count(mark) for line in lines for mark in "[*_<")
    limit = _MAX_LINE_CHARS if marks <= _MAX_MARKS else -1
    # Blank lines in place of the front matter keep the parser's line numbers true.
    body = [line if n >= skipped and len(line) <= limit else "" for n, line in enumerate(lines)]
    found, heading = _render("\n".join(body))
    found += [(n, line) for n, line in enumerate(lines) if n >= skipped and len(line) > limit]
    rows = [
        SegmentRow(None, None, False, number, text.strip())
        for number, text in sorted(found, key=lambda item: item[0])
        if has_text(text)
    ]
    if not rows:
        raise SourceError(f"{path}: holds no text; export or download it again, or delete it")
    segments = name_speakers(rows, carry=True)
    kind = "dialogue" if any(row.speaker for row in segments) else "article"
    return Transcript(kind=kind, segments=segments, title=title or heading)


def _front_matter(lines: Sequence[str], path: Path) -> tuple[int, str | None]:
    """How many lines the front matter takes, and the title it gives."""
    fence = lines[0].rstrip() if lines else ""
    if fence not in ("---", "+++"):
        return 0, None
    closing = ("---", "...") if fence == "---" else ("+++",)
    ends = (n for n, line in enumerate(lines[1:_FRONT_MATTER_LINES], 1) if line.rstrip() in closing)
    end = next(ends, None)
    if end is None:
        return 0, None
    block = lines[1:end]
    # Text between two rules is no front matter.
    first = next((line for line in block if line.strip()), "a:")
    if not (_KEY_LINE.match(first) or first.startswith("#")):
        return 0, None
    return end + 1, _front_title(block, path) if fence == "---" else _line_title(block)


def _front_title(block: Sequence[str], path: Path) -> str | None:
    try:
        title = yaml_mapping("\n".join(block), path).get("title")
    except SourceError:
        # Other programs write front matter that is no YAML; its title is still one line.
        return _line_title(block)
    return title.strip() or None if isinstance(title, str) else None


def _line_title(block: Sequence[str]) -> str | None:
    match = next((m for m in map(_TITLE_LINE.match, block) if m), None)
    return match[1].strip().strip("\"'").strip() or None if match else None


def _render(text: str) -> tuple[list[tuple[int, str]], str | None]:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    source = text.split("\n")
    found: list[tuple[int, str]] = []
    heading: str | None = None
    cells: list[str] | None = None
    level_1 = False
    for token in parser.parse(text):
        first = token.map[0] if token.map else 0
        if token.type == "tr_open":
            cells, row_line = [], first
        elif token.type == "tr_close" and cells is not None:
            found.append((row_line, " ".join(cells)))
            cells = None
        elif token.type == "heading_open":
            level_1 = token.tag == "h1"
        elif token.type == "inline":
            pieces = list(_inline(token, first, source))
            if cells is not None:
                cells += [piece for _, piece in pieces]
                continue
            found += pieces
            if level_1 and heading is None:
                heading = " ".join(piece.strip() for _, piece in pieces).strip() or None
            level_1 = False
        elif token.type in _CODE:
            start = first + (token.type == "fence")
            found += [(start + n, line) for n, line in enumerate(token.content.split("\n"))]
        elif token.type == "html_block":
            found += _html(token.content, first)
    return found, heading


def _inline(token: Token, first: int, source: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The lines of a paragraph with their numbers."""
    pieces: list[list[str]] = [[]]
    for child in token.children or []:
        if child.type in _BREAKS:
            pieces.append([])
        elif child.type in ("text", "code_inline", "image"):
            pieces[-1].append(child.content)
        elif child.type == "html_inline" and child.content.lower().startswith("<br"):
            pieces[-1].append(" ")
    exact = len(pieces) == token.content.count("\n") + 1
    at = first
    for number, parts in enumerate(pieces):
        text = _without_stray_marks("".join(parts))
        if exact:
            at = first + number
        elif text.strip():
            # A code span or tag over a line end swallowed a line: look for the words.
            last = min(first + token.content.count("\n"), len(source) - 1)
            at = next((n for n in range(at, last + 1) if text.strip()[:6] in source[n]), at)
        yield at, text


def _without_stray_marks(text: str) -> str:
    """Drop ``**`` pairs that CommonMark leaves standing between brackets and kana (**「…」**は)."""
    return text.replace("**", "") if text.count("**") % 2 == 0 else text


def _html(content: str, first: int) -> list[tuple[int, str]]:
    head = content.lstrip()[:8].lower()
    if head.startswith(("<!--", "<script", "<style", "<?", "<![")):
        return []
    return [(first + n, _TAG.sub("", line)) for n, line in enumerate(content.split("\n"))]
