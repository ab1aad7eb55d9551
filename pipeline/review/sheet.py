"""A review as a table for a spreadsheet: written so that Excel opens it right, read as Excel saves it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pipeline.review import labels
from pipeline.review.answers import CHANGES, Answer, line_feeds
from pipeline.review.labels import ReviewError
from pipeline.review.queue import Item
from pipeline.sources.encoding import decode_text

# Column → heading. The first are for reading, the last for the reviewer to fill in.
HEADINGS: Mapping[str, str] = {
    "card_id": "カードID", "version": "版", "status": "状態", "score": "確からしさ", "episode": "エピソード",
    "time": "時刻", "speaker": "話者", "kind": "種類", "title": "タイトル", "body": "本文", "quote": "引用",
    "tags": "タグ", "request": "求めているもの", "note": "食い違い",
    "decision": "判断", "new_title": "新しいタイトル", "new_body": "新しい本文", "new_tags": "新しいタグ",
    "new_kind": "新しい種類", "new_quote": "引用の聞き間違い訂正", "merge_into": "統合先",
    "comment": "コメント",
}  # fmt: skip
_NEEDED = ("card_id", "version", "decision")
_DELIMITERS = ",\t;"
# What a spreadsheet takes for a formula, full-width signs too, which a Japanese Excel takes likewise.
_FORMULA = re.compile(r"'*(?:[\t\r\n]|\s*[=+\-@＝＋－＠])")
_UNWRITABLE = re.compile(r"[\x00\ud800-\udfff]")


def guard(text: str) -> str:
    """A text that no spreadsheet runs as a formula: an apostrophe before what would be one."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguard(cell: str) -> str:
    """The text that :func:`guard` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def write_sheet(
    items: Iterable[Item], *, episodes: Mapping[str, str], tags: Mapping[str, str]
) -> bytes:
    """A CSV file of cards for review: UTF-8 with its mark, CRLF, Japanese headings.

    Args:
        items: cards in the order to be written.
        episodes: episode → title.
        tags: tag → name.

    Raises:
        ReviewError: a text that no file can hold (half a surrogate pair, NUL).
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADINGS.values())
    for item in items:
        cells = _cells(item, episodes, tags)
        odd = next((name for name, cell in cells.items() if _UNWRITABLE.search(cell)), None)
        if odd:
            raise ReviewError(
                f"card {item.card_id}: its {odd} holds a character that no spreadsheet can; "
                "correct it in the source and run `bansou ingest`"
            )
        writer.writerow([guard(cells.get(name, "")) for name in HEADINGS])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _cells(item: Item, episodes: Mapping[str, str], tags: Mapping[str, str]) -> dict[str, str]:
    row, content = item.row or {}, item.content
    return {
        "card_id": item.card_id, "version": item.version, "status": labels.STATUSES[item.status],
        "score": f"{item.score:.2f}", "episode": episodes.get(item.episode_id, item.episode_id),
        "time": item.time, "speaker": row.get("speaker") or "不明",
        "kind": labels.KINDS.get(content.kind, content.kind), "title": content.title, "body": content.body,
        "quote": content.quote, "tags": labels.show_tags(content.tags, tags),
        "request": labels.REQUESTS[row.get("request") or "none"], "note": item.note,
    }  # fmt: skip


def read_sheet(data: bytes, path: Path) -> list[Answer]:
    """Read back what a spreadsheet saved: CSV or tabs; UTF-8, UTF-16 or a Japanese encoding.

    Args:
        data: the file's bytes.
        path: its name, for messages.

    Returns:
        An answer a row, decided or not. Rows are counted as the spreadsheet counts them, the heading
        being row 1.

    Raises:
        ReviewError: damaged, no such table, or a column that is needed is missing.
        SourceError: in no known encoding, or no text at all.
    """
    text, encoding = decode_text(data, path)
    delimiter = _delimiter(text)
    rows = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            rows.append(row)  # noqa: PERF402  the count is needed where it breaks
    except csv.Error as error:
        raise ReviewError(
            f"{path}: row {len(rows) + 1} is damaged ({error}); save it again from the spreadsheet as "
            "CSV UTF-8"
        ) from error
    columns = _columns(rows[0] if rows else [], path)
    answers = []
    for number, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        if any(cell.strip() for cell in row[len(columns) :]):
            raise ReviewError(
                f"{path}: row {number} has more cells than the heading; a text with a comma in it has "
                "lost its quotes: save it again from the spreadsheet as CSV UTF-8"
            )
        cells = {name: unguard(cell) for name, cell in zip(columns, row, strict=False) if name}
        answers.append(_answer(f"row {number}", cells, encoding))
    return answers


def _answer(place: str, cells: Mapping[str, str], encoding: str) -> Answer:
    def cell(name: str) -> str:
        return line_feeds(cells.get(name, ""))

    return Answer(
        place,
        cell("card_id").strip(),
        cell("version").strip(),
        cell("decision").strip(),
        {name: cell(f"new_{name}").strip() for name in CHANGES},
        cell("merge_into").strip(),
        cell("comment").strip(),
        shown={name: cell(name) for name in ("title", "body", "quote") if name in cells},
        encoding=encoding,
    )


def _delimiter(text: str) -> str:
    heading = text.lstrip("\r\n").split("\n", 1)[0]
    return max(_DELIMITERS, key=heading.count)


def _columns(heading: Sequence[str], path: Path) -> list[str]:
    """The columns that a heading names; empty names for those that a reviewer added."""
    by_name = {labels.plain(v): k for k, v in HEADINGS.items()} | {k: k for k in HEADINGS}
    columns = [by_name.get(labels.plain(unguard(cell)), "") for cell in heading]
    missing = [HEADINGS[name] for name in _NEEDED if name not in columns]
    if missing:
        raise ReviewError(
            f"{path}: no column {missing[0]!r}; it must be a file that `bansou review export` wrote, with "
            "its first row kept"
        )
    twice = [name for name in columns if name and columns.count(name) > 1]
    if twice:
        raise ReviewError(
            f"{path}: the column {HEADINGS[twice[0]]!r} stands twice; delete one of them"
        )
    return columns
